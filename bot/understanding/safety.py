"""Does she tell of violence or of wanting to die? Asked of every message before anything else is done with it.

Three witnesses: a classifier trained on our examples, which reads the whole message and each of its pieces; the
wordings of ``nlu/safety_patterns.yml``, which outweigh a doubt of the classifier but not its certainty; and, where
these two leave it open, a second opinion (:mod:`bot.understanding.opinion`).
Missing a disclosure costs far more than a card that she did not need, and she can always say "no era eso"; how
much more is in ``nlu/thresholds.yml``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.understanding.clauses import pieces
from bot.understanding.model import Readings
from bot.understanding.normalise import normalise
from bot.understanding.opinion import BOUND, Said
from bot.understanding.patterns import Category, Patterns
from bot.understanding.thresholds import Thresholds

# how fast the score of a disclosure rises with the distance to the threshold
_STEEPNESS = 3.0
PIECE_HANDICAP = 0.3
"""what a part of a message must be clearer by than the whole: out of context more things sound alarming"""

OPINION_WEIGHT = 0.2
"""of the log odds of the second opinion, beside the score of the first: docs/adr/0003-understanding.md"""
ASKED_FROM = -1.0
"""below this the first witnesses are sure that nothing is disclosed: asking there too found nothing more, and half of
all ordinary messages would pay for it instead of a fifth"""
CATEGORY_WEIGHT = 0.2
"""of what it says about which of the two it is"""
_LONG = 60
"""words of a message of which the second opinion is asked about the loudest piece, not about the whole"""


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
    text: str,
    readings: Readings,
    labels: tuple[str, ...],
    patterns: Patterns,
    thresholds: Thresholds,
    opinion: Callable[[str], Said],
) -> Disclosure | None:
    """The disclosure in ``text`` as typed, or None. ``readings`` are those of its pieces, the whole first;
    ``opinion`` is asked about a normal form, and only where it can change the verdict.
    """
    if not any(c.isalpha() for c in text):
        return None
    piece, over = loudest(readings)
    over -= thresholds.disclosure
    found = patterns.search(text)
    strength = over + (found.weight if found else 0.0)
    said = opinion(_asked(text, piece)) if ASKED_FROM <= strength <= OPINION_WEIGHT * BOUND else None
    if said is not None:
        over += OPINION_WEIGHT * said.alarm
        strength += OPINION_WEIGHT * said.alarm
    if strength < 0:
        return None
    category = found.category if found is not None else _category(readings, piece, labels, said)
    score = 1 / (1 + math.exp(-_STEEPNESS * strength))
    return Disclosure(category, score, "learned" if over >= 0 else "pattern", found.id if found else None)


def _category(readings: Readings, piece: int, labels: tuple[str, ...], said: Said | None) -> Category:
    # a wording of the list says which; where none spoke the other two say it together
    violence, self_harm = (
        float(readings.category[piece, labels.index(c)]) for c in ("violence", "self_harm")
    )
    lead = violence - self_harm + (CATEGORY_WEIGHT * said.violence if said is not None else 0.0)
    return "violence" if lead > 0 else "self_harm"


def _asked(text: str, piece: int) -> str:
    normal = normalise(text)
    return pieces(normal)[piece] if len(normal.split()) > _LONG else normal


def loudest(readings: Readings) -> tuple[int, float]:
    """Which piece cries loudest and how loud: a part must be clearer than the whole to outvote it."""
    alarm = readings.alarm.copy()
    alarm[1:] -= PIECE_HANDICAP
    piece = int(alarm.argmax())
    return piece, float(alarm[piece])
