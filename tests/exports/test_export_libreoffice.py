"""What an analyst without Excel sees: LibreOffice itself opens the CSV and the XLSX."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from test_export_formats import COLUMNS, ROWS

from bot.exports.writers import writers

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
CSV_OUT = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
"""comma, quotes, UTF-8, every sheet, numbers and dates as they are and not as they are shown"""
CSV_IN = "CSV:44,34,76,1"

pytestmark = pytest.mark.skipif(OFFICE is None, reason="no LibreOffice on this machine")


def convert(folder: Path, *asked: str) -> None:
    assert OFFICE is not None
    done = subprocess.run(
        [OFFICE, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}", *asked],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def write(folder: Path, fmt: str, rows: Sequence[Sequence[Any]] = ROWS) -> Path:
    path = folder / f"t.{fmt}"
    writers()[fmt](path, "t", COLUMNS, iter(rows))
    return path


def test_it_opens_the_xlsx_with_types_accents_and_no_formula(tmp_path: Path) -> None:
    write(tmp_path, "xlsx")
    convert(tmp_path, "--convert-to", CSV_OUT, "t.xlsx")
    (made,) = tmp_path.glob("t-*.csv")
    with made.open(encoding="utf-8", newline="") as file:
        head, first, second, third = csv.reader(file)
    assert head == [column.name for column in COLUMNS]
    assert first[0] == "Ñusta “Peña”" and first[3:5] == ["3", "1250.5"]
    assert second[0] == "=1+1" and second[4] == "-2"  # a text, not 2
    assert third[0] == "dos\nlíneas, con coma" and third[1:] == [""] * 7


def test_it_opens_the_csv_with_accents_lines_and_no_formula(tmp_path: Path) -> None:
    write(tmp_path, "csv")
    (tmp_path / "out").mkdir()
    convert(
        tmp_path,
        f"--infilter={CSV_IN}",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
        "--outdir",
        "out",
        "t.csv",
    )
    sheet = openpyxl.load_workbook(tmp_path / "out" / "t.xlsx").active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == len(ROWS) + 1 and rows[0] == tuple(column.name for column in COLUMNS)
    assert rows[1][0] == "Ñusta “Peña”" and rows[1][3:5] == (3, 1250.5)
    assert isinstance(rows[1][6], datetime) and rows[1][6].date().isoformat() == "1991-02-28"
    assert rows[2][0] == "'=1+1" and sheet["A3"].data_type == "s"
    assert rows[3][0] == "dos\nlíneas, con coma"
