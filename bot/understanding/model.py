"""The trained part of understanding: one vocabulary and the classifiers over it, as plain arrays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from bot.understanding.concepts import Concepts
from bot.understanding.corpus import BARRIERS, DISCLOSURES, Example, ReplyExample
from bot.understanding.encoder import Vectors, encode_corpus
from bot.understanding.features import Featurizer
from bot.understanding.kernel import KernelModel
from bot.understanding.linear import LinearModel, Scores
from bot.understanding.normalise import normalise
from bot.understanding.replies import Replies

NONE = "none"
MANIFEST = "understanding.json"

# texts of these intents name pathways and barriers without choosing or having them: they teach nothing there
_TALKS_OF_PATHWAYS = frozenset({"ask_pathways", "enrol", "share_result", "request_mentor", "ask_support"})
_TALKS_OF_BARRIERS = frozenset({"ask_support", "ask_requirements", "disclose_violence", "disclose_self_harm"})
_LINEAR = ("intents", "pathways", "barriers", "languages", "alarm", "category")
# ordinary messages are many: every other one is enough for the kernel. Without any it would take a plain no
# for a cry for help, with all of them it hears fewer cries
_EVERY = 2


@dataclass(frozen=True)
class Costs:
    """liblinear's C of each classifier: how dear a training error is. Chosen leave-one-batch-out."""

    intents: float = 1.0
    pathways: float = 1.0
    barriers: float = 0.3
    languages: float = 0.3
    alarm: float = 1.0
    category: float = 1.0


@dataclass(frozen=True)
class Readings:
    """What the classifiers say of some texts, one row each; ``alarm`` is one number a text."""

    intents: Scores
    pathways: Scores
    barriers: Scores
    languages: Scores
    alarm: Scores
    category: Scores


@dataclass(frozen=True)
class Model:
    """``fingerprint`` names the data it was trained on; two with the same one answer alike."""

    fingerprint: str
    featurizer: Featurizer
    concepts: Concepts
    intents: LinearModel
    pathways: LinearModel
    barriers: LinearModel
    languages: LinearModel
    alarm: LinearModel
    category: LinearModel
    kernel: KernelModel
    replies: Replies

    def read(self, texts: Sequence[str], vectors: Vectors, *, whole: int | None = None) -> Readings:
        """The scores of ``texts``, normal forms, whose sentence vectors are ``vectors``. Only the first
        ``whole`` are read for anything but safety.
        """
        rows = self.featurizer.transform(texts, vectors).rows
        told = sp.hstack([rows, self.concepts.transform(texts)], format="csr")
        first = rows[:whole]
        return Readings(
            intents=self.intents.scores(first),
            pathways=self.pathways.scores(first),
            barriers=self.barriers.scores(first),
            languages=self.languages.scores(first),
            alarm=self.alarm.scores(told)[:, 0] + self.kernel.scores(vectors),
            category=self.category.scores(told),
        )

    def save(self, folder: Path) -> None:
        """Writes everything into ``folder``, which exists."""
        self.featurizer.save(folder)
        for head in _LINEAR:
            getattr(self, head).save(folder / f"{head}.npz")
        self.kernel.save(folder / "kernel.npz")
        self.replies.save(folder)
        (folder / MANIFEST).write_text(json.dumps({"fingerprint": self.fingerprint}), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Model:
        """What :meth:`save` wrote. Raises OSError or ValueError when a part is missing or damaged."""
        concepts, alarm = Concepts.load(), LinearModel.load(folder / "alarm.npz")
        featurizer = Featurizer.load(folder)
        if alarm.weights.shape[0] != featurizer.columns + concepts.columns:
            raise ValueError("trained with other safety_concepts.yml")
        heads = {head: LinearModel.load(folder / f"{head}.npz") for head in _LINEAR if head != "alarm"}
        kernel = KernelModel.load(folder / "kernel.npz")
        replies = Replies.load(folder)
        return cls(
            fingerprint_of(folder), featurizer, concepts, alarm=alarm, kernel=kernel, replies=replies, **heads
        )


def fingerprint_of(folder: Path) -> str:
    """The fingerprint of the model saved in ``folder``."""
    return str(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["fingerprint"])


def fit(
    examples: Sequence[Example],
    fingerprint: str,
    *,
    intents: Sequence[tuple[str, str]] | None = None,
    replies: Sequence[ReplyExample] = (),
    vectors: Vectors | None = None,
    costs: Costs | None = None,
) -> Model:
    """A model of ``examples``. ``intents`` are ``(text, intent)`` pairs that replace what the examples say of
    intents, as Rasa hands them over; ``replies`` are replies by example; ``vectors`` are the sentence vectors of
    ``examples`` where already made.
    """
    costs = costs or Costs()
    pairs = intents if intents is not None else [(e.text, e.intent) for e in examples if e.intent]
    texts = [normalise(e.text) for e in examples]
    spoken = [normalise(text) for text, _ in pairs]
    known = dict(zip(texts, encode_corpus(texts) if vectors is None else vectors, strict=True))
    missing = list(dict.fromkeys(t for t in spoken if t not in known))
    known.update(zip(missing, encode_corpus(missing), strict=True))

    every, row_of = list(known), {text: row for row, text in enumerate(known)}
    featurizer, concepts = Featurizer.fit(every), Concepts.load()
    table = np.stack(list(known.values()))
    rows = featurizer.transform(every, table).rows
    at = np.array([row_of[text] for text in texts])
    asked = [i for i, e in enumerate(examples) if pathway_label(e) is not None]
    judged = [i for i, e in enumerate(examples) if barrier_labels(e) is not None]
    told = sp.hstack([rows[at], concepts.transform(texts)], format="csr")
    labels = np.array([safety_label(e) for e in examples])
    near = [i for i, e in enumerate(examples) if e.kind != "intents" or labels[i] != NONE or i % _EVERY]
    disclosed = np.flatnonzero(labels != NONE)
    return Model(
        fingerprint,
        featurizer,
        concepts,
        intents=LinearModel.fit_classes(
            rows[[row_of[t] for t in spoken]], [n for _, n in pairs], costs.intents
        ),
        pathways=LinearModel.fit_classes(
            rows[at[asked]], [pathway_label(examples[i]) or NONE for i in asked], costs.pathways
        ),
        barriers=LinearModel.fit_labels(
            rows[at[judged]],
            [barrier_labels(examples[i]) or frozenset() for i in judged],
            BARRIERS,
            costs.barriers,
        ),
        languages=LinearModel.fit_classes(rows[at], [e.language for e in examples], costs.languages),
        alarm=LinearModel.fit_one(told, labels != NONE, "disclosure", costs.alarm),
        category=LinearModel.fit_classes(told[disclosed], list(labels[disclosed]), costs.category),
        kernel=KernelModel.fit(table[at[near]], labels[near] != NONE),
        replies=Replies.fit(replies, examples),
    )


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
    if example.kind in ("safety", "pathways") or example.intent in _TALKS_OF_PATHWAYS:
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
