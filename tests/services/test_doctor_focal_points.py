"""Who asks for help after a disclosure is shown to the focal point alone: there must be one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.doctor import _focal_points
from bot.services.staff.accounts import add
from bot.store.console_tables import Staff


def found(house: Any, environment: str) -> list[tuple[bool, str]]:
    settings = SimpleNamespace(environment=environment)
    service = SimpleNamespace(settings=settings, database=house.service.database, world=house.service.world)
    return list(_focal_points(service))  # type: ignore[arg-type]


@pytest.mark.parametrize(("environment", "bad"), [("production", True), ("development", False)])
def test_a_country_without_a_focal_point_is_named(house: Any, environment: str, bad: bool) -> None:
    told = found(house, environment)
    assert [b for b, _ in told] == [bad, bad]
    assert {line.split(":")[0] for _, line in told} == {"chile", "mexico"}


def test_who_may_not_sign_in_yet_does_not_count(house: Any) -> None:
    database, clock = house.service.database, house.clock
    add(database, clock, "ines@example.org", ["case_worker"], focal_point=True, country="CL")
    assert len(found(house, "production")) == 2
    with database.write() as session:
        session.execute(sa.update(Staff).values(password_hash="x"))
    assert [line.split(":")[0] for _, line in found(house, "production")] == ["mexico"]
