"""Several women on one telephone: each has her own record, and none sees more of another than a nickname."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from support.golden import play_opening
from support.house import House
from support.talk import Woman, count, texts

from bot.core.messages import Channel, MediaKind
from bot.services.identity_merge import merge, undo
from bot.services.profiles import addresses_of
from bot.store.channel_tables import AddressGuard, Profile, SharedPhone
from bot.store.tables import AddressRow, Consent, HandOver, InboxRow, OutboxRow, Participant

WHO = "¿Quién eres?"


@pytest.fixture(params=[Channel.SIMULATOR, Channel.WHATSAPP, Channel.TELEGRAM], ids=str)
def phone(woman: Callable[..., Woman], request: pytest.FixtureRequest) -> Woman:
    return woman("shared", channel=request.param)


@pytest.fixture
def shared(ana: Woman) -> Woman:
    """A telephone of two: Ana, who has agreed and has no PIN, and Lu with the PIN 4321, who is there now."""
    play_opening(ana, "consent")
    ana.says("somos dos en este teléfono", "2", "Lu", "4321", "cambiar de persona", "1", "Ana", "no")
    ana.says("cambiar de persona", "lu", "4321")
    return ana


def nicknames(house: House) -> dict[str, str]:
    """Participant by nickname."""
    return {row.nickname: row.participant_id for row in house.rows(Profile)}


def active(woman: Woman) -> str:
    return woman.participant.id


def test_each_has_her_own_conversation_on_every_channel(phone: Woman) -> None:
    phone.says("hola", "español", "sí", "sí, acepto")
    first = active(phone)
    phone.says("somos dos en este celular", "2", "Lu", "no", "english", "yes")
    second = active(phone)
    assert first != second
    assert phone.participant.language == "en"
    consents = phone.house.rows(Consent, participant_id=first, purpose="data")
    assert [c.decision for c in consents] == ["granted"]
    assert not phone.house.rows(Consent, participant_id=second, purpose="data")
    assert WHO not in texts(phone.says("switch person"))  # her chat speaks English now
    phone.says("1", "Ana", "no")
    assert active(phone) == first and phone.participant.language == "es"
    assert WHO in texts(phone.say("cambiar de persona"))


def test_buttons_choose_as_numbers_do(phone: Woman) -> None:
    phone.says("hola", "español", "compartimos este teléfono")
    phone.tap("Otra persona")
    answer = phone.says("Luz", "sin pin")
    assert "Listo, Luz" in texts(answer)
    phone.say("cambiar de persona")
    phone.tap("Luz")
    assert nicknames(phone.house)["Luz"] == active(phone)
    # a press of a list that was used up is answered kindly, and changes nothing
    assert texts(phone.tap("Quien ya usaba este chat"))
    assert nicknames(phone.house)["Luz"] == active(phone)


def test_nothing_but_the_nickname_is_shown(shared: Woman) -> None:
    listed = texts(shared.say("cambiar de persona"))
    assert listed.splitlines()[1:] == ["1. Ana", "2. Lu", "3. Otra persona"]


def test_what_is_said_about_who_writes_stays_in_nobodys_record(shared: Woman) -> None:
    house, known = shared.house, nicknames(shared.house)
    kept = [(row.participant_id, row.content["text"]) for row in house.rows(OutboxRow) if row.content]
    assert kept and not any(WHO in text or "Escribe tu PIN" in text for _, text in kept)
    assert {owner for owner, text in kept if "Lu." in text or "Lu," in text} == {known["Lu"]}
    said = [row.payload["text"] for row in house.rows(InboxRow) if row.payload is not None]
    assert "4321" not in said and "••••" in said


def test_the_pin_is_no_word_of_the_dialogue(shared: Woman) -> None:
    house = shared.house
    from bot.store.tables import TrackerEvent

    events = str([row.data for row in house.rows(TrackerEvent)])
    assert "4321" not in events
    (pin,) = [row.pin for row in house.rows(Profile) if row.pin]
    assert "4321" not in pin and len(pin) == 64


def test_a_pin_is_not_kept_where_nothing_is_answered(shared: Woman) -> None:
    house, known = shared.house, nicknames(shared.house)
    shared.says("salir", "hola", "lu")
    with house.database.write() as session:
        session.execute(sa.update(AddressGuard).values(muted_until=house.clock() + timedelta(hours=1)))
    assert not shared.say("4321")
    last = house.rows(InboxRow)[-1]
    assert "4321" not in str(last.payload) and last.participant_id not in known.values()


def test_a_pin_is_not_kept_in_a_message_that_is_set_aside(
    shared: Woman, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    house = shared.house
    shared.says("salir", "hola", "lu")
    monkeypatch.setattr("bot.services.runner.at_the_door", broken)
    with pytest.raises(RuntimeError):
        shared.say("4321")
    for _ in range(3):
        house.clock.advance(timedelta(minutes=1))
        house.answer_all()
    last = house.rows(InboxRow)[-1]
    assert last.state == "set_aside" and "4321" not in str(last.payload)


def test_messages_of_whom_nobody_was_known_become_hers(shared: Woman) -> None:
    shared.say("salir")
    shared.says("buenas tardes", "ana")
    house, ana = shared.house, nicknames(shared.house)["Ana"]
    mine = [row.payload["text"] for row in house.rows(InboxRow, participant_id=ana) if row.payload]
    assert mine[-2:] == ["buenas tardes", "ana"]
    assert not house.rows(InboxRow, participant_id=None)


def test_five_wrong_pins_close_it_for_an_hour_and_call_the_team(shared: Woman) -> None:
    shared.says("salir", "hola", "lu", "1", "2", "3", "4")
    assert "varios intentos" in texts(shared.say("0000"))
    house, lu = shared.house, nicknames(shared.house)["Lu"]
    assert [h.reason for h in house.rows(HandOver, participant_id=lu)] == ["pin"]
    # the right one does not open it either, until the hour is over
    assert "varios intentos" in texts(shared.says("hola", "lu"))
    house.clock.advance(timedelta(hours=1, minutes=1))
    shared.says("lu", "4321")
    assert active(shared) == lu


def test_who_forgot_her_pin_gets_a_person(shared: Woman) -> None:
    shared.says("salir", "hola", "lu")
    assert "otro PIN" in texts(shared.say("persona"))
    lu = nicknames(shared.house)["Lu"]
    assert [h.reason for h in shared.house.rows(HandOver, participant_id=lu)] == ["pin"]
    # and whoever it was is not let in
    assert WHO in texts(shared.say("4321"))


def test_she_takes_her_pin_away(shared: Woman) -> None:
    shared.says("mi pin", "no", "salir", "hola")
    assert "PIN" not in texts(shared.say("lu"))
    assert active(shared) == nicknames(shared.house)["Lu"]


def test_it_waits_while_the_safe_block_is_open(woman: Callable[..., Woman]) -> None:
    her = woman("ana")
    play_opening(her, "barriers")
    her.say("apoyo")
    assert "SALIR" in texts(her.say("cambiar de persona"))
    assert count(her.house, SharedPhone) == 0


def test_it_is_heard_where_the_telephone_is_asked_about(ana: Woman) -> None:
    assert "usa o revisa este teléfono" in texts(
        ana.says("hola", "español", "sí", "sí, acepto", "sí", "sí", "sí")
    )
    assert WHO in texts(ana.say("somos dos en este teléfono"))
    assert "usa o revisa este teléfono" in texts(ana.says("1", "Ana", "no"))


def test_a_stop_is_hers_alone(shared: Woman) -> None:
    shared.says("baja", "no")
    people = {p.id: p.opted_out_at for p in shared.house.rows(Participant)}
    known = nicknames(shared.house)
    assert people[known["Lu"]] is not None and people[known["Ana"]] is None


def test_a_stop_of_nobody_known_silences_the_telephone_until_somebody_is(shared: Woman) -> None:
    shared.says("salir", "hola")
    assert "no escribo más" in texts(shared.say("baja"))
    (phone,) = shared.house.rows(SharedPhone)
    assert phone.then == "stop"
    # who she is, and then what she wanted
    assert "borr" in texts(shared.say("ana"))
    assert shared.participant.opted_out_at is not None
    (phone,) = shared.house.rows(SharedPhone)
    assert phone.then is None


def test_danger_is_answered_whoever_it_is(shared: Woman) -> None:
    shared.says("salir")
    said = texts(shared.say("mi marido me pegó anoche"))
    assert "No es tu culpa" in said and "911" in said
    (row,) = [r for r in shared.house.rows(InboxRow) if r.payload and "pegó" in r.payload["text"]]
    assert (row.intent, row.participant_id) == ("restricted", None)


def test_a_forgotten_woman_leaves_the_telephone_to_the_other(shared: Woman) -> None:
    shared.says("borrar mis datos", "sí")
    assert WHO in texts(shared.say("hola"))
    assert nicknames(shared.house).keys() == {"Ana"}
    shared.say("ana")
    assert active(shared) == nicknames(shared.house)["Ana"]
    shared.says("borrar mis datos", "sí")
    assert count(shared.house, AddressRow) == 0 and count(shared.house, SharedPhone) == 0
    kept = [row for row in shared.house.rows(InboxRow) if row.payload is not None]
    assert kept == []


def test_a_newcomer_under_age_takes_nothing_of_the_other_with_her(shared: Woman) -> None:
    shared.says("cambiar de persona", "otra persona", "Pía", "no", "español", "no")
    assert nicknames(shared.house).keys() == {"Ana", "Lu"}
    assert WHO in texts(shared.say("hola"))


def test_it_can_be_left_as_it_was(ana: Woman) -> None:
    play_opening(ana, "consent")
    before = active(ana)
    ana.says("soy otra persona")
    assert "queda como estaba" in texts(ana.say("dejarlo como estaba"))
    assert active(ana) == before
    assert count(ana.house, SharedPhone) == count(ana.house, Profile) == 0
    ana.house.clock.advance(timedelta(days=1))
    assert WHO not in texts(ana.say("hola"))


def test_messages_that_came_together_go_to_the_one_who_was_meant(shared: Woman) -> None:
    """The change and what follows it may wait in the inbox side by side."""
    from bot.core.messages import InboundKind

    house, known = shared.house, nicknames(shared.house)
    for text in ("cambiar de persona", "ana", "mis datos"):
        house.service.receiver.receive(shared.inbound(InboundKind.TEXT, text=text))
    house.answer_all()
    rows = house.rows(InboxRow)[-3:]
    assert [row.participant_id for row in rows] == [known["Lu"], known["Ana"], known["Ana"]]
    assert all(row.state == "done" for row in rows)


def test_two_records_of_one_woman_become_one_profile_and_two_again(shared: Woman) -> None:
    house, known = shared.house, nicknames(shared.house)
    with house.database.write() as session:
        ana, lu = (session.get_one(Participant, known[name]) for name in ("Ana", "Lu"))
        record = merge(session, ana, lu, "staff-1", house.clock())
        merge_id = record.id
    assert nicknames(house) == {"Ana": known["Ana"]}
    assert active(shared) == known["Ana"]
    with house.database.write() as session:
        undo(session, merge_id, house.clock())
    assert nicknames(house) == known
    shared.says("cambiar de persona", "lu", "4321")
    assert active(shared) == known["Lu"]


def test_she_is_reached_on_the_telephone_where_it_is_not_her_turn(shared: Woman) -> None:
    house, known = shared.house, nicknames(shared.house)
    for name in known:
        keys = house.read(lambda session, n=name: [a.key for a in addresses_of(session, known[n])])
        assert keys == ["ana"]


def test_both_keys_of_a_whatsapp_chat_change_hands(house: House, woman: Callable[..., Woman]) -> None:
    from dataclasses import replace

    from bot.core.messages import InboundKind

    her = woman("+525550001111", channel=Channel.WHATSAPP)
    first = her.inbound(InboundKind.TEXT, text="hola")
    both = replace(first, address=replace(first.address, other_key="MX.4711"))
    her.hand_in(both)
    her.says("español", "somos dos en este teléfono", "2", "Lu", "no")
    rows = house.rows(AddressRow)
    assert {row.participant_id for row in rows} == {nicknames(house)["Lu"]}
    assert [row.same_as for row in rows] == [None, rows[0].id]
    # WhatsApp names only the user id this time: the same telephone
    alone = woman("MX.4711", channel=Channel.WHATSAPP)
    assert "¿Quién eres?" in texts(alone.say("cambiar de persona"))


def test_a_voice_note_of_nobody_known_is_asked_for_its_sender(shared: Woman) -> None:
    shared.say("salir")
    assert WHO in texts(shared.sends(MediaKind.AUDIO))


def test_a_nickname_is_short_has_letters_and_is_new(shared: Woman) -> None:
    shared.says("cambiar de persona", "otra persona")
    for bad in ("4", "lú", "🙂", "x" * 21, "Otra persona"):
        assert "apodo" in texts(shared.say(bad))
    assert len(nicknames(shared.house)) == 2


def test_more_than_six_do_not_fit(ana: Woman) -> None:
    ana.says("hola", "español", "somos dos en este teléfono")
    for name in ("Bea", "Cris", "Dani", "Eva", "Flor"):
        ana.says("otra persona", name, "no", "cambiar de persona")
    listed = texts(ana.say("?"))
    assert "6. Flor" in listed and "Otra persona" not in listed


@pytest.mark.parametrize("text", ["PERSONA", "otra persona", "cambiar", "hay otra persona en mi casa"])
def test_other_words_change_nobody(shared: Woman, text: str) -> None:
    before = active(shared)
    assert WHO not in texts(shared.say(text))
    assert active(shared) == before


def test_two_processes_agree_on_whose_turn_it_is(shared: Woman) -> None:
    """A row that was received before the change is handed to the queue of the one who is there now."""
    from bot.core.messages import InboundKind

    house, known = shared.house, nicknames(shared.house)
    house.service.receiver.receive(shared.inbound(InboundKind.TEXT, text="hola"))
    with house.database.write() as session:
        (row,) = session.scalars(sa.select(InboxRow).where(InboxRow.state == "waiting")).all()
        row.participant_id = known["Ana"]  # as the other process wrote it a moment too early
    done = threading.Event()
    while house.runner.run_once():
        done.set()
    assert done.is_set()
    (last,) = house.rows(InboxRow)[-1:]
    assert (last.participant_id, last.state) == (known["Lu"], "done")
