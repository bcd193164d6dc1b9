"""A workbook is a ZIP: small to send, and as large as its author likes once it is unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl

from bot.surveys.compile import examine
from bot.surveys.sheets import LARGEST_UNPACKED


def workbook(path: Path, label: str) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "survey"
    sheet.append(["type", "name", "label"])
    sheet.append(["text", "town", label])
    book.save(path)
    return path


def test_what_unpacks_to_too_much_is_refused_unread(tmp_path: Path) -> None:
    small, large = workbook(tmp_path / "small.xlsx", "¿Dónde vives?"), tmp_path / "large.xlsx"
    with zipfile.ZipFile(small) as source, zipfile.ZipFile(large, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
        target.writestr("xl/media/image1.png", b"\0" * LARGEST_UNPACKED)
    assert large.stat().st_size < 600_000
    (problem,) = examine(large).errors
    assert "unpacks to more than" in problem.message
    assert not examine(small).errors


def test_what_is_no_workbook_at_all_is_told(tmp_path: Path) -> None:
    path = tmp_path / "broken.xlsx"
    path.write_bytes(b"PK\x03\x04 and no more")
    assert len(examine(path).errors) == 1
