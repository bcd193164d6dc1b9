"""When a wave is due and when a woman may be written to: tables for decisions, properties for the rest."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.core.schedule import (
    NeverAllowed,
    Rules,
    WaveRule,
    add_months,
    days_needed,
    is_allowed,
    next_allowed,
    plan_wave,
    spaced,
)

M3 = WaveRule("m3", months=3, opens_days_before=7, closes_days_after=45)
ZONES = sorted(name for name in available_timezones() if name not in ("Factory", "localtime"))
OURS = (
    "America/Mexico_City", "America/Tijuana", "America/Cancun", "America/Hermosillo", "America/Mazatlan",
    "America/Ciudad_Juarez", "America/Ojinaga", "America/Matamoros", "America/Santiago",
    "America/Punta_Arenas", "America/Coyhaique", "Pacific/Easter",
)  # fmt: skip

days = st.dates(date(2020, 1, 1), date(2037, 12, 31))
instants = st.datetimes(datetime(2020, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))
zones = st.sampled_from(ZONES).map(ZoneInfo)
clocks = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 45)))
safe = st.sets(st.sampled_from(("m", "n", "t", "e", "any")), max_size=3).map(frozenset)


Wall = tuple[int, int, int, int, int]


def local(wall: Wall, zone: str) -> datetime:
    return datetime(*wall, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 3, date(2027, 3, 15)),
        (date(2026, 1, 31), 3, date(2026, 4, 30)),
        (date(2026, 5, 20), 0, date(2026, 5, 20)),
    ],
)
def test_it_counts_calendar_months_and_clamps_to_the_months_end(
    day: date, months: int, expected: date
) -> None:
    assert add_months(day, months) == expected


@given(days, st.integers(0, 60))
def test_it_lands_in_the_named_month_on_the_same_day_or_the_months_last(day: date, months: int) -> None:
    found = add_months(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or ((found + timedelta(days=1)).day == 1 and found.day < day.day)


def test_it_plans_an_invitation_three_reminders_and_a_call_list() -> None:
    planned = plan_wave(date(2026, 8, 10), M3)
    assert planned.invite == date(2026, 11, 10)
    assert planned.reminders == (date(2026, 11, 13), date(2026, 11, 17), date(2026, 11, 24))
    assert (planned.call_list_from, planned.call_list_to) == (date(2026, 11, 25), date(2026, 12, 10))
    assert (planned.opens, planned.closes) == (date(2026, 11, 3), date(2026, 12, 26))


@given(days, st.integers(1, 24), st.integers(0, 60))
def test_it_plans_nothing_outside_the_window_of_acceptance(day: date, months: int, closes: int) -> None:
    planned = plan_wave(day, WaveRule("m", months=months, closes_days_after=closes))
    assert planned.opens <= planned.invite == planned.due < planned.closes
    assert list(planned.attempts) == sorted(set(planned.attempts))
    assert all(attempt < planned.closes for attempt in planned.attempts)


@given(days, st.lists(st.integers(0, 60), max_size=5), st.integers(1, 7))
def test_it_spaces_what_is_late_and_leaves_what_is_on_time(sent: date, after: list[int], gap: int) -> None:
    planned = [sent + timedelta(days=n) for n in sorted(after)]
    moved = spaced(sent, planned, gap)
    steps = [sent, *moved]
    assert all((b - a).days >= gap for a, b in pairwise(steps))
    assert all(new >= old for new, old in zip(moved, planned, strict=True))
    on_time = [sent, *planned]
    if all((b - a).days >= gap for a, b in pairwise(on_time)):
        assert moved == planned


# (zone, asked at, first allowed): local wall clock on both sides
CLOCKS: list[tuple[str, Wall, Wall]] = [
    ("America/Tijuana", (2026, 11, 22, 21, 30), (2026, 11, 23, 9, 0)),
    ("America/Cancun", (2026, 11, 22, 8, 59), (2026, 11, 22, 9, 0)),
    ("America/Hermosillo", (2026, 7, 1, 19, 59), (2026, 7, 1, 19, 59)),
    ("America/Hermosillo", (2026, 7, 1, 20, 0), (2026, 7, 2, 9, 0)),
    ("America/Punta_Arenas", (2026, 6, 30, 23, 0), (2026, 7, 1, 9, 0)),
    ("America/Coyhaique", (2026, 6, 30, 3, 0), (2026, 6, 30, 9, 0)),
    ("Pacific/Easter", (2026, 9, 5, 22, 0), (2026, 9, 6, 9, 0)),  # the clock jumps in that night
    ("America/Santiago", (2026, 4, 4, 23, 30), (2026, 4, 5, 9, 0)),  # and goes back in this one
    ("America/Mexico_City", (2028, 2, 28, 20, 0), (2028, 2, 29, 9, 0)),
]


@pytest.mark.parametrize(("zone", "asked", "expected"), CLOCKS)
def test_it_waits_for_nine_on_her_own_clock(zone: str, asked: Wall, expected: Wall) -> None:
    found = next_allowed(local(asked, zone), ZoneInfo(zone), Rules())
    assert found == local(expected, zone)


@pytest.mark.parametrize(
    ("hours", "asked", "expected"),
    [
        ({"m"}, (8, 0), (0, 9)),
        ({"n"}, (9, 30), (0, 12)),
        ({"t"}, (19, 30), (1, 15)),
        ({"e"}, (9, 0), (0, 19)),
        ({"m", "t"}, (12, 30), (0, 15)),
        ({"e"}, (20, 30), (1, 19)),  # until 21 is what she said, until 20 what was promised to all
        ({"any"}, (13, 0), (0, 13)),
        ({"m", "any"}, (13, 0), (0, 13)),
        (set(), (13, 0), (0, 13)),
    ],
)
def test_it_keeps_to_the_hours_that_she_named(
    hours: set[str], asked: tuple[int, int], expected: tuple[int, int]
) -> None:
    zone = ZoneInfo("America/Santiago")
    at = datetime(2026, 6, 3, *asked, tzinfo=zone)
    days_on, hour = expected
    want = datetime(2026, 6, 3 + days_on, hour, asked[1] if at.hour == hour else 0, tzinfo=zone)
    assert next_allowed(at, zone, Rules(safe_hours=frozenset(hours))) == want


def test_it_leaves_holidays_alone() -> None:
    zone = ZoneInfo("America/Mexico_City")
    rules = Rules(is_holiday=lambda day: day in (date(2026, 12, 25), date(2026, 12, 26)))
    found = next_allowed(datetime(2026, 12, 25, 12, tzinfo=zone), zone, rules)
    assert found == datetime(2026, 12, 27, 9, tzinfo=zone)


def test_it_lets_two_leave_in_any_seven_days() -> None:
    zone = ZoneInfo("America/Mexico_City")
    sent = (datetime(2026, 6, 1, 10, tzinfo=zone), datetime(2026, 6, 4, 10, tzinfo=zone))
    now = datetime(2026, 6, 5, 10, tzinfo=zone)
    assert next_allowed(now, zone, Rules(sent=sent)) == datetime(2026, 6, 8, 10, tzinfo=zone)
    assert next_allowed(now, zone, Rules(sent=sent[:1])) == now


def test_it_waits_for_every_silence_and_then_for_the_morning() -> None:
    zone = ZoneInfo("America/Santiago")
    now = datetime(2026, 6, 5, 10, tzinfo=zone)
    quiet = datetime(2026, 6, 5, 22, tzinfo=zone)
    assert next_allowed(now, zone, Rules(not_before=(quiet,))) == datetime(2026, 6, 6, 9, tzinfo=zone)


def test_it_finds_the_jump_where_the_clock_jumps_over_the_opening_hour() -> None:
    # Lord Howe goes from 2:00 to 2:30 on 4 October 2026: a window from 2:15 opens at the jump
    zone = ZoneInfo("Australia/Lord_Howe")
    rules = Rules(opens=time(2, 15), closes=time(4))
    found = next_allowed(datetime(2026, 10, 4, 1, 0, tzinfo=zone), zone, rules)
    assert found.astimezone(zone).replace(tzinfo=None) == datetime(2026, 10, 4, 2, 30)


def test_it_uses_the_second_opening_of_a_repeated_hour() -> None:
    # 1:00 to 2:00 comes twice in New York on 1 November 2026; between the two it is closed again
    zone = ZoneInfo("America/New_York")
    rules = Rules(opens=time(1), closes=time(1, 30))
    first_closing = datetime(2026, 11, 1, 1, 30, tzinfo=zone, fold=0)
    second_opening = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
    assert next_allowed(first_closing, zone, rules) == second_opening


def test_it_refuses_naive_instants() -> None:
    with pytest.raises(ValueError, match="naive"):
        next_allowed(datetime(2026, 1, 1), ZoneInfo("UTC"), Rules())


@pytest.mark.parametrize(
    "rules",
    [
        Rules(is_holiday=lambda day: True),
        Rules(opens=time(9), closes=time(12), safe_hours=frozenset({"t"})),
        Rules(weekly_cap=0),
    ],
)
def test_it_says_so_when_no_hour_is_ever_allowed(rules: Rules) -> None:
    with pytest.raises(NeverAllowed):
        next_allowed(datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC"), rules)


@settings(max_examples=150, deadline=None)
@given(instants, zones, clocks, clocks, safe, st.lists(st.integers(-10, 3), max_size=4))
def test_it_is_the_first_allowed_instant_in_every_zone(
    now: datetime, zone: ZoneInfo, opens: time, closes: time, hours: frozenset[str], sent: list[int]
) -> None:
    rules = Rules(
        opens=opens,
        closes=closes,
        safe_hours=hours,
        is_holiday=lambda day: day.day == 1,
        sent=tuple(now + timedelta(days=n) for n in sent),
    )
    assume(rules.spans())
    found = next_allowed(now, zone, rules)
    assert found >= now and found.utcoffset() == timedelta(0)
    assert is_allowed(found, zone, rules)
    assert sum(at > found - timedelta(days=7) for at in rules.sent) < 2 or any(
        at > found for at in rules.sent
    )
    if len(sent) < 2:
        # no quarter of an hour before it would have done: offsets and windows fall on quarters
        step = now
        while step < found:
            assert not is_allowed(step, zone, rules), step.isoformat()
            step += timedelta(minutes=15)


@settings(max_examples=100, deadline=None)
@given(instants, st.sampled_from(OURS).map(ZoneInfo), safe)
def test_nobody_is_written_to_at_night_where_the_programme_works(
    now: datetime, zone: ZoneInfo, hours: frozenset[str]
) -> None:
    found = next_allowed(now, zone, Rules(safe_hours=hours))
    assert time(9) <= found.astimezone(zone).time() < time(20)
    assert found - now <= timedelta(days=1, hours=1)
    assert next_allowed(found, zone, Rules(safe_hours=hours)) == found


@pytest.mark.parametrize(
    ("people", "per_day", "per_minute", "expected"),
    [(0, 250, 60, 0), (250, 250, 60, 1), (251, 250, 60, 2), (100_000, 2000, 60, 50), (39_601, None, 60, 2)],
)
def test_it_forecasts_the_days_that_a_wave_takes(
    people: int, per_day: int | None, per_minute: float, expected: int
) -> None:
    assert days_needed(people, per_day=per_day, per_minute=per_minute) == expected


def test_it_refuses_a_forecast_with_nothing_to_send_by() -> None:
    with pytest.raises(ValueError, match="tier"):
        days_needed(10, per_day=0, per_minute=60)
