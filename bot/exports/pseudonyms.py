"""Ids for one export only: HMAC-SHA256 under a random key that is thrown away with the run (PRV-09).

The database works them out itself, so that rows can come sorted by them: the order of a file must not say
who was first. PostgreSQL has SHA-256 and HMAC is written out over it (RFC 2104); SQLite is given a function.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any

import sqlalchemy as sa

LENGTH = 32
"""hexadecimal digits kept: 128 bits, as long as a stored id"""

_FUNCTION = "export_pseudonym"
_BLOCK = 64


class Pseudonyms:
    """One run's ids. The same person, message or referral has the same id in every table of the run.

    ``key`` is given by tests only.
    """

    def __init__(self, connection: sa.Connection, key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(32)
        self._sqlite = connection.dialect.name == "sqlite"
        if self._sqlite:
            _register(connection, self.of)

    def of(self, scope: str, value: object) -> str | None:
        """The id of ``value`` among the ids of ``scope``; ``None`` stays ``None``."""
        if value is None:
            return None
        return hmac.digest(self._key, f"{scope}:{value}".encode(), "sha256").hex()[:LENGTH]

    def column(self, scope: str, column: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[str]:
        """The same, as SQL over ``column``."""
        text = sa.cast(column, sa.String)
        if self._sqlite:
            return getattr(sa.func, _FUNCTION)(scope, text, type_=sa.String)  # type: ignore[no-any-return]
        key = self._key.ljust(_BLOCK, b"\0")
        inner, outer = bytes(b ^ 0x36 for b in key), bytes(b ^ 0x5C for b in key)
        message = sa.func.convert_to(sa.literal(f"{scope}:") + text, "UTF8")
        digest = sa.func.sha256(_bytes(outer).op("||")(sa.func.sha256(_bytes(inner).op("||")(message))))
        return sa.func.substr(sa.func.encode(digest, "hex"), 1, LENGTH, type_=sa.String)


def forget(connection: sa.Connection) -> None:
    """Take the function, and the key in it, off a SQLite connection that goes back to its pool."""
    if connection.dialect.name == "sqlite":
        _register(connection, None)


def _bytes(value: bytes) -> sa.ColumnElement[bytes]:
    return sa.literal(value, sa.LargeBinary)


def _register(connection: sa.Connection, function: Any) -> None:
    driver: Any = connection.connection.driver_connection
    driver.create_function(_FUNCTION, 2, function, deterministic=function is not None)
