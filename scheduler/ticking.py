"""A thread that calls the steps every half minute.

Nothing is kept here: no job store, no plan. A tick that is missed, late or run in two processes at once
changes nothing, because each step asks the database what is due now.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]

log = logging.getLogger(__name__)

TICK = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Job:
    """``run`` every so often, at once at the start; it takes nothing and what it returns is not looked at."""

    name: str
    run: Callable[[], object]
    every: timedelta = TICK


class Scheduler:
    """``start`` ticks the jobs in one background thread until ``shutdown``."""

    def __init__(
        self, jobs: Iterable[Job], clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._jobs = tuple(jobs)
        self._clock = clock
        self._last: dict[str, datetime] = {}
        self._apscheduler: BackgroundScheduler | None = None

    @property
    def last_tick(self) -> datetime | None:
        """When a job last ended well, by the given clock; ``None`` before the first."""
        return max(self._last.values(), default=None)

    @property
    def running(self) -> bool:
        return self._apscheduler is not None

    def start(self) -> None:
        """Begin ticking. A second call changes nothing."""
        if self._apscheduler is not None:
            return
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._apscheduler = BackgroundScheduler(
            timezone=UTC,
            # one thread: steps never meet each other in this process
            executors={"default": ThreadPoolExecutor(1)},
            # a machine that slept runs each job once, however many ticks it missed and however late it is
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in self._jobs:
            self._apscheduler.add_job(
                self.tick,
                "interval",
                args=[job],
                id=job.name,
                seconds=job.every.total_seconds(),
                next_run_time=datetime.now(UTC),
            )
        self._apscheduler.start()

    def tick(self, job: Job) -> None:
        """Run one job now. An error is logged by its class, for its text may hold what is personal."""
        try:
            job.run()
        except Exception as error:
            log.error("job failed: job=%s error=%s", job.name, type(error).__name__)
        else:
            self._last[job.name] = self._clock()

    def shutdown(self, wait: bool = True) -> None:
        """Stop ticking; ``wait`` for the step under way."""
        if self._apscheduler is not None:
            self._apscheduler.shutdown(wait=wait)
            self._apscheduler = None
