"""What retraining on the reviewers' corrections changes, measured before anybody commits them.

Two models are trained on this machine, one without the batch ``reviewed`` and one with it, and both read texts that
neither has seen: the development sets, and the corrected texts themselves, each left out with its half.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.services.staff.corrections import BATCH
from bot.understanding import corpus, safety
from bot.understanding.clauses import pieces
from bot.understanding.corpus import Example
from bot.understanding.encoder import encode_corpus
from bot.understanding.linear import probabilities
from bot.understanding.model import Model, Readings, fit
from bot.understanding.normalise import normalise
from bot.understanding.opinion import opinion
from bot.understanding.patterns import Patterns
from bot.understanding.thresholds import Thresholds

FILE = "corrections.json"
WORTH_TELLING = 0.01
"""a change of an intent's F1 below it is noise"""


class NothingToCompare(RuntimeError):
    """There are no corrections, or nothing to judge them on; the message says which and the mend."""


@dataclass(frozen=True)
class Marks:
    """How well texts are read: shares from 0 to 1, ``n`` texts. ``missed`` disclosures, ``alarms`` that were none."""

    n: int
    accuracy: float
    macro_f1: float
    f1: dict[str, float]
    disclosures: int = 0
    missed: int = 0
    ordinary: int = 0
    alarms: int = 0


@dataclass(frozen=True)
class Comparison:
    """Before and after, on the development sets and on the corrected texts themselves."""

    made_at: str
    examples: dict[str, int]
    """corrected texts by label"""
    before: Marks
    after: Marks
    held_out_before: float
    """share of the corrected texts that the model without any of them reads right"""
    held_out_after: float
    """the same by models that had the other half of them"""
    moved: dict[str, tuple[float, float]] = field(default_factory=dict)
    """intents whose F1 on the development sets changed by a hundredth or more"""

    @property
    def worse(self) -> bool:
        """Whether it costs something that nobody should pay: a disclosure missed, or understanding lost."""
        return self.after.missed > self.before.missed or (
            self.after.macro_f1 < self.before.macro_f1 - WORTH_TELLING
        )


def compare(
    nlu: Path, now: datetime, told: Callable[[str], None] = lambda what: None, *, least: int = 2
) -> Comparison:
    """Train and judge; minutes on one core. ``told`` hears what is being done. Raises NothingToCompare."""
    every, judged_on = corpus.training(nlu), corpus.development(nlu)
    fresh = [e for e in every if e.batch == BATCH and e.intent]
    known = [e for e in every if e.batch != BATCH]
    if len(fresh) < least:
        raise NothingToCompare(
            f"{len(fresh)} corrections in {nlu}/*/{BATCH}. Mend: correct labels in Review, then run "
            "staff corrections"
        )
    if not judged_on:
        raise NothingToCompare(f"{nlu}/dev is empty: there is nothing to judge on")
    told("training without the corrections")
    before = fit(known, "without")
    told("training with the corrections")
    after = fit([*known, *fresh], "with")
    halves: list[tuple[Sequence[Example], Sequence[Example]]] = [
        (fresh[0::2], fresh[1::2]),
        (fresh[1::2], fresh[0::2]),
    ]
    right = 0
    for number, (learned, left_out) in enumerate(halves, start=1):
        told(f"training with half of the corrections ({number} of 2)")
        right += _right(fit([*known, *learned], "half"), left_out)
    told("reading the development sets")
    marks = marks_of(before, judged_on), marks_of(after, judged_on)
    return Comparison(
        made_at=now.isoformat(timespec="seconds"),
        examples=dict(sorted(Counter(str(e.intent) for e in fresh).items())),
        before=marks[0],
        after=marks[1],
        held_out_before=_right(before, fresh) / len(fresh),
        held_out_after=right / len(fresh),
        moved={
            name: (marks[0].f1[name], marks[1].f1[name])
            for name in sorted(marks[0].f1)
            if abs(marks[0].f1[name] - marks[1].f1[name]) >= WORTH_TELLING
        },
    )


def marks_of(model: Model, examples: Sequence[Example]) -> Marks:
    """Intents of ordinary texts, and disclosures with what is no disclosure."""
    patterns, thresholds = Patterns.load(), Thresholds.load()
    pairs: list[tuple[str, str]] = []
    counts: Counter[str] = Counter()
    for example, readings in zip(examples, _readings(model, examples), strict=True):
        if example.kind == "safety":
            alarm = safety.judge(
                example.text, readings, model.category.labels, patterns, thresholds, opinion()
            )
            disclosed = example.disclosure != "none"
            counts["disclosures" if disclosed else "ordinary"] += 1
            counts["missed"] += disclosed and alarm is None
            counts["alarms"] += not disclosed and alarm is not None
        elif example.intent:
            pairs.append((example.intent, _intent(model, readings)))
    f1 = _f1(pairs)
    return Marks(
        n=len(pairs),
        accuracy=round(sum(g == p for g, p in pairs) / len(pairs), 4) if pairs else 0.0,
        macro_f1=round(sum(f1.values()) / len(f1), 4) if f1 else 0.0,
        f1=f1,
        disclosures=counts["disclosures"],
        missed=counts["missed"],
        ordinary=counts["ordinary"],
        alarms=counts["alarms"],
    )


def _right(model: Model, examples: Sequence[Example]) -> int:
    found = _readings(model, examples)
    return sum(_intent(model, r) == e.intent for e, r in zip(examples, found, strict=True))


def _readings(model: Model, examples: Sequence[Example]) -> list[Readings]:
    parts = [pieces(normalise(e.text)) for e in examples]
    vectors, start, found = encode_corpus([piece for some in parts for piece in some]), 0, []
    for some in parts:
        found.append(model.read(some, vectors[start : start + len(some)], whole=1))
        start += len(some)
    return found


def _intent(model: Model, readings: Readings) -> str:
    shares = probabilities(readings.intents, 1.0)[0]
    return str(model.intents.labels[int(shares.argmax())])


def _f1(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    gold, said = Counter(g for g, _ in pairs), Counter(p for _, p in pairs)
    right = Counter(g for g, p in pairs if g == p)
    return {name: round(2 * right[name] / (n + said[name]), 4) for name, n in sorted(gold.items())}


def save(found: Comparison, folder: Path) -> Path:
    """Keep it for the console's page; no text of anybody is in it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    path.write_text(json.dumps(asdict(found), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def load(folder: Path) -> Comparison | None:
    """The last one that was saved; None where there is none, or it is of another shape."""
    try:
        data: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
        before, after = Marks(**data.pop("before")), Marks(**data.pop("after"))
        moved = {name: (float(a), float(b)) for name, (a, b) in data.pop("moved").items()}
        return Comparison(before=before, after=after, moved=moved, **data)
    except (OSError, ValueError, TypeError, KeyError):
        return None
