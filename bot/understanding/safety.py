"""Does she tell of violence or of wanting to die? Asked of every message before anything else is done with it.

Two witnesses, either is enough: a classifier trained on our examples, which reads the whole message and each
of its pieces, and the wordings of ``nlu/safety_patterns.yml``. Missing a disclosure costs far more than a card
that she did not need, and she can always say "no era eso"; how much more is in ``nlu/thresholds.yml``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.understanding.linear import Scores
from bot.understanding.patterns import CATEGORIES, Category, Patterns
from bot.understanding.thresholds import Thresholds

# how fast the score of a disclosure rises with the distance to the threshold
_STEEPNESS = 3.0
_BY_PATTERN = 0.9


@dataclass(frozen=True)
class Disclosure:
    """What she disclosed. ``score`` is 0.5 at the threshold and nears 1; ``pattern`` names the entry that spoke.

    Holds no text: it may be counted and logged.
    """

    category: Category
    score: float
    by: Literal["learned", "pattern"]
    pattern: str | None = None


def judge(
    text: str, scores: Scores, labels: tuple[str, ...], patterns: Patterns, thresholds: Thresholds
) -> Disclosure | None:
    """The disclosure in ``text`` as typed, or None. ``scores`` are those of its pieces, the whole first."""
    if not any(c.isalpha() for c in text):
        return None
    limits: Mapping[Category, float] = {"violence": thresholds.violence, "self_harm": thresholds.self_harm}
    over = {c: float(scores[:, labels.index(c)].max()) - limits[c] for c in CATEGORIES}
    found = patterns.search(text)
    # self-harm first when both speak clearly: life comes before everything
    category = max(CATEGORIES, key=lambda c: over[c])
    if over[category] >= 0 and (found is None or found.category == category or over[found.category] < 0 <= over[category] - 0.5):
        return Disclosure(category, _score(over[category]), "learned", found.id if found else None)
    if found is not None:
        return Disclosure(found.category, max(_BY_PATTERN, _score(over[found.category])), "pattern", found.id)
    return None


def _score(over: float) -> float:
    return 1 / (1 + math.exp(-_STEEPNESS * over))
