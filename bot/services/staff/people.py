"""The list of women, and the page of one: her way so far, without personal data until a reason is stated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.core.messages import Channel
from bot.services.library import UnknownSurvey
from bot.services.staff import logs
from bot.services.staff.member import Member, NotFound, person_in_scope
from bot.services.staff.roles import Permission
from bot.services.world import World
from bot.store.console_tables import Hold
from bot.store.database import Database
from bot.store.followup_tables import Nudge
from bot.store.tables import (
    AddressRow,
    Answer,
    Consent,
    Conversation,
    DataRequest,
    HandOver,
    InboxRow,
    OutboxRow,
    Participant,
    Referral,
    RestrictedAnswer,
    SurveyRunRow,
)
from bot.surveys.model import Question, Survey, in_language

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


@dataclass(frozen=True)
class ShownAnswer:
    """An answer as the page shows it; ``hidden`` when it is her own words and no reason was stated."""

    question: str
    label: str
    value: str
    reply_kind: str
    at: datetime
    hidden: bool = False
    sensitive: bool = False


@dataclass(frozen=True)
class AnswerSheet:
    survey: str
    title: str
    wave: str
    version: int
    completed_at: datetime | None
    answers: tuple[ShownAnswer, ...]


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


def page(session: Session, world: World, member: Member, participant_id: str, now: datetime) -> Page:
    """Her page as this member may see it now. Raises NotAllowed, NotFound."""
    person = person_in_scope(session, member, participant_id)
    shown = frozenset(
        what
        for what in ("identity", "content", "restricted")
        if logs.readable(session, member, [person.id], what, now)
    )
    restricted = _restricted(session, world, person, member, "restricted" in shown)
    return Page(
        person=person,
        conversation=session.get(Conversation, person.id),
        name=person.name if "identity" in shown else None,
        addresses=_addresses(session, person, "identity" in shown),
        sheets=_sheets(session, world, person, member.language, "content" in shown),
        restricted=restricted,
        restricted_count=len(restricted) if member.may(Permission.READ_RESTRICTED) else 0,
        consents=_hers(session, Consent, person, Consent.at),
        referrals=_hers(session, Referral, person, Referral.opened_at),
        requests=_hers(session, DataRequest, person, DataRequest.opened_at),
        handovers=[
            h
            for h in _hers(session, HandOver, person, HandOver.opened_at)
            if not h.restricted or member.may(Permission.READ_RESTRICTED)
        ],
        nudges=_hers(session, Nudge, person, Nudge.due_at),
        timeline=_timeline(session, person, member),
        shown=shown,
        messages=_messages(session, person),
        hold=session.scalar(
            sa.select(Hold).where(Hold.participant_id == person.id, Hold.returned_at.is_(None)).limit(1)
        ),
    )


def masked(key: str) -> str:
    """An address with its last two characters left, which is enough to tell two apart."""
    return MASK * 6 + key[-2:] if len(key) > 4 else MASK * 6


def _hers(session: Session, table: Any, person: Participant, order: Any) -> list[Any]:
    return list(session.scalars(sa.select(table).where(table.participant_id == person.id).order_by(order)))


def _addresses(session: Session, person: Participant, shown: bool) -> tuple[ShownAddress, ...]:
    rows = _hers(session, AddressRow, person, AddressRow.id)
    return tuple(
        ShownAddress(
            row.channel, row.key if shown else masked(row.key), row.last_inbound_at, row.blocked_at is not None
        )
        for row in rows
    )


def _messages(session: Session, person: Participant) -> int:
    return sum(
        session.scalar(sa.select(sa.func.count()).select_from(t).where(t.participant_id == person.id)) or 0
        for t in (InboxRow, OutboxRow)
    )


def survey_of(world: World, name: str, version: int) -> Survey | None:
    """That version, else the present one, else None: an old answer is shown even when its form is gone."""
    try:
        return world.library.version(name, version)
    except UnknownSurvey:
        try:
            return world.library.current(name)[1]
        except UnknownSurvey:
            return None


def _sheets(
    session: Session, world: World, person: Participant, language: str, shown: bool
) -> tuple[AnswerSheet, ...]:
    rows: list[Answer] = _hers(session, Answer, person, Answer.id)
    runs = {(r.survey, r.wave): r for r in _hers(session, SurveyRunRow, person, SurveyRunRow.id)}
    groups: dict[tuple[str, str], list[Answer]] = {}
    for row in rows:
        groups.setdefault((row.survey, row.wave), []).append(row)
    sheets = []
    for (name, wave), answers in groups.items():
        version = answers[-1].survey_version
        survey = survey_of(world, name, version)
        run = runs.get((name, wave))
        order = survey.position if survey else {}
        ordered = sorted(answers, key=lambda a: (order.get(a.question, len(order)), a.id))
        made = tuple(
            answer
            for row in ordered
            if (answer := _shown(row, survey, language, shown)) is not None
        )
        title = survey.title if survey else name
        sheets.append(AnswerSheet(name, title, wave, version, run.completed_at if run else None, made))
    return tuple(sheets)


def _shown(row: Answer, survey: Survey | None, language: str, shown: bool) -> ShownAnswer | None:
    question = survey.by_name.get(row.question) if survey else None
    if question is not None and not question.asked:
        return None
    own_words = row.text is not None or _is_personal(question)
    value = row.text if row.text is not None else row.value or ""
    hidden = own_words and not shown and row.reply_kind == "answered"
    if question is not None and survey is not None and not own_words:
        value = value_label(survey, question, value, language)
    return ShownAnswer(
        row.question,
        question_label(survey, question, language) or row.question,
        "" if hidden else value,
        row.reply_kind,
        row.answered_at,
        hidden,
        question.sensitivity == "sensitive" if question else False,
    )


def _is_personal(question: Question | None) -> bool:
    """Whether an answer could say who she is; of an unknown question it is assumed."""
    if question is None:
        return True
    return question.type in ("text", "image", "audio", "geopoint") or question.reads_as in (
        "phone", "person_name", "birth_date",
    )  # fmt: skip


def question_label(survey: Survey | None, question: Question | None, language: str) -> str:
    """The question's own line, without its options or placeholders' values."""
    if survey is None or question is None:
        return ""
    text = in_language(question.labels, language, survey.default_language)
    return next((line.strip() for line in text.splitlines() if line.strip()), question.name)


def value_label(survey: Survey, question: Question, value: str, language: str) -> str:
    """The label of a choice (of several, separated by a comma), or the value itself."""
    if not question.has_choices or not value:
        return value
    known = survey.choices_by_name.get(question.list_name, {})
    names = value.split() if question.type == "select_multiple" else [value]
    labels = [
        in_language(known[n].labels, language, survey.default_language) or n if n in known else n for n in names
    ]
    return ", ".join(labels)


def _restricted(
    session: Session, world: World, person: Participant, member: Member, shown: bool
) -> tuple[ShownAnswer, ...]:
    if not member.may(Permission.READ_RESTRICTED):
        return ()
    found = []
    for row in _hers(session, RestrictedAnswer, person, RestrictedAnswer.id):
        survey = survey_of(world, row.survey, 0)
        question = survey.by_name.get(row.question) if survey else None
        value = value_label(survey, question, row.value, member.language) if survey and question else row.value
        label = question_label(survey, question, member.language) or row.question
        found.append(
            ShownAnswer(row.question, label, value if shown else "", "answered", row.answered_at, not shown, True)
        )
    return tuple(found)


def _timeline(session: Session, person: Participant, member: Member) -> list[Event]:
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
        events.append(Event(run.started_at, "survey_started", f"{run.survey} · {run.wave}"))
        if run.completed_at:
            events.append(Event(run.completed_at, "survey_completed", f"{run.survey} · {run.wave}"))
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


