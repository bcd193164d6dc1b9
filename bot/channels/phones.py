"""Telephone numbers that are written in two ways."""

from __future__ import annotations

import re

# Mexican mobiles had a 1 after the country code until 2019; WhatsApp still delivers some with it
_MEXICAN_LEGACY = re.compile(r"\+521([0-9]{10})")


def canonical_phone(number: str) -> str:
    """``+5215512345678`` and ``+525512345678`` are one telephone: the second form. Others stay as they are.

    >>> canonical_phone("+5215512345678")
    '+525512345678'
    """
    legacy = _MEXICAN_LEGACY.fullmatch(number)
    return f"+52{legacy[1]}" if legacy else number
