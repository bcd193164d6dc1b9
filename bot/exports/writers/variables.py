"""Names of variables that SPSS and Stata both take, and the numbers that Stata puts for choices.

``device/own`` is no name there. What a column is called in ``.sav`` and ``.dta`` is in the codebook.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.exports.columns import Column, Kind

LONGEST = 32
"""Stata's limit; SPSS has 64 bytes"""

# https://www.stata.com/manuals/u11.pdf (11.3), the words of Mata, and those of SPSS; in small letters
_RESERVED = frozenset(
    """
    if in using with byte int long float double str strl
    aggregate array boolean break case catch class colvector complex const continue default delegate delete do
    else eltypedef end enum explicit export external for friend function global goto inline local mata matrix
    namespace new null numeric nummat operator orgtypedef pointer polymorphic pragma private protected public
    quad real return rowvector scalar short signed static strmat string struct super switch template this
    throw transmorphic try typedef typename union unsigned vector version virtual void volatile while
    all and by eq ge gt le lt ne not or to
    """.split()  # noqa: SIM905 - a list of ninety lines says no more
)
_NUMBERED_TYPE = re.compile(r"str\d+", re.IGNORECASE)


def variable_names(columns: Iterable[str]) -> dict[str, str]:
    """Column name to variable name: letters, digits and underscores, at most 32, unique whatever the case."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for column in columns:
        plain = re.sub(r"[^A-Za-z0-9_]", "_", column).strip("_") or "v"
        if not plain[0].isalpha():
            plain = "v" + plain
        if plain.lower() in _RESERVED or _NUMBERED_TYPE.fullmatch(plain):
            plain += "_"
        name, number = plain[:LONGEST], 1
        while name.lower() in taken:
            number += 1
            name = f"{plain[: LONGEST - len(str(number)) - 1]}_{number}"
        names[column] = name
        taken.add(name.lower())
    return names


def codes(column: Column) -> dict[str, int]:
    """Stored value to its number in Stata: itself for a column of numbers, else its place from 1."""
    if column.kind in (Kind.WHOLE, Kind.NUMBER):
        return {value: int(value) for value in column.values}
    return {value: code for code, value in enumerate(column.values, 1)}
