"""The trained part of understanding: one vocabulary and five linear classifiers over it, as plain arrays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from bot.understanding.corpus import BARRIERS, DISCLOSURES, Example
from bot.understanding.encoder import Vectors, encode_corpus
from bot.understanding.features import Featurizer
from bot.understanding.linear import LinearModel
from bot.understanding.normalise import normalise

NONE = "none"
MANIFEST = "understanding.json"

# texts of these intents name pathways and barriers without choosing or having them: they teach nothing there
_TALKS_OF_PATHWAYS = frozenset({"ask_pathways", "enrol", "share_result", "request_mentor", "ask_support"})
_TALKS_OF_BARRIERS = frozenset({"ask_support", "ask_requirements", "disclose_violence", "disclose_self_harm"})


@dataclass(frozen=True)
class Costs:
    """liblinear's C of each classifier: how dear a training error is. Chosen leave-one-batch-out."""

    intents: float = 1.0
    pathways: float = 1.0
    barriers: float = 0.3
    safety: float = 0.3
    languages: float = 0.3


@dataclass(frozen=True)
class Model:
    """``fingerprint`` names the data it was trained on; two with the same one answer alike."""

    fingerprint: str
    featurizer: Featurizer
    intents: LinearModel
    pathways: LinearModel
    barriers: LinearModel
    safety: LinearModel
    languages: LinearModel

    def save(self, folder: Path) -> None:
        """Writes everything into ``folder``, which exists."""
        self.featurizer.save(folder)
        for head in _heads():
            getattr(self, head).save(folder / f"{head}.npz")
        (folder / MANIFEST).write_text(json.dumps({"fingerprint": self.fingerprint}), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Model:
        """What :meth:`save` wrote. Raises OSError or ValueError when a part is missing or damaged."""
        heads = {head: LinearModel.load(folder / f"{head}.npz") for head in _heads()}
        return cls(fingerprint_of(folder), Featurizer.load(folder), **heads)


def fingerprint_of(folder: Path) -> str:
    """The fingerprint of the model saved in ``folder``."""
    return str(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["fingerprint"])


def _heads() -> list[str]:
    return [field.name for field in fields(Model) if field.name not in ("fingerprint", "featurizer")]


def fit(
    examples: Sequence[Example],
    fingerprint: str,
    *,
    intents: Sequence[tuple[str, str]] | None = None,
    vectors: Vectors | None = None,
    costs: Costs | None = None,
) -> Model:
    """A model of ``examples``. ``intents`` are ``(text, intent)`` pairs that replace what the examples say of
    intents, as Rasa hands them over; ``vectors`` are the sentence vectors of ``examples`` where already made.
    """
    costs = costs or Costs()
    pairs = intents if intents is not None else [(e.text, e.intent) for e in examples if e.intent]
    texts = [normalise(e.text) for e in examples]
    spoken = [normalise(text) for text, _ in pairs]
    if vectors is None:
        vectors = encode_corpus(texts)
    known = dict(zip(texts, vectors, strict=True))
    missing = list(dict.fromkeys(t for t in spoken if t not in known))
    known.update(zip(missing, encode_corpus(missing), strict=True))

    featurizer = Featurizer.fit(list(known))
    column = {text: row for row, text in enumerate(known)}
    every = featurizer.transform(list(known), _stacked(list(known.values()))).rows
    rows = every[[column[text] for text in texts]]

    def subset(indices: Sequence[int]):  # type: ignore[no-untyped-def]  # scipy has no stubs
        return rows[list(indices)]

    asked = [i for i, e in enumerate(examples) if pathway_label(e) is not None]
    judged = [i for i, e in enumerate(examples) if barrier_labels(e) is not None]
    return Model(
        fingerprint,
        featurizer,
        intents=LinearModel.fit_classes(every[[column[t] for t in spoken]], [n for _, n in pairs], costs.intents),
        pathways=LinearModel.fit_classes(subset(asked), [pathway_label(examples[i]) or NONE for i in asked], costs.pathways),
        barriers=LinearModel.fit_labels(
            subset(judged), [barrier_labels(examples[i]) or frozenset() for i in judged], BARRIERS, costs.barriers
        ),
        safety=LinearModel.fit_classes(rows, [safety_label(e) for e in examples], costs.safety),
        languages=LinearModel.fit_classes(rows, [e.language for e in examples], costs.languages),
    )


def _stacked(vectors: Sequence[Vectors]) -> Vectors:
    import numpy as np

    return np.stack(vectors)


def safety_label(example: Example) -> str:
    """``violence``, ``self_harm`` or ``none``: what the detector learns of ``example``."""
    for category, intent in DISCLOSURES.items():
        if example.intent == intent:
            return category
    return example.disclosure


def pathway_label(example: Example) -> str | None:
    """The pathway chosen, ``none`` for a text that chooses none, None for one that teaches nothing."""
    if example.pathway:
        return example.pathway
    if example.kind == "safety" or example.kind == "pathways" or example.intent in _TALKS_OF_PATHWAYS:
        return None
    return NONE


def barrier_labels(example: Example) -> frozenset[str] | None:
    """The barriers told, empty for none, None for a text that nobody judged for them."""
    if example.barriers is not None:
        return example.barriers
    if example.disclosure == "violence":
        return frozenset({"violence"})
    if example.kind == "intents" and example.intent not in _TALKS_OF_BARRIERS:
        return frozenset()
    return None
