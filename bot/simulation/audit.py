"""What a simulated year is examined for, from SQL and from what the women received.

Nothing here asks the planner: zones come from the simulation's own table of places, the allowed hours from what
each woman answered, and the calendar of a wave is counted anew. A figure that must be zero is a promise.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import holidays
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.simulation.woman import Woman
from bot.store.console_tables import Hold
from bot.store.followup_tables import Nudge
from bot.store.tables import (
    Consent,
    OutboxRow,
    Participant,
    RestrictedAnswer,
    SendAttempt,
    SurveyRunRow,
)

DAY_FROM, DAY_TO = 9 * 60, 20 * 60
"""minutes of her day in which a nudge may leave: quiet hours are 20:00 to 9:00 (issue 5, item 3)"""
NAMED = {"m": (9 * 60, 12 * 60), "n": (12 * 60, 15 * 60), "t": (15 * 60, 19 * 60), "e": (19 * 60, 21 * 60)}
"""the choices of ``safe_hours`` as their labels say them"""
AT_MOST, WITHIN = 2, timedelta(days=7)
REMINDERS = 3
NO_REASONS = ("", "planned", "asked", "moved", "queued")
"""why a nudge waits or is on its way, which says nothing of why it ended"""
QUIET_AFTER_DISCLOSURE = timedelta(hours=24)
LEFT = ("sent", "delivered", "read", "unknown")
WAITING = ("scheduled", "held")
ENDED = ("answered", "refused", "expired", "cancelled")
WAVES = {"MX": ("m6",), "CL": ("m3", "m6")}
MUST_BE_ZERO = (
    "outside_her_hours", "on_a_holiday", "before_it_was_due", "outbox_doubles", "received_twice", "attempts_too_close",
    "over_three_reminders", "over_the_weekly_cap", "wave_not_planned", "due_on_a_wrong_day", "late_without_a_reason",
    "closed_without_a_reason", "after_a_stop", "without_consent", "after_her_answers", "over_an_open_form",
    "while_staff_talk", "after_a_disclosure", "to_nobody_known", "failed_steps", "import_errors",
)  # fmt: skip


@dataclass
class Findings:
    """Counts by name; every name of MUST_BE_ZERO is there. ``examples`` hold row ids, never personal data."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, name: str, row: object) -> None:
        self.counts[name] += 1
        if len(self.examples[name]) < 5:
            self.examples[name].append(str(row))


def examine(session: Session, women: Sequence[Woman], end: datetime, grace: timedelta) -> Findings:
    """Every promise against every row. ``grace``: how long a nudge may be late without a reason."""
    found = Findings(Counter(dict.fromkeys(MUST_BE_ZERO, 0)))
    whose = {lane: woman for woman in women for lane in woman.told.lanes}
    nudges = session.scalars(sa.select(Nudge).order_by(Nudge.id)).all()
    asked = {row.outbox_id for row in nudges if row.asked}
    left = session.scalars(
        sa.select(OutboxRow)
        .where(OutboxRow.kind == "nudge", OutboxRow.state.in_(LEFT))
        .order_by(OutboxRow.sent_at, OutboxRow.id)
    ).all()
    tries = _tries(session)
    _hours(session, tries, whose, found)
    _doubles(session, left, nudges, women, found)
    _caps(left, nudges, asked, found)
    _stops(session, tries, whose, found)
    _goes_first(session, tries, nudges, women, found)
    _plans(session, nudges, whose, end, grace, found)
    return found


Try = tuple[OutboxRow, datetime]
"""a nudge on its way out, and when: also what failed was written to her"""


def _tries(session: Session) -> list[Try]:
    rows = session.execute(
        sa.select(OutboxRow, SendAttempt.started_at)
        .join(SendAttempt, SendAttempt.outbox_id == OutboxRow.id)
        .where(OutboxRow.kind == "nudge")
        .order_by(SendAttempt.id)
    )
    return [(row, at) for row, at in rows]


def when_of(row: OutboxRow) -> datetime:
    """When it left; a send that ended nobody knows how counts from when it was tried."""
    return row.sent_at or row.not_before


def _hours(session: Session, tries: Iterable[Try], whose: dict[str, Woman], found: Findings) -> None:
    stored = {
        participant_id: value
        for participant_id, value in session.execute(
            sa.select(RestrictedAnswer.participant_id, RestrictedAnswer.value)
            .where(RestrictedAnswer.question == "safe_hours")
            .order_by(RestrictedAnswer.answered_at)
        )
    }
    free: dict[str, Any] = {country: holidays.country_holidays(country) for country in WAVES}
    for row, at in tries:
        woman = whose.get(row.lane)
        if woman is None:
            found.note("to_nobody_known", row.id)
            continue
        place = woman.person.place
        local = at.astimezone(place.tz)
        said = stored.get(row.participant_id or "")
        hours = said.split() if said is not None else woman.person.truth["before"]["safe_hours"]
        if not _allowed(local.hour * 60 + local.minute, hours):
            found.note("outside_her_hours", f"{row.id} {place.label} {local:%Y-%m-%d %H:%M}")
        if local.date() in free[place.country]:
            found.note("on_a_holiday", f"{row.id} {place.label} {local:%Y-%m-%d}")


def _allowed(minute: int, hours: Iterable[str]) -> bool:
    named = [NAMED[h] for h in hours if h in NAMED]
    return DAY_FROM <= minute < DAY_TO and (not named or any(a <= minute < b for a, b in named))


def _doubles(
    session: Session,
    left: Sequence[OutboxRow],
    nudges: Iterable[Nudge],
    women: Iterable[Woman],
    found: Findings,
) -> None:
    again = (
        sa.select(SendAttempt.outbox_id)
        .join(OutboxRow, OutboxRow.id == SendAttempt.outbox_id)
        # what the provider took, or may have taken, must not be sent again
        .where(OutboxRow.kind == "nudge", SendAttempt.outcome.in_(("accepted", "unknown")))
        .group_by(SendAttempt.outbox_id)
        .having(sa.func.count() > 1)
    )
    for outbox_id in session.scalars(again):
        found.note("outbox_doubles", outbox_id)
    planned = Counter(row.outbox_id for row in nudges if row.outbox_id is not None)
    for outbox_id, count in planned.items():
        if count > 1:
            found.note("outbox_doubles", outbox_id)
    for row in left:
        if row.participant_id is not None and row.id not in planned:
            found.note("outbox_doubles", row.id)  # a nudge left that no plan knows
    for woman in women:
        got = Counter(outbox_id for _, outbox_id in woman.told.received)
        for outbox_id, count in got.items():
            if count > 1:
                found.note("received_twice", outbox_id)
    for before, after in pairwise(sorted(left, key=lambda r: (r.lane, when_of(r)))):
        if before.lane == after.lane and when_of(after) - when_of(before) < timedelta(hours=2):
            found.note("attempts_too_close", after.id)


def _caps(
    left: Iterable[OutboxRow], nudges: Iterable[Nudge], asked: set[int | None], found: Findings
) -> None:
    waves = Counter(
        (row.participant_id, row.wave) for row in nudges if not row.asked and row.outbox_id is not None
    )
    for (participant_id, wave), count in waves.items():
        if count > 1 + REMINDERS:
            found.note("over_three_reminders", f"{participant_id} {wave}")
    sent: dict[str, list[datetime]] = defaultdict(list)
    for row in left:
        if row.id not in asked and row.participant_id is not None:
            sent[row.participant_id].append(when_of(row))
    for participant_id, times in sent.items():
        for first, last in zip(times, times[AT_MOST:], strict=False):
            if last - first < WITHIN - timedelta(minutes=5):
                found.note("over_the_weekly_cap", participant_id)


def _stops(session: Session, tries: Iterable[Try], whose: dict[str, Woman], found: Findings) -> None:
    ledger: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    rows = session.execute(
        sa.select(Consent.participant_id, Consent.at, Consent.decision)
        .where(Consent.purpose == "followup")
        .order_by(Consent.id)
    )
    for participant_id, at, decision in rows:
        ledger[participant_id].append((at, decision))
    talks: dict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for hold in session.scalars(sa.select(Hold)):
        talks[hold.participant_id].append((hold.taken_at, hold.returned_at))
    for row, at in tries:
        woman = whose.get(row.lane)
        if woman is None:
            continue
        known = [row.participant_id] if row.participant_id else woman.told.participant_ids
        said = [decision for who in known for when, decision in ledger[who] if when < at]
        if not said:
            found.note("without_consent", row.id)
        elif said[-1] != "granted":
            found.note("after_a_stop", row.id)
        for who in known:
            if any(taken < at and (back is None or at < back) for taken, back in talks[who]):
                found.note("while_staff_talk", row.id)
        if any(told <= at < told + QUIET_AFTER_DISCLOSURE for told in woman.told.disclosed_at):
            found.note("after_a_disclosure", row.id)


def _goes_first(
    session: Session, tries: Iterable[Try], nudges: Iterable[Nudge], women: Iterable[Woman], found: Findings
) -> None:
    """What goes before a nudge: its own day, the answers that she has given, the form that she is in."""
    by_outbox = {row.outbox_id: row for row in nudges if row.outbox_id is not None}
    done = {
        (run.participant_id, run.survey, run.wave): run.completed_at
        for run in session.scalars(sa.select(SurveyRunRow).where(SurveyRunRow.completed_at.is_not(None)))
    }
    over_forms = {outbox_id for woman in women for outbox_id in woman.told.over_a_form}
    for row, at in tries:
        nudge = by_outbox.get(row.id)
        if nudge is None:
            continue
        if at < nudge.due_at:
            found.note("before_it_was_due", row.id)
        answered = done.get((nudge.participant_id, nudge.survey, nudge.wave))
        if answered is not None and answered < at:
            found.note("after_her_answers", row.id)
        if row.id in over_forms and not nudge.asked:
            found.note("over_an_open_form", row.id)


def _plans(
    session: Session,
    nudges: Sequence[Nudge],
    whose: dict[str, Woman],
    end: datetime,
    grace: timedelta,
    found: Findings,
) -> None:
    by_id = {who: woman for woman in whose.values() for who in woman.told.participant_ids}
    waves: dict[str, dict[str, list[Nudge]]] = defaultdict(lambda: defaultdict(list))
    for row in nudges:
        waves[row.participant_id][row.wave].append(row)
        if not row.reason or (row.state in ENDED and row.reason in NO_REASONS):
            found.note("closed_without_a_reason", row.id)
        if row.state in WAITING and row.not_before < end - grace:
            found.note("late_without_a_reason", row.id)
        never = row.state == "expired" and row.sent_at is None and row.reason == "window_closed"
        if never and row.created_at < row.due_at:
            found.note("late_without_a_reason", row.id)
    people = session.scalars(
        sa.select(Participant).where(
            Participant.completed_at.is_not(None), Participant.status.in_(("completed", "alumna"))
        )
    )
    for person in people:
        assert person.completed_at is not None
        woman = by_id.get(person.id)
        for wave in WAVES.get(person.country or "", ()):
            rows = waves[person.id].get(wave)
            if not rows:
                found.note("wave_not_planned", person.id)
            elif woman is not None:
                zone = woman.person.place.tz
                due = months_later(person.completed_at.astimezone(zone).date(), int(wave[1:]))
                first = min(row.due_at for row in rows if not row.asked).astimezone(zone).date()
                if first != due:
                    found.note("due_on_a_wrong_day", f"{person.id} {wave} {first} for {due}")


def months_later(day: date, months: int) -> date:
    """Calendar months, clamped to the month's end; counted by trying, unlike the planner does."""
    month, year = day.month + months, day.year
    while month > 12:
        month, year = month - 12, year + 1
    for last in range(day.day, 27, -1):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    return date(year, month, day.day)
