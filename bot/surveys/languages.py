"""From the language names of a sheet to ISO 639 codes: ``Español (es)`` is ``es``."""

from __future__ import annotations

import re

from bot.core.text import fold

PLAIN = "default"
"""What pyxform calls the language of a column without one."""

_CODE = re.compile(r"\(\s*([A-Za-z]{2,3})(?:[-_]\w+)?\s*\)\s*$")
_BARE = re.compile(r"[A-Za-z]{2,3}")

# names that authors write without a code, folded: the languages of the programme's countries and around
_NAMES = {
    "espanol": "es", "castellano": "es", "spanish": "es", "ingles": "en", "english": "en",
    "portugues": "pt", "portuguese": "pt", "frances": "fr", "francais": "fr", "french": "fr",
    "nahuatl": "nah", "maya": "yua", "mapudungun": "arn", "mapuche": "arn", "aymara": "ay", "aimara": "ay",
    "quechua": "qu", "rapa nui": "rap", "creole": "ht", "kreyol": "ht", "creol": "ht",
}  # fmt: skip


def language_code(name: str, plain: str = "es") -> str:
    """The ISO 639 code of a sheet's language; ``plain`` for a column that names none.

    A name that is neither a code nor known is folded and kept: the form still works under that name.
    """
    name = name.strip()
    if not name or name == PLAIN:
        return plain
    coded = _CODE.search(name)
    if coded:
        return coded[1].lower()
    folded = fold(name)
    if folded in _NAMES:
        return _NAMES[folded]
    return name.lower() if _BARE.fullmatch(name) else folded.replace(" ", "_")
