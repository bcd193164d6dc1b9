"""Help lines: those that answer now, where she lives, first choice first, an emergency number always."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.programme import Programmes, Purpose, load_programmes
from bot.programme.hours import WeeklyHours

SHIPPED = load_programmes(Path(__file__).resolve().parents[2] / "programmes")


def numbers(
    country: str | None, purpose: Purpose, local: str, zone: str, region: str | None = None
) -> list[str]:
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
    return [line.number for line in SHIPPED.get(country).help_lines(purpose, at, region)]


@pytest.mark.parametrize(
    ("local", "open_"),
    [
        ("2026-11-25T10:00", True),  # a Wednesday
        ("2026-11-25T07:59", False),
        ("2026-11-25T08:00", True),
        ("2026-11-25T23:59", True),
        ("2026-11-26T00:00", False),
        ("2026-11-28T12:00", False),  # a Saturday
        ("2026-12-08T12:00", False),  # Tuesday, Immaculate Conception
        ("2026-09-18T12:00", False),  # Friday, Independence Day
    ],
)
def test_the_line_for_women_in_chile_keeps_its_hours(local: str, open_: bool) -> None:
    shown = numbers("CL", "violence", local, "America/Santiago")
    assert ("1455" in shown) is open_
    assert shown[0] == ("1455" if open_ else "149")
    assert shown[-1] == "133"


def test_hours_are_those_of_the_service_and_not_of_her_island() -> None:
    # 06:30 on Easter Island is 08:30 in Santiago, where the line answers
    assert "1455" in numbers("CL", "violence", "2026-11-25T06:30", "Pacific/Easter", "05")


@pytest.mark.parametrize(
    ("region", "second"),
    [("14", "33 1415 1002"), ("Edomex", "800 108 4053"), ("21", "911 (pide Tel Mujer)"), ("09", "*765")],
)
def test_a_line_of_her_state_follows_the_national_one(region: str, second: str) -> None:
    shown = numbers("MX", "violence", "2026-11-28T03:00", "America/Mexico_City", region)
    assert shown[:2] == ["079 opción 1", second]
    assert shown[-1] == "911"


def test_a_line_of_another_state_is_not_shown() -> None:
    shown = numbers("MX", "violence", "2026-11-28T03:00", "America/Mexico_City", "19")
    assert shown == ["079 opción 1", "800 911 2000", "911"]


@pytest.mark.parametrize(
    ("country", "local", "first"),
    [("MX", "2026-11-28T03:00", "800 911 2000"), ("CL", "2026-11-28T03:00", "*4141")],
)
def test_distress_has_its_own_first_choice_at_every_hour(country: str, local: str, first: str) -> None:
    assert numbers(country, "distress", local, "UTC")[0] == first


def test_danger_is_the_emergency_number_alone() -> None:
    assert numbers("MX", "danger", "2026-11-28T03:00", "UTC", "14") == ["911"]
    assert numbers("CL", "danger", "2026-11-28T03:00", "UTC") == ["133", "131"]


def test_while_her_country_is_not_known_each_country_gives_its_first_choice() -> None:
    lines = SHIPPED.get(None).help_lines("violence", datetime(2026, 11, 28, 3, tzinfo=UTC))
    assert {line.number for line in lines} == {"079 opción 1", "149", "911", "133"}
    assert all(name in "".join(line.name.in_language("es") for line in lines) for name in ("México", "Chile"))
    assert [line.emergency for line in lines] == [False, False, True, True]


@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2031, 12, 31)),
    region=st.sampled_from([None, "14", "15", "08"]),
)
@pytest.mark.parametrize("country", [None, "MX", "CL"])
@pytest.mark.parametrize("purpose", ["violence", "distress", "danger"])
def test_at_every_instant_the_card_ends_with_an_emergency_number_and_fits(
    country: str | None, purpose: Purpose, at: datetime, region: str | None
) -> None:
    lines = SHIPPED.get(country).help_lines(purpose, at.replace(tzinfo=UTC), region)
    assert lines[-1].emergency
    assert all(line.usable and line.source and line.checked_on for line in lines)
    shown = "\n".join(
        f"• {line.number}: {line.name.in_language('es')} ({line.hours.says.in_language('es')})"
        for line in lines
        if line.hours
    )
    assert len(shown) <= 300


def test_a_number_that_nobody_verified_is_never_shown(programmes: Programmes) -> None:
    unverified = {"800 822 4460", "55 5259 8121"}
    kept = {line.number: line for line in programmes.get("MX").lines}
    assert unverified <= set(kept)
    assert not any(kept[number].usable for number in unverified)


def test_a_naive_instant_is_refused(programmes: Programmes) -> None:
    with pytest.raises(ValueError, match="naive"):
        programmes.get("MX").help_lines("danger", datetime(2026, 11, 22, 12))


def test_lines_checked_over_ninety_days_ago_are_stale(programmes: Programmes) -> None:
    mexico = programmes.get("MX")
    assert "linea_mujeres_079" not in {line.code for line in mexico.stale_lines(date(2027, 2, 20))}
    assert "linea_mujeres_079" in {line.code for line in mexico.stale_lines(date(2027, 2, 21))}
    assert "red_refugios" not in {line.code for line in mexico.stale_lines(date(2030, 1, 1))}


def test_hours_past_midnight_belong_to_the_day_they_began() -> None:
    hours = WeeklyHours.model_validate(
        {
            "weekly": [{"days": ["fri"], "opens": "22:00", "closes": "02:00"}],
            "not_on_holidays": True,
            "says": "viernes, de 22 a 2 h",
        }
    )
    at = {
        "2026-11-27T21:59": False,
        "2026-11-27T22:00": True,
        "2026-11-28T01:59": True,
        "2026-11-28T02:00": False,
        "2026-11-27T01:00": False,
        "2026-12-25T23:00": False,  # Christmas falls on a Friday
        "2026-12-26T01:00": False,
    }
    assert {local: hours.open_at(datetime.fromisoformat(local), "CL") for local in at} == at


def test_the_team_rests_on_public_holidays(programmes: Programmes) -> None:
    mexico = programmes.get("MX")
    zone = ZoneInfo("America/Mexico_City")
    assert mexico.team_answers_at(datetime(2026, 11, 17, 12, tzinfo=zone))
    assert not mexico.team_answers_at(datetime(2026, 11, 16, 12, tzinfo=zone))  # Revolution Day, third Monday
    assert not mexico.team_answers_at(datetime(2026, 11, 22, 12, tzinfo=zone))  # a Sunday
