"""The plan in SQL: which nudges a woman has, and what a corrected date changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.services.followup_plan import plan_missing
from bot.services.followup_steps import list_nudges, way_of
from bot.store.followup_tables import Completion
from bot.store.tables import Participant
from tests.followup.service import Service


def test_it_plans_six_months_in_mexico_and_three_and_six_in_chile(service: Service) -> None:
    rosa, ines = service.woman(), service.woman(country="CL", region="Valparaíso")
    service.completes(rosa, "2026-03-01")
    service.completes(ines, "2026-03-01")
    assert [(n.wave, n.attempt, n.local_due_at[:10]) for n in service.nudges(rosa)] == [
        ("m6", 1, "2026-09-01"),
        ("m6", 2, "2026-09-04"),
        ("m6", 3, "2026-09-08"),
        ("m6", 4, "2026-09-15"),
    ]
    assert [(n.wave, n.local_due_at[:10]) for n in service.nudges(ines) if n.attempt == 1] == [
        ("m3", "2026-06-01"),
        ("m6", "2026-09-01"),
    ]


@pytest.mark.parametrize(
    ("country", "region", "municipality", "zone"),
    [
        ("MX", "Baja California", "Tijuana", "America/Tijuana"),
        ("MX", "Quintana Roo", "Benito Juárez", "America/Cancun"),
        ("MX", "Sonora", "Hermosillo", "America/Hermosillo"),
        ("CL", "Magallanes", "Punta Arenas", "America/Punta_Arenas"),
        ("CL", "Aysén", "Coyhaique", "America/Coyhaique"),
        ("CL", "Valparaíso", "Isla de Pascua", "Pacific/Easter"),
    ],
)
def test_it_plans_for_nine_where_she_lives(
    service: Service, country: str, region: str, municipality: str, zone: str
) -> None:
    who = service.woman(country=country, region=region, municipality=municipality)
    service.completes(who, "2026-03-01")
    for nudge in service.nudges(who):
        assert nudge.due_at.astimezone(ZoneInfo(zone)).hour == 9
        assert datetime.fromisoformat(nudge.local_due_at) == nudge.due_at
        # national holidays move the sending, never the due date
        assert nudge.not_before >= nudge.due_at and nudge.not_before.astimezone(ZoneInfo(zone)).hour == 9


def test_it_keeps_off_holidays(service: Service) -> None:
    who = service.woman(country="CL", region="Valparaíso")
    service.completes(who, "2026-03-18")  # six months later is the national day, the 19th a holiday too
    first = next(n for n in service.nudges(who, "m6") if n.attempt == 1)
    assert first.local_due_at[:10] == "2026-09-18"
    assert first.not_before.astimezone(ZoneInfo("America/Santiago")).date().isoformat() == "2026-09-20"


def test_it_plans_the_same_thing_once(service: Service) -> None:
    who = service.woman()
    assert service.completes(who, "2026-03-01") == 4
    before = [(n.id, n.due_at, n.updated_at) for n in service.nudges(who)]
    service.clock.pass_(hours=5)
    assert service.completes(who, "2026-03-01") == 0
    assert [(n.id, n.due_at, n.updated_at) for n in service.nudges(who)] == before
    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Completion)) == 1


def test_a_corrected_date_moves_what_was_not_sent(service: Service) -> None:
    who = service.woman()
    service.completes(who, "2026-03-01")
    service.completes(who, "2026-03-11")
    assert [n.local_due_at[:10] for n in service.nudges(who)] == [
        "2026-09-11", "2026-09-14", "2026-09-18", "2026-09-25",
    ]  # fmt: skip
    assert {n.reason for n in service.nudges(who)} == {"moved"}


def test_a_corrected_date_never_sends_an_invitation_twice(service: Service) -> None:
    who = service.woman()
    service.completes(who, "2025-09-01")  # due yesterday
    service.tick()
    sent = service.nudges(who)[0]
    assert (sent.attempt, sent.state) == (1, "sent")
    service.completes(who, "2025-11-01")
    first, *rest = service.nudges(who)
    assert (first.id, first.state, first.sent_at) == (sent.id, "sent", sent.sent_at)
    assert [n.local_due_at[:10] for n in rest] == ["2026-05-04", "2026-05-08", "2026-05-15"]


def test_a_wave_that_is_over_is_closed_with_a_reason_and_opens_again_when_the_date_was_wrong(
    service: Service,
) -> None:
    who = service.woman()
    service.completes(who, "2024-03-01")
    assert {(n.state, n.reason) for n in service.nudges(who)} == {("expired", "window_closed")}
    assert service.completes(who, "2024-03-01") == 0
    service.completes(who, "2026-02-20")
    assert {(n.state, n.reason) for n in service.nudges(who)} == {("scheduled", "moved")}


def test_what_is_late_but_open_starts_today_and_is_spread(service: Service) -> None:
    who = service.woman()
    service.completes(who, "2025-08-20")  # due ten days ago, open until 21 April
    assert [n.local_due_at[:10] for n in service.nudges(who)] == [
        "2026-03-02", "2026-03-05", "2026-03-08", "2026-03-11",
    ]  # fmt: skip
    assert service.nudges(who)[0].not_before == service.clock()


def test_it_offers_the_baseline_the_day_after_enrolment(service: Service) -> None:
    who = service.woman()
    assert plan_missing(service.world, service.clock()) == 1
    assert plan_missing(service.world, service.clock()) == 0
    assert [(n.wave, n.attempt, n.local_due_at[:10]) for n in service.nudges(who)] == [
        ("baseline", 1, "2026-03-03"),
        ("baseline", 2, "2026-03-10"),
    ]


def test_a_baseline_that_completion_overtook_is_not_sent(service: Service) -> None:
    who = service.woman()
    plan_missing(service.world, service.clock())
    service.completes(who, "2026-03-02")
    assert service.states(who, "baseline") == [(1, "cancelled", "overtaken"), (2, "cancelled", "overtaken")]


def test_a_completion_that_another_hand_wrote_is_planned_too(service: Service) -> None:
    who = service.woman(status="completed", completed_at=datetime(2026, 3, 1, 18, tzinfo=UTC))
    assert service.nudges(who) == []
    assert plan_missing(service.world, service.clock()) == 1
    assert [n.attempt for n in service.nudges(who, "m6")] == [1, 2, 3, 4]


def test_hours_that_exclude_each_other_are_seen_and_nothing_is_sent(service: Service) -> None:
    who = service.woman(safe_hours="m")
    programme = service.world.programmes.get("MX")
    late = programme.quiet_hours.model_copy(update={"ends": datetime(2026, 1, 1, 13).time()})
    object.__setattr__(programme, "quiet_hours", late)
    try:
        service.completes(who, "2026-03-01")
        assert {(n.state, n.reason) for n in service.nudges(who)} == {("held", "no_safe_hour")}
    finally:
        object.__setattr__(
            programme, "quiet_hours", late.model_copy(update={"ends": datetime(2026, 1, 1, 9).time()})
        )


def test_it_lists_what_is_due_before_an_instant(service: Service) -> None:
    rosa, ines = service.woman(), service.woman(country="CL", region="Valparaíso")
    service.completes(rosa, "2026-03-01")
    service.completes(ines, "2026-03-01")
    due = list_nudges(service.world, datetime(2026, 6, 5, tzinfo=UTC))
    assert [(row.participant_id, row.wave, row.attempt) for row in due] == [(ines, "m3", 1), (ines, "m3", 2)]
    assert len(list_nudges(service.world)) == 12


def test_it_shows_her_way(service: Service) -> None:
    who = service.woman(country="CL", region="Valparaíso")
    service.completes(who, "2025-12-01")
    service.tick()
    with service.database.read() as session:
        person = session.get(Participant, who)
        assert person is not None
        assert way_of(session, service.world, person) == [
            ("enrolled", "done"), ("in_course", "done"), ("completed", "done"), ("m3", "sent"),
            ("m6", "scheduled"), ("alumna", ""),
        ]  # fmt: skip


def test_the_due_date_follows_the_move_to_summer_time(service: Service) -> None:
    who = service.woman(country="CL", region="Valparaíso")
    service.completes(who, "2026-03-07")  # six months later, on 7 September, Santiago is an hour further on
    winter = next(n for n in service.nudges(who, "m3") if n.attempt == 1)
    summer = next(n for n in service.nudges(who, "m6") if n.attempt == 1)
    assert winter.due_at - winter.due_at.replace(hour=0) == timedelta(hours=13)
    assert summer.due_at - summer.due_at.replace(hour=0) == timedelta(hours=12)
