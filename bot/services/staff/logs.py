"""The two logs: what was read of whom and why, and what staff changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services.staff.member import Member, NotAllowed, NotFound
from bot.services.staff.roles import Permission
from bot.store.console_tables import ChangeLog, ReadLog

SHOWN_FOR = timedelta(minutes=15)
"""how long a stated reason holds before it is asked again"""

REASONS = ("answer_her", "follow_up", "referral", "data_right", "safety", "quality")
"""Why personal data is read: a closed list, so that the log can be counted."""

NEEDS = {
    "identity": Permission.READ_IDENTITY,
    "content": Permission.READ_CONTENT,
    "restricted": Permission.READ_RESTRICTED,
}
NOTE = 300


def reveal(
    session: Session,
    member: Member,
    participants: Iterable[str],
    what: str,
    reason: str,
    now: datetime,
    note: str = "",
) -> None:
    """Write down that this member reads ``what`` of these women, and let their pages show it for a while.

    Raises NotAllowed for a kind that the roles do not include, ValueError for a reason that is none.
    """
    needed = NEEDS.get(what)
    if needed is None:
        raise NotFound(what)
    member.need(needed)
    if reason not in REASONS:
        raise ValueError("reason")
    for participant_id in participants:
        session.add(
            ReadLog(
                at=now,
                staff_id=member.id,
                participant_id=participant_id,
                what=what,
                reason=reason,
                note=note.strip()[:NOTE] or None,
                until=now + SHOWN_FOR,
            )
        )
    session.flush()


def readable(
    session: Session, member: Member, participants: Iterable[str], what: str, now: datetime
) -> set[str]:
    """Of these women, the ones for whom this member stated a reason that still holds."""
    if not member.may(NEEDS[what]):
        return set()
    asked = list(participants)
    if not asked:
        return set()
    rows = session.scalars(
        sa.select(ReadLog.participant_id).where(
            ReadLog.staff_id == member.id,
            ReadLog.what == what,
            ReadLog.until > now,
            ReadLog.participant_id.in_(asked),
        )
    )
    return {row for row in rows if row is not None}


def note_read(
    session: Session, member: Member, what: str, reason: str, now: datetime, note: str = ""
) -> None:
    """A reading that is of no single woman: an identified export, a search by number."""
    session.add(
        ReadLog(
            at=now,
            staff_id=member.id,
            participant_id=None,
            what=what,
            reason=reason,
            note=note.strip()[:NOTE] or None,
            until=now,
        )
    )


def note_change(
    session: Session,
    staff_id: str | None,
    action: str,
    now: datetime,
    *,
    of: object = None,
    participant_id: str | None = None,
    **detail: Any,
) -> None:
    """One row of the change log. ``detail``: codes and counts only."""
    session.add(
        ChangeLog(
            at=now,
            staff_id=staff_id,
            action=action,
            object=None if of is None else str(of)[:80],
            participant_id=participant_id,
            detail=detail,
        )
    )


def page_of_log(session: Session, member: Member, kind: str, *, before: int | None, size: int) -> list[Any]:
    """Rows of a log, newest first, older than row ``before``. Raises NotAllowed."""
    member.need(Permission.ADMINISTER)
    if not member.scope.everybody:
        # a log row does not say whose country it was: a scoped administrator sees none rather than all
        raise NotAllowed("scope")
    table: Any = {"reads": ReadLog, "changes": ChangeLog}.get(kind)
    if table is None:
        raise NotFound(kind)
    statement = sa.select(table).order_by(table.id.desc()).limit(size)
    if before is not None:
        statement = statement.where(table.id < before)
    return list(session.scalars(statement))
