"""What a table's columns are, and what a cell may hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files

import yaml

Cell = str | int | float | datetime | date | None
"""``None`` is an empty cell; a ``datetime`` is aware UTC."""

Row = Sequence[Cell]


class Kind(StrEnum):
    """What the filled cells of a column are; typed formats store them by it."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    INSTANT = "instant"
    DATE = "date"
    MONTH = "month"
    """``YYYY-MM``: what is left of an instant or a date where nobody may be found by it"""


@dataclass(frozen=True, slots=True)
class Column:
    """``label`` in Spanish; ``values`` maps a stored value to its label, if they are a closed list."""

    name: str
    kind: Kind = Kind.TEXT
    label: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    def by_month(self) -> Column:
        """The column as it is without ``identified``: instants and dates become months."""
        return replace(self, kind=Kind.MONTH) if self.kind in (Kind.INSTANT, Kind.DATE) else self


@cache
def _document() -> Mapping[str, Mapping[str, Mapping[str, object]]]:
    text = files("bot.exports").joinpath("columns.yml").read_text(encoding="utf-8")
    document: Mapping[str, Mapping[str, Mapping[str, object]]] = yaml.safe_load(text)
    return document


def columns_of(table: str, *, identified: bool) -> tuple[Column, ...]:
    """A fixed table's columns from ``columns.yml``, in order. Raises ``KeyError`` for an unknown table."""
    columns = []
    for name, spec in _document()[table].items():
        if spec.get("identified") and not identified:
            continue
        column = Column(
            name,
            Kind(str(spec.get("kind", Kind.TEXT))),
            str(spec["label"]),
            _values(spec.get("values")),
        )
        columns.append(column if identified else column.by_month())
    return tuple(columns)


def _values(spec: object) -> Mapping[str, str]:
    return {str(value): str(label) for value, label in spec.items()} if isinstance(spec, dict) else {}
