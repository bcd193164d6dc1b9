"""A database in memory of its own, a clock that is set by hand, and a provider that can be told to fail."""

from __future__ import annotations

import asyncio
import base64
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.base import HistoryUnavailable, Sent
from bot.core.messages import Address, Channel, Inbound, InboundKind, Outbound, Outcome, SendResult
from bot.programme.load import load_programmes
from bot.services.receiving import Receiver
from bot.services.reconcile import Reconciler
from bot.services.runner import TurnRunner
from bot.services.sending import Sender
from bot.services.texts import Texts
from bot.services.turn import Judged, Verdict
from bot.services.world import World
from bot.store.database import Database
from bot.store.tables import AddressRow, OutboxRow

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
HER = "whatsapp:+525550001111"


class SetClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class FakeProvider:
    """Keeps what it takes, as Twilio does. ``faults`` are used up in order, one a send:

    ``lost`` it takes the message and the answer is lost; ``dead`` the request never arrives, and nobody knows;
    ``429`` too many; ``blocked`` she blocked us; ``refused`` some other refusal. None is no fault.
    """

    clock: SetClock
    channel: Channel = Channel.WHATSAPP
    text_limit: int = 1600
    faults: list[str | None] = field(default_factory=list)
    taken: list[tuple[str, Outbound, int]] = field(default_factory=list)
    listed: list[Sent] = field(default_factory=list)
    inbox: list[Inbound] = field(default_factory=list)
    away: bool = False
    asked: int = 0
    removed: list[tuple[str, str]] = field(default_factory=list)

    def parts(self, message: Outbound) -> tuple[Outbound, ...]:
        return (message,)

    async def send(self, to: str, message: Outbound, *, outbox_id: int) -> SendResult:
        fault = self.faults.pop(0) if self.faults else None
        if fault == "dead":
            return SendResult(Outcome.UNKNOWN, code="timeout")
        if fault == "429":
            return SendResult(Outcome.RETRY, retry_after=30, code="429")
        if fault == "blocked":
            code = "63014" if self.channel is Channel.WHATSAPP else "blocked"
            return SendResult(Outcome.PERMANENT, code=code)
        if fault == "refused":
            return SendResult(Outcome.PERMANENT, code="21617")
        self.taken.append((to, message, outbox_id))
        sid = f"SM{len(self.taken):032d}"
        self.listed.append(Sent(sid, message.text, "sent", self.clock()))
        if fault == "lost":
            return SendResult(Outcome.UNKNOWN, code="timeout")
        return SendResult(Outcome.ACCEPTED, external_id=sid)

    async def sent_to(self, to: str, since: datetime) -> tuple[Sent, ...]:
        self.asked += 1
        if self.away:
            raise HistoryUnavailable("ConnectionError")
        tos = {f"SM{n:032d}": taken[0] for n, taken in enumerate(self.taken, start=1)}
        return tuple(s for s in self.listed if tos[s.external_id] == to and s.created_at >= since)

    async def received(self, since: datetime, until: datetime) -> tuple[Inbound, ...]:
        if self.away:
            raise HistoryUnavailable("ConnectionError")
        return tuple(i for i in self.inbox if i.sent_at and since <= i.sent_at <= until)

    async def remove_keyboard(self, chat_id: str, message_id: str) -> SendResult:
        self.removed.append((chat_id, message_id))
        return SendResult(Outcome.ACCEPTED)

    async def aclose(self) -> None:
        """Nothing is held."""

    def texts(self) -> list[str]:
        return [message.text for _, message, _ in self.taken]


_MIGRATED: list[Path] = []


def migrated(folder: Path) -> Path:
    """An empty database with its schema, made once a run: migrating takes longer than most tests."""
    if not _MIGRATED:
        path = folder.parent / "migrated.db"
        Database(f"sqlite:///{path}", KEY).close()
        _MIGRATED.append(path)
    return _MIGRATED[0]


class Bench:
    """The parts around the outbox, without a dialogue."""

    def __init__(self, folder: Path, channel: Channel = Channel.WHATSAPP) -> None:
        self.clock = SetClock()
        self.channel = channel
        shutil.copyfile(migrated(folder), folder / "test.db")
        self.database = Database(f"sqlite:///{folder / 'test.db'}", KEY)
        self.provider = FakeProvider(self.clock, channel)
        self.receiver = Receiver(self.database, self.clock, "es")
        self.sender = self.new_sender()
        self.reconciler = Reconciler(
            self.database, {channel: self.provider}, self.clock, self.receiver.receive
        )

    def new_sender(self, **more: Any) -> Sender:
        return Sender(self.database, {self.channel: self.provider}, self.clock, "host/1/sender", **more)

    def inbound(self, external_id: str, text: str = "hola", *, who: str = HER, **more: Any) -> Inbound:
        address = Address(self.channel, who.removeprefix("whatsapp:"), who)
        given: dict[str, Any] = {"kind": InboundKind.TEXT, "text": text, "sent_at": self.clock(), **more}
        return Inbound(external_id, address, **given)

    def hears(self, external_id: str, text: str = "hola", **more: Any) -> bool:
        return self.receiver.receive(self.inbound(external_id, text, **more))

    def queue(self, *texts: str | Outbound, who: str = HER, kind: str = "reply", **more: Any) -> list[int]:
        """Rows to an address that wrote before; returns their ids."""
        key = who.removeprefix("whatsapp:")
        with self.database.write() as session:
            address = session.scalars(
                sa.select(AddressRow).where(
                    AddressRow.digest == self.database.cipher.digest(f"{self.channel.value}:{key}")
                )
            ).one()
            rows = []
            for part, given in enumerate(texts):
                message = given if isinstance(given, Outbound) else Outbound(given)
                rows.append(
                    OutboxRow(
                        participant_id=address.participant_id,
                        channel=self.channel.value,
                        lane=address.digest,
                        send_to=address.reply_to,
                        kind=kind,
                        part=part,
                        content=message.to_json(),
                        state="queued",
                        created_at=self.clock(),
                        not_before=self.clock(),
                        **more,
                    )
                )
            session.add_all(rows)
            session.flush()
            return [row.id for row in rows]

    def send(self) -> int:
        """Until nothing is due."""
        total = 0
        while tried := asyncio.run(self.sender.send_due()):
            total += tried
        return total

    def reconcile(self) -> int:
        return asyncio.run(self.reconciler.step())

    def row(self, row_id: int) -> OutboxRow:
        with self.database.read() as session:
            found = session.get(OutboxRow, row_id)
            assert found is not None
            return found

    def state(self, row_id: int) -> tuple[str, str | None]:
        row = self.row(row_id)
        return row.state, row.error_code

    def address(self, who: str = HER) -> AddressRow:
        key = who.removeprefix("whatsapp:")
        with self.database.read() as session:
            return session.scalars(
                sa.select(AddressRow).where(
                    AddressRow.digest == self.database.cipher.digest(f"{self.channel.value}:{key}")
                )
            ).one()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def telegram(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, Channel.TELEGRAM)
    yield made
    made.database.close()


# -- whole turns, without a dialogue engine -----------------------------------------------------------------


@dataclass
class EchoEngine:
    """Says back what it heard; ``said`` are the sender ids and texts that reached it."""

    said: list[tuple[str, str]] = field(default_factory=list)

    def handle(self, sender_id: str, text: str, data: dict[str, object] | None) -> list[Outbound]:
        self.said.append((sender_id, text))
        return [Outbound(f"eco {text}")]

    def committed(self) -> None:
        """Nothing is kept in memory."""

    def rolled_back(self) -> None:
        """Nothing is kept in memory."""


@dataclass
class FixedJudge:
    """Judges everything alike."""

    verdict: Judged = field(default_factory=lambda: Judged(Verdict.INTERRUPTION, intent="thank"))

    def judge(self, *given: Any, **more: Any) -> Judged:
        return self.verdict

    def language(self, text: str) -> str | None:
        return None

    def warm(self, inbound: Inbound) -> None:
        """Nothing takes long."""


class TurnBench(Bench):
    """Messages in, turns, messages out, over one database and one provider."""

    def __init__(self, folder: Path, channel: Channel = Channel.WHATSAPP) -> None:
        super().__init__(folder, channel)
        self.engine, self.judge = EchoEngine(), FixedJudge()
        unused: Any = None
        self.texts = Texts.load(Path("dialogues/messages"))
        self.world = World(
            database=self.database,
            clock=self.clock,
            programmes=load_programmes(Path("programmes")),
            facts=unused,
            library=unused,
            texts=self.texts,
            journey=unused,
            asides=frozenset(),
            commands={},
            default_language="es",
            default_country=None,
        )
        judge: Any = self.judge
        self.runner = TurnRunner(
            self.world, self.engine, judge, worker="host/1/engine", parts=lambda channel, to, m: (m,)
        )

    def turns(self) -> None:
        while self.runner.run_once():
            pass

    def says(self, external_id: str, text: str = "hola", **more: Any) -> list[str]:
        """She writes; what is queued for her address in answer."""
        before = self.last_outbox()
        self.hears(external_id, text, **more)
        self.turns()
        return self.queued_after(before)

    def last_outbox(self) -> int:
        with self.database.read() as session:
            return session.scalar(sa.select(sa.func.max(OutboxRow.id))) or 0

    def queued_after(self, row_id: int) -> list[str]:
        with self.database.read() as session:
            rows = session.scalars(sa.select(OutboxRow).where(OutboxRow.id > row_id).order_by(OutboxRow.id))
            return [row.content["text"] for row in rows]

    def says_key(self, key: str, language: str = "es", **values: str) -> str:
        return self.texts.render(key, language, values)


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[TurnBench]:
    made = TurnBench(tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def telegram_talk(tmp_path: Path) -> Iterator[TurnBench]:
    made = TurnBench(tmp_path, Channel.TELEGRAM)
    yield made
    made.database.close()
