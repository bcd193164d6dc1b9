"""What needs a person, oldest first, each with its clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services.reconcile_failures import open_alerts
from bot.services.staff import broadcasting
from bot.services.staff.member import Member
from bot.services.staff.roles import Permission
from bot.store.console_tables import Attended, Hold
from bot.store.tables import (
    Conversation,
    DataRequest,
    HandOver,
    InboxRow,
    OutboxRow,
    Participant,
    Referral,
)

SHOWN = 25
"""of each kind; the count says how many there are"""
SENDS_SINCE = timedelta(days=14)
ANSWER_WITHIN = timedelta(hours=24)
"""the team's promise for a hand-over: the clock turns red after it"""
REFERRAL_WITHIN = timedelta(days=3)
SOON = timedelta(days=5)
FEWEST_TOLD = 10
"""fewer requests for the focal point than that are told to nobody else, not even as a count (SAF-10)"""
CALLS = ("no_answer", "followup_call")
"""hand-overs that are telephone calls about a follow-up survey: a list of their own"""


@dataclass(frozen=True)
class Item:
    """One thing to do. ``due_at`` is when it is late; ``urgency`` is ``late soon ok``."""

    kind: str
    id: int
    participant_id: str | None
    what: str
    since: datetime
    due_at: datetime | None
    urgency: str
    held_by_me: bool = False
    held: bool = False
    detail: str = ""


@dataclass(frozen=True)
class Queue:
    """One kind of work. ``items`` is None for who may know how many there are, and no more."""

    kind: str
    count: int
    items: tuple[Item, ...] | None

    @property
    def late(self) -> int:
        return sum(item.urgency == "late" for item in self.items or ())


def today(session: Session, member: Member, now: datetime) -> list[Queue]:
    """Every queue, the most urgent kind first. Raises NotAllowed."""
    member.need(Permission.SEE_OVERVIEW)
    return [make(session, member, now) for make in QUEUES]


def _queue(
    session: Session,
    member: Member,
    kind: str,
    statement: sa.Select[Any],
    order: Any,
    read: Callable[[sa.Row[Any]], Item],
    needed: Permission,
) -> Queue:
    count = session.scalar(sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())) or 0
    if not member.may(needed):
        return Queue(kind, count, None)
    rows = session.execute(statement.order_by(order).limit(SHOWN)).all()
    return Queue(kind, count, tuple(read(row) for row in rows))


def _handovers(
    session: Session, member: Member, now: datetime, kind: str, *where: sa.ColumnElement[bool]
) -> Queue:
    statement = (
        sa.select(
            HandOver.id,
            HandOver.participant_id,
            HandOver.reason,
            HandOver.route,
            HandOver.opened_at,
            Conversation.held_by,
        )
        .join(Conversation, Conversation.participant_id == HandOver.participant_id, isouter=True)
        .where(
            HandOver.state == "open",
            *where,
            *member.scope.hers(HandOver.participant_id),
        )
    )

    def read(row: sa.Row[Any]) -> Item:
        due = row.opened_at + ANSWER_WITHIN
        return Item(
            kind=kind,
            id=row.id,
            participant_id=row.participant_id,
            what=row.reason,
            since=row.opened_at,
            due_at=due,
            urgency=_urgency(due, now, soon=timedelta(hours=6)),
            held_by_me=row.held_by == member.id,
            held=(row.held_by or "bot") != "bot",
            detail=row.route or "",
        )

    needed = Permission.READ_RESTRICTED if kind == "disclosure" else Permission.WORK_CASES
    return _queue(session, member, kind, statement, HandOver.opened_at, read, needed)


def _disclosures(session: Session, member: Member, now: datetime) -> Queue:
    queue = _handovers(session, member, now, "disclosure", HandOver.restricted.is_(True))
    return Queue(queue.kind, 0, None) if queue.items is None and queue.count < FEWEST_TOLD else queue


def _ordinary(session: Session, member: Member, now: datetime) -> Queue:
    ordinary = (HandOver.restricted.is_(False), HandOver.reason.not_in(CALLS))
    return _handovers(session, member, now, "handover", *ordinary)


def _calls(session: Session, member: Member, now: datetime) -> Queue:
    """Follow-up surveys that nobody answered, and women who asked for a call instead."""
    return _handovers(
        session, member, now, "call", HandOver.restricted.is_(False), HandOver.reason.in_(CALLS)
    )


def _held(session: Session, member: Member, now: datetime) -> Queue:
    """Conversations that somebody holds: so that none is forgotten."""
    statement = sa.select(
        Hold.id,
        Hold.participant_id,
        Hold.taken_at,
        Hold.replied_at,
        Hold.staff_id,
        Conversation.last_inbound_at,
    ).join(Conversation, Conversation.participant_id == Hold.participant_id)
    statement = statement.where(Hold.returned_at.is_(None), *member.scope.hers(Hold.participant_id))

    def read(row: sa.Row[Any]) -> Item:
        last = row.replied_at or row.taken_at
        waits = row.last_inbound_at is not None and row.last_inbound_at > last
        return Item(
            kind="held",
            id=row.id,
            participant_id=row.participant_id,
            what="waits" if waits else "answered",
            since=row.last_inbound_at if waits else last,
            due_at=None,
            urgency="soon" if waits else "ok",
            held_by_me=row.staff_id == member.id,
            held=True,
        )

    return _queue(session, member, "held", statement, Hold.taken_at, read, Permission.WORK_CASES)


def _requests(session: Session, member: Member, now: datetime) -> Queue:
    statement = sa.select(DataRequest).where(DataRequest.closed_at.is_(None))
    # a request outlives the woman's row in no case: deletion closes it in the same transaction
    statement = statement.where(*member.scope.hers(DataRequest.participant_id))

    def read(row: sa.Row[Any]) -> Item:
        request = row[0]
        urgency = _urgency(request.due_at, now, soon=SOON)
        return Item(
            "request",
            request.id,
            request.participant_id,
            request.kind,
            request.opened_at,
            request.due_at,
            urgency,
        )

    return _queue(session, member, "request", statement, DataRequest.due_at, read, Permission.WORK_CASES)


def _referrals(session: Session, member: Member, now: datetime) -> Queue:
    statement = sa.select(Referral).where(
        Referral.status != "closed", *member.scope.hers(Referral.participant_id)
    )

    def read(row: sa.Row[Any]) -> Item:
        referral = row[0]
        due = referral.opened_at + REFERRAL_WITHIN if referral.status == "opened" else None
        urgency = _urgency(due, now, soon=timedelta(days=1)) if due else "ok"
        return Item(
            "referral", referral.id, referral.participant_id, referral.barrier, referral.opened_at, due, urgency,
            detail=referral.status,
        )  # fmt: skip

    return _queue(session, member, "referral", statement, Referral.opened_at, read, Permission.WORK_CASES)


def _set_aside(session: Session, member: Member, now: datetime) -> Queue:
    statement = sa.select(
        InboxRow.id, InboxRow.participant_id, InboxRow.received_at, InboxRow.error, InboxRow.channel
    ).where(InboxRow.state == "set_aside", *member.scope.hers(InboxRow.participant_id))

    def read(row: sa.Row[Any]) -> Item:
        return Item(
            "set_aside",
            row.id,
            row.participant_id,
            row.channel,
            row.received_at,
            None,
            "soon",
            detail=row.error or "",
        )

    return _queue(session, member, "set_aside", statement, InboxRow.received_at, read, Permission.WORK_CASES)


def _sends(session: Session, member: Member, now: datetime) -> Queue:
    attended = sa.select(Attended.object_id).where(Attended.kind == "send")
    statement = sa.select(
        OutboxRow.id,
        OutboxRow.participant_id,
        OutboxRow.state,
        OutboxRow.error_code,
        OutboxRow.created_at,
        OutboxRow.kind,
    ).where(
        OutboxRow.state.in_(("failed", "unknown")),
        OutboxRow.created_at > now - SENDS_SINCE,
        OutboxRow.participant_id.is_not(None),
        OutboxRow.id.not_in(attended),
        *member.scope.hers(OutboxRow.participant_id),
    )

    def read(row: sa.Row[Any]) -> Item:
        return Item(
            "send",
            row.id,
            row.participant_id,
            row.state,
            row.created_at,
            None,
            "ok",
            detail=row.error_code or "",
        )

    return _queue(session, member, "send", statement, OutboxRow.created_at, read, Permission.WORK_CASES)


def _broadcasts(session: Session, member: Member, now: datetime) -> Queue:
    """Notices that a colleague wrote and that wait for a second pair of eyes."""
    rows = broadcasting.waiting(session, member)
    if not member.may(Permission.BROADCAST):
        return Queue("broadcast", len(rows), None)
    items = tuple(
        Item(
            "broadcast", row.id, None, row.title, row.asked_at or row.updated_at,
            None, "soon", detail=row.kind,
        )
        for row in rows[:SHOWN]
    )  # fmt: skip
    return Queue("broadcast", len(rows), items)


def _alerts(session: Session, member: Member, now: datetime) -> Queue:
    """What a provider refuses: templates above all. Of no woman, so everybody sees it."""
    rows = open_alerts(session)
    items = tuple(
        Item(
            "alert", row.id, None, f"alert_{row.kind}", row.first_at, None,
            "late" if row.kind == "template" else "soon", detail=f"{row.code}: {row.detail}",
        )
        for row in rows[:SHOWN]
    )  # fmt: skip
    return Queue("alert", len(rows), items)


QUEUES = (
    _disclosures,
    _ordinary,
    _held,
    _requests,
    _referrals,
    _calls,
    _set_aside,
    _alerts,
    _broadcasts,
    _sends,
)


def _urgency(due: datetime, now: datetime, *, soon: timedelta) -> str:
    if due <= now:
        return "late"
    return "soon" if due - now <= soon else "ok"


def figures(session: Session, member: Member, now: datetime) -> dict[str, int]:
    """The few counts at the head of the page."""
    day = now - timedelta(days=1)
    people = member.scope.people()
    count = sa.select(sa.func.count()).select_from(Participant).where(*people)
    return {
        "enrolled": session.scalar(count.where(Participant.enrolled_at.is_not(None))) or 0,
        "enrolled_week": session.scalar(count.where(Participant.enrolled_at > now - timedelta(days=7))) or 0,
        "in_between": session.scalar(count.where(Participant.status == "consented")) or 0,
        "messages_day": session.scalar(
            sa.select(sa.func.count())
            .select_from(InboxRow)
            .where(InboxRow.received_at > day, *member.scope.hers(InboxRow.participant_id))
        )
        or 0,
    }
