"""SPSS and Stata, with variable and value labels.

Both libraries want the whole table at once, so memory grows with it here, as in no other format: fine for
questionnaires, not for a million messages.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat

from bot.exports.columns import Column, Kind, Row
from bot.exports.writers.typed import fitting
from bot.exports.writers.variables import codes, variable_names

# bytes that SPSS keeps of a value label and of a variable label, and characters that Stata keeps of one
_SPSS_VALUE_LABEL, _SPSS_LABEL, _STATA_LABEL = 120, 255, 80
_SPSS_TEXT = 32_767
_STATA_SHORT = 2_045
"""longer texts are a ``strL``"""

_NUMERIC = frozenset({Kind.WHOLE, Kind.NUMBER})


def write_sav(path: Path, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """A choice keeps its name as value (``lt2``) and has its label beside it; times are UTC."""
    names = variable_names(column.name for column in columns)
    frame = _frame(columns, rows, names)
    for column in columns:
        if column.kind in (Kind.TEXT, Kind.MONTH):
            frame[names[column.name]] = frame[names[column.name]].map(lambda text: _cut(text, _SPSS_TEXT))
    pyreadstat.write_sav(
        frame,
        path,
        file_label=name,
        column_labels={names[c.name]: _cut(c.label, _SPSS_LABEL) for c in columns},
        variable_value_labels={names[c.name]: _sav_labels(c) for c in columns if c.values},
        variable_format={names[c.name]: "F8.0" for c in columns if c.kind is Kind.WHOLE},
        variable_measure={names[c.name]: "nominal" for c in columns if c.values},
    )


def write_dta(path: Path, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """A choice is its number in the list, as Stata labels numbers only; the codebook has both."""
    names = variable_names(column.name for column in columns)
    frame = _frame(columns, rows, names)
    labels: dict[str, dict[int, str]] = {}
    long: list[str] = []
    for column in columns:
        variable = names[column.name]
        if column.values:
            numbers = codes(column)
            if column.kind not in _NUMERIC:
                frame[variable] = frame[variable].map(numbers.get).astype("float64")
            labels[variable] = {code: column.values[value] or value for value, code in numbers.items()}
        elif column.kind is Kind.TEXT and any(len(text.encode()) > _STATA_SHORT for text in frame[variable]):
            long.append(variable)
    whole = io.BytesIO()
    frame.to_stata(
        whole,
        write_index=False,
        version=118,
        data_label=name[:_STATA_LABEL],
        variable_labels={names[c.name]: c.label[:_STATA_LABEL] for c in columns},
        value_labels=labels,
        convert_strl=long,
        convert_dates={names[c.name]: "tc" for c in columns if c.kind is Kind.INSTANT}
        | {names[c.name]: "td" for c in columns if c.kind is Kind.DATE},
    )
    path.write_bytes(whole.getvalue())


def _frame(columns: Sequence[Column], rows: Iterable[Row], names: Mapping[str, str]) -> pd.DataFrame:
    cells: list[list[Any]] = [[] for _ in columns]
    kinds = [column.kind for column in columns]
    for row in rows:
        for column, kind, cell in zip(cells, kinds, row, strict=True):
            column.append(fitting(kind, cell))
    return pd.DataFrame(
        {names[c.name]: _series(c.kind, values) for c, values in zip(columns, cells, strict=True)}
    )


def _series(kind: Kind, values: list[Any]) -> pd.Series:
    if kind in _NUMERIC:
        return pd.Series(values, dtype="float64")
    if kind in (Kind.INSTANT, Kind.DATE):
        return pd.to_datetime(pd.Series(values, dtype="object"), utc=True).dt.tz_localize(None)
    return pd.Series(["" if value is None else value for value in values], dtype="object")


def _sav_labels(column: Column) -> dict[Any, str]:
    numeric = column.kind in _NUMERIC
    return {
        int(value) if numeric else value: _cut(label or value, _SPSS_VALUE_LABEL)
        for value, label in column.values.items()
    }


def _cut(text: str, limit: int) -> str:
    """``text`` within ``limit`` bytes of UTF-8, no letter cut in half."""
    return text.encode()[:limit].decode(errors="ignore")
