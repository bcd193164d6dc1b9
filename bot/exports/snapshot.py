"""Reading: one snapshot for all tables of a run, and rows as they come instead of all at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from bot.store.database import Database

CHUNK = 2_000
"""rows in memory at a time"""


@contextmanager
def snapshot(database: Database) -> Iterator[sa.Connection]:
    """A connection that sees the database as it was when its first row was read.

    SQLite gives that to every transaction (WAL); PostgreSQL to a ``REPEATABLE READ`` one.
    """
    options: dict[str, Any] = {}
    if not database.is_sqlite:
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with database.read() as session:
        yield session.connection(execution_options=options)


def chunks(connection: sa.Connection, statement: sa.Select[Any]) -> Iterator[list[sa.Row[Any]]]:
    """The statement's rows, at most ``CHUNK`` in memory; a server-side cursor on PostgreSQL."""
    result = connection.execute(statement.execution_options(stream_results=True, yield_per=CHUNK))
    try:
        for chunk in result.partitions():
            yield list(chunk)
    finally:
        result.close()


def stream(connection: sa.Connection, statement: sa.Select[Any]) -> Iterator[sa.Row[Any]]:
    """The same, row by row."""
    for chunk in chunks(connection, statement):
        yield from chunk
