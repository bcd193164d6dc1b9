"""The plan in SQL: which nudge is due when, for each woman and wave."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.core.clock import aware
from bot.core.schedule import NeverAllowed, Planned, WaveRule, next_allowed, plan_wave, spaced
from bot.programme.programme import Programme
from bot.services.followup_rules import BASELINE, SURVEY, Reason, rules_of
from bot.services.world import World
from bot.store.followup_tables import WAITING, Completion, Nudge
from bot.store.tables import HandOver, Participant

BASELINE_RULE = WaveRule(BASELINE, days=1, closes_days_after=21, reminders_after_days=(7,))
"""offered the day after enrolment and once more a week later: whoever is tired of questions is left alone"""
NOON = time(12)
SHE_TOLD = "result"
"""the hand-over that her own "ya terminé" opens"""
BATCH = 200
ENROLLED = ("enrolled", "in_course")
COMPLETED = ("completed", "alumna")


def wave_rules(programme: Programme) -> tuple[WaveRule, ...]:
    """The follow-up waves of a programme file, soonest first."""
    calendar = programme.follow_up
    return tuple(
        WaveRule(
            code=wave.code,
            months=wave.months,
            opens_days_before=wave.opens_days_before,
            closes_days_after=wave.closes_days_after,
            reminders_after_days=calendar.reminders_after_days,
            call_from_day=calendar.call_list.from_day,
            call_to_day=calendar.call_list.to_day,
        )
        for wave in programme.waves
    )


def plan(session: Session, world: World, person: Participant, now: datetime) -> int:
    """Plan, or plan anew, everything of hers that has not been sent; returns how many rows changed.

    After completion the follow-up waves; before it, once she is enrolled, the baseline.
    """
    if person.completed_at is not None:
        completed_on = person.completed_at.astimezone(world.zone_of(person)).date()
        changed = _overtake(session, person, now)
        for rule in wave_rules(world.programme_of(person)):
            changed += _lay_out(session, world, person, rule, completed_on, now)
        return changed
    if person.enrolled_at is not None and person.status in ENROLLED:
        enrolled_on = person.enrolled_at.astimezone(world.zone_of(person)).date()
        return _lay_out(session, world, person, BASELINE_RULE, enrolled_on, now)
    return 0


def record_completion(
    session: Session, world: World, person: Participant, completed_on: date, source: str, now: datetime
) -> int:
    """She completed the course on that (local) day, says ``source``: noted, and planned or planned anew."""
    completed_at = aware(datetime.combine(completed_on, NOON, world.zone_of(person)))
    if person.completed_at != completed_at:
        session.add(
            Completion(
                participant_id=person.id,
                completed_on=completed_on.isoformat(),
                source=source,
                recorded_at=now,
            )
        )
        person.completed_at = completed_at
        person.updated_at = now
    if person.status != "alumna":
        person.status = "completed"
    # what she told by herself is confirmed by this, whichever way staff note it
    session.execute(
        sa.update(HandOver)
        .where(HandOver.participant_id == person.id, HandOver.reason == SHE_TOLD, HandOver.state == "open")
        .values(state="closed", closed_at=now)
    )
    return plan(session, world, person, now)


def plan_missing(world: World, now: datetime) -> int:
    """Plan whatever has no plan yet: a wave added by configuration, a completion that another hand wrote."""
    worked = 0
    with world.database.write() as session:
        for person in session.scalars(
            _without(BASELINE).where(Participant.status.in_(ENROLLED)).limit(BATCH)
        ):
            worked += bool(plan(session, world, person, now))
        for programme in world.programmes:
            for wave in programme.waves:
                query = _without(wave.code).where(
                    Participant.completed_at.is_not(None),
                    Participant.country == programme.country,
                    Participant.status.in_(COMPLETED),
                )
                for person in session.scalars(query.limit(BATCH)):
                    worked += bool(plan(session, world, person, now))
    return worked


def _without(wave: str) -> sa.Select[tuple[Participant]]:
    planned = sa.exists().where(Nudge.participant_id == Participant.id, Nudge.wave == wave)
    return sa.select(Participant).where(~planned)


def _overtake(session: Session, person: Participant, now: datetime) -> int:
    """A baseline that was not answered before the course ended is none any more."""
    rows = session.scalars(
        sa.select(Nudge).where(
            Nudge.participant_id == person.id, Nudge.wave == BASELINE, Nudge.state.in_(WAITING)
        )
    ).all()
    for row in rows:
        move(row, "cancelled", Reason.OVERTAKEN, now)
    return len(rows)


def _lay_out(
    session: Session, world: World, person: Participant, rule: WaveRule, started_on: date, now: datetime
) -> int:
    zone = world.zone_of(person)
    planned = plan_wave(started_on, rule)
    closes_at = aware(datetime.combine(planned.closes, time(0), zone))
    rows = {
        row.attempt: row
        for row in session.scalars(
            sa.select(Nudge).where(Nudge.participant_id == person.id, Nudge.wave == rule.code)
        )
    }
    if any(row.state in ("answered", "refused", "started") for row in rows.values()):
        return _close_later(rows, closes_at, now)
    changed = 0
    over = now >= closes_at
    for attempt, day in _days(planned, rows, None if over else now, zone).items():
        row = rows.get(attempt)
        if row is None:
            row = Nudge(
                participant_id=person.id,
                survey=SURVEY,
                wave=rule.code,
                attempt=attempt,
                asked=False,
                state="scheduled",
                reason=Reason.PLANNED,
                created_at=now,
                updated_at=now,
            )
        row.closes_at = closes_at
        changed += _put(session, world, person, row, day, now)
        session.add(row)
    for attempt, row in rows.items():
        if row.state in WAITING and not row.asked and attempt > len(planned.attempts):
            move(row, "cancelled", Reason.MOVED, now)
            changed += 1
    return changed


def _close_later(rows: dict[int, Nudge], closes_at: datetime, now: datetime) -> int:
    """She is in the survey or through it: a corrected date changes only until when answers are taken."""
    stale = [row for row in rows.values() if row.closes_at != closes_at]
    for row in stale:
        row.closes_at, row.updated_at = closes_at, now
    return len(stale)


def _days(planned: Planned, rows: dict[int, Nudge], now: datetime | None, zone: ZoneInfo) -> dict[int, date]:
    """The local day of every attempt that may still be planned; what is late begins today, spread out.

    ``now`` is ``None`` for a wave that is over: its days stay as the calendar has them.
    """
    sent = [row for row in rows.values() if row.sent_at is not None]
    open_attempts = [
        (attempt, day)
        for attempt, day in enumerate(planned.attempts, start=1)
        if attempt not in rows or _may_move(rows[attempt])
    ]
    if not open_attempts:
        return {}
    numbers, days = [n for n, _ in open_attempts], [d for _, d in open_attempts]
    if now is None:
        return dict(zip(numbers, days, strict=True))
    if sent:
        last = max(row.sent_at for row in sent if row.sent_at is not None).astimezone(zone).date()
        return dict(zip(numbers, spaced(last, days), strict=True))
    first = max(days[0], now.astimezone(zone).date())
    return dict(zip(numbers, [first, *spaced(first, days[1:])], strict=True))


def _may_move(row: Nudge) -> bool:
    """Not sent yet; also what a wrong date had closed before anything was sent."""
    return row.state in WAITING or (row.state == "expired" and row.sent_at is None)


def _put(session: Session, world: World, person: Participant, row: Nudge, day: date, now: datetime) -> bool:
    """Set the row's due day; returns whether that changed anything."""
    zone = world.zone_of(person)
    due_at = aware(datetime.combine(day, rules_of(session, world, person).opens, zone))
    new_state = ("expired", Reason.WINDOW_CLOSED) if max(due_at, now) >= row.closes_at else None
    same = row.due_at == due_at
    if same and new_state is None and row.state in WAITING:
        return False
    if same and new_state is not None and row.state == "expired":
        return False
    set_due(session, world, person, row, due_at, now)
    if new_state is not None:
        move(row, *new_state, now)
    elif row.state == "expired":
        move(row, "scheduled", Reason.MOVED, now)
    elif row.reason != Reason.NO_SAFE_HOUR:
        move(row, "scheduled", Reason.PLANNED if row.id is None else Reason.MOVED, now)
    return True


def set_due(
    session: Session, world: World, person: Participant, row: Nudge, due_at: datetime, now: datetime
) -> None:
    """Due at that instant; asleep until her clock first allows it."""
    zone = world.zone_of(person)
    row.due_at = due_at
    row.local_due_at = due_at.astimezone(zone).isoformat(timespec="seconds")
    try:
        row.not_before = next_allowed(max(due_at, now), zone, rules_of(session, world, person))
    except NeverAllowed:
        row.not_before = row.closes_at
        move(row, "held", Reason.NO_SAFE_HOUR, now)


def ask_again_at(
    session: Session, world: World, person: Participant, wave: str, at: datetime, now: datetime
) -> Nudge | None:
    """A nudge at the time that she named; reminders that would come sooner come after it.

    ``None`` when the wave was never planned or is over by then.
    """
    rows = session.scalars(
        sa.select(Nudge).where(Nudge.participant_id == person.id, Nudge.wave == wave).order_by(Nudge.due_at)
    ).all()
    if not rows or at >= rows[-1].closes_at:
        return None
    row = next((r for r in rows if r.asked and r.state in WAITING), None)
    if row is None:
        row = Nudge(
            participant_id=person.id,
            survey=rows[0].survey,
            wave=wave,
            attempt=max(r.attempt for r in rows) + 1,
            asked=True,
            closes_at=rows[-1].closes_at,
            created_at=now,
        )
    move(row, "scheduled", Reason.ASKED, now)
    set_due(session, world, person, row, at, now)
    session.add(row)
    space_out(session, world, person, wave, row.not_before, now)
    return row if row.not_before < row.closes_at else None


def space_out(
    session: Session, world: World, person: Participant, wave: str, sent_at: datetime, now: datetime
) -> int:
    """Move the waiting reminders of a wave so that none follows close on what leaves at ``sent_at``."""
    zone = world.zone_of(person)
    waiting = session.scalars(
        sa.select(Nudge)
        .where(
            Nudge.participant_id == person.id,
            Nudge.wave == wave,
            Nudge.state.in_(WAITING),
            Nudge.asked.is_(False),
        )
        .order_by(Nudge.due_at)
    ).all()
    days = [row.due_at.astimezone(zone).date() for row in waiting]
    after = spaced(sent_at.astimezone(zone).date(), days)
    moved = 0
    for row, old, new in zip(waiting, days, after, strict=True):
        if new != old:
            set_due(session, world, person, row, row.due_at + timedelta(days=(new - old).days), now)
            move(row, "scheduled", Reason.MOVED, now)
            moved += 1
    return moved


def move(row: Nudge, state: str, reason: Reason, now: datetime) -> None:
    """The one place where a nudge changes its state."""
    row.state, row.reason, row.updated_at = state, reason.value, now
