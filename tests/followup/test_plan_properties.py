"""The plan in SQL over many women, zones, dates and corrections: what must hold however they fall."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.schedule import add_months
from bot.programme.hours import is_holiday
from bot.store.followup_tables import WAITING
from tests.followup.service import Service

# where she lives → the zone, looked up by hand
PLACES: list[tuple[str, str, str | None, str]] = [
    ("MX", "Baja California", "Tijuana", "America/Tijuana"),
    ("MX", "Chihuahua", "Juárez", "America/Ciudad_Juarez"),
    ("MX", "Chihuahua", "Ojinaga", "America/Ojinaga"),
    ("MX", "Chihuahua", "Chihuahua", "America/Chihuahua"),
    ("MX", "Tamaulipas", "Matamoros", "America/Matamoros"),
    ("MX", "Sonora", "Hermosillo", "America/Hermosillo"),
    ("MX", "Quintana Roo", "Benito Juárez", "America/Cancun"),
    ("MX", "Nayarit", "Bahía de Banderas", "America/Bahia_Banderas"),
    ("MX", "Puebla", None, "America/Mexico_City"),
    ("CL", "Metropolitana", "Maipú", "America/Santiago"),
    ("CL", "Magallanes", "Punta Arenas", "America/Punta_Arenas"),
    ("CL", "Aysén", "Coyhaique", "America/Coyhaique"),
    ("CL", "Valparaíso", "Isla de Pascua", "Pacific/Easter"),
]
SPANS = {
    "any": [(9, 20)], "m": [(9, 12)], "n": [(12, 15)], "t": [(15, 19)], "e": [(19, 20)], "m t": [(9, 12), (15, 19)],
}  # fmt: skip
MONTHS = {"m3": 3, "m6": 6}

places = st.sampled_from(PLACES)
hours = st.sampled_from(sorted(SPANS))
days = st.dates(date(2024, 1, 1), date(2029, 12, 31))
shared = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def woman_of(service: Service, place: tuple[str, str, str | None, str], named: str) -> str:
    country, region, municipality, _ = place
    return service.woman(country=country, region=region, municipality=municipality, safe_hours=named)


@shared
@given(places, hours, days, st.integers(0, 200))
def test_every_attempt_is_due_in_calendar_months_and_sleeps_until_her_hours(
    service: Service,
    place: tuple[str, str, str | None, str],
    named: str,
    completed_on: date,
    told_after: int,
) -> None:
    country, zone = place[0], ZoneInfo(place[3])
    now = datetime.combine(completed_on, time(23), zone).astimezone(UTC) + timedelta(days=told_after)
    service.clock.now = now
    who = woman_of(service, place, named)
    service.completes(who, completed_on.isoformat())
    nudges = service.nudges(who)
    waves = {"MX": ["m6"], "CL": ["m3", "m6"]}[country]
    assert sorted({n.wave for n in nudges}) == waves
    for wave in waves:
        rows = sorted((n for n in nudges if n.wave == wave), key=lambda n: n.attempt)
        assert [n.attempt for n in rows] == [1, 2, 3, 4]
        due, today = add_months(completed_on, MONTHS[wave]), now.astimezone(zone).date()
        first = rows[0].due_at.astimezone(zone)
        closed = rows[0].state == "expired"
        assert first.date() == (due if closed else max(due, today)) and first.time() == time(9)
        for row in rows:
            assert row.local_due_at == row.due_at.astimezone(zone).isoformat(timespec="seconds")
            if row.state == "expired":
                assert row.reason == "window_closed" and max(row.due_at, now) >= row.closes_at
                continue
            assert row.state in WAITING and row.not_before >= max(row.due_at, now)
            local = row.not_before.astimezone(zone)
            assert any(start <= local.hour < end for start, end in SPANS[named]), local
            assert not is_holiday(local.date(), country)
        waiting = [row.due_at for row in rows if row.state in WAITING]
        assert all(b - a >= timedelta(days=3) - timedelta(hours=1) for a, b in pairwise(waiting))


@shared
@given(places, days, st.lists(st.integers(-60, 60), min_size=1, max_size=4))
def test_corrections_leave_the_plan_that_the_last_date_alone_would_give(
    service: Service, place: tuple[str, str, str | None, str], completed_on: date, corrections: list[int]
) -> None:
    zone = ZoneInfo(place[3])
    last = completed_on + timedelta(days=corrections[-1])
    service.clock.now = datetime.combine(completed_on, time(12), zone).astimezone(UTC) + timedelta(days=70)
    corrected, once = woman_of(service, place, "any"), woman_of(service, place, "any")
    service.completes(corrected, completed_on.isoformat())
    for shift in corrections:
        service.completes(corrected, (completed_on + timedelta(days=shift)).isoformat())
    service.completes(once, last.isoformat())

    def plan(who: str) -> list[tuple[object, ...]]:
        return [
            (n.wave, n.attempt, n.due_at, n.not_before, n.closes_at, n.state in WAITING)
            for n in sorted(service.nudges(who), key=lambda n: (n.wave, n.attempt))
        ]

    assert plan(corrected) == plan(once)
    assert service.completes(corrected, last.isoformat()) == 0, "the same date again changes nothing"
