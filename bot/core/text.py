"""Folding of what people type, shared by every reader so that two never disagree on an accent."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# zero-width, bidirectional controls, byte-order mark, soft hyphen, other controls but newline and tab
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0b-\x1f\x7f]")
_KEYCAP = re.compile("([0-9#*])\ufe0f?\u20e3")
_NOT_WORD = re.compile(r"[^\w\s]+", re.UNICODE)
_SPACES = re.compile(r"\s+")
_PAYLOAD = re.compile(r"/\s*(?:\w+\s*\{|[A-Za-z]+_\w+\s*$)")

MAX_TYPED = 2000


def clean(text: str) -> str:
    """What she typed without invisible characters, keycap digits as digits, at most 2,000 characters."""
    text = unicodedata.normalize("NFC", text.replace("\ufe0e", ""))
    text = _KEYCAP.sub(r" \1 ", text).replace("\N{KEYCAP TEN}", " 10 ")
    return _INVISIBLE.sub("", text).strip()[:MAX_TYPED]


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """Lower case, no accents (``ñ`` becomes ``n``), punctuation and emoji to spaces, single spaces.

    >>> fold("¡Sí, Ñuble!")
    'si nuble'
    """
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    return _SPACES.sub(" ", _NOT_WORD.sub(" ", text)).strip()


def is_payload(typed: str) -> bool:
    """Whether ``typed`` has the shape of what only a tap carries, ``/intent{…}`` or ``/two_words``.

    It is nobody's name or answer, and never obeyed.
    """
    return _PAYLOAD.match(clean(typed)) is not None
