"""How many days a wave takes, and that nothing which waits is left out of the list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.services.followup_steps import Forecast, forecast, list_nudges
from tests.followup.service import KEY, Service


@pytest.fixture
def planned(service: Service) -> Service:
    """Five women of Chile and three of Mexico, all through on 1 March 2026."""
    for number in range(8):
        chile = number < 5
        who = service.woman(country="CL" if chile else "MX", region="Valparaíso" if chile else "Puebla")
        service.completes(who, "2026-03-01")
    return service


@pytest.mark.parametrize(
    ("until", "per_day", "expected"),
    [
        (datetime(2026, 6, 15, tzinfo=UTC), 2, [Forecast("m3", 5, 3)]),
        (datetime(2026, 6, 15, tzinfo=UTC), None, [Forecast("m3", 5, 1)]),
        (datetime(2026, 9, 15, tzinfo=UTC), 3, [Forecast("m3", 5, 2), Forecast("m6", 8, 3)]),
        (datetime(2026, 5, 1, tzinfo=UTC), 250, []),
    ],
)
def test_it_counts_women_and_days_by_wave(
    planned: Service, until: datetime, per_day: int | None, expected: list[Forecast]
) -> None:
    assert forecast(planned.world, planned.clock(), until, per_day=per_day) == expected


def test_the_rate_counts_where_it_is_slower_than_the_tier(planned: Service) -> None:
    span = (planned.clock(), planned.clock() + timedelta(days=120))
    slow = forecast(planned.world, *span, per_day=250, per_minute=2 / 660)
    assert slow == [Forecast("m3", 5, 3)]


def test_the_commands_show_it(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", str(service.database.url))
    monkeypatch.setenv("DATA_KEY", KEY)
    # the command has the machine's own clock
    service.clock.now = datetime.now(UTC)
    ended = (service.clock() - timedelta(days=30)).date()
    for _ in range(5):
        service.completes(service.woman(country="CL", region="Valparaíso"), ended.isoformat())
    shown = CliRunner().invoke(app, ["nudges", "forecast", "--days", "400", "--tier", "3"])
    assert shown.output.splitlines() == ["m3\t5 women\t2 days", "m6\t5 women\t2 days"], shown.output
    assert "Nothing is planned" in CliRunner().invoke(app, ["nudges", "forecast", "--days", "1"]).output
    between = service.clock() + timedelta(days=100)
    listed = CliRunner().invoke(app, ["nudges", "list", "--due-before", between.date().isoformat()])
    rows = [line.split("\t") for line in listed.output.splitlines()]
    assert len(rows) == 20 and {(row[3], row[6]) for row in rows} == {("m3", "scheduled")}
    assert CliRunner().invoke(app, ["nudges", "forecast", "--tier", "0"]).exit_code == 2


def test_the_list_is_whole(service: Service) -> None:
    for _ in range(260):
        service.completes(service.woman(), "2026-03-01")
    assert len(list_nudges(service.world)) == 1040
