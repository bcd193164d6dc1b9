"""What an intent ranking says once the safety detector has spoken."""

from __future__ import annotations

from collections.abc import Iterable

from bot.understanding.corpus import DISCLOSURES

_NEXT_TO_IT = "tell_barrier"


def without_disclosures(ranking: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """``(intent, confidence)`` pairs, the likeliest first, without the two disclosures.

    For a text in which the detector found none: it read the same text, with a threshold chosen for this. Where a
    barrier told comes next, it takes what the intents held for a disclosure ("mi esposo no me deja trabajar" is
    clearly told); any other intent gains nothing by it.
    """
    pairs = list(ranking)
    left = [(name, confidence) for name, confidence in pairs if name not in DISCLOSURES.values()]
    if left and left[0][0] == _NEXT_TO_IT:
        freed = sum(confidence for name, confidence in pairs if name in DISCLOSURES.values())
        left[0] = (_NEXT_TO_IT, left[0][1] + freed)
    return left
