"""Alembic, run from code: the service upgrades its own database at start."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

MIGRATIONS = Path(__file__).with_name("migrations")
# two processes that start together must not both migrate (PostgreSQL advisory lock; SQLite's writer lock)
_LOCK = 0x0907_0001


def config(connection: sa.Connection) -> Config:
    """Alembic's configuration over an open connection."""
    cfg = Config()
    cfg.set_main_option("script_location", str(MIGRATIONS))
    cfg.attributes["connection"] = connection
    return cfg


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    """Bring the schema to ``revision``; nothing happens when it is there already."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        command.upgrade(config(connection), revision)


def downgrade(engine: sa.Engine, revision: str) -> None:
    """Take the schema back to ``revision`` (``base`` drops everything)."""
    with engine.begin() as connection:
        command.downgrade(config(connection), revision)
