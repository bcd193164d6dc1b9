"""Copies of the embedded database. PostgreSQL has its own tools (``pg_dump``), and they are better."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa


class BackupError(Exception):
    """The copy cannot be made or used; the message says why and what to do."""


def backup(url: str, target: Path) -> int:
    """Copy the database to ``target`` while it is in use; returns the copy's size in bytes."""
    source = _file(url)
    if target.exists():
        raise BackupError(f"{target}: exists already. Mend: choose another name")
    target.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
    target.chmod(0o600)
    return target.stat().st_size


def restore(url: str, source: Path) -> None:
    """Put ``source`` in place of the database. Raises BackupError when it is not a sound copy."""
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as copy:
        try:
            sound = copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            ours = copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'keyring'").fetchone()
        except sqlite3.DatabaseError:
            sound, ours = False, None
    if not sound or ours is None:
        raise BackupError(f"{source}: no sound copy of our database. Mend: use a file that `db backup` wrote")
    target = _file(url)
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _file(url: str) -> Path:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise BackupError("DATABASE_URL: only the embedded SQLite is copied here. Mend: use pg_dump")
    return Path(parsed.database)
