"""The codebook: what every column of a run is, for people (CSV) and for programs (JSON)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.exports.columns import Column, Row
from bot.exports.writers.lines import write_csv
from bot.exports.writers.variables import codes, variable_names

COLUMNS = ("table", "column", "variable", "type", "label", "value", "value_label", "code")
"""of ``codebook.csv``: one row a column, and one more for each of its values"""


def write_codebook(folder: Mapping[str, Path], tables: Mapping[str, Sequence[Column]]) -> None:
    """``folder`` maps ``csv`` and ``json`` to the files to write; ``tables`` table name to its columns."""
    write_csv(folder["csv"], "codebook", [Column(name) for name in COLUMNS], _rows(tables))
    document = {name: [_described(*spec) for spec in _specs(columns)] for name, columns in tables.items()}
    folder["json"].write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _specs(columns: Sequence[Column]) -> Iterator[tuple[Column, str]]:
    """Each column with its name in SPSS and Stata."""
    names = variable_names(column.name for column in columns)
    return ((column, names[column.name]) for column in columns)


def _described(column: Column, variable: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "column": column.name,
        "variable": variable,
        "type": column.kind.value,
        "label": column.label,
    }
    if column.values:
        described["values"] = [
            {"value": value, "label": label, "code": code}
            for (value, label), code in zip(column.values.items(), codes(column).values(), strict=True)
        ]
    return described


def _rows(tables: Mapping[str, Sequence[Column]]) -> Iterator[Row]:
    for table, columns in tables.items():
        for column, variable in _specs(columns):
            head = (table, column.name, variable)
            yield (*head, column.kind.value, column.label, None, None, None)
            numbers = codes(column)
            for value, label in column.values.items():
                yield (*head, None, None, value, label, numbers[value])
