"""CSV and JSON lines: one row at a time, straight to the file."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from bot.exports.columns import Cell, Column, Row
from bot.exports.writers.neutral import neutralise


def write_csv(path: Path, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """RFC 4180 with line feeds, UTF-8 without a byte order mark.

    A mark would help Excel and break the first column's name for everything else; Excel has ``xlsx``.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(neutralise(column.name) for column in columns)
        writer.writerows(map(_csv_cell, row) for row in rows)


def write_jsonl(path: Path, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """One object a line, every column in every row, ``null`` for an empty cell."""
    names = [column.name for column in columns]
    encode = json.JSONEncoder(ensure_ascii=False, default=_json_cell, allow_nan=False).encode
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(encode(dict(zip(names, row, strict=True))) + "\n" for row in rows)


def iso(instant: datetime) -> str:
    """``2026-11-22T15:04:05Z``, with microseconds only where there are any."""
    return instant.isoformat().replace("+00:00", "Z")


def _csv_cell(cell: Cell) -> str | int | float | None:
    if cell is None:
        return None
    if isinstance(cell, str):
        return neutralise(cell)
    if isinstance(cell, datetime):
        return iso(cell)
    return cell.isoformat() if isinstance(cell, date) else cell


def _json_cell(cell: object) -> str:
    if isinstance(cell, datetime):
        return iso(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    raise TypeError(f"no cell: {type(cell).__name__}")
