"""Reading a conversation, taking it, answering in it, handing it back."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from bot.console.gate import Page, Visit
from bot.services.staff import holds, logs, reaching, transcripts
from bot.services.staff.member import NotAllowed, person_in_scope
from bot.services.staff.roles import Permission
from bot.store.console_tables import Hold
from bot.store.tables import Conversation, Participant


def show(visit: Visit) -> Response:
    return visit.page("conversation.html", **_state(visit), reasons=logs.REASONS)


def lines(visit: Visit) -> Response:
    """The transcript alone, fetched again by an open page."""
    return visit.page("conversation_lines.html", **_state(visit))


def _state(visit: Visit) -> dict[str, Any]:
    person_id = visit.path("id")
    with visit.desk.database.read() as session:
        person = person_in_scope(session, visit.member, person_id)
        shown = bool(logs.readable(session, visit.member, [person.id], "content", visit.now))
        restricted = bool(logs.readable(session, visit.member, [person.id], "restricted", visit.now))
        said = transcripts.transcript(
            session, visit.desk.world, person.id, shown=shown, restricted=restricted
        )
        conversation = session.get(Conversation, person.id)
        hold: Hold | None = holds.open_hold(session, person.id)
        closed, template = "", ""
        try:
            template = reaching.template_for(session, person, visit.now)
        except holds.CannotReply as error:
            closed = error.code
    visit.her_zone = visit.desk.world.zone_of(person)
    held_by = conversation.held_by if conversation else holds.BOT
    return {
        "person": person,
        "lines": said,
        "shown": shown,
        "mine": held_by == visit.member.id,
        "held": held_by != holds.BOT,
        "hold": hold,
        "closed": closed,
        "reach_by": template,
        "template_text": _template_text(visit, person, template),
        "stale_hours": int(holds.STALE_AFTER.total_seconds() // 3600),
    }


def _template_text(visit: Visit, person: Participant, template: str) -> str:
    """What she would read, without her name: it is personal data of another kind than her messages."""
    return reaching.message_of(visit.desk.world, person, template, None).text if template else ""


def take(visit: Visit) -> Response:
    person_id = visit.path("id")
    with visit.desk.database.write() as session:
        try:
            holds.take(session, visit.member, person_id, visit.now)
        except NotAllowed as error:
            if str(error) != "held":
                raise
            return visit.to(f"/people/{person_id}/conversation", failed="held")
    return visit.to(f"/people/{person_id}/conversation", done="taken")


def reply(visit: Visit) -> Response:
    person_id = visit.path("id")
    with visit.desk.database.write() as session:
        try:
            holds.reply(
                session,
                visit.desk.world,
                visit.member,
                person_id,
                visit.field("text"),
                visit.desk.parts,
                visit.now,
            )
        except holds.CannotReply as error:
            return visit.to(f"/people/{person_id}/conversation", failed=f"reply_{error.code}")
    visit.desk.wake_sender()
    return visit.to(f"/people/{person_id}/conversation", done="replied")


def reach(visit: Visit) -> Response:
    """Outside her 24 hours: the template that asks her to go on."""
    person_id = visit.path("id")
    with visit.desk.database.write() as session:
        try:
            reaching.write(session, visit.desk.world, visit.member, person_id, visit.desk.parts, visit.now)
        except holds.CannotReply as error:
            return visit.to(f"/people/{person_id}/conversation", failed=f"reply_{error.code}")
    visit.desk.wake_sender()
    return visit.to(f"/people/{person_id}/conversation", done="reached")


def hand_back(visit: Visit) -> Response:
    person_id = visit.path("id")
    with visit.desk.database.write() as session:
        holds.hand_back(
            session,
            visit.desk.world,
            visit.member,
            person_id,
            visit.desk.parts,
            visit.now,
            solved=visit.field("solved") == "yes",
            word=visit.field("quiet") != "yes",
        )
    visit.desk.wake_sender()
    return visit.to(f"/people/{person_id}/conversation", done="returned")


PAGES = (
    Page("GET", "/people/{id}/conversation", show, Permission.READ_CONTENT, "people"),
    Page("GET", "/people/{id}/conversation/lines", lines, Permission.READ_CONTENT, "people"),
    Page("POST", "/people/{id}/conversation/take", take, Permission.WORK_CASES, "people"),
    Page("POST", "/people/{id}/conversation/reply", reply, Permission.WORK_CASES, "people"),
    Page("POST", "/people/{id}/conversation/reach", reach, Permission.WORK_CASES, "people"),
    Page("POST", "/people/{id}/conversation/return", hand_back, Permission.WORK_CASES, "people"),
)
