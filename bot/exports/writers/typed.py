"""Cells for columns of one type: what does not fit the type is left empty."""

from __future__ import annotations

from datetime import date, datetime

from bot.exports.columns import Cell, Kind

EXACT = 2**53
"""beyond it a double, which is all that SPSS and Stata have, no longer tells whole numbers apart"""


def fitting(kind: Kind, cell: Cell) -> Cell:
    """The cell if it is of the column's kind, else None; a number in a text column becomes text."""
    match kind:
        case Kind.WHOLE:
            return cell if isinstance(cell, int) and abs(cell) <= EXACT else None
        case Kind.NUMBER:
            return float(cell) if isinstance(cell, int | float) else None
        case Kind.INSTANT:
            return cell if isinstance(cell, datetime) else None
        case Kind.DATE:
            return cell if isinstance(cell, date) and not isinstance(cell, datetime) else None
        case _:
            return cell if cell is None or isinstance(cell, str) else str(cell)
