"""Pieces of a message small enough that one cry for help is not drowned by the rest.

A disclosure often comes in the middle of something else ("sorry I am late, he hit me again, what was the
homework"), and a message dictated by voice has no punctuation at all. The detector reads the whole and every
piece.
"""

from __future__ import annotations

import re

_SENTENCE_END = re.compile(r"[.!?;…\n]+|\s[-–—]\s")
_CLAUSE_END = re.compile(
    r"[.!?;:,…\n()]+|\s[-–—]\s|\s(?:pero|porque|aunque|entonces|sino|but|because|although)\s", re.IGNORECASE
)

WINDOW = 14
"""words; a dictated clause is rarely longer"""
STEP = 7
MOST = 24
"""pieces a message: bounds the cost of 2,000 characters"""
_SHORTEST = 3
_WHOLE = 12
"""words up to which a message is read as one: cutting it finds less than it invents"""


def sentences(text: str) -> list[str]:
    """The sentences of ``text`` in order; the whole when nothing ends one."""
    return [piece for part in _SENTENCE_END.split(text) if (piece := part.strip())] or [text]


def pieces(text: str) -> list[str]:
    """``text`` itself, then its clauses of three words or more and windows over its long runs, no duplicates."""
    words = text.split()
    found = {text: None}
    if len(words) > _WHOLE:
        for clause in _CLAUSE_END.split(text):
            inside = clause.split()
            if len(inside) <= WINDOW + 2:
                if len(inside) >= _SHORTEST:
                    found[clause.strip()] = None
            else:
                for start in range(0, len(inside) - WINDOW + STEP, STEP):
                    found[" ".join(inside[start : start + WINDOW])] = None
    everything = list(found)
    if len(everything) <= MOST:
        return everything
    # too long to read every piece: evenly spaced ones, the first and the last among them
    kept = [1 + round(i * (len(everything) - 2) / (MOST - 2)) for i in range(MOST - 1)]
    return [text, *(everything[i] for i in kept)]
