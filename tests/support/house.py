"""A whole service on a temporary database, with the session's trained engine: built in a third of a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.bootstrap import Service, build_service, parts_of
from bot.core.messages import Outbound
from bot.engine.agent import DialogueEngine
from bot.services.judge import Judge
from bot.services.runner import TurnRunner
from bot.settings import load_settings
from bot.store.database import Database
from bot.store.tables import InboxRow, OutboxRow
from support.capture import Channels
from support.clock import FakeClock

T = TypeVar("T")

DATA_KEY = "dGVzdHMtb25seS1rZXktb2YtdGhpcnR5LXR3by1ieXQ="
"""32 bytes in urlsafe base64, for tests alone"""


class WatchedRunner(TurnRunner):
    """A turn runner that keeps the errors which the real one only counts."""

    errors: list[Exception]

    def _failed(self, inbox_id: int, error: Exception) -> None:
        self.errors.append(error)
        super()._failed(inbox_id, error)


class NothingUnderstood:
    """Hears nothing in any text: for a house that is only built, to be copied."""

    def disclosure(self, text: str) -> None: ...

    def language(self, text: str) -> None: ...

    def reply(self, text: str, question: str) -> None: ...


@dataclass
class House:
    """The service and everything around it that a test drives by hand."""

    url: str
    engine: DialogueEngine
    understanding: Any
    clock: FakeClock = field(default_factory=FakeClock)
    channels: Channels = field(default_factory=Channels)
    keys: str = DATA_KEY
    environment: dict[str, str] = field(default_factory=dict)
    service: Service = field(init=False)
    runner: WatchedRunner = field(init=False)

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._open()

    def _open(self) -> None:
        variables = {"DATABASE_URL": self.url, "DATA_KEY": self.keys, **self.environment}
        settings = load_settings(variables, root=Path("/nonexistent"))
        self.service = build_service(settings, clock=self.clock, adapters=self.channels.adapters())
        # a process that starts has no conversation in memory
        self.engine.store._hot.clear()
        self.runner = self.another_runner("engine-1", self.engine)

    def another_runner(self, worker: str, engine: Any) -> WatchedRunner:
        """One more turn runner over the same database, as another process would have."""
        world = self.service.world
        spoken = self.understanding
        judge = Judge(world.commands, spoken.disclosure, engine.parse, spoken.language, spoken.reply)
        runner = WatchedRunner(
            world,
            engine,
            judge,
            worker=worker,
            parts=parts_of(self.service.adapters),
            sent=self.service.post.set,
        )
        runner.errors = []
        return runner

    def restart(self) -> None:
        """The process ends and starts again over the same database."""
        self.service.close()
        self._open()

    def is_untouched(self) -> bool:
        """Whether this is SQLite and nobody has spoken yet."""
        return self.database.is_sqlite and not self.rows(InboxRow)

    def copied(self) -> bytes:
        """The whole database, as a file."""
        self.service.close()  # the last connection takes the log into the file
        content = Path(str(self.database.url.database)).read_bytes()
        self._open()
        return content

    def put_in_place(self, content: bytes) -> None:
        """The database becomes what :meth:`copied` gave."""
        self.service.close()
        Path(str(self.database.url.database)).write_bytes(content)
        self._open()

    def close(self) -> None:
        self.service.close()
        self._loop.close()

    @property
    def database(self) -> Database:
        return self.service.database

    def answer_all(self) -> None:
        """Handle what waits and send what is due, moving the clock over the channels' pace."""
        while self.runner.run_once():
            pass
        self.send_all()

    def send_all(self, patience: timedelta = timedelta(minutes=2)) -> None:
        """Send until nothing is due within ``patience``."""
        until = self.clock() + patience
        later: datetime | None = self.clock()
        while later is not None and later <= until:
            # a pace may put a row off by less than the clock can tell
            self.clock.now = max(self.clock.now, later) + timedelta(milliseconds=10)
            while self._loop.run_until_complete(self.service.sender.send_due()):
                pass
            later = self.read(self._next_send)

    def _next_send(self, session: Session) -> datetime | None:
        waiting = (OutboxRow.state == "queued", OutboxRow.not_before > self.clock())
        return session.scalar(sa.select(sa.func.min(OutboxRow.not_before)).where(*waiting))

    def read(self, query: Callable[[Session], T]) -> T:
        """What ``query`` finds, in a transaction of its own."""
        with self.database.read() as session:
            return query(session)

    def rows(self, table: type[Any], **equal: Any) -> list[Any]:
        """Every row of ``table`` whose columns are as given, by primary key."""
        statement = sa.select(table).filter_by(**equal).order_by(*sa.inspect(table).primary_key)
        return self.read(lambda session: list(session.scalars(statement)))

    def waiting(self) -> int:
        """How many messages wait for their turn."""
        count = sa.select(sa.func.count()).select_from(InboxRow).where(InboxRow.state == "waiting")
        return self.read(lambda session: session.scalar(count) or 0)

    def outbox_since(self, last: int, lane: str) -> list[tuple[int, Outbound | None]]:
        """The outbox of one recipient after row ``last``: id and message, None for an erased one."""
        statement = (
            sa.select(OutboxRow.id, OutboxRow.content)
            .where(OutboxRow.lane == lane, OutboxRow.id > last)
            .order_by(OutboxRow.id)
        )
        found = self.read(lambda session: list(session.execute(statement)))
        return [(row, None if content is None else Outbound.from_json(content)) for row, content in found]
