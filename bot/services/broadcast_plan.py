"""A broadcast from its draft to its last message: written, asked for, approved, sent by follow-up's own steps.

Approval writes one row of ``nudges`` for each woman, and there is no second way for it to reach her: the same
due-scan, the same rules at the moment of sending, the same outbox. Its unique key keeps her from getting it twice.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.core.clock import aware
from bot.services import broadcast_words
from bot.services.broadcast_audience import PER_MINUTE, Audience, reachable
from bot.services.followup_plan import move, set_due
from bot.services.followup_rules import Reason, rules_of
from bot.services.world import World
from bot.store.broadcast_tables import SURVEY, Broadcast
from bot.store.followup_tables import WAITING, Nudge
from bot.store.tables import Participant

KINDS = ("fair", "job_fair", "seed_capital", "course", "other")
LONGEST_TITLE = 80
LONGEST_SPAN = timedelta(days=60)
MOST_PER_DAY = PER_MINUTE * 60 * 11
"""at 30 a minute within the 11 hours of the day in which messages leave"""


class CannotSend(ValueError):
    """The broadcast cannot be kept or taken on; ``codes`` are texts of the console."""

    def __init__(self, *codes: str) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


@dataclass(frozen=True)
class Draft:
    """What somebody writes. Days are local to each woman."""

    kind: str
    title: str
    text_es: str
    text_en: str
    audience: Audience
    starts_on: date
    ends_on: date
    per_day: int


def check(draft: Draft, today: date, private: frozenset[str]) -> None:
    """Raises CannotSend with everything that must be mended."""
    codes: list[str] = []
    if draft.kind not in KINDS:
        codes.append("kind")
    if not 0 < len(draft.title.strip()) <= LONGEST_TITLE:
        codes.append("title")
    for language, body in (("es", draft.text_es), ("en", draft.text_en)):
        codes += [f"{problem}_{language}" for problem in broadcast_words.problems(body, private)]
    if draft.starts_on < today or draft.ends_on < draft.starts_on:
        codes.append("days")
    elif draft.ends_on - draft.starts_on > LONGEST_SPAN:
        codes.append("span")
    if not 0 < draft.per_day <= MOST_PER_DAY:
        codes.append("per_day")
    if not draft.audience.statuses:
        codes.append("statuses")
    if codes:
        raise CannotSend(*codes)


def write(session: Session, row: Broadcast | None, draft: Draft, by: str, now: datetime) -> Broadcast:
    """A new draft, or a changed one; a change takes back that approval was asked for.

    Raises CannotSend for one that was approved or cancelled.
    """
    if row is None:
        row = Broadcast(created_by=by, created_at=now, state="draft")
        session.add(row)
    elif row.state not in ("draft", "waiting"):
        raise CannotSend("state")
    row.kind, row.title = draft.kind, draft.title.strip()
    row.text_es, row.text_en = draft.text_es.strip(), draft.text_en.strip()
    row.audience = draft.audience.to_json()
    row.starts_on, row.ends_on = draft.starts_on.isoformat(), draft.ends_on.isoformat()
    row.per_day, row.updated_at = draft.per_day, now
    row.state, row.asked_by, row.asked_at = "draft", None, None
    session.flush()
    return row


def stamp(row: Broadcast) -> str:
    """What it says, to whom and when, as one digest: another one after any change."""
    says = [
        row.kind,
        row.title,
        row.text_es,
        row.text_en,
        row.audience,
        row.starts_on,
        row.ends_on,
        row.per_day,
    ]
    return hashlib.sha256(json.dumps(says, sort_keys=True).encode()).hexdigest()


def ask(row: Broadcast, by: str, now: datetime) -> None:
    """It is ready for somebody to approve. Raises CannotSend."""
    if row.state != "draft":
        raise CannotSend("state")
    row.state, row.asked_by, row.asked_at = "waiting", by, now


def approve(session: Session, world: World, row: Broadcast, by: str, now: datetime) -> int:
    """Plan it for everybody it is for and may reach; returns how many. Raises CannotSend.

    Who consents tomorrow does not get it; who withdraws by then does not either, that is asked again at sending.
    """
    # one of two who press at the same moment
    taken = session.execute(
        sa.update(Broadcast)
        .where(Broadcast.id == row.id, Broadcast.state == "waiting")
        .values(state="approved", approved_by=by, approved_at=now)
        .execution_options(synchronize_session=False)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        raise CannotSend("state")
    session.refresh(row)
    women = sorted(reachable(session, Audience.from_json(row.audience)))
    # whom it reaches on which day must not depend on when she enrolled, and be the same if it is done again
    random.Random(row.id).shuffle(women)
    for place, participant_id in enumerate(women):
        _plan(session, world, row, session.get_one(Participant, participant_id), place, now)
    session.flush()
    return len(women)


def _plan(
    session: Session, world: World, row: Broadcast, person: Participant, place: int, now: datetime
) -> None:
    zone = world.zone_of(person)
    opens = rules_of(session, world, person).opens
    within = place % row.per_day
    day = date.fromisoformat(row.starts_on) + timedelta(days=place // row.per_day)
    ends = date.fromisoformat(row.ends_on) + timedelta(days=1)
    due = aware(datetime.combine(day, opens, zone)) + timedelta(minutes=within // PER_MINUTE)
    nudge = Nudge(
        participant_id=person.id,
        survey=SURVEY,
        wave=row.wave,
        attempt=1,
        asked=False,
        closes_at=aware(datetime.combine(ends, time(0), zone)),
        state="scheduled",
        reason=Reason.PLANNED,
        created_at=now,
        updated_at=now,
    )
    set_due(session, world, person, nudge, due, now)
    if nudge.not_before >= nudge.closes_at and nudge.state != "held":
        move(nudge, "expired", Reason.WINDOW_CLOSED, now)
    session.add(nudge)


def call_off(session: Session, row: Broadcast, now: datetime) -> int:
    """Nothing more of it leaves; returns how many were still to be sent. Raises CannotSend.

    What waits in the outbox is stopped too: the sender asks whether the broadcast still holds.
    """
    if row.state == "cancelled":
        raise CannotSend("state")
    row.state, row.cancelled_at, row.updated_at = "cancelled", now, now
    waiting = session.scalars(
        sa.select(Nudge).where(Nudge.wave == row.wave, Nudge.survey == SURVEY, Nudge.state.in_(WAITING))
    ).all()
    for nudge in waiting:
        move(nudge, "cancelled", Reason.CALLED_OFF, now)
    return len(waiting)


@dataclass
class Progress:
    """Where a broadcast stands: women by state, and why the ones that wait or were left out do."""

    planned: int = 0
    states: dict[str, int] = field(default_factory=dict)
    reasons: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        return sum(self.states.get(state, 0) for state in WAITING)

    @property
    def done(self) -> int:
        """Sent, answered or left out for good."""
        return self.planned - self.waiting


def progress(session: Session, rows: Iterable[Broadcast]) -> dict[int, Progress]:
    """By broadcast. A message that she asked to have later is the same woman, not another."""
    by_wave = {row.wave: row.id for row in rows}
    found = {number: Progress() for number in by_wave.values()}
    if not by_wave:
        return found
    latest = (
        sa.select(Nudge.wave, Nudge.participant_id, sa.func.max(Nudge.attempt).label("attempt"))
        .where(Nudge.wave.in_(by_wave), Nudge.survey == SURVEY)
        .group_by(Nudge.wave, Nudge.participant_id)
        .subquery()
    )
    counted = session.execute(
        sa.select(Nudge.wave, Nudge.state, Nudge.reason, sa.func.count())
        .join(
            latest,
            sa.and_(
                Nudge.wave == latest.c.wave,
                Nudge.participant_id == latest.c.participant_id,
                Nudge.attempt == latest.c.attempt,
            ),
        )
        .group_by(Nudge.wave, Nudge.state, Nudge.reason)
    )
    states: dict[int, Counter[str]] = {number: Counter() for number in found}
    for wave, state, reason, count in counted:
        number = by_wave[wave]
        found[number].planned += count
        states[number][state] += count
        told = Reason(reason).said_to(restricted=False) if reason else ""
        reasons = found[number].reasons
        reasons[state, told] = reasons.get((state, told), 0) + count
    for number, counts in states.items():
        found[number].states = dict(counts)
    return found
