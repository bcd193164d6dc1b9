"""Sending what is due, with every rule asked again at the moment of sending."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.core.messages import Channel, StatusUpdate
from bot.services import followup_rules, followup_send
from bot.services.followup_steps import EVERY_TICK, close_calls, open_calls, run_nudges, run_steps
from bot.store.followup_tables import Nudge
from bot.store.tables import AddressRow, Conversation, HandOver, OutboxRow, Participant
from tests.followup.service import Service

DUE = "2025-09-01"
"""completed on this day, six months were over yesterday"""


def due(service: Service, **woman: Any) -> str:
    who = service.woman(**woman)
    service.completes(who, DUE)
    return who


def test_it_sends_one_invitation_that_names_her_and_lies_open(service: Service) -> None:
    who = due(service)
    service.tick()
    service.send()
    (message,) = service.out(who)
    assert (message.kind, message.state) == ("nudge", "sent")
    assert message.content["text"].startswith("Hola Rosa, soy el asistente de Segunda Oportunidad")
    assert "1. Empezar" in message.content["text"] and "2. Otro día" in message.content["text"]
    assert message.content["template"] == "tpl_survey_invite"
    assert message.content["variables"] == ["Rosa", "Segunda Oportunidad", "6"]
    conversation = service.conversation(who)
    assert (conversation.aside, conversation.aside_values["wave"]) == ("invitation", "m6")
    assert service.states(who, "m6")[0] == (1, "sent", "queued")


def test_a_discreet_message_says_nothing_of_a_survey(service: Service) -> None:
    who = due(service, discreet=True)
    service.tick()
    (message,) = service.out(who)
    assert message.content["text"] == "Hola, tienes un mensaje pendiente. Responde *1* cuando puedas."
    assert (message.content["template"], message.content["variables"]) == ("tpl_discreet", [])
    assert not message.content["options"]


def test_a_woman_without_a_name_is_not_called_by_an_empty_one(service: Service) -> None:
    who = due(service, name=None)
    service.tick()
    (message,) = service.out(who)
    assert message.content["text"].startswith("Hola amiga,") and message.content["variables"][0] == "amiga"


def test_two_passes_send_it_once(service: Service) -> None:
    who = due(service)
    for _ in range(3):
        run_nudges(service.world, service.clock, once=False)
    assert len(service.out(who)) == 1


def test_two_schedulers_at_once_send_it_once(service: Service) -> None:
    women = [due(service) for _ in range(8)]
    gate = threading.Barrier(2)

    def run() -> None:
        gate.wait()
        run_steps(service.world, EVERY_TICK, service.clock())

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(service.out(who)) for who in women] == [1] * 8


HELD: list[tuple[str, type, dict[str, Any], str]] = [
    ("a live hand-over", Conversation, {"held_by": "staff-1"}, "person_holds"),
    ("a safety card", Conversation, {"quiet_until": "+20h"}, "safety_quiet"),
    (
        "an open form",
        Conversation,
        {"survey": "b_profile", "question": "age", "last_inbound_at": "-3h"},
        "open_form",
    ),
    ("a conversation", Conversation, {"last_inbound_at": "-1m"}, "in_conversation"),
    ("a short question", Conversation, {"aside": "delete", "last_inbound_at": "-10m"}, "open_form"),
    ("a blocked address", AddressRow, {"blocked_at": "-1h"}, "blocked"),
]  # fmt: skip

CANCELLED: list[tuple[str, type, dict[str, Any], str]] = [
    ("stop", Participant, {"opted_out_at": "-1h"}, "opted_out"),
    ("withdrawal", Participant, {"status": "withdrawn"}, "gone"),
    ("deletion", Participant, {"status": "deleted"}, "gone"),
]


def at(service: Service, values: dict[str, Any]) -> dict[str, Any]:
    """``+20h`` as an instant of the test's clock."""
    units = {"h": "hours", "m": "minutes"}
    return {
        k: service.clock() + timedelta(**{units[v[-1]]: int(v[:-1])}) if k.endswith(("_at", "until")) else v
        for k, v in values.items()
    }


@pytest.mark.parametrize(("why", "table", "values", "reason"), HELD, ids=[case[0] for case in HELD])
def test_it_waits_while_something_goes_first(
    service: Service, why: str, table: type, values: dict[str, Any], reason: str
) -> None:
    who = due(service)
    service.change(table, who, **at(service, values))
    service.tick()
    first = service.nudges(who)[0]
    assert (first.state, first.reason) == ("held", reason), why
    assert first.not_before > service.clock()
    assert service.out(who) == []
    updated = first.updated_at
    service.clock.now = first.not_before - timedelta(seconds=1)
    service.tick()
    assert service.nudges(who)[0].updated_at == updated, "it sleeps until its instant"


@pytest.mark.parametrize(("why", "table", "values", "reason"), HELD, ids=[case[0] for case in HELD])
def test_it_leaves_once_nothing_stands_in_its_way(
    service: Service, why: str, table: type, values: dict[str, Any], reason: str
) -> None:
    who = due(service)
    service.change(table, who, **at(service, values))
    service.tick()
    if table is AddressRow:
        service.change(AddressRow, who, blocked_at=None)
    service.change(Conversation, who, held_by="bot")
    service.until(service.clock() + timedelta(days=2, hours=6))
    assert len(service.out(who)) == 1, why


@pytest.mark.parametrize(("why", "table", "values", "reason"), CANCELLED, ids=[case[0] for case in CANCELLED])
def test_it_never_writes_to_a_woman_who_left(
    service: Service, why: str, table: type, values: dict[str, Any], reason: str
) -> None:
    who = due(service)
    service.change(table, who, **at(service, values))
    service.until(service.clock() + timedelta(days=20))
    assert {(n.state, n.reason) for n in service.nudges(who)} == {("cancelled", reason)}, why
    assert service.out(who) == []


@pytest.mark.parametrize("followup", ["refused", "withdrawn", ""])
def test_it_needs_her_consent_to_follow_up(service: Service, followup: str) -> None:
    who = due(service, followup=followup)
    service.tick()
    assert service.states(who, "m6")[0] == (1, "cancelled", "no_consent")


def test_the_latest_word_on_consent_counts(service: Service) -> None:
    who = due(service, followup="refused")
    with service.database.write() as session:
        service.consent(session, who, "granted")
    service.tick()
    assert len(service.out(who)) == 1


ZONES = [
    ("MX", "Baja California", "Tijuana", "America/Tijuana"),
    ("MX", "Quintana Roo", None, "America/Cancun"),
    ("MX", "Sonora", None, "America/Hermosillo"),
    ("CL", "Magallanes", "Punta Arenas", "America/Punta_Arenas"),
    ("CL", "Aysén", "Coyhaique", "America/Coyhaique"),
    ("CL", "Valparaíso", "Isla de Pascua", "Pacific/Easter"),
]


@pytest.mark.parametrize(("country", "region", "municipality", "zone"), ZONES)
@pytest.mark.parametrize("hours", ["any", "m", "t e"])
def test_every_message_of_a_wave_leaves_in_her_hours(
    service: Service, country: str, region: str, municipality: str | None, zone: str, hours: str
) -> None:
    service.clock.now = datetime(2026, 3, 2, 4, 10, tzinfo=UTC)  # night in every one of these places
    who = due(service, country=country, region=region, municipality=municipality, safe_hours=hours)
    service.until(service.clock() + timedelta(days=30), (timedelta(hours=12, minutes=11), timedelta(0)))
    sent = [n.sent_at.astimezone(ZoneInfo(zone)) for n in service.nudges(who, "m6") if n.sent_at]
    assert len(sent) == 4
    allowed = {"any": range(9, 20), "m": range(9, 12), "t e": range(15, 20)}[hours]
    assert all(moment.hour in allowed for moment in sent)
    for first, third in zip(sent, sent[2:], strict=False):
        assert third - first >= timedelta(days=7), "two a week at most"


def test_a_scheduler_that_was_off_sends_what_is_useful_and_no_heap(service: Service) -> None:
    who = service.woman()
    service.completes(who, "2025-09-10")  # due on 10 March
    service.clock.now = datetime(2026, 3, 25, 17, 0, tzinfo=UTC)  # off for two weeks
    service.tick()
    assert [n.attempt for n in service.nudges(who) if n.state == "sent"] == [1]
    service.until(service.clock() + timedelta(days=40))
    days = [n.sent_at.date() for n in service.nudges(who) if n.sent_at]
    assert len(days) == 4 and all((b - a).days >= 3 for a, b in pairwise(days))


def test_a_wave_nobody_could_send_is_closed_with_its_reason(service: Service) -> None:
    who = due(service)
    service.change(AddressRow, who, blocked_at=service.clock())
    service.until(datetime(2026, 5, 10, tzinfo=UTC))
    assert {(n.state, n.reason) for n in service.nudges(who)} == {("expired", "blocked")}


def test_an_unanswered_wave_is_closed_and_its_invitation_no_longer_waits(service: Service) -> None:
    who = due(service)
    service.tick()
    service.clock.now = datetime(2026, 5, 10, 18, tzinfo=UTC)
    service.tick()
    assert service.states(who, "m6")[0] == (1, "expired", "no_answer")
    assert service.conversation(who).aside is None
    assert not [n for n in service.nudges(who) if n.state in ("scheduled", "held", "sent")]


def test_the_catch_up_is_spread(service: Service) -> None:
    women = [due(service) for _ in range(7)]
    sent = followup_send.hold_or_send_due(service.world, service.clock(), per_minute=3)
    assert sent == 3 and followup_send.hold_or_send_due(service.world, service.clock(), per_minute=3) == 0
    service.clock.pass_(seconds=61)
    assert followup_send.hold_or_send_due(service.world, service.clock(), per_minute=3) == 3
    service.clock.pass_(seconds=61)
    followup_send.hold_or_send_due(service.world, service.clock(), per_minute=3)
    assert [len(service.out(who)) for who in women] == [1] * 7


def test_one_row_that_fails_does_not_stop_the_others(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    rosa, ines = due(service), due(service)
    whole = followup_rules.decide

    def decide(session: Any, world: Any, nudge: Nudge, now: datetime, **rest: Any) -> Any:
        if nudge.participant_id == rosa:
            raise RuntimeError("a row that cannot be judged")
        return whole(session, world, nudge, now, **rest)

    monkeypatch.setattr(followup_send, "decide", decide)
    service.tick()
    assert service.states(rosa, "m6")[0] == (1, "held", "error")
    assert len(service.out(ines)) == 1 and service.out(rosa) == []


def test_after_weeks_blocked_the_invitation_comes_before_the_last_reminder(service: Service) -> None:
    who = due(service)
    service.change(AddressRow, who, blocked_at=service.clock())
    service.until(service.clock() + timedelta(days=20))
    assert {state for _, state, _ in service.states(who, "m6")} == {"held"}
    service.change(AddressRow, who, blocked_at=None)
    with service.database.write() as session:
        # each is looked at once a day since it was due, and the last one's look comes first
        last = sa.update(Nudge).where(Nudge.participant_id == who, Nudge.attempt == 4)
        session.execute(last.values(not_before=service.clock() + timedelta(minutes=1)))
    service.until(service.clock() + timedelta(days=14))
    left = sorted((n.sent_at, n.attempt) for n in service.nudges(who, "m6") if n.sent_at is not None)
    assert [attempt for _, attempt in left] == [1, 2, 3, 4]
    assert all((b.date() - a.date()).days >= 3 for (a, _), (b, _) in pairwise(left))
    assert "soy el asistente" in service.out(who)[0].content["text"]


def test_a_second_address_is_used_when_the_first_is_blocked(service: Service) -> None:
    who = due(service)
    service.change(AddressRow, who, blocked_at=service.clock())
    with service.database.write() as session:
        session.add(
            AddressRow(
                participant_id=who, channel="simulator", digest="d" * 64, key="other", reply_to="other",
                created_at=service.clock(),
            )
        )  # fmt: skip
    service.tick()
    assert [row.send_to for row in service.out(who)] == ["other"]


@pytest.mark.parametrize(
    ("outbox", "nudge"),
    [
        ("delivered", ("delivered", "provider")),
        ("read", ("delivered", "provider")),
        ("failed", ("failed", "provider")),
        ("unknown", ("unknown", "provider")),
    ],
)
def test_it_follows_its_outbox_row(service: Service, outbox: str, nudge: tuple[str, str]) -> None:
    who = due(service)
    service.tick()
    service.change(OutboxRow, who, state=outbox, sent_at=service.clock())
    service.tick()
    assert service.states(who, "m6")[0] == (1, *nudge)
    assert service.tick()["follow_outbox"] == 0


def test_a_receipt_reaches_the_nudge_at_once(service: Service) -> None:
    who = due(service)
    service.tick()
    service.send()
    (row,) = service.out(who)
    service.clock.pass_(days=9)
    service.receiver.note_status(
        Channel.SIMULATOR, StatusUpdate(row.external_id or "", "delivered", outbox_id=row.id)
    )
    assert service.states(who, "m6")[0] == (1, "delivered", "provider")


def test_the_sender_asks_again_and_hands_back_what_may_not_leave(service: Service) -> None:
    who = due(service)
    service.tick()
    service.clock.now = datetime(2026, 3, 3, 5, 0, tzinfo=UTC)  # the sender was down until eleven at night
    service.send()
    (row,) = service.out(who)
    assert (row.state, row.error_code) == ("cancelled", "quiet_hours")
    first = service.nudges(who)[0]
    assert (first.state, first.reason, first.outbox_id, first.sent_at) == ("held", "quiet_hours", None, None)
    assert first.not_before == datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
    assert service.conversation(who).aside is None
    service.clock.now = first.not_before
    service.tick()
    service.send()
    assert [r.state for r in service.out(who)] == ["cancelled", "sent"]


def test_a_stop_between_plan_and_sending_is_honoured(service: Service) -> None:
    who = due(service)
    service.tick()
    service.change(Participant, who, opted_out_at=service.clock())
    service.send()
    service.tick()
    assert [r.state for r in service.out(who)] == ["cancelled"]
    assert service.states(who, "m6")[0][1:] == ("cancelled", "opted_out")


def calls(service: Service, who: str) -> list[tuple[str, str]]:
    with service.database.read() as session:
        rows = session.scalars(sa.select(HandOver).where(HandOver.participant_id == who))
        return [(row.reason, row.state) for row in rows]


def test_who_does_not_answer_is_called_once_and_only_in_time(service: Service) -> None:
    who = due(service)
    service.tick()
    service.clock.pass_(days=14, hours=23)
    assert open_calls(service.world, service.clock()) == 0
    service.clock.pass_(hours=2)
    assert open_calls(service.world, service.clock()) == 1
    assert open_calls(service.world, service.clock()) == 0
    assert calls(service, who) == [("no_answer", "open")]
    service.clock.pass_(days=31)
    assert close_calls(service.world, service.clock()) == 1
    assert calls(service, who) == [("no_answer", "closed")]


def test_an_invitation_of_long_ago_opens_no_call(service: Service) -> None:
    due(service)
    service.tick()
    service.clock.pass_(days=31)
    assert open_calls(service.world, service.clock()) == 0
