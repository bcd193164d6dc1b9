"""The clockwork: it ticks, survives an error, and stops."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.services.followup_steps import run_steps
from scheduler import Job, Scheduler
from tests.followup.service import Service

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_it_ticks_at_the_start_and_again_and_stops() -> None:
    ticks, twice = [], threading.Event()

    def run() -> None:
        ticks.append(1)
        if len(ticks) >= 2:
            twice.set()

    scheduler = Scheduler([Job("nudges", run, timedelta(milliseconds=20))], clock=lambda: NOW)
    assert scheduler.last_tick is None and not scheduler.running
    scheduler.start()
    scheduler.start()
    assert twice.wait(10)
    scheduler.shutdown()
    after = len(ticks)
    assert scheduler.last_tick == NOW and not scheduler.running
    scheduler.shutdown()
    assert len(ticks) == after


def test_a_job_that_fails_is_no_tick_and_runs_again(caplog: object) -> None:
    results = iter([RuntimeError("text of hers"), None])

    def run() -> None:
        error = next(results)
        if error is not None:
            raise error

    job = Job("nudges", run)
    scheduler = Scheduler([job], clock=lambda: NOW)
    scheduler.tick(job)
    assert scheduler.last_tick is None
    assert "text of hers" not in caplog.text  # type: ignore[attr-defined]
    scheduler.tick(job)
    assert scheduler.last_tick == NOW


def test_a_step_that_fails_does_not_keep_the_next_from_running(service: Service) -> None:
    def broken(world: object, now: datetime) -> int:
        raise RuntimeError

    def counts(world: object, now: datetime) -> int:
        return 3

    assert run_steps(service.world, [broken, counts], NOW) == {"broken": -1, "counts": 3}


def test_only_the_scheduler_imports_apscheduler() -> None:
    root = Path(__file__).parents[2]
    files = [path for folder in ("bot", "scheduler") for path in (root / folder).rglob("*.py")]
    imports = ("import apscheduler", "from apscheduler")
    users = {p.relative_to(root).parts[0] for p in files if any(i in p.read_text() for i in imports)}
    assert users == {"scheduler"}
