"""Text that a spreadsheet would run as a formula, made harmless and back again.

The rule is OWASP's (https://owasp.org/www-community/attacks/CSV_Injection): a cell that begins with ``=``,
``+``, ``-``, ``@``, a tab or a carriage return gets an apostrophe in front. Plain numbers and E.164 telephone
numbers do not: evaluated, they are themselves. A text that has apostrophes before such a sign gets one
more, so that taking one away always gives the original.
"""

from __future__ import annotations

import re

# the last four are the full-width forms, which spreadsheets fold to the plain ones
_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_FIRST = frozenset("'=+-@\t\r＝＋－＠")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")


def neutralise(text: str) -> str:
    """``text`` as it may stand in a CSV cell."""
    # nearly all cells are done with after one look at their first sign
    if text[:1] in _FIRST and _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def original(cell: str) -> str:
    """What :func:`neutralise` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
