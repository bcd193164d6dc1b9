"""The sender: in order, each attempt recorded, and never a second copy of what may have left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from support.house import House
from support.talk import Woman

from bot.core.messages import Channel, Outbound, Outcome, SendResult, StatusUpdate
from bot.services.claims import LEASE, release_dead
from bot.store.tables import AddressRow, OutboxRow, SendAttempt


@pytest.fixture
def ana(woman: Callable[..., Woman]) -> Woman:
    return woman("+525512345678", channel=Channel.TELEGRAM)


def queue(woman: Woman, *texts: str, kind: str = "reply") -> list[int]:
    """Put messages to her into the outbox, as a turn would."""
    house = woman.house
    ids = []
    with house.database.write() as session:
        for text in texts:
            row = OutboxRow(
                participant_id=woman.participant.id,
                channel=woman.channel.value,
                lane=woman.lane,
                send_to=woman.key,
                kind=kind,
                content=Outbound(text).to_json(),
                created_at=house.clock(),
                not_before=house.clock(),
            )
            session.add(row)
            session.flush()
            ids.append(row.id)
    return ids


def state(house: House, row: int) -> str:
    found: str = house.rows(OutboxRow, id=row)[0].state
    return found


ENDS = {
    "accepted": ([SendResult(Outcome.ACCEPTED, external_id="t1")], "sent", 1),
    "throttled, then accepted": (
        [
            SendResult(Outcome.RETRY, retry_after=3.0, code="429"),
            SendResult(Outcome.ACCEPTED, external_id="t1"),
        ],
        "sent",
        2,
    ),
    "refused for good": ([SendResult(Outcome.PERMANENT, code="400")], "failed", 1),
    "not known whether it left": ([SendResult(Outcome.UNKNOWN, code="timeout")], "unknown", 1),
    "throttled for ever": ([SendResult(Outcome.RETRY, retry_after=1.0, code="429")] * 9, "failed", 5),
}


@pytest.mark.parametrize(("results", "ends", "attempts"), ENDS.values(), ids=ENDS)
def test_it_records_every_attempt_and_ends_as_the_provider_said(
    results: list[SendResult], ends: str, attempts: int, ana: Woman, house: House
) -> None:
    ana.say("hola")
    [row] = queue(ana, "¿Cómo te va?")
    house.channels.telegram.results = list(results)
    before = len(house.channels.telegram.sent)
    house.send_all(timedelta(minutes=10))
    assert state(house, row) == ends
    assert len(house.channels.telegram.sent) - before == attempts
    outcomes = [attempt.outcome for attempt in house.rows(SendAttempt, outbox_id=row)]
    assert outcomes == [result.outcome.value for result in results[:attempts]]


def test_it_waits_for_the_earlier_message_to_the_same_woman_but_for_nobody_elses(
    ana: Woman, woman: Callable[..., Woman], house: House
) -> None:
    bea = woman("bea", channel=Channel.TELEGRAM)
    ana.say("hola")
    bea.say("hola")
    first, second = queue(ana, "uno", "dos")
    [third] = queue(bea, "tres")
    house.channels.telegram.results = [SendResult(Outcome.RETRY, retry_after=30.0)]
    house.send_all(timedelta(seconds=5))
    assert [state(house, row) for row in (first, second, third)] == ["queued", "queued", "sent"]
    house.send_all()
    sent = [s.message.text for s in house.channels.telegram.sent]
    assert sent[-2:] == ["uno", "dos"] and state(house, second) == "sent"


def test_it_sends_nothing_more_to_an_address_that_blocked_us(ana: Woman, house: House) -> None:
    ana.say("hola")
    first, second = queue(ana, "uno", "dos")
    house.channels.telegram.results = [SendResult(Outcome.PERMANENT, code="blocked")]
    house.send_all()
    assert [state(house, row) for row in (first, second)] == ["failed", "cancelled"]
    assert house.rows(AddressRow)[0].blocked_at is not None
    ana.say("hola")
    assert house.rows(AddressRow)[0].blocked_at is None, "she wrote again"


def test_it_leaves_alone_what_may_have_left_when_the_process_died(ana: Woman, house: House) -> None:
    ana.say("hola")
    [row] = queue(ana, "uno")
    assert len(house.service.sender._claim()) == 1
    house.clock.advance(LEASE + timedelta(seconds=1))
    assert house.service.sender.expire_claims() == 1
    sent = len(house.channels.telegram.sent)
    house.send_all()
    assert state(house, row) == "unknown" and len(house.channels.telegram.sent) == sent


def test_a_living_worker_keeps_its_claims(ana: Woman, house: House) -> None:
    ana.say("hola")
    queue(ana, "uno")
    house.service.sender._claim()
    with house.database.write() as session:
        assert release_dead(session) == 0


STEPS = {
    "forward": (["sent", "delivered", "read"], "read"),
    "delivered comes late": (["read", "delivered"], "read"),
    "queued comes last": (["delivered", "queued"], "delivered"),
    "failed after sent": (["sent", "failed"], "failed"),
    "a repeat": (["delivered", "delivered"], "delivered"),
    "a word that is not known": (["delivered", "teleported"], "delivered"),
}


@pytest.mark.parametrize(("words", "ends"), STEPS.values(), ids=STEPS)
def test_a_status_never_goes_backwards(words: list[str], ends: str, ana: Woman, house: House) -> None:
    ana.say("hola")
    [row] = queue(ana, "uno")
    house.send_all()
    external = house.rows(OutboxRow, id=row)[0].external_id
    for word in words:
        house.service.receiver.note_status(Channel.TELEGRAM, StatusUpdate(external, word))
    assert state(house, row) == ends


def test_a_status_of_a_message_that_is_not_ours_changes_nothing(ana: Woman, house: House) -> None:
    ana.say("hola")
    before = [(row.id, row.state, row.external_id) for row in house.rows(OutboxRow)]
    receiver = house.service.receiver
    receiver.note_status(Channel.TELEGRAM, StatusUpdate("nobody-knows", "delivered"))
    receiver.note_status(Channel.WHATSAPP, StatusUpdate(before[0][2], "delivered"))
    receiver.note_status(Channel.TELEGRAM, StatusUpdate("forged", "failed", outbox_id=before[0][0]))
    assert [(row.id, row.state, row.external_id) for row in house.rows(OutboxRow)] == before


def test_it_empties_what_was_still_to_leave_when_she_was_forgotten(ana: Woman, house: House) -> None:
    ana.says("hola", "español", "sí", "no acepto")
    assert "respetamos tu decisión" in house.channels.telegram.sent[-1].message.text
    assert all(
        (row.content, row.send_to, row.participant_id) == (None, None, None) for row in house.rows(OutboxRow)
    )
