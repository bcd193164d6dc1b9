"""A hand-over outside her 24 hours on WhatsApp: a template, and then waiting for her."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from conftest import Office, Visitor
from console_women import ROSA, ROSA_NAME

from bot.services.content_choice import Dresser
from bot.services.content_templates import Templates
from bot.services.staff import holds
from bot.store.channel_tables import ContentResource
from bot.store.console_tables import Hold
from bot.store.tables import AddressRow, Conversation, OutboxRow, Participant


def away(office: Office, hours: int = 30) -> None:
    with office.database.write() as session:
        at = office.clock() - timedelta(hours=hours)
        session.execute(
            sa.update(AddressRow).where(AddressRow.participant_id == ROSA).values(last_inbound_at=at)
        )
        session.get_one(Conversation, ROSA).last_inbound_at = at


def approve(office: Office, name: str = "tpl_person", status: str = "approved") -> None:
    from bot.bootstrap import DIALOGUES

    template = Templates.load(DIALOGUES / "templates").get(name)
    assert template is not None
    with office.database.write() as session:
        session.add(
            ContentResource(
                digest=name * 3, kind="text", friendly_name=name, language="es", template=name,
                definition={"body": template.bodies["es"], "titles": [], "variables": len(template.variables)},
                sid="HX1", status=status, current=True, created_at=office.clock(),
            )
        )  # fmt: skip


def taken(office: Office) -> Visitor:
    visitor = office.enter("case_worker")
    visitor.post(f"/people/{ROSA}/conversation/take")
    return visitor


def sent(office: Office) -> list[OutboxRow]:
    with office.database.read() as session:
        return list(session.query(OutboxRow).filter_by(participant_id=ROSA, kind="staff"))


def test_the_page_offers_the_template_with_its_words_and_without_her_name(office: Office) -> None:
    away(office)
    approve(office)
    page = taken(office).text(f"/people/{ROSA}/conversation")
    assert "Hola amiga, una persona del equipo de Segunda Oportunidad quiere seguir" in page
    assert 'action="/people/' in page and "/conversation/reach" in page
    assert ROSA_NAME not in page and "Tu mensaje" not in page


def test_it_leaves_as_a_template_that_names_her(office: Office) -> None:
    away(office)
    approve(office)
    answer = taken(office).post(f"/people/{ROSA}/conversation/reach")
    assert answer.headers["location"].endswith("done=reached") and office.woken == ["sender"]
    (row,) = sent(office)
    assert (row.content["template"], row.content["variables"]) == (
        "tpl_person", [ROSA_NAME, "Segunda Oportunidad"],
    )  # fmt: skip
    from bot.bootstrap import DIALOGUES

    dress = Dresser(Templates.load(DIALOGUES / "templates"))
    with office.database.write() as session:
        dressed = dress(session, session.get_one(OutboxRow, row.id), office.clock())
    assert getattr(dressed, "template", "") == "HX1"


def test_a_discreet_woman_gets_the_line_that_says_nothing(office: Office) -> None:
    away(office)
    approve(office, "tpl_discreet")
    with office.database.write() as session:
        session.get_one(Participant, ROSA).discreet = True
    taken(office).post(f"/people/{ROSA}/conversation/reach")
    (row,) = sent(office)
    assert (row.content["template"], row.content["variables"]) == ("tpl_discreet", [])


@pytest.mark.parametrize("status", ["pending", "rejected"])
def test_a_template_that_is_not_approved_is_said_so_and_not_sent(office: Office, status: str) -> None:
    away(office)
    approve(office, status=status)
    visitor = taken(office)
    assert "todavía no aprueba la plantilla" in visitor.text(f"/people/{ROSA}/conversation")
    answer = visitor.post(f"/people/{ROSA}/conversation/reach")
    assert answer.headers["location"].endswith("failed=reply_template") and sent(office) == []


def test_one_a_day_is_enough(office: Office) -> None:
    away(office)
    approve(office)
    visitor = taken(office)
    visitor.post(f"/people/{ROSA}/conversation/reach")
    answer = visitor.post(f"/people/{ROSA}/conversation/reach")
    assert answer.headers["location"].endswith("failed=reply_again") and len(sent(office)) == 1


def test_no_template_is_spent_where_words_are_taken(office: Office) -> None:
    approve(office)
    visitor = taken(office)
    answer = visitor.post(f"/people/{ROSA}/conversation/reach")
    assert answer.headers["location"].endswith("failed=reply_open") and sent(office) == []
    assert "Tu mensaje" in visitor.text(f"/people/{ROSA}/conversation")


def test_who_does_not_hold_her_writes_nothing(office: Office) -> None:
    away(office)
    approve(office)
    assert office.enter("case_worker").post(f"/people/{ROSA}/conversation/reach").status_code == 403


def test_it_waits_for_her_morning(office: Office) -> None:
    office.clock.now = (office.clock.now + timedelta(days=1)).replace(
        hour=8
    )  # two in the night in Mexico City
    away(office)
    approve(office)
    taken(office).post(f"/people/{ROSA}/conversation/reach")
    (row,) = sent(office)
    assert (row.not_before.hour, row.not_before.minute) == (15, 0)


class TestWaiting:
    """The conversation stays with staff while it is her turn."""

    def held(self, office: Office) -> bool:
        holds.return_stale_handovers(office.service.world, office.clock())
        with office.database.read() as session:
            return session.query(Hold).one().returned_at is None

    def test_it_stays_two_days_and_then_goes_back(self, office: Office) -> None:
        away(office)
        approve(office)
        taken(office).post(f"/people/{ROSA}/conversation/reach")
        office.clock.advance(timedelta(hours=47))
        assert self.held(office)
        office.clock.advance(timedelta(hours=2))
        assert not self.held(office)

    def test_a_reply_that_nobody_answers_goes_back_after_the_usual_time(self, office: Office) -> None:
        away(office)
        approve(office)
        taken(office).post(f"/people/{ROSA}/conversation/reach")
        office.clock.advance(timedelta(hours=6))
        with office.database.write() as session:
            session.get_one(Conversation, ROSA).last_inbound_at = office.clock()
        office.clock.advance(timedelta(hours=3))
        assert self.held(office)
        office.clock.advance(timedelta(hours=2))
        assert not self.held(office)
