"""A long text as several that fit, broken where a reader would pause."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.core.messages import Outbound

# in order of preference: after a paragraph, a line, a sentence, a word
_BREAKS = tuple(re.compile(p) for p in (r"\n[ \t]*\n\s*", r"\n\s*", r"(?<=[.!?…:;])\s+", r"\s+"))
# a break earlier than this share of the limit would leave a stub, so a lesser break further on is better
_FULL_ENOUGH = 0.4


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units: most emoji count two."""
    return len(text) + sum(ord(c) > 0xFFFF for c in text)


def cut(text: str, limit: int) -> str:
    """The longest beginning of ``text`` within ``limit`` UTF-16 units."""
    units = 0
    for index, char in enumerate(text):
        units += 2 if ord(char) > 0xFFFF else 1
        if units > limit:
            return text[:index]
    return text


def split_text(text: str, limit: int) -> tuple[str, ...]:
    """``text`` in parts of at most ``limit`` UTF-16 units, without blank parts and without losing a word.

    A word is broken only where it is longer than ``limit`` by itself. Raises ValueError under 2 units, where
    not every character fits.
    """
    if limit < 2:
        raise ValueError("a part must have room for one character")
    return tuple(_split(text.strip(), limit))


def _split(text: str, limit: int) -> Iterator[str]:
    while utf16_length(text) > limit:
        # one character more than fits: a break right after the last word that fits counts
        head = cut(text, limit)
        window = text[: len(head) + 1]
        here, resume = _best_break(window, len(head))
        yield text[:here].rstrip()
        text = text[resume:].lstrip()
    if text:
        yield text


def _best_break(window: str, fits: int) -> tuple[int, int]:
    fallback: tuple[int, int] | None = None
    for pattern in _BREAKS:
        found = [m for m in pattern.finditer(window) if 0 < m.start() <= fits]
        if not found:
            continue
        last = found[-1].span()
        if last[0] >= fits * _FULL_ENOUGH:
            return last
        # too early; kept in case nothing later turns up
        fallback = max(fallback, last) if fallback else last
    return fallback or (fits, fits)


def split_message(message: Outbound, limit: int) -> tuple[Outbound, ...]:
    """``message`` in parts within ``limit``; what she can press or share goes with the last part.

    A message that fits, even a blank one, is returned as it is: refusing it is the sender's business.
    """
    if utf16_length(message.text) <= limit:
        return (message,)
    *first, last = split_text(message.text, limit) or ("",)
    return (*(Outbound(text) for text in first), replace(message, text=last))
