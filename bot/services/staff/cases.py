"""The rest of the work list: data requests, messages that failed, sends that did not arrive."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services.staff import logs
from bot.services.staff.member import Member, NotAllowed, NotFound, person_in_scope
from bot.services.staff.roles import Permission
from bot.store.channel_tables import ChannelAlert
from bot.store.console_tables import Attended
from bot.store.tables import DataRequest, InboxRow, OutboxRow


def close_request(session: Session, member: Member, request_id: int, now: datetime) -> None:
    """Her request was answered. Raises NotAllowed, NotFound."""
    member.need(Permission.WORK_CASES)
    row = session.get(DataRequest, request_id)
    if row is None:
        raise NotFound("request")
    person_in_scope(session, member, row.participant_id)
    if row.closed_at is None:
        row.closed_at = now
        logs.note_change(
            session, member.id, "request_closed", now, of=row.id, participant_id=row.participant_id,
            kind=row.kind, in_time=now <= row.due_at,
        )  # fmt: skip


def settle_set_aside(session: Session, member: Member, inbox_id: int, action: str, now: datetime) -> None:
    """``retry`` lets the bot answer the message once more; ``done`` puts it away. Raises NotFound."""
    member.need(Permission.WORK_CASES)
    row = session.get(InboxRow, inbox_id)
    if row is None or row.state != "set_aside" or row.participant_id is None:
        raise NotFound("message")
    person_in_scope(session, member, row.participant_id)
    if action == "retry":
        row.state, row.attempts, row.retry_at, row.done_at, row.error = "waiting", 0, None, None, None
        row.claimed_by = row.claimed_until = None
    elif action == "done":
        row.state, row.done_at = "done", now
    else:
        raise NotFound("action")
    logs.note_change(
        session, member.id, f"set_aside_{action}", now, of=row.id, participant_id=row.participant_id
    )


def clear_alert(session: Session, member: Member, alert_id: int, now: datetime) -> None:
    """What a provider refused was mended; if not, it comes back by itself. Raises NotAllowed, NotFound."""
    if not (member.may(Permission.WORK_CASES) or member.may(Permission.ADMINISTER)):
        raise NotAllowed("alert")
    row = session.get(ChannelAlert, alert_id)
    if row is None or row.cleared_at is not None:
        raise NotFound("alert")
    row.cleared_at = now
    logs.note_change(session, member.id, "alert_cleared", now, of=row.id, kind=row.kind, code=row.code)


def attend_send(session: Session, member: Member, outbox_id: int, now: datetime) -> None:
    """A failed or unknown send was looked at. Raises NotAllowed, NotFound."""
    member.need(Permission.WORK_CASES)
    row = session.get(OutboxRow, outbox_id)
    if row is None or row.participant_id is None or row.state not in ("failed", "unknown"):
        raise NotFound("send")
    person_in_scope(session, member, row.participant_id)
    known = session.scalar(
        sa.select(Attended.id).where(Attended.kind == "send", Attended.object_id == outbox_id)
    )
    if known is None:
        session.add(Attended(kind="send", object_id=outbox_id, staff_id=member.id, at=now))
        logs.note_change(
            session,
            member.id,
            "send_attended",
            now,
            of=row.id,
            participant_id=row.participant_id,
            state=row.state,
        )
