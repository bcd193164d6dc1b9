"""A database with a few women in it, on SQLite and, where ``TEST_POSTGRES_URL`` points to one, PostgreSQL."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from export_rows import Rows

from bot.store.database import Database
from bot.store.tables import Base


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all tests of a backend: migrating takes longer than any of them."""
    key = Fernet.generate_key().decode()
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path_factory.mktemp('db') / 'exports.db'}", key)
        yield opened
        opened.close()
        return
    server = os.environ.get("TEST_POSTGRES_URL")
    if not server:
        pytest.skip("TEST_POSTGRES_URL is not set: no PostgreSQL to test on")
    name = f"exports_{secrets.token_hex(6)}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        opened = Database(sa.make_url(server).set(database=name).render_as_string(hide_password=False), key)
        yield opened
        opened.close()
    finally:
        with admin.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture
def database(migrated: Database) -> Iterator[Database]:
    """The database, emptied again after the test."""
    yield migrated
    with migrated.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name != "keyring":
                session.execute(table.delete())


@pytest.fixture
def rows(database: Database) -> Rows:
    return Rows(database)
