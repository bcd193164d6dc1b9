"""Sealed columns, their keys and instants: on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlalchemy.exc import StatementError
from support.house import DATA_KEY

from bot.core.messages import Address, Channel, Inbound, InboundKind
from bot.services.receiving import Receiver
from bot.store.crypto import WrongKey
from bot.store.database import Database
from bot.store.tables import AddressRow, Participant

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)


def person(**columns: Any) -> Participant:
    return Participant(id="a" * 32, channel="simulator", **{"created_at": NOW, "updated_at": NOW, **columns})


def add(database: Database, row: Any) -> None:
    with database.write() as session:
        session.add(row)


def test_it_refuses_a_naive_instant(fresh: str) -> None:
    database = Database(fresh, DATA_KEY)
    with pytest.raises(StatementError, match="naive datetime"):
        add(database, person(created_at=datetime(2026, 11, 23, 16)))
    database.close()


@pytest.mark.parametrize("hours", [-6, 0, 5.75])
def test_it_gives_an_instant_back_in_utc(fresh: str, hours: float) -> None:
    database = Database(fresh, DATA_KEY)
    there = NOW.astimezone(timezone(timedelta(hours=hours)))
    add(database, person(created_at=there))
    with database.read() as session:
        found = session.scalar(sa.select(Participant.created_at))
    assert found == NOW and found is not None and found.tzinfo is UTC
    database.close()


def test_it_stores_no_sealed_text_in_clear(fresh: str) -> None:
    database = Database(fresh, DATA_KEY)
    add(database, person(name="Guadalupe Morales"))
    with database.engine.connect() as connection:
        raw = bytes(connection.execute(sa.text("SELECT name FROM participants")).scalar_one())
    assert b"Guadalupe" not in raw
    with database.read() as session:
        assert session.scalar(sa.select(Participant.name)) == "Guadalupe Morales"
    database.close()


def test_it_seals_the_same_text_differently_each_time(fresh: str) -> None:
    database = Database(fresh, DATA_KEY)
    assert database.cipher.seal("Ana") != database.cipher.seal("Ana")
    assert database.cipher.digest("Ana") == database.cipher.digest("Ana") != database.cipher.digest("Anna")
    database.close()


def test_it_does_not_open_with_another_key(fresh: str) -> None:
    Database(fresh, DATA_KEY).close()
    with pytest.raises(WrongKey, match="DATA_KEY does not open"):
        Database(fresh, Fernet.generate_key().decode())


def test_it_finds_and_reads_everything_after_a_rotation(fresh: str) -> None:
    before = Database(fresh, DATA_KEY)
    address = Address(Channel.WHATSAPP, "+525512345678", "whatsapp:+5215512345678")
    receive(before, address, "m1")
    before.close()

    new = Fernet.generate_key().decode()
    rotated = Database(fresh, f"{new},{DATA_KEY}")
    receive(rotated, address, "m2")
    with rotated.read() as session:
        rows = session.scalars(sa.select(AddressRow)).all()
    assert [row.key for row in rows] == ["+525512345678"], "the same address is found by its digest"
    assert Fernet(new).decrypt(rotated.cipher.seal("x")) == b"x"
    rotated.close()
    with pytest.raises(WrongKey):
        Database(fresh, new)


def test_two_databases_hash_the_same_address_differently(fresh: str, tmp_path: Any) -> None:
    one, other = Database(fresh, DATA_KEY), Database(f"sqlite:///{tmp_path / 'other.db'}", DATA_KEY)
    assert one.cipher.digest("whatsapp:+52") != other.cipher.digest("whatsapp:+52")
    one.close()
    other.close()


def test_it_takes_back_everything_when_the_block_raises(fresh: str) -> None:
    database = Database(fresh, DATA_KEY)
    with pytest.raises(RuntimeError), database.write() as session:
        session.add(person())
        session.flush()
        raise RuntimeError
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Participant)) == 0
    database.close()


def receive(database: Database, address: Address, external_id: str) -> None:
    inbound = Inbound(external_id, address, InboundKind.TEXT, "hola")
    assert Receiver(database, lambda: NOW, "es").receive(inbound)
