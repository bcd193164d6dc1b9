"""Choice lists kept in CSV files beside a form: ``select_one_from_file comunas.csv``."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from bot.surveys.languages import language_code
from bot.surveys.model import Choice


class CatalogueError(ValueError):
    """A catalogue that cannot be read; the message says what is wrong and where."""


def find_catalogue(name: str, *folders: Path | None) -> Path | None:
    """The first folder's file of that name, or ``None``. ``name`` is a bare file name, never a path."""
    if Path(name).name != name:
        return None
    return next((found for folder in folders if folder and (found := folder / name).is_file()), None)


def read_catalogue(path: Path, parameters: Mapping[str, str], language: str) -> tuple[Choice, ...]:
    """The file's rows as choices, in file order (UTF-8, with or without a byte-order mark).

    ``parameters`` may name the columns that hold value and label (``value=code label=town``); else they are
    ``name`` and ``label``, or ``label::…`` for several languages. Raises :class:`CatalogueError`.
    """
    value, label = parameters.get("value", "name"), parameters.get("label", "label")
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            header = [(column or "").strip() for column in rows.fieldnames or ()]
            rows.fieldnames = header
            for column in (value, label):
                if column not in header and not any(h.startswith(f"{column}::") for h in header):
                    raise CatalogueError(f"{path.name} has no column '{column}'")
            titles = {h: language_code(h.partition("::")[2], language) for h in header if _titles(h, label)}
            return tuple(
                _choice(row, number, path, value, titles) for number, row in enumerate(rows, start=2)
            )
    except (UnicodeDecodeError, csv.Error) as error:
        raise CatalogueError(f"{path.name} is no CSV file in UTF-8") from error


def _titles(column: str, label: str) -> bool:
    return column == label or column.startswith(f"{label}::")


def _choice(
    row: Mapping[str | None, str | list[str] | None],
    number: int,
    path: Path,
    value: str,
    titles: Mapping[str, str],
) -> Choice:
    cells = {key: (cell or "").strip() for key, cell in row.items() if key and not isinstance(cell, list)}
    name = cells.get(value, "")
    if not name or " " in name:
        raise CatalogueError(f"{path.name} row {number}: '{name}' cannot be a choice's name")
    labels = {language: cells[column] for column, language in titles.items() if cells.get(column)}
    others = {key: cell for key, cell in cells.items() if key != value and key not in titles}
    return Choice(name, labels, others)
