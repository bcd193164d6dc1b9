"""Column types: aware instants, and sealed text and JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from bot.core.clock import aware
from bot.store.crypto import Cipher


def cipher_of(dialect: Dialect) -> Cipher:
    """The cipher that ``Database`` hung on its engine's dialect: no global, two databases two keys."""
    cipher = getattr(dialect, "oportunidad_cipher", None)
    if not isinstance(cipher, Cipher):
        raise RuntimeError("this engine has no cipher: open it through bot.store.database.Database")
    return cipher


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant. Naive ones are refused; SQLite, which has no zones, keeps UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        value = aware(value)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Sealed(TypeDecorator[str]):
    """Text that only the holder of ``DATA_KEY`` can read."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else cipher_of(dialect).seal(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else cipher_of(dialect).open(value)


class SealedJson(TypeDecorator[Any]):
    """JSON that only the holder of ``DATA_KEY`` can read."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        return None if value is None else cipher_of(dialect).seal(json.dumps(value, ensure_ascii=False))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(cipher_of(dialect).open(value))
