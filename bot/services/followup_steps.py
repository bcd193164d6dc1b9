"""The steps of follow-up: each a function of (world, now) that says how many rows it worked.

A scheduler only calls them. Any step may be skipped, repeated or run in two places at once: what is due lies
in SQL, and the next call finds it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.core.clock import Clock
from bot.core.schedule import days_needed
from bot.services.followup_plan import move, plan_missing, wave_rules
from bot.services.followup_replies import NO_ANSWER as CALL
from bot.services.followup_rules import BASELINE, INVITATION, SURVEY, Reason
from bot.services.followup_send import PER_MINUTE, follow, hold_or_send_due
from bot.services.world import World
from bot.store.followup_tables import WAITING, Nudge
from bot.store.tables import Conversation, HandOver, OutboxRow, Participant

log = logging.getLogger(__name__)

Step = Callable[[World, datetime], int]
BATCH = 500
SETTLES_WITHIN = timedelta(days=2)
"""so long after sending the outbox is looked at; a receipt that comes later arrives through the receiver"""
CLOSED = {"started": Reason.UNFINISHED, "failed": Reason.NOT_DELIVERED, "unknown": Reason.NOT_DELIVERED}


def follow_outbox(world: World, now: datetime) -> int:
    """Bring nudges up to what became of their outbox rows."""
    settled = OutboxRow.state.in_(("delivered", "read", "failed", "unknown", "cancelled"))
    changed = sa.or_(
        sa.and_(Nudge.state == "sent", settled),
        sa.and_(Nudge.state == "unknown", OutboxRow.state != "unknown"),
        sa.and_(Nudge.state == "failed", OutboxRow.state.in_(("delivered", "read"))),
    )
    query = (
        sa.select(OutboxRow)
        .join(Nudge, Nudge.outbox_id == OutboxRow.id)
        .where(Nudge.sent_at > now - SETTLES_WITHIN, changed)
        .limit(BATCH)
    )
    with world.database.read() as session:
        if session.scalar(query.with_only_columns(OutboxRow.id).limit(1)) is None:
            return 0
    with world.database.write() as session:
        return sum(follow(session, out) for out in session.scalars(query).all())


def close_waves(world: World, now: datetime) -> int:
    """Waves whose window of acceptance is over: what was not answered is closed, each with its reason."""
    over = sa.select(Nudge).where(
        Nudge.state.in_((*WAITING, "sent", "delivered", "started", "failed", "unknown")),
        Nudge.closes_at <= now,
    )
    with world.database.read() as session:
        if session.scalar(over.with_only_columns(Nudge.id).limit(1)) is None:
            return 0
    with world.database.write() as session:
        rows = session.scalars(world.database.lock(over.order_by(Nudge.closes_at).limit(BATCH))).all()
        for row in rows:
            _end_conversation(session, row)
            if row.state in WAITING:
                reason = Reason(row.reason) if row.state == "held" and row.reason else Reason.WINDOW_CLOSED
            else:
                reason = CLOSED.get(row.state, Reason.NO_ANSWER)
            move(row, "expired", reason, now)
        return len(rows)


def _end_conversation(session: Session, row: Nudge) -> None:
    conversation = session.get(Conversation, row.participant_id)
    if conversation is None:
        return
    held = conversation.aside_values or {}
    if conversation.aside == INVITATION and held.get("wave") == row.wave:
        conversation.aside = conversation.aside_values = None
    if conversation.survey == row.survey and conversation.wave == row.wave:
        conversation.survey = conversation.survey_version = conversation.question = conversation.wave = None


def open_calls(world: World, now: datetime) -> int:
    """Who has not answered 15 to 30 days after the invitation goes to the call list, once a wave."""
    with world.database.read() as session:
        due = _calls_due(session, world, now)
    if not due:
        return 0
    with world.database.write() as session:
        opened = 0
        for participant_id in _calls_due(session, world, now):
            session.add(
                HandOver(
                    participant_id=participant_id,
                    reason=CALL,
                    route="call",
                    restricted=False,
                    opened_at=now,
                    state="open",
                )
            )
            opened += 1
        return opened


def _calls_due(session: Session, world: World, now: datetime) -> list[str]:
    found: list[str] = []
    for programme in world.programmes:
        for rule in wave_rules(programme):
            since = now - timedelta(days=rule.call_to_day)
            asked = sa.exists().where(
                HandOver.participant_id == Nudge.participant_id,
                HandOver.reason == CALL,
                HandOver.opened_at >= Nudge.sent_at,
            )
            query = (
                sa.select(Nudge.participant_id)
                .join(Participant, Participant.id == Nudge.participant_id)
                .where(
                    Nudge.wave == rule.code,
                    Nudge.attempt == 1,
                    Nudge.state.in_(("sent", "delivered", "started", "failed", "unknown")),
                    Nudge.sent_at <= now - timedelta(days=rule.call_from_day),
                    Nudge.sent_at > since,
                    Participant.country == programme.country,
                    Participant.opted_out_at.is_(None),
                    ~asked,
                )
                .limit(BATCH)
            )
            found += session.scalars(query).all()
    return list(dict.fromkeys(found))


def close_calls(world: World, now: datetime) -> int:
    """The call list ends too: a call that nobody could make in its days is closed as such."""
    longest = max((rule.call_to_day for p in world.programmes for rule in wave_rules(p)), default=30)
    oldest = now - timedelta(days=longest)
    query = sa.select(HandOver).where(
        HandOver.state == "open", HandOver.reason == CALL, HandOver.opened_at <= oldest
    )
    with world.database.read() as session:
        if session.scalar(query.with_only_columns(HandOver.id).limit(1)) is None:
            return 0
    with world.database.write() as session:
        rows = session.scalars(query.limit(BATCH)).all()
        for row in rows:
            row.state, row.closed_at = "closed", now
        return len(rows)


EVERY_TICK: tuple[Step, ...] = (close_waves, follow_outbox, hold_or_send_due)
NOW_AND_THEN: tuple[Step, ...] = (plan_missing, open_calls, close_calls)
"""what lies in SQL already and only has to be looked for: once an hour, and at the start"""


def run_steps(world: World, steps: Sequence[Step], now: datetime) -> dict[str, int]:
    """Each step once; one that fails is logged by its class and does not keep the others from running."""
    worked: dict[str, int] = {}
    for step in steps:
        try:
            worked[step.__name__] = step(world, now)
        except Exception as error:
            log.error("step failed: step=%s error=%s", step.__name__, type(error).__name__)
            worked[step.__name__] = -1
    return worked


def run_nudges(world: World, clock: Clock, once: bool = True) -> dict[str, int]:
    """One scheduler pass (``nudges run --once``); not ``once``: until nothing is due that may leave now.

    Returns how many rows each step worked, -1 for a step that failed.
    """
    total = run_steps(world, (*NOW_AND_THEN, *EVERY_TICK), clock())
    while not once:
        again = run_steps(world, EVERY_TICK, clock())
        if max(again.values()) < 1:
            break
        for name, rows in again.items():
            total[name] = total[name] + max(rows, 0)
    return total


@dataclass(frozen=True, slots=True)
class Listed:
    """One nudge as ``nudges list`` shows it; columns as in the export."""

    nudge_id: int
    participant_id: str
    survey: str
    wave: str
    attempt: int
    due_at: datetime
    local_due_at: str
    state: str
    sent_at: datetime | None
    reason: str
    not_before: datetime


def list_nudges(world: World, due_before: datetime | None = None) -> list[Listed]:
    """What waits, soonest first; ``due_before`` (aware) keeps what may leave before that instant."""
    query = sa.select(Nudge).where(Nudge.state.in_(WAITING)).order_by(Nudge.not_before, Nudge.id)
    if due_before is not None:
        query = query.where(Nudge.not_before < due_before)
    with world.database.read() as session:
        return [
            Listed(
                row.id, row.participant_id, row.survey, row.wave, row.attempt, row.due_at, row.local_due_at,
                row.state, row.sent_at, row.reason, row.not_before,
            )
            for row in session.scalars(query)
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many people one wave will reach in a span of days, and how many days that takes."""

    wave: str
    people: int
    days: int


def forecast(
    world: World, since: datetime, until: datetime, *, per_day: int | None, per_minute: float = PER_MINUTE
) -> list[Forecast]:
    """Invitations planned in the span, by wave; ``per_day`` is the account's tier (``None``: no limit)."""
    query = (
        sa.select(Nudge.wave, sa.func.count(sa.distinct(Nudge.participant_id)))
        .where(Nudge.state.in_(WAITING), Nudge.not_before >= since, Nudge.not_before < until)
        .group_by(Nudge.wave)
        .order_by(Nudge.wave)
    )
    with world.database.read() as session:
        counted = session.execute(query).all()
    return [
        Forecast(wave, people, days_needed(people, per_day=per_day, per_minute=per_minute))
        for wave, people in counted
    ]


def way_of(session: Session, world: World, person: Participant) -> list[tuple[str, str]]:
    """Her way as staff see it, a state beside each step: enrolled, in course, completed, waves, alumna.

    A state is ``done``, that of the wave's furthest nudge, or empty for what has not come yet.
    """
    reached = [("enrolled", "done" if person.enrolled_at else "")]
    reached.append(("in_course", "done" if person.status not in ("new", "consented", "enrolled") else ""))
    reached.append(("completed", "done" if person.completed_at else ""))
    rank = ("answered", "refused", "started", "delivered", "sent", "unknown", "held", "scheduled", "failed",
            "expired", "cancelled")  # fmt: skip
    waves = {rule.code: "" for rule in wave_rules(world.programme_of(person))}
    rows = session.scalars(
        sa.select(Nudge)
        .where(Nudge.participant_id == person.id, Nudge.survey == SURVEY)
        .order_by(Nudge.closes_at, Nudge.attempt)
    )
    for row in rows:
        known = waves.get(row.wave)
        if not known or rank.index(row.state) < rank.index(known):
            waves[row.wave] = row.state
    baseline = waves.pop(BASELINE, None)
    if baseline is not None:
        reached.insert(1, (BASELINE, baseline))
    return [*reached, *waves.items(), ("alumna", "done" if person.status == "alumna" else "")]
