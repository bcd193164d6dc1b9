"""A table on its way out: its columns, its rows as they come, and how many there will be."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.exports.columns import Column, Row


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` is read once and closed; every row has a cell a column. ``size`` is how many there will be."""

    name: str
    columns: tuple[Column, ...]
    rows: Generator[Row, None, None]
    size: int


def size_of(connection: sa.Connection, *statements: sa.Select[Any]) -> int:
    """How many rows the statements have together."""
    return sum(
        connection.scalar(sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())) or 0
        for statement in statements
    )
