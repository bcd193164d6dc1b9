"""XLSX: rows are written as they come and numbers, times and texts have their own cell types.

Types are what makes Excel in Spanish show a decimal comma, and what keeps a text from running as a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from bot.exports.columns import Cell, Column, Row

# https://support.microsoft.com/office/excel-specifications-and-limits
ROWS, TEXT, SHEET_NAME = 1_048_576, 32_767, 31
DIGITS = 10**15
"""Excel keeps fifteen; a longer whole number stays text"""

# XML 1.0 has no way to write these
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_xlsx(path: Path, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """One sheet; a table that is longer than a sheet goes on in ``<name> (2)``. Times are UTC."""
    options = {"constant_memory": True, "tmpdir": str(path.parent), "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        formats = {
            "head": book.add_format({"bold": True}),
            "instant": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        rows = iter(rows)
        part = 1
        first: Row | None = next(rows, None)
        while True:
            sheet = book.add_worksheet(_sheet_name(name, part))
            for place, column in enumerate(columns):
                sheet.write_string(0, place, column.name, formats["head"])
            sheet.freeze_panes(1, 0)
            if first is not None:
                for line, row in enumerate(chain([first], islice(rows, ROWS - 2)), 1):
                    for place, cell in enumerate(row):
                        _write(sheet, line, place, cell, formats)
            first = next(rows, None)
            if first is None:
                return
            part += 1


def _write(sheet: Worksheet, line: int, place: int, cell: Cell, formats: dict[str, object]) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        sheet.write_string(line, place, _CONTROL.sub("", cell)[:TEXT])
    elif isinstance(cell, datetime):
        sheet.write_datetime(line, place, cell.replace(tzinfo=None), formats["instant"])
    elif isinstance(cell, date):
        sheet.write_datetime(line, place, cell, formats["date"])
    elif isinstance(cell, int) and abs(cell) >= DIGITS:
        sheet.write_string(line, place, str(cell))
    else:
        sheet.write_number(line, place, cell)


def _sheet_name(name: str, part: int) -> str:
    # square brackets and the like cannot be in a questionnaire's name
    ending = "" if part == 1 else f" ({part})"
    return name[: SHEET_NAME - len(ending)] + ending
