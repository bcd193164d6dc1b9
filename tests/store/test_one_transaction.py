"""One turn is one transaction: whatever fails, wherever it fails, the turn never was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from support.databases import contents
from support.golden import play_opening
from support.house import House
from support.talk import Woman, texts

from bot.core.messages import InboundKind
from bot.services import questionnaire, record, runner
from bot.store.tables import Answer, InboxRow, OutboxRow

INBOX = frozenset({"inbox"})


class Broken(Exception):
    """What the tests throw into a turn."""


def in_an_action(patch: pytest.MonkeyPatch, house: House) -> None:
    store = record.store

    def after(*args: Any, **more: Any) -> None:
        store(*args, **more)
        raise Broken("ana dijo un secreto")

    patch.setattr(questionnaire.record, "store", after)


def at_tracker_save(patch: pytest.MonkeyPatch, house: House) -> None:
    save = house.engine.store.save

    async def after(tracker: Any) -> None:
        await save(tracker)
        raise Broken

    patch.setattr(house.engine.store, "save", after)


def at_tracker_load(patch: pytest.MonkeyPatch, house: House) -> None:
    async def never(sender_id: str) -> None:
        raise Broken

    patch.setattr(house.engine.store, "retrieve", never)


def after_the_outbox(patch: pytest.MonkeyPatch, house: House) -> None:
    queue = runner.queue

    def after(*args: Any, **more: Any) -> None:
        queue(*args, **more)
        raise Broken

    patch.setattr(runner, "queue", after)


def at_commit(patch: pytest.MonkeyPatch, house: House) -> None:
    finish = runner._finish

    def arm(row: InboxRow, now: Any) -> None:
        finish(row, now)
        session = sa.orm.object_session(row)
        assert session is not None
        sa.event.listen(session, "before_commit", _fail, once=True)

    patch.setattr(runner, "_finish", arm)


def _fail(session: Any) -> None:
    session.flush()
    raise Broken


FAULTS = [in_an_action, at_tracker_save, at_tracker_load, after_the_outbox, at_commit]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_it_leaves_nothing_of_a_turn_that_failed_and_takes_it_again(
    fault: Callable[[pytest.MonkeyPatch, House], None],
    ana: Woman,
    house: House,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ana.says("hola", "español")
    house.service.receiver.receive(ana.inbound(InboundKind.TEXT, text="sí"))
    before = contents(house.database, INBOX)
    with monkeypatch.context() as patch:
        fault(patch, house)
        assert house.runner.run_once() is True
    assert [type(error) for error in house.runner.errors] == [Broken]
    assert contents(house.database, INBOX) == before
    row = house.rows(InboxRow)[-1]
    assert (row.state, row.attempts, row.error) == ("waiting", 1, "Broken")

    assert house.runner.run_once() is False, "it waits a moment before the next try"
    house.clock.advance("+3s")
    house.answer_all()
    assert "¿Aceptas que guardemos tus respuestas" in texts(ana.heard())
    assert ana.answers("a_consent") == {"lang": "es", "adult": "yes"}


def test_it_sets_a_message_aside_after_three_failures_and_answers_the_next(
    ana: Woman, house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    play_opening(ana, "consent")
    house.service.receiver.receive(ana.inbound(InboundKind.TEXT, text="Lupita"))
    house.service.receiver.receive(ana.inbound(InboundKind.TEXT, text="Guadalupe"))
    with monkeypatch.context() as patch:
        in_an_action(patch, house)
        for _ in range(3):
            assert house.runner.run_once() is True
            house.clock.advance("+10s")
    first, second = house.rows(InboxRow)[-2:]
    assert (first.state, first.attempts, second.state) == ("set_aside", 3, "waiting")
    house.answer_all()
    heard = ana.heard()
    assert "tuve un problema con tu último mensaje" in heard[0].text
    assert "¿En qué país vives?" in heard[-1].text
    assert ana.answers("b_profile") == {"pref_name": "Guadalupe"}
    assert "secreto" not in caplog.text and "Lupita" not in caplog.text


def test_it_sets_aside_a_message_whose_reading_fails(
    ana: Woman, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana.say("hola")

    def never(text: str) -> None:
        raise Broken

    with monkeypatch.context() as patch:
        patch.setattr(house.runner._judge, "_safety", never)
        house.service.receiver.receive(ana.inbound(InboundKind.TEXT, text="español"))
        for _ in range(3):
            house.runner.run_once()
            house.clock.advance("+10s")
    house.send_all()
    assert "tuve un problema" in texts(ana.heard())
    assert house.rows(InboxRow)[-1].state == "set_aside"


def test_it_takes_an_answer_once_when_a_slow_worker_comes_back(ana: Woman, house: House) -> None:
    """The lease of a worker ran out, another took the message: the first one's turn is dropped."""
    ana.says("hola", "español")
    house.service.receiver.receive(ana.inbound(InboundKind.TEXT, text="sí"))
    [row] = house.rows(InboxRow, state="waiting")
    with house.database.write() as session:
        mine = session.get(InboxRow, row.id)
        assert mine is not None
        mine.claimed_by, mine.claimed_until = "other", house.clock()
    outbox = len(house.rows(OutboxRow))
    house.runner._turn(row.id)
    assert len(house.rows(OutboxRow)) == outbox
    assert [a.question for a in house.rows(Answer)] == ["lang"]


def test_it_holds_a_whole_enrolment_and_its_erasure(ana: Woman, house: House) -> None:
    play_opening(ana, "enrolled_mx")
    assert ana.participant.status == "enrolled"
    ana.says("borrar mis datos", "sí, borrar")
    assert house.rows(Answer) == []
