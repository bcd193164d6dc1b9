"""Does she tell of violence or of wanting to die? Asked of every message before anything else is done with it.

Two witnesses: a classifier trained on our examples, which reads the whole message and each of its pieces, and
the wordings of ``nlu/safety_patterns.yml``, which outweigh a doubt of the classifier but not its certainty.
Missing a disclosure costs far more than a card that she did not need, and she can always say "no era eso"; how
much more is in ``nlu/thresholds.yml``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from bot.understanding.model import Readings
from bot.understanding.patterns import CATEGORIES, Category, Patterns
from bot.understanding.thresholds import Thresholds

# how fast the score of a disclosure rises with the distance to the threshold
_STEEPNESS = 3.0
PIECE_HANDICAP = 0.3
"""what a part of a message must be clearer by than the whole: out of context more things sound alarming"""


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
    text: str, readings: Readings, labels: tuple[str, ...], patterns: Patterns, thresholds: Thresholds
) -> Disclosure | None:
    """The disclosure in ``text`` as typed, or None. ``readings`` are those of its pieces, the whole first."""
    if not any(c.isalpha() for c in text):
        return None
    piece, over = loudest(readings)
    over -= thresholds.disclosure
    found = patterns.search(text)
    strength = over + (found.weight if found else 0.0)
    if strength < 0:
        return None
    # where a wording of the list spoke it also says which; else the classifier of the loudest piece does
    category: Category = found.category if found else CATEGORIES[0]
    if found is None:
        category = max(CATEGORIES, key=lambda c: float(readings.category[piece, labels.index(c)]))
    score = 1 / (1 + math.exp(-_STEEPNESS * strength))
    return Disclosure(category, score, "learned" if over >= 0 else "pattern", found.id if found else None)


def loudest(readings: Readings) -> tuple[int, float]:
    """Which piece cries loudest and how loud: a part must be clearer than the whole to outvote it."""
    alarm = readings.alarm.copy()
    alarm[1:] -= PIECE_HANDICAP
    piece = int(alarm.argmax())
    return piece, float(alarm[piece])
