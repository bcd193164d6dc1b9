"""Wordings that are a disclosure whatever the learned detector thinks, with their false friends.

The wordings are data, ``nlu/safety_patterns.yml``. They work from the first day on sentences that nobody has
written into the training data, and they say which entry spoke.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from bot.core.text import fold
from bot.understanding.clauses import sentences
from bot.understanding.normalise import normalise

DATA = Path(__file__).resolve().parents[2] / "nlu" / "safety_patterns.yml"
Category = Literal["violence", "self_harm"]
CATEGORIES: tuple[Category, ...] = ("self_harm", "violence")
WEIGHT = 1.2
"""what a wording adds to the classifier's score where its entry says nothing else"""
_LIST = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class Pattern:
    """``match`` in a sentence is a disclosure unless ``unless`` is found in the same sentence."""

    id: str
    category: Category
    match: re.Pattern[str]
    unless: re.Pattern[str] | None
    weight: float

    def found_in(self, sentence: str) -> bool:
        """Whether the folded ``sentence`` discloses."""
        return bool(self.match.search(sentence)) and not (self.unless and self.unless.search(sentence))


@dataclass(frozen=True)
class Patterns:
    """All entries of the file, self-harm first: where both speak, life comes first."""

    entries: tuple[Pattern, ...]

    @classmethod
    def load(cls, path: Path = DATA) -> Patterns:
        """Reads ``path``. Raises ValueError naming the entry whose expression does not compile."""
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        words = {name: f"(?:{alternatives})" for name, alternatives in content["words"].items()}
        entries = []
        for category in CATEGORIES:
            for entry in content[category]:
                where = f"{path.name}: {category}: {entry['id']}"
                match = _compile(entry["match"], words, where)
                unless = _compile(entry["unless"], words, where) if entry.get("unless") else None
                weight = float(entry.get("weight", WEIGHT))
                entries.append(Pattern(entry["id"], category, match, unless, weight))
        return cls(tuple(entries))

    def search(self, text: str) -> Pattern | None:
        """The first entry that speaks in ``text`` as typed, sentence by sentence; None when none does."""
        # a typed full stop does not end the normal form's sentence twice, so split before folding
        folded = [fold(sentence) for sentence in sentences(normalise(text))]
        return next(
            (e for e in self.entries for sentence in folded if sentence and e.found_in(sentence)), None
        )


def _compile(expressions: list[str], words: dict[str, str], where: str) -> re.Pattern[str]:
    try:
        spelled = [_LIST.sub(lambda m: words[m[1]], expression) for expression in expressions]
        return re.compile("|".join(rf"(?:{_bounded(e)})" for e in spelled))
    except (re.error, KeyError) as error:
        raise ValueError(f"{where}: {error}") from error


def _bounded(expression: str) -> str:
    # whole words only: "me pega" must not be read in "me pegajosa"
    start = "" if expression.startswith("^") else r"\b"
    end = "" if expression.endswith("$") else r"\b"
    return f"{start}(?:{expression}){end}"
