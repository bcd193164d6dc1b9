"""Her course as staff note it: that she began, and on which day she completed it (also what she told by herself)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.services.followup_plan import record_completion
from bot.services.staff import logs
from bot.services.staff.member import Member, person_in_scope
from bot.services.staff.roles import Permission
from bot.services.world import World

BEFORE_COURSE = frozenset({"enrolled"})
MAY_COMPLETE = frozenset({"enrolled", "in_course", "completed", "alumna"})


class CannotNote(Exception):
    """It cannot be noted; ``code`` is a text of the console: ``status date``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def begin(session: Session, member: Member, participant_id: str, now: datetime) -> None:
    """She is in the course from now on. Logged. Raises CannotNote, NotAllowed, NotFound."""
    person = person_in_scope(session, member, participant_id)
    member.need(Permission.WORK_CASES)
    if person.status not in BEFORE_COURSE:
        raise CannotNote("status")
    person.status, person.updated_at = "in_course", now
    logs.note_change(session, member.id, "course_begun", now, participant_id=person.id)


def complete(
    session: Session, world: World, member: Member, participant_id: str, typed: str, now: datetime
) -> int:
    """She completed the course on that day (ISO, her own calendar): follow-up is planned, or planned anew.

    Another day corrects the earlier one. Her own word that she finished counts as confirmed and its request is
    closed. Returns how many nudges were planned or moved. Raises CannotNote, NotAllowed, NotFound.
    """
    person = person_in_scope(session, member, participant_id)
    member.need(Permission.WORK_CASES)
    if person.status not in MAY_COMPLETE:
        raise CannotNote("status")
    zone = world.zone_of(person)
    began = (person.enrolled_at or person.created_at).astimezone(zone).date()
    try:
        completed_on = date.fromisoformat(typed.strip())
    except ValueError:
        raise CannotNote("date") from None
    if not began <= completed_on <= now.astimezone(zone).date():
        raise CannotNote("date")
    planned = record_completion(session, world, person, completed_on, f"staff:{member.id}", now)
    logs.note_change(
        session, member.id, "completion_noted", now,
        participant_id=person.id, on=completed_on.isoformat(), planned=planned,
    )  # fmt: skip
    return planned
