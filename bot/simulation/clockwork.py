"""The scheduler of a simulation: the real steps, called at the half minutes at which something is due.

With ``chaos`` it is a bad one: killed in the middle of a step, started again, started twice at once, off for
days. What it must do is the same.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services.followup_steps import EVERY_TICK, NOW_AND_THEN, Step, run_steps
from bot.services.world import World
from bot.store.database import Database
from bot.store.followup_tables import WAITING, Nudge

TICK = timedelta(seconds=30)
LOOK_AROUND = timedelta(days=1)
"""how often the steps run that only look for what was forgotten"""
KILLED, TWICE = 0.25, 0.1
"""with chaos, the share of ticks that are killed, or run twice at once"""
OFF = 0.04
"""with chaos, the share of days after which nobody starts it again for hours or days"""
FUSE = 10
"""it dies within so many statements: in the middle of writing, or at the end of a step"""
OFF_FOR = (timedelta(hours=3), timedelta(days=4))


class Killed(BaseException):
    """The process is gone. No Exception: nothing in the steps may catch it."""


class Fuse:
    """A database whose process dies at the ``at``-th statement of its writing, or at a commit."""

    def __init__(self, database: Database, at: int) -> None:
        self._database = database
        self._left = at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self._database.write() as session:
            sa.event.listen(session, "do_orm_execute", self._burn)
            yield session
            self._burn()

    def _burn(self, *_: object) -> None:
        self._left -= 1
        if self._left <= 0:
            raise Killed


class Clockwork:
    """``tick`` works; ``wakes_at`` says when the next tick would find something."""

    def __init__(self, world: World, chaos: random.Random | None = None) -> None:
        self._world = world
        self._chaos = chaos
        self._looked_at: datetime | None = None
        self._off_until: datetime | None = None
        self.counts: Counter[str] = Counter()
        query = sa.select(sa.func.min(Nudge.not_before)).where(Nudge.state.in_(WAITING))
        self._soonest = query

    def wakes_at(self, now: datetime) -> datetime:
        """The next half minute at which something is due; at the latest the next look around."""
        with self._world.database.read() as session:
            soonest = session.scalar(self._soonest)
        look = now if self._looked_at is None else self._looked_at + LOOK_AROUND
        wake = max(min(soonest or look, look), now + TICK)
        if self._off_until is not None:
            wake = max(wake, self._off_until)
        return _on_the_half_minute(wake)

    def tick(self, now: datetime) -> None:
        """One pass of the scheduler over what is due."""
        self._off_until = None
        steps: Sequence[Step] = EVERY_TICK
        if self._looked_at is None or now - self._looked_at >= LOOK_AROUND:
            steps = (*NOW_AND_THEN, *EVERY_TICK)
        self.counts["ticks"] += 1
        if self._chaos is None:
            self._run(self._world, steps, now)
        else:
            self._run_badly(self._chaos, steps, now)
        if steps is not EVERY_TICK:
            self._looked_at = now
            self._may_go_off(now)

    def _run_badly(self, chaos: random.Random, steps: Sequence[Step], now: datetime) -> None:
        mood = chaos.random()
        if mood < KILLED:
            world = replace(self._world, database=Fuse(self._world.database, chaos.randint(1, FUSE)))  # type: ignore[arg-type]
            try:
                self._run(world, steps, now)
            except Killed:
                self.counts["killed"] += 1
                return
        elif mood < KILLED + TWICE:
            self.counts["two_at_once"] += 1
            other = threading.Thread(target=self._run, args=(self._world, steps, now))
            other.start()
            self._run(self._world, steps, now)
            other.join()
        else:
            self._run(self._world, steps, now)

    def _may_go_off(self, now: datetime) -> None:
        if self._chaos is not None and self._chaos.random() < OFF:
            self.counts["off"] += 1
            self._off_until = now + OFF_FOR[0] + self._chaos.random() * (OFF_FOR[1] - OFF_FOR[0])

    def _run(self, world: World, steps: Sequence[Step], now: datetime) -> None:
        worked = run_steps(world, steps, now)
        self.counts["failed_steps"] += sum(rows < 0 for rows in worked.values())


def _on_the_half_minute(at: datetime) -> datetime:
    """The tick at or after ``at``."""
    past = timedelta(seconds=at.second % 30, microseconds=at.microsecond)
    return at if not past else at - past + TICK
