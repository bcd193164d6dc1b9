"""The database: one engine, its cipher, and the transactions over it.

SQLite is the embedded default: WAL, one writer at a time (``BEGIN IMMEDIATE``), readers never blocked.
PostgreSQL is another URL. What differs between the two is in this module and nowhere else.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.store.crypto import Cipher
from bot.store.migrate import upgrade
from bot.store.tables import KeyRing


class Database:
    """Open with ``Database(url, keys)``; creates and migrates what is missing.

    ``write()`` and ``read()`` give a session in one transaction: committed at the end, rolled back when
    the block raises. Raises ``WrongKey`` when ``keys`` does not open what is stored.
    """

    def __init__(self, url: str, keys: str) -> None:
        self.url = sa.make_url(url)
        self.cipher = Cipher(keys)
        self.engine = self._engine(immediate=True)
        self._reader = self._engine(immediate=False) if self.is_sqlite else self.engine
        upgrade(self.engine)
        self._load_hash_key()

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def _engine(self, *, immediate: bool) -> sa.Engine:
        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {} if self.is_sqlite else {"pool_pre_ping": True, "pool_size": 10}
        # an error of the database must not carry what she wrote into a log
        engine = sa.create_engine(self.url, hide_parameters=True, **options)
        engine.dialect.oportunidad_cipher = self.cipher  # type: ignore[attr-defined]
        if self.is_sqlite:
            sa.event.listen(engine, "connect", _configure_sqlite)
            # pysqlite would begin lazily and deadlock on upgrade from read to write: begin as a writer
            begin = "BEGIN IMMEDIATE" if immediate else "BEGIN"
            sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
        return engine

    @contextmanager
    def write(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self._reader, expire_on_commit=False) as session, session.begin():
            yield session

    def _load_hash_key(self) -> None:
        with self.write() as session:
            row = session.get(KeyRing, 1)
            if row is None:
                row = KeyRing(id=1, hash_key=self.cipher.seal(secrets.token_hex(32)))
                session.add(row)
            self.cipher.use_hash_key(bytes.fromhex(self.cipher.open(row.hash_key)))

    def lock(self, statement: sa.Select[Any]) -> sa.Select[Any]:
        """The statement with its rows locked and locked ones skipped, where the database knows that."""
        return statement if self.is_sqlite else statement.with_for_update(skip_locked=True)

    def close(self) -> None:
        self.engine.dispose()
        self._reader.dispose()


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=15000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
