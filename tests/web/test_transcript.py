"""The simulator's view of the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from web_fakes import NOON

from bot.core.messages import Address, Channel, Inbound, InboundKind, Media, MediaKind, Option, Outbound
from bot.services.receiving import Receiver
from bot.store.database import Database
from bot.store.tables import OutboxRow
from bot.web.ports import Position, SimOption
from bot.web.transcript import Transcript

ANA = "telegram:ana"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'web.db'}", "A" * 43 + "=")
    yield database
    database.close()


def hear(
    database: Database, key: str = ANA, *, page_id: str = "page0001", minute: int = 0, **said: object
) -> None:
    address = Address(Channel.SIMULATOR, key, key)
    what: dict[str, object] = {"kind": InboundKind.TEXT, "text": "hola", **said}
    inbound = Inbound(f"{key}:{page_id}", address, **what)  # type: ignore[arg-type]
    Receiver(database, lambda: NOON + timedelta(minutes=minute), "es").receive(inbound)


def say(
    database: Database, message: Outbound, *, minute: int = 1, state: str = "sent", key: str = ANA
) -> int:
    at = NOON + timedelta(minutes=minute)
    row = OutboxRow(
        channel="simulator",
        lane=database.cipher.digest(f"simulator:{key}"),
        send_to=key,
        content=message.to_json(),
        state=state,
        created_at=at,
        not_before=at,
        sent_at=at if state == "sent" else None,
    )
    with database.write() as session:
        session.add(row)
        session.flush()
        return row.id


def test_it_shows_both_directions_in_the_order_of_time(database: Database) -> None:
    hear(database, page_id="page0001", minute=0)
    say(database, Outbound("¿Cómo te llamas?"), minute=1)
    hear(database, page_id="page0002", minute=2, text="Ana")
    shown = Transcript(database).messages(ANA, Position())
    assert [(m.direction, m.text, m.id) for m in shown] == [
        ("in", "hola", "page0001"),
        ("out", "¿Cómo te llamas?", ""),
        ("in", "Ana", "page0002"),
    ]


def test_a_reader_gets_what_is_new_in_either_direction(database: Database) -> None:
    hear(database)
    sent = say(database, Outbound("uno"))
    transcript = Transcript(database)
    inbound = transcript.messages(ANA, Position())[0].seq
    reached = Position(inbound, sent)
    assert transcript.messages(ANA, reached) == []
    say(database, Outbound("dos"), minute=3)
    hear(database, page_id="page0002", minute=2, text="tres")
    assert [m.text for m in transcript.messages(ANA, reached)] == ["tres", "dos"]


def test_options_have_the_ids_that_a_press_needs(database: Database) -> None:
    row = say(database, Outbound("¿Sí?", options=(Option("Sí"), Option(" "), Option("No"))))
    (shown,) = Transcript(database).messages(ANA, Position())
    assert shown.options == (SimOption(0, "Sí", f"{row}.0"), SimOption(2, "No", f"{row}.2"))


@pytest.mark.parametrize("state", ["queued", "sending", "cancelled", "failed"])
def test_what_was_not_sent_is_not_shown(database: Database, state: str) -> None:
    say(database, Outbound("no"), state=state)
    assert Transcript(database).messages(ANA, Position()) == []


def test_a_person_sees_her_own_conversation_only(database: Database) -> None:
    hear(database, "whatsapp:ana")
    say(database, Outbound("para otra"), key="telegram:bea")
    assert Transcript(database).messages(ANA, Position()) == []


def test_a_file_is_shown_by_its_kind(database: Database) -> None:
    hear(database, kind=InboundKind.MEDIA, text="", media=(Media(MediaKind.AUDIO, "simulator:audio"),))
    (shown,) = Transcript(database).messages(ANA, Position())
    assert (shown.kind, shown.media) == ("media", "audio")


def test_the_last_word_is_shown_although_it_was_emptied_when_sent(database: Database) -> None:
    goodbye = Outbound("Borramos tus datos.")
    row_id = say(database, goodbye)
    with database.write() as session:
        row = session.get_one(OutboxRow, row_id)
        row.content = row.send_to = None
    transcript = Transcript(database)
    assert transcript.messages(ANA, Position()) == []
    transcript.note(ANA, goodbye, row_id)
    assert [m.text for m in transcript.messages(ANA, Position())] == ["Borramos tus datos."]
