"""A telephone that several women share, in the console: who else writes from it, a forgotten PIN, whose turn it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conftest import Office
from console_women import LUZ, PAZ, ROSA

from bot.services.profile_pin import set_pin
from bot.store.channel_tables import Profile, SharedPhone
from bot.store.console_tables import ChangeLog
from bot.store.tables import AddressRow, HandOver, OutboxRow

PAGE = f"/people/{ROSA}"


@pytest.fixture
def shared(office: Office) -> Office:
    """Rosa's number is also Paz's (of Mexico) and Luz's (of Chile); Rosa has a PIN and forgot it."""
    with office.database.write() as session:
        address = session.query(AddressRow).filter_by(participant_id=ROSA).one()
        session.add(SharedPhone(address_id=address.id, misses=0, created_at=office.clock()))
        session.flush()
        for person, nickname in ((ROSA, "Rosita"), (PAZ, "La Paz"), (LUZ, "Lucero")):
            session.add(
                Profile(
                    address_id=address.id,
                    participant_id=person,
                    nickname=nickname,
                    wrong_pins=5,
                    wrong_from=office.clock(),
                    created_at=office.clock(),
                )
            )
        session.flush()
        mine = session.query(Profile).filter_by(participant_id=ROSA).one()
        set_pin(office.database, mine, "4321")
        session.add(HandOver(participant_id=ROSA, reason="pin", state="open", opened_at=office.clock()))
    return office


def test_the_page_names_the_others_by_their_number_only(shared: Office) -> None:
    text = shared.enter("everything").text(PAGE)
    assert f"/people/{PAZ}" in text and f"/people/{LUZ}" in text
    assert "Ahora escribe ella" in text and "Puso uno" in text
    assert "La Paz" not in text and "Lucero" not in text


def test_a_member_sees_the_others_of_her_own_scope(shared: Office) -> None:
    text = shared.enter("toluca").text(PAGE)
    assert f"/people/{LUZ}" not in text and "más que no puedes ver" in text


def test_who_has_her_telephone_to_herself_has_no_such_line(office: Office) -> None:
    assert "Comparte el teléfono" not in office.enter("everything").text(PAGE)


def test_a_forgotten_pin_is_taken_away_and_logged(shared: Office) -> None:
    visitor = shared.enter("case_worker")
    assert "Olvidó su PIN" in visitor.text("/")
    assert visitor.post(f"{PAGE}/pin/remove").headers["location"].endswith("done=pin_removed")
    with shared.database.read() as session:
        mine = session.query(Profile).filter_by(participant_id=ROSA).one()
        assert (mine.pin, mine.wrong_pins) == (None, 0)
        assert session.query(HandOver).filter_by(participant_id=ROSA, reason="pin").one().state == "closed"
        assert session.query(ChangeLog).filter_by(action="pin_removed", participant_id=ROSA).one()
    assert "Quitar el PIN" not in visitor.text(PAGE)


@pytest.mark.parametrize("who", ["viewer", "analyst", "chile"])
def test_others_may_not_take_it_away(shared: Office, who: str) -> None:
    answer = shared.enter(who).post(f"{PAGE}/pin/remove")
    assert answer.status_code in (403, 404)
    with shared.database.read() as session:
        assert session.query(Profile).filter_by(participant_id=ROSA).one().pin is not None


@pytest.mark.parametrize("how", ["another", "nobody", "long ago"])
def test_staff_write_to_her_only_while_it_is_her_turn(shared: Office, how: str) -> None:
    visitor = shared.enter("case_worker")
    visitor.post(f"{PAGE}/conversation/take")
    visitor.post(f"{PAGE}/conversation/reply", text="hola Rosa")
    with shared.database.write() as session:
        phone = session.query(SharedPhone).one()
        address = session.get_one(AddressRow, phone.address_id)
        if how == "another":
            address.participant_id = PAZ
        elif how == "nobody":
            phone.asking = "who"
        else:
            address.last_inbound_at = shared.clock() - timedelta(hours=7)
    answer = visitor.post(f"{PAGE}/conversation/reply", text="lo de tu caso")
    assert answer.headers["location"].endswith("failed=reply_shared")
    with shared.database.read() as session:
        sent = session.query(OutboxRow).filter_by(participant_id=ROSA, kind="staff").all()
        assert [row.content["text"] for row in sent] == ["hola Rosa"]
