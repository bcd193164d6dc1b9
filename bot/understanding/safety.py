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
# a wording of the list counts as much as being this far over the threshold
_WORDING = 0.3


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
    learned = {c: float(scores[:, labels.index(c)].max()) - limits[c] for c in CATEGORIES}
    found = patterns.search(text)
    strength = dict(learned)
    if found is not None:
        strength[found.category] = max(learned[found.category], 0.0) + _WORDING
    # of equals, self-harm: it comes first in CATEGORIES
    category = max(CATEGORIES, key=lambda c: strength[c])
    if strength[category] < 0:
        return None
    named = found.id if found is not None and found.category == category else None
    by: Literal["learned", "pattern"] = "learned" if learned[category] >= 0 else "pattern"
    return Disclosure(category, 1 / (1 + math.exp(-_STEEPNESS * strength[category])), by, named)
