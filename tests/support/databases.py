"""Databases for contract tests: SQLite in a folder, PostgreSQL where ``TEST_POSTGRES_URL`` points to a server."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store import console_tables, followup_tables  # noqa: F401  their tables belong to the metadata
from bot.store.database import Database
from bot.store.tables import Base

BACKENDS = ("sqlite", "postgresql")
KEPT = frozenset({"keyring", "survey_versions"})
"""tables that every test may find filled"""


@contextmanager
def fresh_url(backend: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database, dropped at the end. Skips the test when there is no server."""
    if backend == "sqlite":
        yield f"sqlite:///{folder / 'store.db'}"
        return
    server = os.environ.get("TEST_POSTGRES_URL")
    if not server:
        pytest.skip("TEST_POSTGRES_URL is not set: no PostgreSQL to test on")
    name = f"store_{secrets.token_hex(6)}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        admin.dispose()


def empty(database: Database) -> None:
    """Delete every row but the keys and the published questionnaires."""
    with database.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name not in KEPT:
                session.execute(table.delete())


def contents(database: Database, but: frozenset[str] = frozenset()) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table as stored, except the tables named."""
    with database.read() as session:
        return {
            table.name: sorted(map(tuple, session.execute(sa.select(*map(_plain, table.c)))), key=repr)
            for table in Base.metadata.sorted_tables
            if table.name not in but
        }


def _plain(column: sa.Column[Any]) -> Any:
    # sealed columns are compared as they lie in the database, without a key
    sealed = type(column.type).__name__.startswith("Sealed")
    return sa.type_coerce(column, sa.LargeBinary) if sealed else column
