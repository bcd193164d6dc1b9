"""Reading a workbook with pyxform: its nested form, with the sheet row of every question kept.

pyxform knows the many spellings of XLSForm headers and types, so nothing here reads a header by itself. It
passes columns it does not know through untouched; the row number travels in such a column.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyxform.builder import create_survey_element_from_dict  # type: ignore[import-untyped]
from pyxform.xls2json import workbook_to_json  # type: ignore[import-untyped]
from pyxform.xls2json_backends import get_xlsform  # type: ignore[import-untyped]

from bot.surveys.problem import Problem, SurveyError, warning

SHEET_ROW = "sheet_row"
LARGEST_UNPACKED = 20 * 1024 * 1024
"""bytes of a workbook's parts; a questionnaire of hundreds of questions has a fiftieth of it"""
SUFFIXES = (".xlsx", ".xlsm", ".xls", ".md", ".csv")

_ROW = re.compile(r"\[row\s*:\s*(\d+)\]\s*")
_ON_SHEET = re.compile(r"On the '(\w+)' sheet, ")
_ELEMENT = re.compile(r"element named '([^']+)'")
_NAMED = re.compile(r"\$\{([^}]+)\}")


@dataclass(frozen=True)
class Workbook:
    """pyxform's view of a form, and its raw rows by sheet row for what pyxform drops."""

    form: Mapping[str, Any]
    rows: Mapping[int, Mapping[str, str]]
    warnings: tuple[Problem, ...]


def read_workbook(path: Path) -> Workbook:
    """The workbook as pyxform understands it. Raises :class:`SurveyError` with pyxform's own finding."""
    if not path.is_file():
        raise SurveyError([Problem(None, "", "there is no such file", "check the path", file=path.name)])
    if path.suffix.lower() not in SUFFIXES:
        raise SurveyError(
            [
                Problem(
                    None, "", f"'{path.suffix}' is not a form", f"use {', '.join(SUFFIXES)}", file=path.name
                )
            ]
        )
    if _unpacked(path) > LARGEST_UNPACKED:
        message = f"the workbook unpacks to more than {LARGEST_UNPACKED >> 20} MiB"
        mend = "leave pictures and long texts out, and save it anew"
        raise SurveyError([Problem(None, "", message, mend, file=path.name)])
    said: list[str] = []
    rows: dict[int, dict[str, str]] = {}
    try:
        book = get_xlsform(path, file_type=path.suffix.lower())
        for number, row in enumerate(book.survey or (), start=2):
            if row:
                rows[number] = dict(row)
                row[SHEET_ROW] = str(number)
        if book.survey_header:
            book.survey_header[0][SHEET_ROW] = None
        form = workbook_to_json(book, fallback_form_name=path.stem, warnings=said)
        # building the XForm is what checks every ${reference} and expression against the form
        create_survey_element_from_dict(form).to_xml(validate=False, warnings=[])
    except Exception as error:  # a damaged workbook can make the reading libraries raise anything
        raise SurveyError([_finding(error, rows).within(path.name)]) from error
    return Workbook(form, rows, tuple(_remarks(said)))


def _unpacked(path: Path) -> int:
    """Bytes of the parts as the archive tells them, which is as far as reading one goes; 0 for what is no archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return 0


def _finding(error: Exception, rows: Mapping[int, Mapping[str, str]]) -> Problem:
    text = str(error) or type(error).__name__
    sheet = _ON_SHEET.search(text)
    match = _ROW.search(text)
    row = int(match[1]) if match else _row_naming(text, rows)
    line = _ROW.sub("", text).strip().split("\n", 1)[0].strip()
    return Problem(
        row, "", line, "correct the sheet so that pyxform reads it", sheet=sheet[1] if sheet else "survey"
    )


def _row_naming(text: str, rows: Mapping[int, Mapping[str, str]]) -> int | None:
    """The row of the name or reference that pyxform complains about without saying where it stands."""
    for mark, whole in ((_NAMED, False), (_ELEMENT, True)):
        match = mark.search(text)
        if match is not None:
            name = re.escape(match[1].strip())
            found = re.compile(name if whole else r".*\$\{\s*" + name + r"\s*\}.*", re.DOTALL)
            return next((row for row, cells in rows.items() if _any(found, cells)), None)
    return None


def _any(pattern: re.Pattern[str], cells: Mapping[str, str]) -> bool:
    return any(pattern.fullmatch(str(cell).strip()) for cell in cells.values())


def _remarks(said: Sequence[str]) -> Iterator[Problem]:
    """pyxform's warnings that concern a chat: translations that are missing are found by our own check."""
    for text in said:
        match = _ROW.search(text)
        if match and "problematic" in text:
            sheet = _ON_SHEET.search(text)
            line = _ROW.sub("", text).strip().split("\n", 1)[0]
            yield warning(int(match[1]), "", line, "give it another name", sheet[1] if sheet else "survey")
