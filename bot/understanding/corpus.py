"""Labelled examples from ``nlu/``, as the components and the benchmarks read them.

A *batch* is what one writer wrote (``nlu/es/03``); quality is judged by leaving whole batches out. The
development sets of ``nlu/dev`` are another tree: :func:`training` never returns them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

NLU = Path(__file__).resolve().parents[2] / "nlu"
LANGUAGES = ("es", "en")
PATHWAYS = ("education", "employment", "entrepreneurship")
BARRIERS = (
    "care",
    "confidence",
    "connectivity",
    "digital_skills",
    "disability",
    "documents",
    "family_opposition",
    "health",
    "housing",
    "language",
    "literacy",
    "mental_health",
    "money",
    "time",
    "transport",
    "unsafe_area",
    "violence",
)
DISCLOSURES = {"violence": "disclose_violence", "self_harm": "disclose_self_harm"}

_QUESTION = re.compile(r"\w+\.\w+")

Kind = Literal["intents", "pathways", "barriers", "safety"]


class CorpusError(ValueError):
    """A line of ``nlu/`` that cannot be read; the message names file, line and what is wrong."""


@dataclass(frozen=True)
class Example:
    """One text with everything that its file says about it.

    ``intent`` is None where the file does not settle it; ``barriers`` and ``safety`` are None where nobody
    judged the text for them. ``safety`` is ``violence:<facet>``, ``self_harm:<facet>`` or ``none:<facet>``.
    """

    text: str
    language: str
    batch: str
    kind: Kind
    intent: str | None = None
    pathway: str | None = None
    barriers: frozenset[str] | None = None
    safety: str | None = None

    @property
    def disclosure(self) -> str:
        """``violence``, ``self_harm`` or ``none``: the category without the facet."""
        return (self.safety or "none").partition(":")[0]


@dataclass(frozen=True)
class ReplyExample:
    """One reply to a question with a closed list. ``question`` is ``form.question``; ``values`` are the choices it
    means, empty where it means none: vague, beside the point, or outside of all of them.
    """

    text: str
    language: str
    batch: str
    question: str
    values: tuple[str, ...]


def training(root: Path = NLU) -> list[Example]:
    """Every example that may be trained on: ``nlu/<language>/<batch>/…``, without duplicates."""
    found: list[Example] = []
    for language in LANGUAGES:
        for folder in sorted((root / language).glob("*/")):
            found += _batch(folder, language, folder.name)
    return _without_duplicates(found)


def replies(root: Path = NLU) -> list[ReplyExample]:
    """Every example of a reply: ``nlu/<language>/<batch>/replies.tsv``. They teach no intent.

    The first of two alike is kept. Whether the questionnaires have such a question and such choices is not known
    here; ``tests/understanding/test_replies.py`` looks. Raises CorpusError.
    """
    found: dict[tuple[str, str], ReplyExample] = {}
    for language in LANGUAGES:
        for path in sorted((root / language).glob("*/replies.tsv")):
            for number, line in _lines(path):
                example = _reply(line, language, path, number)
                found.setdefault((example.question, example.text), example)
    return list(found.values())


def development(root: Path = NLU) -> list[Example]:
    """The sets kept apart for judging: ``nlu/dev/<name>/<language>/…``; empty when there are none."""
    found: list[Example] = []
    for language in LANGUAGES:
        for folder in sorted((root / "dev").glob(f"*/{language}")):
            found += _batch(folder, language, f"dev/{folder.parent.name}")
            for inner in sorted(folder.glob("*/")):
                found += _batch(inner, language, f"dev/{folder.parent.name}")
    return found


def files(root: Path = NLU) -> list[Path]:
    """The files that :func:`training` and :func:`replies` read and the data files beside them, in a stable order."""
    batches = [p for language in LANGUAGES for p in sorted((root / language).glob("*/*"))]
    return [p for p in [*sorted(root.glob("*.yml")), *batches] if p.suffix in (".yml", ".tsv")]


def fingerprint(root: Path = NLU) -> str:
    """Sixteen hexadecimal digits over the contents of :func:`files`."""
    digest = hashlib.sha256()
    for path in files(root):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _batch(folder: Path, language: str, batch: str) -> Iterator[Example]:
    if (path := folder / "intents.yml").exists():
        for intent, text in intent_examples(path):
            yield Example(text, language, batch, "intents", intent=intent)
    for label, text in _rows(folder / "pathways.tsv"):
        yield Example(
            text, language, batch, "pathways", intent="choose_pathway", pathway=_pathway(folder, label)
        )
    for label, text in _rows(folder / "barriers.tsv"):
        barriers = _barriers(folder, label)
        yield Example(text, language, batch, "barriers", intent=_told(barriers), barriers=barriers)
    # a batch of nothing but safety teaches the detector alone: thousands of disclosures would crowd out the
    # other intents, and an intent that the detector has not confirmed is not believed anyway
    told = DISCLOSURES if (folder / "intents.yml").exists() else {}
    for label, text in _rows(folder / "safety.tsv"):
        category, colon, _ = label.partition(":")
        if not colon or category not in (*DISCLOSURES, "none"):
            raise CorpusError(f"{folder}/safety.tsv: unknown label {label!r}")
        yield Example(text, language, batch, "safety", intent=told.get(category), safety=label)


def _told(barriers: frozenset[str]) -> str | None:
    # a barrier that tells of violence is a disclosure first (nlu/GUIDE.md)
    if "violence" in barriers:
        return "disclose_violence"
    return "tell_barrier" if barriers else None


def _pathway(folder: Path, label: str) -> str | None:
    if label == "-":
        return None
    if label not in PATHWAYS:
        raise CorpusError(f"{folder}/pathways.tsv: unknown pathway {label!r}")
    return label


def _barriers(folder: Path, label: str) -> frozenset[str]:
    barriers = frozenset(label.replace(",", " ").split()) - {"-"}
    if unknown := barriers - set(BARRIERS):
        raise CorpusError(f"{folder}/barriers.tsv: unknown barrier {', '.join(sorted(unknown))}")
    return barriers


def intent_examples(path: Path) -> Iterator[tuple[str, str]]:
    """``(intent, text)`` of a file in Rasa's training format. Raises CorpusError."""
    content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    for block in content.get("nlu") or ():
        if "intent" not in block:
            continue
        for line in str(block.get("examples", "")).splitlines():
            if not line.strip():
                continue
            if not line.startswith("- ") or not line[2:].strip():
                raise CorpusError(f"{path}: {block['intent']}: example does not start with '- ': {line!r}")
            yield str(block["intent"]), line[2:].strip()


def _reply(line: str, language: str, path: Path, number: int) -> ReplyExample:
    question, tab, rest = line.partition("\t")
    values, second, text = rest.partition("\t")
    if not tab or not second or not text.strip():
        raise CorpusError(f"{path}:{number}: question, values and text are expected, with tabs between them")
    if not _QUESTION.fullmatch(question.strip()):
        raise CorpusError(f"{path}:{number}: form.question is expected, found {question!r}")
    named = tuple(values.split())
    if not named or ("-" in named and len(named) > 1) or len(set(named)) < len(named):
        raise CorpusError(f"{path}:{number}: choices once each, or '-' alone, are expected, found {values!r}")
    return ReplyExample(
        text.strip(), language, path.parent.name, question.strip(), named if named != ("-",) else ()
    )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    if not path.exists():
        return
    for number, line in _lines(path):
        label, tab, text = line.partition("\t")
        if not tab or not text.strip():
            raise CorpusError(f"{path}:{number}: no tab between label and text")
        yield label.strip(), text.strip()


def _without_duplicates(examples: list[Example]) -> list[Example]:
    seen: dict[tuple[Kind, str], Example] = {}
    for example in examples:
        seen.setdefault((example.kind, example.text), example)
    return list(seen.values())
