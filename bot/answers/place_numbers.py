"""Places named by the number that their list prints: "la octava", "VIII región", "8"."""

from __future__ import annotations

import re

from bot.answers.listing import Index
from bot.answers.reply import Reply

_ROMAN = re.compile(r"^(?=[ivx])(x{0,1}(?:ix|iv|v?i{0,3}))$")
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10}


def numbered(words: tuple[str, ...], among: Index, reply: Reply) -> int | None:
    """ "La octava", "VIII región", "8": the printed number, which in Chile is the region's own."""
    core = [
        w
        for w in words
        if w not in ("la", "el", "region", "numero", "opcion", "estado", "the", "number", "option")
    ]
    if len(core) != 1:
        return None
    word = core[0]
    ordinal = reply.lexicon.numbers("ordinals").get(word)
    if word.isdigit() and len(word) <= 2:
        number: int | None = int(word)
    else:
        number = int(ordinal) if ordinal is not None else _roman(word)
    if number is None:
        return None
    return next((i for i, c in enumerate(among.choices) if c.number == number and number > 0), None)


def _roman(word: str) -> int | None:
    if not _ROMAN.match(word):
        return None
    values = [_ROMAN_DIGITS[c] for c in word]
    following = [*values[1:], 0]
    return sum(-v if v < n else v for v, n in zip(values, following, strict=True))
