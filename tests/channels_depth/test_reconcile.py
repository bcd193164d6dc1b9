"""What becomes of sends whose answer was lost, and of messages that came while we were away."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.messages import Channel, Option, Outbound, StatusUpdate
from bot.services.reconcile_failures import clear_alert, open_alerts
from bot.store.tables import InboxRow


def test_it_finds_a_send_whose_answer_was_lost_and_does_not_repeat_it(bench: Any) -> None:
    bench.hears("SM1")
    (row,) = bench.queue("¿Qué edad tienes?")
    bench.provider.faults = ["lost"]
    bench.send()
    assert bench.state(row) == ("unknown", "timeout")
    for _ in range(20):
        bench.clock.forward(minutes=1)
        bench.reconcile()
        bench.send()
    assert bench.row(row).state == "sent" and bench.row(row).external_id == "SM" + "1".zfill(32)
    assert bench.provider.texts() == ["¿Qué edad tienes?"]


def test_it_sends_once_more_what_the_provider_never_had(bench: Any) -> None:
    bench.hears("SM1")
    (row,) = bench.queue("¿Qué edad tienes?")
    bench.provider.faults = ["dead"]
    bench.send()
    for _ in range(2):
        bench.clock.forward(minutes=2)
        assert bench.reconcile() == 0  # asked at most once so far: absence so soon proves nothing
    bench.clock.forward(minutes=10)
    assert bench.reconcile() == 1
    bench.send()
    assert bench.row(row).state == "sent"
    assert bench.provider.texts() == ["¿Qué edad tienes?"]


def test_it_does_not_send_again_what_has_become_wrong_meanwhile(bench: Any) -> None:
    bench.hears("SM1")
    (row,) = bench.queue("¿Qué edad tienes?")
    bench.provider.faults = ["dead"]
    bench.send()
    bench.clock.forward(minutes=1)
    bench.hears("SM2", "¿hola?")
    bench.queue("¿Qué edad tienes, dije?")
    bench.send()
    for _ in range(30):
        bench.clock.forward(minutes=1)
        bench.reconcile()
        bench.send()
    assert bench.state(row) == ("failed", "lost")
    assert bench.provider.texts() == ["¿Qué edad tienes, dije?"]


def test_it_concludes_nothing_while_the_provider_cannot_be_asked(bench: Any) -> None:
    bench.hears("SM1")
    (row,) = bench.queue("hola")
    bench.provider.faults = ["dead"]
    bench.send()
    bench.provider.away = True
    for _ in range(60):
        bench.clock.forward(minutes=1)
        bench.reconcile()
        bench.send()
    assert bench.row(row).state == "unknown" and bench.provider.taken == []


def test_it_tells_two_sends_of_the_same_text_apart(bench: Any) -> None:
    bench.hears("SM1")
    first, second = bench.queue("hola", "hola")
    bench.provider.faults = ["lost", None]
    bench.send()
    bench.clock.forward(minutes=5)
    bench.reconcile()
    assert {bench.row(first).external_id, bench.row(second).external_id} == {
        "SM" + "1".zfill(32),
        "SM" + "2".zfill(32),
    }


def test_it_leaves_a_send_unknown_where_nobody_can_be_asked(telegram: Any) -> None:
    telegram.hears("1", who="5501")
    (row,) = telegram.queue("hola", who="5501")
    telegram.provider.faults = ["dead"]
    telegram.send()
    # a Telegram bot cannot read what it sent: the adapter has no such method
    telegram.reconciler._histories = {}
    telegram.clock.forward(hours=5)
    assert telegram.reconcile() == 0 and telegram.row(row).state == "unknown"


def test_it_answers_what_came_while_it_was_away_and_only_once(bench: Any) -> None:
    assert bench.reconcile() == 0  # the first look only notes the time
    bench.hears("SM1", "quiero inscribirme")
    bench.clock.forward(minutes=30)
    bench.provider.inbox = [bench.inbound("SM1"), bench.inbound("SM2", "¿están?")]
    bench.clock.forward(hours=2)
    assert bench.reconcile() == 1
    bench.clock.forward(minutes=15)
    assert bench.reconcile() == 0
    assert not bench.hears("SM2", "¿están?")  # the webhook, repeated late
    with bench.database.read() as session:
        kept = session.scalars(sa.select(InboxRow.external_id).order_by(InboxRow.id)).all()
    assert kept == ["SM1", "SM2"]


def test_it_leaves_a_message_of_this_minute_to_its_webhook(bench: Any) -> None:
    bench.reconcile()
    bench.clock.forward(minutes=15)
    bench.provider.inbox = [bench.inbound("SM9")]
    assert bench.reconcile() == 0
    bench.clock.forward(minutes=15)
    assert bench.reconcile() == 1


def test_it_looks_again_after_it_could_not_ask(bench: Any) -> None:
    bench.reconcile()
    bench.clock.forward(hours=1)
    bench.provider.inbox = [bench.inbound("SM9")]
    bench.provider.away = True
    bench.clock.forward(hours=1)
    assert bench.reconcile() == 0
    bench.provider.away = False
    bench.clock.forward(minutes=1)
    assert bench.reconcile() == 1


def test_staff_hear_of_a_list_that_was_not_read_for_long_until_it_is(bench: Any) -> None:
    def alerts() -> list[tuple[str, str, int]]:
        with bench.database.read() as session:
            return [(a.kind, a.code, a.count) for a in open_alerts(session)]

    bench.reconcile()
    bench.provider.away = True
    bench.clock.forward(minutes=30)
    bench.reconcile()
    assert alerts() == []
    for _ in range(4):
        bench.clock.forward(minutes=31)
        bench.reconcile()
        bench.reconcile()
    # once an hour, however often it is tried
    assert alerts() == [("missed", "behind", 2)]
    bench.provider.away = False
    bench.clock.forward(minutes=1)
    bench.reconcile()
    assert alerts() == []


def test_it_counts_the_window_from_when_she_wrote(bench: Any) -> None:
    wrote = bench.clock()
    late = bench.inbound("SM1")
    bench.clock.forward(hours=5)
    bench.receiver.receive(late)
    assert bench.address().last_inbound_at == wrote
    bench.hears("SM2")
    assert bench.address().last_inbound_at == bench.clock()


# -- outcomes -----------------------------------------------------------------------------------------------


def report(bench: Any, row: int, status: str, code: str = "") -> None:
    sid = bench.row(row).external_id or "SM" + "9" * 32
    bench.receiver.note_status(bench.channel, StatusUpdate(sid, status, row, code))


@pytest.mark.parametrize(
    ("code", "blocked", "alerts"),
    [("63014", True, 0), ("63003", True, 0), ("63016", False, 1), ("63013", False, 1), ("99999", False, 1)],
)
def test_it_does_what_a_failed_delivery_asks_for(bench: Any, code: str, blocked: bool, alerts: int) -> None:
    bench.hears("SM1")
    (row,) = bench.queue("hola")
    bench.send()
    (waiting,) = bench.queue("otra cosa")
    report(bench, row, "failed", code)
    assert bench.state(row) == ("failed", code)
    assert (bench.address().blocked_at is not None) == blocked
    assert bench.row(waiting).state == ("cancelled" if blocked else "queued")
    with bench.database.write() as session:
        found = open_alerts(session)
        assert [a.code for a in found] == [code] * alerts
        clear_alert(session, bench.channel.value, "send", None, bench.clock())
        session.flush()
        assert open_alerts(session) == []


def test_it_repeats_what_failed_for_a_passing_reason_and_ignores_the_old_reports(bench: Any) -> None:
    bench.hears("SM1")
    (row,) = bench.queue("hola")
    bench.send()
    old = bench.row(row).external_id
    report(bench, row, "failed", "63012")
    assert bench.row(row).state == "queued"
    for status, code in (("failed", "63012"), ("sent", ""), ("delivered", "")):
        bench.receiver.note_status(bench.channel, StatusUpdate(old, status, row, code))
    assert bench.row(row).state == "queued" and bench.send() == 0
    bench.clock.forward(minutes=6)
    assert bench.send() == 1
    assert bench.row(row).state == "sent" and bench.row(row).external_id != old
    for _ in range(5):
        report(bench, row, "failed", "63012")
        bench.clock.forward(minutes=10)
        bench.send()
    assert bench.row(row).state == "failed" and len(bench.provider.taken) == 3


@pytest.mark.parametrize("order", [["read", "sent", "delivered"], ["failed", "delivered", "sent"]])
def test_it_takes_reports_in_any_order(bench: Any, order: list[str]) -> None:
    bench.hears("SM1")
    (row,) = bench.queue("hola")
    bench.send()
    for status in order:
        report(bench, row, status)
    assert bench.row(row).state == ("read" if "read" in order else "delivered")


def test_it_resumes_a_long_reply_at_the_part_that_failed(bench: Any) -> None:
    bench.hears("SM1")
    rows = bench.queue("uno", "dos", "tres")
    bench.provider.faults = [None, "429"]
    bench.send()
    assert [bench.row(r).state for r in rows] == ["sent", "queued", "queued"]
    bench.clock.forward(seconds=31)
    bench.send()
    assert bench.provider.texts() == ["uno", "dos", "tres"]


def test_it_pauses_towards_her_alone_when_the_provider_asks(bench: Any) -> None:
    held: list[tuple[Channel, str, float]] = []
    bench.sender = bench.new_sender(
        hold=lambda channel, lane, seconds, now: held.append((channel, lane, seconds))
    )
    bench.hears("SM1")
    bench.hears("SM2", who="whatsapp:+56911112222")
    bench.queue("uno")
    bench.queue("dos", who="whatsapp:+56911112222")
    bench.provider.faults = ["429"]
    bench.send()
    assert held == [(Channel.WHATSAPP, bench.address().digest, 30)]
    assert bench.provider.texts() == ["dos"]


def test_it_sends_replies_before_a_nudge_that_is_held_back(bench: Any) -> None:
    bench.hears("SM1")
    nudge, reply = bench.queue("encuesta", kind="nudge")[0], bench.queue("respuesta")[0]
    with bench.database.write() as session:
        row = session.get(type(bench.row(nudge)), nudge)
        row.not_before = bench.clock.now.replace(hour=20)
    bench.send()
    assert (bench.row(nudge).state, bench.row(reply).state) == ("queued", "sent")


def test_it_stops_at_a_blocked_bot_until_she_writes(telegram: Any) -> None:
    telegram.hears("1", who="5501")
    first, second = telegram.queue("uno", "dos", who="5501")
    telegram.provider.faults = ["blocked"]
    telegram.send()
    assert [telegram.row(r).state for r in (first, second)] == ["failed", "cancelled"]
    assert telegram.address("5501").blocked_at is not None


def test_it_takes_the_buttons_off_once_she_went_on(telegram: Any) -> None:
    question = Outbound("¿Sí o no?\n1. Sí\n2. No", options=(Option("Sí"), Option("No")))
    telegram.hears("1", who="5501")
    telegram.queue("hola", question, who="5501", inbox_id=1)
    telegram.send()
    assert telegram.provider.removed == []
    telegram.hears("2", "sí", who="5501")
    telegram.queue("bien", question, who="5501", inbox_id=2)
    telegram.send()
    assert telegram.provider.removed == [("5501", "SM" + "2".zfill(32))]
