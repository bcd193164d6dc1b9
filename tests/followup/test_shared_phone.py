"""Follow-up on a telephone that several women share: it names nobody, waits for the others, finds the right one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.store.channel_tables import Profile, SharedPhone
from bot.store.tables import AddressRow, Conversation
from tests.followup.service import Service

DUE = "2025-09-01"


@pytest.fixture
def lu(service: Service) -> str:
    """Due now, on Ana's telephone, on which it is Ana's turn and who wrote a day ago."""
    ana, lu = service.woman(name="Ana"), service.woman(name="Lu")
    with service.database.write() as session:
        (phone,) = session.query(AddressRow).filter_by(participant_id=ana).all()
        (own,) = session.query(AddressRow).filter_by(participant_id=lu).all()
        session.delete(own)
        session.get_one(Conversation, lu).address_id = phone.id
        session.add(SharedPhone(address_id=phone.id, misses=0, created_at=service.clock()))
        session.flush()
        for who in (ana, lu):
            session.add(
                Profile(address_id=phone.id, participant_id=who, wrong_pins=0, created_at=service.clock())
            )
    service.completes(lu, DUE)
    return lu


def phone_of(service: Service) -> SharedPhone:
    with service.database.read() as session:
        return session.query(SharedPhone).one()


def heard_now(service: Service, **change: object) -> None:
    with service.database.write() as session:
        session.query(AddressRow).one().last_inbound_at = service.clock()
        phone = session.query(SharedPhone).one()
        for name, value in change.items():
            setattr(phone, name, value)


def test_it_names_nobody_and_whoever_answers_is_asked(service: Service, lu: str) -> None:
    service.tick()
    service.send()
    (message,) = service.out(lu)
    assert message.content["text"] == "Hola, tienes un mensaje pendiente. Responde *1* cuando puedas."
    assert (message.content["template"], message.content["options"]) == ("tpl_discreet", [])
    assert message.state == "sent"
    assert phone_of(service).asking == "who"
    # hers lies open for her, and only for her
    assert service.conversation(lu).aside == "invitation"
    (ana,) = [who for who in _people(service) if who != lu]
    assert service.conversation(ana).aside is None


def test_it_waits_while_another_of_them_is_talking(service: Service, lu: str) -> None:
    heard_now(service)
    service.tick()
    assert service.out(lu) == [] and phone_of(service).asking is None
    service.clock.pass_(minutes=31)
    service.tick()
    assert len(service.out(lu)) == 1


def test_it_waits_while_somebody_unknown_wants_silence(service: Service, lu: str) -> None:
    heard_now(service, asking="who", then="stop")
    service.clock.pass_(hours=2)
    service.tick()
    assert service.out(lu) == []
    assert service.states(lu, "m6")[0][1] == "held"
    with service.database.write() as session:
        session.query(SharedPhone).one().then = None
    service.clock.pass_(days=1, hours=1)
    service.tick()
    assert len(service.out(lu)) == 1


def test_it_does_not_leave_when_another_began_to_talk_meanwhile(service: Service, lu: str) -> None:
    service.tick()
    (row,) = service.out(lu)
    assert row.state == "queued"
    heard_now(service)
    service.send()
    (row,) = service.out(lu)
    assert (row.state, row.error_code) == ("cancelled", "in_conversation")
    assert service.states(lu, "m6")[0][1] == "held"


def _people(service: Service) -> list[str]:
    with service.database.read() as session:
        return [row.participant_id for row in session.query(Profile)]


def test_a_week_is_long_enough_for_both(service: Service, lu: str) -> None:
    """Each has her own plan and her own cap on one telephone."""
    (ana,) = [who for who in _people(service) if who != lu]
    service.completes(ana, DUE)
    service.tick()
    service.clock.pass_(minutes=40)
    service.tick()
    assert len(service.out(lu)) == len(service.out(ana)) == 1
    assert service.clock() - service.out(lu)[0].created_at < timedelta(hours=1)
