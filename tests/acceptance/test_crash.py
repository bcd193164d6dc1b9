"""Killed anywhere, repeated, stopped: nothing is lost and nothing doubled. Real processes, real routes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy as sa
from support.house import DATA_KEY
from support.served import CHAT, Served, until
from support.telegram_api import WAIT, BotApi

from bot.store.database import Database
from bot.store.tables import Answer, InboxRow, OutboxRow, Participant

LANGUAGE, AGE, CONSENT = "¿En qué idioma", "¿Tienes 18 años", "¿Aceptas que guardemos tus respuestas"


def rows(served: Served, table: type) -> list[object]:
    database = Database(served.database_url, DATA_KEY)
    try:
        with database.read() as session:
            return list(session.scalars(sa.select(table).order_by(table.id)))  # type: ignore[attr-defined]
    finally:
        database.close()


def test_a_kill_in_the_middle_of_a_turn_loses_and_doubles_nothing(
    served: Served, api: BotApi, tmp_path: Path
) -> None:
    hold = tmp_path / "hold"
    served.start(hold)
    served.says("hola", LANGUAGE)
    hold.touch()
    assert served.post(served.update("español")) == 200
    until((tmp_path / "hold.inside").exists, WAIT, "a turn under way")
    # the webhook still takes messages while the turn is under way
    served.kill()
    assert api.times(AGE) == 0

    hold.unlink()
    served.start()
    api.wait_for(AGE)
    served.says("sí", CONSENT)
    assert [api.times(text) for text in (LANGUAGE, AGE, CONSENT)] == [1, 1, 1]
    answers = {(row.question, row.value) for row in rows(served, Answer)}  # type: ignore[attr-defined]
    assert answers == {("lang", "es"), ("adult", "yes")}
    assert [row.state for row in rows(served, InboxRow)] == ["done"] * 3  # type: ignore[attr-defined]
    assert served.stop() == 0


def test_a_send_that_may_have_left_is_not_repeated(served: Served, api: BotApi) -> None:
    served.start()
    api.hold = True
    assert served.post(served.update("hola")) == 200
    api.wait_for(LANGUAGE)
    served.kill()
    api.hold = False

    served.start()
    served.says("español", AGE)
    assert api.times(LANGUAGE) == 1
    states = [row.state for row in rows(served, OutboxRow)]  # type: ignore[attr-defined]
    assert states[0] == "unknown" and set(states[1:]) <= {"sent"}
    assert served.stop() == 0


def test_a_repeated_delivery_changes_nothing(served: Served, api: BotApi) -> None:
    served.start()
    first = served.update("hola")
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(served.post, [first] * 6)) == [200] * 6
    api.wait_for(LANGUAGE)
    served.says("español", AGE)
    assert served.post(first) == 200
    served.says("sí", CONSENT)
    assert [api.times(text) for text in (LANGUAGE, AGE, CONSENT)] == [1, 1, 1]
    assert len(rows(served, InboxRow)) == 3 and len(rows(served, Participant)) == 1


def test_it_stores_and_answers_nothing_that_is_not_signed(served: Served, api: BotApi) -> None:
    served.start()
    assert served.post(served.update("hola"), secret="guessed") == 403
    served.says("hola", LANGUAGE)
    assert len(rows(served, InboxRow)) == 1


def test_nothing_personal_lies_in_the_files_or_the_log_of_a_service(served: Served, api: BotApi) -> None:
    served.start()
    served.says("hola", LANGUAGE)
    served.says("español", AGE)
    served.says("zorzalito azulado", AGE, times=2)
    served.kill()
    markers = ["Marcela", "zorzalito", str(CHAT)]
    for file in [*served.folder.glob("service.db*"), served.log]:
        found = file.read_bytes()
        assert [marker for marker in markers if marker.encode() in found] == [], file.name
