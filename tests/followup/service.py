"""A service without Rasa: the real world over SQLite, a clock that is set, and forms walked by hand."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet

from bot.core.messages import Address, Channel, Inbound, InboundKind, Outbound
from bot.services import asides, requests
from bot.services.followup_plan import record_completion
from bot.services.followup_replies import timed
from bot.services.followup_steps import EVERY_TICK, run_steps
from bot.services.questionnaire import hold
from bot.services.receiving import Receiver
from bot.services.sending import Sender
from bot.services.turn import Effects, Judged, Turn
from bot.services.world import World
from bot.store.database import Database
from bot.store.followup_tables import WAITING, Nudge
from bot.store.tables import AddressRow, Consent, Conversation, OutboxRow, Participant, RestrictedAnswer

KEY = Fernet.generate_key().decode()
START = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


class Clock:
    """Time stands where it is put."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Service:
    """What the tests act on."""

    world: World
    clock: Clock
    receiver: Receiver
    sender: Sender
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def database(self) -> Database:
        return self.world.database

    def woman(
        self,
        *,
        country: str = "MX",
        region: str = "Puebla",
        municipality: str | None = None,
        phone: str = "",
        channel: Channel = Channel.SIMULATOR,
        safe_hours: str = "any",
        status: str = "enrolled",
        followup: str = "granted",
        name: str = "Rosa",
        **columns: Any,
    ) -> str:
        """An enrolled woman; returns her id."""
        number = next(self.ids)
        who, key = f"{number:032x}", phone or f"+5255000{number:05d}"
        digest = self.database.cipher.digest(f"{channel.value}:{key}")
        now = self.clock()
        with self.database.write() as session:
            session.add(
                Participant(
                    id=who, status=status, language="es", country=country, region=region,
                    municipality=municipality, name=name, channel=channel.value, enrolled_at=now,
                    created_at=now, updated_at=now, **columns,
                )
            )  # fmt: skip
            session.flush()
            address = AddressRow(
                participant_id=who, channel=channel.value, digest=digest, key=key, reply_to=key,
                last_inbound_at=now - timedelta(days=1), created_at=now,
            )  # fmt: skip
            session.add(address)
            session.flush()
            session.add(
                Conversation(
                    participant_id=who, address_id=address.id, held_by="bot", misses=0, unclear=0,
                    last_inbound_at=now - timedelta(days=1),
                )
            )  # fmt: skip
            session.add(
                RestrictedAnswer(
                    participant_id=who, survey="a_consent", wave="enrolment", question="safe_hours",
                    value=safe_hours, answered_at=now,
                )
            )  # fmt: skip
            if followup:
                self.consent(session, who, followup)
        return who

    def consent(self, session: Any, who: str, decision: str) -> None:
        session.add(
            Consent(
                participant_id=who, purpose="followup", decision=decision, text_version="1",
                text_hash="0" * 64, language="es", channel="simulator", at=self.clock(),
            )
        )  # fmt: skip

    def completes(self, who: str, on: str) -> int:
        """Staff says that she completed on that day."""
        day = datetime.fromisoformat(on).date()
        with self.database.write() as session:
            person = session.get(Participant, who)
            assert person is not None
            return record_completion(session, self.world, person, day, "staff:test", self.clock())

    def tick(self) -> dict[str, int]:
        """One tick of the scheduler, which must not fail."""
        worked = run_steps(self.world, EVERY_TICK, self.clock())
        assert min(worked.values()) >= 0, worked
        return worked

    def send(self) -> None:
        """The sender works off the outbox."""
        while asyncio.run(self.sender.send_due()):
            pass

    def nudges(self, who: str | None = None, wave: str | None = None) -> list[Nudge]:
        query = sa.select(Nudge).order_by(Nudge.participant_id, Nudge.due_at, Nudge.attempt)
        query = query.where(Nudge.participant_id == who) if who else query
        query = query.where(Nudge.wave == wave) if wave else query
        with self.database.read() as session:
            return list(session.scalars(query))

    def states(self, who: str, wave: str) -> list[tuple[int, str, str]]:
        return [(n.attempt, n.state, n.reason) for n in self.nudges(who, wave)]

    def out(self, who: str) -> list[OutboxRow]:
        with self.database.read() as session:
            return list(
                session.scalars(
                    sa.select(OutboxRow).where(OutboxRow.participant_id == who).order_by(OutboxRow.id)
                )
            )

    def change(self, table: Any, who: str, **values: Any) -> None:
        key = table.id if table is Participant else table.participant_id
        with self.database.write() as session:
            session.execute(sa.update(table).where(key == who).values(**values))

    def conversation(self, who: str) -> Conversation:
        with self.database.read() as session:
            found = session.get(Conversation, who)
            assert found is not None
            return found

    def until(self, end: datetime, delays: Sequence[timedelta] = (timedelta(0),)) -> None:
        """Tick whenever something wakes up, each time one of ``delays`` late, all the way to ``end``."""
        for late in itertools.cycle(delays):
            with self.database.read() as session:
                wakes = sa.select(sa.func.min(Nudge.not_before)).where(Nudge.state.in_(WAITING))
                following = session.scalar(wakes.where(Nudge.not_before > self.clock.now))
            if following is None or following + late > end:
                break
            self.clock.now = following + late
            self.tick()
        self.clock.now = end
        self.tick()

    def inbound(self, who: str, words: str) -> Inbound:
        with self.database.read() as session:
            row = session.scalar(sa.select(AddressRow).where(AddressRow.participant_id == who))
            assert row is not None
            address = Address(Channel(row.channel), row.key, row.reply_to)
        return Inbound(f"in-{next(self.ids)}", address, InboundKind.TEXT, words)


PAUSE = {"pause": requests.pause}


class Forms:
    """Rasa's forms walked by hand: one turn of one woman, with what the judge would have said given.

    Only for a survey and its invitation: which intent leads to which action is Rasa's own affair.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.loop: dict[str, str | None] = {}

    def reply(self, who: str, words: str, judged: Judged) -> list[str]:
        """What the bot says to ``words``."""
        world, clock = self.service.world, self.service.clock
        clock.pass_(seconds=30)
        with world.database.write() as session:
            person, conversation = session.get(Participant, who), session.get(Conversation, who)
            assert person is not None and conversation is not None
            conversation.last_inbound_at = clock()
            turn = Turn(
                session, clock(), world, person, conversation, self.service.inbound(who, words), None, judged
            )
            turn.judged = timed(turn, judged)
            return [message.text for message in self._speak(who, turn)]

    def _speak(self, who: str, turn: Turn) -> list[Outbound]:
        said: list[Outbound] = []
        if self.loop.get(who) is None:
            effects = (
                PAUSE[turn.judged.intent](turn) if turn.judged.intent in PAUSE else requests.resume(turn)
            )
            said += self._follow(who, effects)
        for _ in range(10):
            name = self.loop.get(who)
            if name is None:
                break
            held = hold(turn, name)
            said += held.messages
            if held.rejected:
                effects = (
                    PAUSE[turn.judged.intent](turn) if turn.judged.intent in PAUSE else requests.resume(turn)
                )
                said += self._follow(who, effects)
            elif held.question is None:
                self.loop[who] = None
                said += self._follow(who, asides.submit(turn))
            else:
                break
        return said

    def _follow(self, who: str, effects: Effects) -> list[Outbound]:
        if effects.open is not None:
            self.loop[who] = effects.open
        elif effects.close:
            self.loop[who] = None
        return effects.messages
