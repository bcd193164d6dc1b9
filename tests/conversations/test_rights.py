"""Consent refused, data shown, withdrawn and deleted, no more messages, a quick exit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from support.golden import play_opening
from support.house import House
from support.talk import Woman, count, texts

from bot.core.messages import Outbound
from bot.store.tables import (
    AddressRow,
    Answer,
    Base,
    Consent,
    Conversation,
    DataRequest,
    HandOver,
    InboxRow,
    OutboxRow,
    Participant,
    Refusal,
    RestrictedAnswer,
    TrackerEvent,
)

REFUSALS = {
    "refused": ("hola", "español", "sí", "no acepto"),
    "under_18": ("hola", "español", "no"),
    "other_country": (
        *("hola", "español", "sí", "sí, acepto", "sí", "sí", "sí", "no, solo yo", "5"),
        *("Rosalinda", "otro país"),
    ),
}
PROOF = {"participants", "consents", "data_requests", "refusals"}
"""tables that may still hold a row of somebody who was forgotten"""


def traces(house: House, participant_id: str) -> dict[str, int]:
    """Tables with rows of a person, by any column that may point to her."""
    found = {}
    with house.database.read() as session:
        for table in Base.metadata.sorted_tables:
            for column in ("participant_id", "sender_id"):
                if column in table.c:
                    mine = (
                        sa.select(sa.func.count()).select_from(table).where(table.c[column] == participant_id)
                    )
                    found[table.name] = session.scalar(mine) or 0
    return {name: number for name, number in found.items() if number and name not in PROOF}


@pytest.mark.parametrize("reason", REFUSALS)
def test_it_keeps_nothing_but_the_refusal(reason: str, ana: Woman, house: House) -> None:
    ana.say(REFUSALS[reason][0])
    person = ana.participant.id
    ana.says(*REFUSALS[reason][1:])

    assert traces(house, person) == {}
    assert [row.reason for row in house.rows(Refusal)] == [reason]
    for table in (Answer, RestrictedAnswer, TrackerEvent, AddressRow, Conversation, HandOver, DataRequest):
        assert count(house, table) == 0, table.__tablename__
    assert all(row.payload is None for row in house.rows(InboxRow))
    assert all(row.content is None and row.send_to is None for row in house.rows(OutboxRow))
    [row] = house.rows(Participant)
    assert (row.status, row.name, row.country, row.region) == ("refused", None, None, None)


@pytest.mark.parametrize("reason", REFUSALS)
def test_it_starts_from_the_beginning_when_she_comes_back(reason: str, ana: Woman) -> None:
    ana.says(*REFUSALS[reason])
    assert "¿En qué idioma quieres hablar?" in texts(ana.say("hola"))


def test_it_deletes_everything_that_is_hers(woman: Callable[..., Woman], house: House) -> None:
    ana, bea = woman("ana"), woman("bea")
    for one in (ana, bea):
        play_opening(one, "enrolled_mx")
    person, other = ana.participant.id, bea.participant.id
    kept = bea.answers("b_profile")
    ana.says("persona", "mensaje", "borrar mis datos", "sí, borrar")

    assert traces(house, person) == {}
    [row] = house.rows(Participant, id=person)
    assert row.status == "deleted"
    blank = {
        c: getattr(row, c)
        for c in ("name", "country", "region", "municipality", "pathway", "modality", "source")
    }
    assert set(blank.values()) == {None}
    assert [r.reason for r in house.rows(Refusal)] == ["deleted"]
    [request] = house.rows(DataRequest, participant_id=person)
    assert request.kind == "delete" and request.closed_at is not None and request.due_at > request.opened_at
    assert house.rows(Consent, participant_id=person), "the proof of what she agreed to stays"
    assert bea.answers("b_profile") == kept and house.rows(InboxRow, participant_id=other)


def test_it_deletes_nothing_before_she_is_sure(ana: Woman) -> None:
    play_opening(ana, "place_mx")
    ana.says("borrar mis datos", "no")
    assert ana.answers("b_profile")["pref_name"] == "Lupita"
    assert ana.conversation.question == "place"


def test_it_still_tells_a_repeat_of_a_deleted_message(ana: Woman, house: House) -> None:
    play_opening(ana, "enrolled_mx")
    ana.says("borrar mis datos", "sí, borrar")
    before = count(house, InboxRow), count(house, OutboxRow)
    assert house.service.receiver.receive(ana.delivered[0]) is False
    assert (count(house, InboxRow), count(house, OutboxRow)) == before


def test_it_shows_what_is_held_and_no_restricted_answer(ana: Woman) -> None:
    play_opening(ana, "profile_mx")
    ana.says("un empleo", "sí, ese quiero", "nada", "muy segura", "sí, estoy tranquila", "que me contacten")
    ana.says("por este chat", "mañana", "sí, está bien")
    shown = texts(ana.says("mis datos", "verlos"))
    assert all(word in shown for word in ("Lupita", "Zapopan", "30 a 39", "Un empleo"))
    assert "Por este chat" not in shown and "Mañana" not in shown
    assert all(len(message.text) <= 1600 for _, message in ana.history)


def test_it_withdraws_every_consent_and_offers_to_delete(ana: Woman, house: House) -> None:
    play_opening(ana, "enrolled_mx")
    answered = ana.says("mis datos", "quitar mi permiso")
    assert "¿Segura?" in texts(answered)
    last = {row.purpose: row.decision for row in house.rows(Consent, participant_id=ana.participant.id)}
    assert set(last.values()) == {"withdrawn"}
    assert ana.participant.status == "withdrawn" and ana.participant.opted_out_at is not None
    ana.say("no")
    assert ana.answers("b_profile"), "withdrawing is not deleting"
    assert texts(ana.say("hola")).strip()


def test_it_sends_no_nudge_after_stop_and_replies_still(ana: Woman, house: House) -> None:
    play_opening(ana, "enrolled_mx")
    ana.says("baja", "no")
    person = ana.participant
    assert person.opted_out_at is not None
    last = {row.purpose: row.decision for row in house.rows(Consent, participant_id=person.id)}
    assert last["followup"] == last["broadcast"] == "withdrawn"
    with house.database.write() as session:
        session.add(
            OutboxRow(
                participant_id=person.id,
                channel="simulator",
                lane=ana.lane,
                send_to=ana.key,
                kind="nudge",
                content=Outbound("¿Cómo te va?").to_json(),
                created_at=house.clock(),
                not_before=house.clock(),
            )
        )
    house.send_all()
    assert house.rows(OutboxRow, kind="nudge")[0].state == "cancelled"
    assert "Hola de nuevo" in texts(ana.say("hola"))
    assert ana.participant.opted_out_at is None


def test_it_erases_after_stop_when_she_wants_that_too(ana: Woman, house: House) -> None:
    play_opening(ana, "place_mx")
    person = ana.participant.id
    ana.says("baja", "sí")
    assert traces(house, person) == {}


def test_it_leaves_the_safe_block_at_once_and_forgets_it(ana: Woman) -> None:
    play_opening(ana, "profile_mx")
    ana.says("un empleo", "sí, ese quiero", "nada", "muy segura", "sí, estoy tranquila")
    left = ana.say("salir")
    assert len(left) == 1 and "miedo" not in texts(left)
    back = texts(ana.say("hola"))
    assert "miedo" not in back and "más personal" not in back
    assert not any(ana.restricted().get(q) for q in ("safe_now", "safe_offer"))


def test_it_keeps_nothing_of_a_moment_that_was_not_safe(ana: Woman) -> None:
    play_opening(ana, "profile_mx")
    ana.says("un empleo", "sí, ese quiero", "nada", "muy segura", "no, mejor después")
    assert ana.participant.status == "enrolled"
    assert not {q for q in ana.restricted() if q.startswith("safe_") and q != "safe_hours"}


def test_it_keeps_the_safe_contact_that_she_asked_for(ana: Woman, house: House) -> None:
    play_opening(ana, "profile_mx")
    ana.says("un empleo", "sí, ese quiero", "nada", "muy segura", "sí, estoy tranquila", "que me contacten")
    ana.says("llamada a otro número", "33 1234 5678", "mañana", "colgar")
    assert ana.restricted()["safe_num"].endswith("3312345678")
    assert ("focal_point", True) in {(row.reason, row.restricted) for row in house.rows(HandOver)}
    assert ana.conversation.quiet_until is not None


def test_it_hands_over_with_the_route_she_prefers(ana: Woman, house: House) -> None:
    play_opening(ana, "place_mx")
    answered = ana.says("persona", "llamada")
    [row] = house.rows(HandOver)
    assert (row.reason, row.route, row.state) == ("asked", "call", "open")
    assert "¿Cómo es el lugar donde vives?" in texts(answered)


def test_it_speaks_the_language_she_changed_to(ana: Woman) -> None:
    play_opening(ana, "place_mx")
    assert "What is the place where you live like?" in texts(ana.says("english", "English"))
    assert ana.participant.language == "en"
    assert "How old are you?" in texts(ana.say("city"))


def test_it_keeps_the_bot_silent_while_staff_hold_the_conversation(ana: Woman, house: House) -> None:
    play_opening(ana, "place_mx")
    with house.database.write() as session:
        row = session.get(Conversation, ana.participant.id)
        assert row is not None
        row.held_by = "staff-1"
    assert ana.say("¿hay alguien?") == []
    assert house.waiting() == 0
