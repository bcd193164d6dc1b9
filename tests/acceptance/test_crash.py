"""Killed anywhere, repeated, stopped: nothing is lost and nothing doubled. Real processes, real routes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.house import DATA_KEY
from support.served import CHATS, Served, until
from support.telegram_api import WAIT, BotApi

from bot.store.database import Database
from bot.store.tables import AddressRow, Answer, InboxRow, OutboxRow

LANGUAGE, AGE, CONSENT = "¿En qué idioma", "¿Tienes 18 años", "¿Aceptas que guardemos tus respuestas"


@pytest.fixture
def chat() -> int:
    return next(CHATS)


def rows(served: Served, table: Any, chat: int) -> list[Any]:
    """The rows of the person in that chat, read while the service runs or after it was killed."""
    database = Database(served.database_url, DATA_KEY)
    try:
        with database.read() as session:
            digest = database.cipher.digest(f"telegram:{chat}")
            mine = sa.select(AddressRow.participant_id).where(AddressRow.digest == digest)
            return list(
                session.scalars(sa.select(table).where(table.participant_id.in_(mine)).order_by(table.id))
            )
    finally:
        database.close()


def test_a_kill_in_the_middle_of_a_turn_and_of_a_send_loses_and_doubles_nothing(
    served: Served, api: BotApi, tmp_path: Path, chat: int
) -> None:
    hold = tmp_path / "hold"
    served.start(hold)
    served.says(chat, "hola", LANGUAGE)
    hold.touch()
    assert served.post(served.update("español", chat)) == 200
    until((tmp_path / "hold.inside").exists, WAIT, "a turn under way")
    served.kill()
    assert api.times(chat, AGE) == 0

    hold.unlink()
    served.start()
    api.wait_for(chat, AGE)
    api.hold = True
    assert served.post(served.update("sí", chat)) == 200
    first_notice = "(1 de 4)"
    api.wait_for(chat, first_notice)
    served.kill()
    api.hold = False

    served.start()
    api.wait_for(chat, CONSENT)
    served.says(chat, "sí, acepto", "preguntas delicadas?")
    assert [api.times(chat, text) for text in (LANGUAGE, AGE, first_notice, CONSENT)] == [1, 1, 1, 1]
    answers = {(row.question, row.value) for row in rows(served, Answer, chat)}
    assert answers == {("lang", "es"), ("adult", "yes"), ("consent_data", "yes")}
    assert [row.state for row in rows(served, InboxRow, chat)] == ["done"] * 4

    def states() -> list[str]:
        return [row.state for row in rows(served, OutboxRow, chat)]

    # what the provider may or may not have is not sent again by itself
    until(lambda: "sending" not in states(), WAIT, "every send settled")
    assert states().count("unknown") == 1 and set(states()) == {"sent", "unknown"}
    assert served.stop() == 0


def test_a_repeated_delivery_changes_nothing(running: Served, api: BotApi, chat: int) -> None:
    first = running.update("hola", chat)
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(running.post, [first] * 6)) == [200] * 6
    api.wait_for(chat, LANGUAGE)
    running.says(chat, "español", AGE)
    assert running.post(first) == 200
    running.says(chat, "sí", CONSENT)
    assert [api.times(chat, text) for text in (LANGUAGE, AGE, CONSENT)] == [1, 1, 1]
    assert len(rows(running, InboxRow, chat)) == 3 and len(rows(running, AddressRow, chat)) == 1


def test_it_stores_and_answers_nothing_that_is_not_signed(running: Served, api: BotApi, chat: int) -> None:
    assert running.post(running.update("hola", chat), secret="guessed") == 403
    other = next(CHATS)
    running.says(other, "hola", LANGUAGE)
    assert rows(running, AddressRow, chat) == [] and api.texts(chat) == []


def test_nothing_personal_lies_in_the_files_or_the_log_of_a_service(
    running: Served, api: BotApi, chat: int
) -> None:
    running.says(chat, "hola", LANGUAGE)
    running.says(chat, "español", AGE)
    running.says(chat, "zorzalito azulado", AGE, times=2)
    markers = ["Marcela", "zorzalito", str(chat)]
    for file in [*running.folder.glob("service.db*"), running.log]:
        found = file.read_bytes()
        assert [marker for marker in markers if marker.encode() in found] == [], file.name
