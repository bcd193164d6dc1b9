"""Floods, loops with another bot, messages that come days late, group chats."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.services.abuse import Groups, muted
from bot.services.turn import Judged, Verdict
from bot.store.tables import HandOver, InboxRow, OutboxRow

LONG = "Gracias por comunicarse con nosotros"


def test_it_answers_a_burst_of_a_person_in_a_hurry(talk: Any) -> None:
    for n in range(20):
        talk.hears(f"SM{n}", "1")
    talk.turns()
    assert len(talk.engine.said) == 20


def test_it_says_once_that_it_is_too_much_and_keeps_everything(talk: Any) -> None:
    for n in range(60):
        talk.hears(f"SM{n}", f"mensaje {n}")
    talk.turns()
    assert talk.queued_after(0).count(talk.says_key("slow_down")) == 1
    assert len(talk.queued_after(0)) < 5
    with talk.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(InboxRow.state == "done")) == 60
        assert muted(session, talk.clock()) == 1
    talk.clock.forward(minutes=2)
    assert talk.says("SM99", "¿siguen ahí?") == ["eco ¿siguen ahí?"]


def test_it_never_mutes_what_tells_of_danger(talk: Any) -> None:
    talk.judge.verdict = Judged(Verdict.INTERRUPTION, intent="disclose_violence")
    for n in range(60):
        talk.hears(f"SM{n}", "me pega otra vez y tengo miedo")
    talk.turns()
    assert len(talk.engine.said) == 60


def test_it_stops_talking_to_another_bot(talk: Any) -> None:
    said = [talk.says(f"SM{n}", LONG) for n in range(10)]
    assert said[4] == [f"eco {LONG}"] and said[5] == [talk.says_key("same_again")]
    assert said[6:] == [[]] * 4
    talk.clock.forward(hours=2)
    assert talk.says("SM50", "soy Marta, una pregunta") == ["eco soy Marta, una pregunta"]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [("1", Verdict.ANSWER), ("no", Verdict.REASK), ("prefiero no contestar", Verdict.SKIP)],
)
def test_it_takes_no_offence_at_the_same_short_answer(talk: Any, text: str, verdict: Verdict) -> None:
    talk.judge.verdict = Judged(verdict)
    for n in range(12):
        assert talk.says(f"SM{n}", text) == [f"eco {text}"]


def test_it_hands_over_what_comes_days_late(talk: Any) -> None:
    late = talk.inbound("SM1", "sí, quiero")
    talk.clock.forward(hours=30)
    talk.receiver.receive(late)
    talk.turns()
    assert talk.engine.said == [] and talk.queued_after(0) == [talk.says_key("late_message")]
    with talk.database.read() as session:
        assert session.scalar(sa.select(HandOver.reason)) == "failure"
        assert session.scalar(sa.select(InboxRow.for_review)) is True


def test_it_answers_as_usual_what_is_only_hours_late(talk: Any) -> None:
    late = talk.inbound("SM1", "sí, quiero")
    talk.clock.forward(hours=5)
    talk.receiver.receive(late)
    talk.turns()
    assert talk.queued_after(0) == ["eco sí, quiero"]


def test_it_does_not_trust_the_date_of_a_telegram_chat(telegram_talk: Any) -> None:
    old = telegram_talk.clock() - timedelta(days=900)
    assert telegram_talk.says("7", "hola", who="5501", sent_at=old) == ["eco hola"]


def test_it_declines_a_group_once(telegram_talk: Any) -> None:
    groups = Groups(telegram_talk.database, telegram_talk.texts, telegram_talk.clock, "es")
    assert groups.decline("-100200300") and not groups.decline("-100200300")
    telegram_talk.send()
    assert [(to, m.text) for to, m, _ in telegram_talk.provider.taken] == [
        ("-100200300", telegram_talk.says_key("group_declined"))
    ]
    with telegram_talk.database.read() as session:
        row = session.scalars(sa.select(OutboxRow)).one()
        assert (row.content, row.send_to) == (None, None)
