"""The list of women, and the page of one: her way so far, without personal data until a reason is stated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.core.messages import Channel
from bot.services.followup_rules import Reason
from bot.services.followup_steps import way_of
from bot.services.profiles import addresses_of
from bot.services.staff import logs, sharing
from bot.services.staff.answered import AnswerSheet, ShownAnswer, restricted, sheets, survey_of
from bot.services.staff.member import Member, NotFound, person_in_scope
from bot.services.staff.roles import Permission
from bot.services.world import World
from bot.store.console_tables import Hold
from bot.store.database import Database
from bot.store.followup_tables import Nudge
from bot.store.tables import (
    AddressRow,
    Consent,
    Conversation,
    DataRequest,
    HandOver,
    InboxRow,
    OutboxRow,
    Participant,
    Referral,
    SurveyRunRow,
)

PAGE = 50
STATUSES = (
    "new", "consented", "enrolled", "in_course", "completed", "alumna", "withdrawn", "refused", "deleted",
)  # fmt: skip
MASK = "•"


@dataclass(frozen=True)
class Filters:
    """What the list shows. Empty strings are no filter."""

    status: str = ""
    country: str = ""
    centre: str = ""
    pathway: str = ""
    after: str = ""
    """``<created_at>_<id>`` of the last row of the page before"""


def listed(session: Session, member: Member, filters: Filters) -> tuple[list[Participant], str]:
    """A page of women in scope, newest first, and the mark of the next page (empty at the end)."""
    member.need(Permission.SEE_PEOPLE)
    statement = sa.select(Participant).where(*member.scope.people())
    for column, value in (
        (Participant.status, filters.status),
        (Participant.country, filters.country),
        (Participant.centre, filters.centre),
        (Participant.pathway, filters.pathway),
    ):
        if value:
            statement = statement.where(column == value)
    if not filters.status:
        statement = statement.where(Participant.status.not_in(("refused", "deleted")))
    at, _, last = filters.after.partition("_")
    if last:
        try:
            instant = datetime.fromisoformat(at)
        except ValueError:
            raise NotFound("page") from None
        if instant.tzinfo is None:
            raise NotFound("page")
        statement = statement.where(
            sa.or_(
                Participant.created_at < instant,
                sa.and_(Participant.created_at == instant, Participant.id < last),
            )
        )
    statement = statement.order_by(Participant.created_at.desc(), Participant.id.desc()).limit(PAGE + 1)
    rows = list(session.scalars(statement))
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    return rows, f"{rows[-1].created_at.isoformat()}_{rows[-1].id}" if more else ""


def find_by_address(
    database: Database, session: Session, member: Member, keys: Iterable[str], now: datetime
) -> str | None:
    """The woman who writes from one of these addresses; the search itself is logged. Raises NotAllowed."""
    member.need(Permission.READ_IDENTITY)
    logs.note_read(session, member, "search", "answer_her", now)
    digests = [database.cipher.digest(f"{channel.value}:{key}") for channel in Channel for key in keys]
    found: str | None = session.scalar(
        sa.select(AddressRow.participant_id).where(
            AddressRow.digest.in_(digests), *member.scope.hers(AddressRow.participant_id)
        )
    )
    return found


@dataclass(frozen=True)
class Event:
    """One point of her way. ``what`` is a text key of the console, ``detail`` a code of ours."""

    at: datetime
    what: str
    detail: str = ""
    wave: str = ""


@dataclass(frozen=True)
class ShownAddress:
    channel: str
    key: str
    last_inbound_at: datetime | None
    blocked: bool


@dataclass
class Page:
    """Everything of a woman's page. What was not revealed is masked here, never in a template."""

    person: Participant
    conversation: Conversation | None
    name: str | None
    addresses: tuple[ShownAddress, ...]
    sheets: tuple[AnswerSheet, ...]
    restricted: tuple[ShownAnswer, ...]
    restricted_count: int
    consents: list[Consent]
    referrals: list[Referral]
    requests: list[DataRequest]
    handovers: list[HandOver]
    nudges: list[Nudge]
    timeline: list[Event]
    shown: frozenset[str]
    """which of ``identity content restricted`` are shown now"""
    messages: int = 0
    hold: Hold | None = None
    way: tuple[tuple[str, str], ...] = ()
    """the steps from enrolment to alumna, each with how far it is"""
    completed_on: str = ""
    """on her own calendar, ISO"""
    shared: sharing.Shared | None = None
    """the telephone that she shares, if she does"""

    def reason_of(self, nudge: Nudge) -> str:
        """Why the nudge is in its state, as far as it may be told to this reader now."""
        return Reason(nudge.reason).said_to("restricted" in self.shown) if nudge.reason else ""


def page(session: Session, world: World, member: Member, participant_id: str, now: datetime) -> Page:
    """Her page as this member may see it now. Raises NotAllowed, NotFound."""
    person = person_in_scope(session, member, participant_id)
    shown = frozenset(
        what
        for what in ("identity", "content", "restricted")
        if logs.readable(session, member, [person.id], what, now)
    )
    guarded = restricted(session, world, person, member, "restricted" in shown)
    return Page(
        person=person,
        conversation=session.get(Conversation, person.id),
        name=person.name if "identity" in shown else None,
        addresses=_addresses(session, person, "identity" in shown),
        sheets=sheets(session, world, person, member.language, "content" in shown),
        restricted=guarded,
        restricted_count=len(guarded) if member.may(Permission.READ_RESTRICTED) else 0,
        consents=_hers(session, Consent, person, Consent.at),
        referrals=_hers(session, Referral, person, Referral.opened_at),
        requests=_hers(session, DataRequest, person, DataRequest.opened_at),
        handovers=[
            h
            for h in _hers(session, HandOver, person, HandOver.opened_at)
            if not h.restricted or member.may(Permission.READ_RESTRICTED)
        ],
        nudges=_hers(session, Nudge, person, Nudge.due_at),
        timeline=_timeline(session, world, person, member),
        shown=shown,
        messages=_messages(session, person),
        way=tuple(way_of(session, world, person)),
        completed_on=_local_day(world, person),
        shared=sharing.shared_by(session, member, person, now),
        hold=session.scalar(
            sa.select(Hold).where(Hold.participant_id == person.id, Hold.returned_at.is_(None)).limit(1)
        ),
    )


def _local_day(world: World, person: Participant) -> str:
    if person.completed_at is None:
        return ""
    return person.completed_at.astimezone(world.zone_of(person)).date().isoformat()


def masked(key: str) -> str:
    """An address with its last two characters left, which is enough to tell two apart."""
    return MASK * 6 + key[-2:] if len(key) > 4 else MASK * 6


def _hers(session: Session, table: Any, person: Participant, order: Any) -> list[Any]:
    return list(session.scalars(sa.select(table).where(table.participant_id == person.id).order_by(order)))


def _addresses(session: Session, person: Participant, shown: bool) -> tuple[ShownAddress, ...]:
    rows = addresses_of(session, person.id)
    return tuple(
        ShownAddress(
            row.channel,
            row.key if shown else masked(row.key),
            row.last_inbound_at,
            row.blocked_at is not None,
        )
        for row in rows
    )


def _messages(session: Session, person: Participant) -> int:
    return sum(
        session.scalar(sa.select(sa.func.count()).select_from(t).where(t.participant_id == person.id)) or 0
        for t in (InboxRow, OutboxRow)
    )


def _timeline(session: Session, world: World, person: Participant, member: Member) -> list[Event]:
    events = [
        Event(at, what)
        for at, what in (
            (person.created_at, "first_message"),
            (person.consented_at, "consented"),
            (person.enrolled_at, "enrolled"),
            (person.completed_at, "completed"),
            (person.opted_out_at, "opted_out"),
        )
        if at is not None
    ]
    for run in _hers(session, SurveyRunRow, person, SurveyRunRow.id):
        form = survey_of(world, run.survey, run.survey_version)
        title = form.title if form else run.survey
        events.append(Event(run.started_at, "survey_started", title, run.wave))
        if run.completed_at:
            events.append(Event(run.completed_at, "survey_completed", title, run.wave))
    for handover in _hers(session, HandOver, person, HandOver.opened_at):
        if handover.restricted and not member.may(Permission.READ_RESTRICTED):
            continue
        events.append(Event(handover.opened_at, "handover_opened", handover.reason))
        if handover.closed_at:
            events.append(Event(handover.closed_at, "handover_closed", handover.reason))
    for referral in _hers(session, Referral, person, Referral.opened_at):
        events.append(Event(referral.opened_at, "referral_opened", referral.barrier))
        if referral.closed_at:
            events.append(Event(referral.closed_at, "referral_closed", referral.outcome or ""))
    for request in _hers(session, DataRequest, person, DataRequest.opened_at):
        events.append(Event(request.opened_at, "request_opened", request.kind))
    for hold in _hers(session, Hold, person, Hold.taken_at):
        events.append(Event(hold.taken_at, "hold_taken"))
        if hold.returned_at:
            events.append(Event(hold.returned_at, "hold_returned", hold.returned_by or ""))
    return sorted(events, key=lambda event: event.at)
