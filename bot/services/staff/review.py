"""Conversation review: what she wrote and what was understood, and the right label for what was not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services.staff import logs
from bot.services.staff.member import Member, NotFound, person_in_scope
from bot.services.staff.roles import Permission
from bot.services.staff.secrecy import DISCLOSED, restricted_messages
from bot.services.staff.transcripts import said
from bot.services.world import World
from bot.store.console_tables import LabelCorrection
from bot.store.tables import InboxRow, Participant

PAGE = 40
LOW = 0.5
ANSWER = "answer"
"""the intent under which an answer to an open question is stored"""
DISCLOSURES = frozenset({"disclose_violence", "disclose_self_harm"})


class UnknownIntent(ValueError):
    """The label is no intent of the domain."""


@dataclass(frozen=True)
class Filters:
    """What the list shows. Empty is no filter."""

    language: str = ""
    country: str = ""
    centre: str = ""
    since: date | None = None
    until: date | None = None
    flagged: bool = False
    low: bool = False
    intent: str = ""
    answers: bool = False
    """also replies that were taken as answers, which are most of all messages"""
    labelled: str = ""
    """``yes``, ``no`` or empty"""
    before: int = 0
    """the id of the last row of the page before"""


@dataclass(frozen=True)
class Entry:
    """One message. ``text`` is None while no reason was stated."""

    id: int
    participant_id: str
    at: datetime
    language: str | None
    country: str | None
    centre: str | None
    intent: str | None
    confidence: float | None
    for_review: bool
    text: str | None
    kept: bool
    label: str | None


def select(member: Member, filters: Filters) -> sa.Select[Any]:
    """The messages that the filters leave, newest first. Raises NotAllowed."""
    member.need(Permission.REVIEW)
    statement = (
        sa.select(InboxRow, Participant.country, Participant.centre, LabelCorrection.after)
        .join(Participant, Participant.id == InboxRow.participant_id)
        .join(LabelCorrection, LabelCorrection.inbox_id == InboxRow.id, isouter=True)
        .where(
            InboxRow.kind == "text",
            InboxRow.state == "done",
            # a disclosure is read by the focal point on her page, and never becomes an example by the way
            sa.or_(InboxRow.intent.is_(None), InboxRow.intent != DISCLOSED),
            *member.scope.people(),
        )
        .order_by(InboxRow.id.desc())
    )
    for column, value in (
        (InboxRow.language, filters.language),
        (Participant.country, filters.country),
        (Participant.centre, filters.centre),
        (InboxRow.intent, filters.intent),
    ):
        if value:
            statement = statement.where(column == value)
    if filters.since:
        statement = statement.where(InboxRow.received_at >= _midnight(filters.since))
    if filters.until:
        statement = statement.where(InboxRow.received_at < _midnight(filters.until) + timedelta(days=1))
    if not filters.answers and not filters.intent:
        statement = statement.where(
            sa.or_(
                InboxRow.intent.is_(None),
                InboxRow.intent != ANSWER,
                InboxRow.for_review.is_(True),
                LabelCorrection.id.is_not(None),
            )
        )
    if filters.flagged:
        statement = statement.where(InboxRow.for_review.is_(True))
    if filters.low:
        statement = statement.where(InboxRow.confidence < LOW)
    if filters.labelled == "yes":
        statement = statement.where(LabelCorrection.id.is_not(None))
    elif filters.labelled == "no":
        statement = statement.where(LabelCorrection.id.is_(None))
    return statement


def listed(
    session: Session, world: World, member: Member, filters: Filters, now: datetime
) -> tuple[list[Entry], int]:
    """A page of messages, and the mark of the next page (0 at the end)."""
    statement = select(member, filters).limit(PAGE + 1)
    if filters.before:
        statement = statement.where(InboxRow.id < filters.before)
    rows = session.execute(statement).all()
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    readable = logs.readable(session, member, {row[0].participant_id for row in rows}, "content", now)
    secret: set[int] = set()
    for person in {row[0].participant_id for row in rows}:
        secret |= restricted_messages(session, world, person).inbox
    # what was said in the safe block is left out whole: no length, no intent, no time
    entries = [_entry(*row, readable=readable) for row in rows if row[0].id not in secret]
    return entries, rows[-1][0].id if more and rows else 0


def reveal_page(
    session: Session, world: World, member: Member, filters: Filters, reason: str, note: str, now: datetime
) -> int:
    """State a reason for reading the words of this page; one log row a woman. Returns how many women."""
    entries, _ = listed(session, world, member, filters, now)
    people = {entry.participant_id for entry in entries}
    logs.reveal(session, member, sorted(people), "content", reason, now, note)
    return len(people)


def correct(
    session: Session,
    world: World,
    member: Member,
    inbox_id: int,
    intent: str,
    intents: list[str],
    now: datetime,
) -> None:
    """Write down what the message meant. Raises UnknownIntent, NotAllowed, NotFound."""
    member.need(Permission.REVIEW)
    row = session.get(InboxRow, inbox_id)
    if row is None or row.participant_id is None or row.intent == DISCLOSED:
        raise NotFound("message")
    person_in_scope(session, member, row.participant_id)
    if inbox_id in restricted_messages(session, world, row.participant_id).inbox:
        raise NotFound("message")
    if intent not in intents:
        raise UnknownIntent(intent)
    known = session.scalar(sa.select(LabelCorrection).where(LabelCorrection.inbox_id == inbox_id))
    if known is None:
        known = LabelCorrection(inbox_id=inbox_id, before=row.intent)
        session.add(known)
    row.for_review = False
    if intent in DISCLOSURES:
        # found late: from now on it is restricted like any other, also for whoever labelled it
        row.intent = intent = DISCLOSED
    known.after, known.staff_id, known.at, known.written_at = intent, member.id, now, None
    logs.note_change(
        session, member.id, "label_corrected", now, of=inbox_id, before=known.before, after=intent
    )


def _entry(
    row: InboxRow, country: str | None, centre: str | None, label: str | None, *, readable: set[str]
) -> Entry:
    shown = row.participant_id in readable
    return Entry(
        id=row.id,
        participant_id=row.participant_id or "",
        at=row.received_at,
        language=row.language,
        country=country,
        centre=centre,
        intent=row.intent,
        confidence=row.confidence,
        for_review=row.for_review,
        text=said(row) if shown else None,
        kept=row.payload is not None,
        label=label,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
