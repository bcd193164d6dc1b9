"""When a follow-up survey is due, and when she may be written to.

Pure functions of dates, zones and rules. The survey calendar is that of the programme: calendar months after
completion, an invitation and at most three reminders, then a call list, all within a window of acceptance.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from bot.core.clock import aware

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
HORIZON_DAYS = 400
"""how far ahead an allowed instant is looked for; a calendar that forbids a whole year is a mistake"""

SAFE_HOURS = {"m": (9, 12), "n": (12, 15), "t": (15, 19), "e": (19, 21)}
"""the hours of the consent form's question ``safe_hours``, in local time; ``any`` adds no limit"""

Span = tuple[int, int]
"""minutes after local midnight, the end not included"""


class NeverAllowed(ValueError):
    """No instant of the coming year is allowed: the rules exclude each other."""


def add_months(day: date, months: int) -> date:
    """``day`` plus calendar months, clamped to the month's end.

    >>> add_months(date(2026, 8, 31), 6)
    datetime.date(2027, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


# -- the plan of a wave --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WaveRule:
    """The calendar of one wave: months and days after what starts it, days around the due date."""

    code: str
    months: int = 0
    days: int = 0
    opens_days_before: int = 0
    closes_days_after: int = 45
    reminders_after_days: tuple[int, ...] = (3, 7, 14)
    call_from_day: int = 15
    call_to_day: int = 30


@dataclass(frozen=True, slots=True)
class Planned:
    """One wave of one person, as local dates. ``attempts``: the invitation, then the reminders.

    ``closes`` is the first day on which an answer is no longer taken.
    """

    due: date
    opens: date
    attempts: tuple[date, ...]
    call_list_from: date
    call_list_to: date
    closes: date

    @property
    def invite(self) -> date:
        return self.attempts[0]

    @property
    def reminders(self) -> tuple[date, ...]:
        return self.attempts[1:]


def plan_wave(started_on: date, rule: WaveRule) -> Planned:
    """The dates of a wave that counts from ``started_on`` (completion, or enrolment for the baseline)."""
    due = add_months(started_on, rule.months) + timedelta(days=rule.days)
    closes = due + timedelta(days=rule.closes_days_after + 1)
    attempts = (due, *(due + timedelta(days=after) for after in rule.reminders_after_days))
    return Planned(
        due=due,
        opens=due - timedelta(days=rule.opens_days_before),
        attempts=tuple(day for day in attempts if day < closes),
        call_list_from=due + timedelta(days=rule.call_from_day),
        call_list_to=due + timedelta(days=rule.call_to_day),
        closes=closes,
    )


def spaced(sent_on: date, planned: list[date], gap: int = 3) -> list[date]:
    """Later attempts after one left on ``sent_on``: each at least ``gap`` days after the one before it.

    What was on time stays where it was; after an outage the rest moves instead of arriving in a heap.
    """
    found, earliest = [], sent_on
    for day in planned:
        earliest = max(day, earliest + timedelta(days=gap))
        found.append(earliest)
    return found


# -- her clock -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for one person. ``not_before``: silence after a safety card, an open form, a pause.

    ``sent`` are the automatic messages of the last week, of which ``weekly_cap`` may leave in any seven days.
    """

    opens: time = time(9)
    closes: time = time(20)
    safe_hours: frozenset[str] = frozenset()
    is_holiday: Callable[[date], bool] = field(default=lambda day: False)
    weekly_cap: int = 2
    sent: tuple[datetime, ...] = ()
    not_before: tuple[datetime, ...] = ()

    def spans(self) -> tuple[Span, ...]:
        """The allowed minutes of a day: the window, and within it the hours that she named as safe.

        Her hours never widen the window: both were promised.
        """
        start, end = _minute(self.opens), _minute(self.closes)
        window = [(start, end or 1440)] if start < (end or 1440) else [(0, end), (start, 1440)]
        if start == end:
            window = [(0, 1440)]
        named = [SAFE_HOURS[code] for code in self.safe_hours if code in SAFE_HOURS]
        if not named or "any" in self.safe_hours:
            return tuple(window)
        safe = [(from_hour * 60, to_hour * 60) for from_hour, to_hour in sorted(named)]
        met = ((max(a, c), min(b, d)) for a, b in window for c, d in safe)
        return tuple(sorted(span for span in met if span[0] < span[1]))


def is_allowed(instant: datetime, zone: ZoneInfo, rules: Rules) -> bool:
    """Whether her wall clock allows a message now; raises ``ValueError`` for a naive instant."""
    local = aware(instant).astimezone(zone)
    minute = local.hour * 60 + local.minute
    within = any(start <= minute < end for start, end in rules.spans())
    return within and not rules.is_holiday(local.date())


def next_allowed(instant: datetime, zone: ZoneInfo, rules: Rules) -> datetime:
    """The first instant at or after ``instant`` (aware) that every rule allows, in UTC.

    Worked out once, so that nobody has to ask again each minute of the night. Raises NeverAllowed.
    """
    earliest = max([aware(instant), *map(aware, rules.not_before), *_after_cap(rules)])
    if is_allowed(earliest, zone, rules):
        return earliest
    spans = rules.spans()
    # one day back: a zone that crosses the date line repeats a day
    first = earliest.astimezone(zone).date() - DAY
    for ahead in range(HORIZON_DAYS if spans else 0):
        day = first + ahead * DAY
        starts = [moment for start, _ in spans for moment in _moments(day, start, zone)]
        found = [m for m in starts if m >= earliest and is_allowed(m, zone, rules)]
        if found:
            return min(found)
    raise NeverAllowed("no allowed hour within a year: look at the window, her safe hours and the holidays")


def _after_cap(rules: Rules) -> Iterator[datetime]:
    """When the cap lets the next one leave: a week after the last but ``weekly_cap`` - 1."""
    if rules.weekly_cap < 1:
        raise NeverAllowed("the weekly cap is 0: nothing may be sent")
    if len(rules.sent) >= rules.weekly_cap:
        yield aware(sorted(rules.sent)[-rules.weekly_cap]) + WEEK


def _moments(day: date, minute: int, zone: ZoneInfo) -> Iterator[datetime]:
    """The instants at which the local day reaches ``minute``: two on a repeated hour.

    Where the clock jumps over it, the instant of the jump: the first one on which that hour is past.
    """
    local = datetime.combine(day, time(minute // 60, minute % 60))
    pair = [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    if pair[0] > pair[1]:  # a gap (PEP 495): fold 1 lies before the jump, fold 0 after it
        yield _jump(pair[1], pair[0], zone)
    else:
        yield from dict.fromkeys(pair)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The transition between two instants of different offsets, to the second."""
    old = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


# -- many at once --------------------------------------------------------------------------------------------


def days_needed(people: int, *, per_day: int | None, per_minute: float, minutes_a_day: int = 660) -> int:
    """How many days an invitation to ``people`` takes.

    ``per_day`` is the account's tier (people reached outside their window in 24 hours; ``None``: no limit),
    ``per_minute`` the rate that is kept, ``minutes_a_day`` how long the sending window is open.
    """
    if people <= 0:
        return 0
    by_rate = per_minute * minutes_a_day
    a_day = by_rate if per_day is None else min(by_rate, per_day)
    if a_day <= 0:
        raise ValueError("nothing can be sent: the tier or the rate is 0")
    return ceil(people / a_day)
