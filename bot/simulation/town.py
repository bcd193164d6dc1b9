"""The simulated year: a queue of events, each at its instant; the clock jumps from one to the next."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa

from bot.bootstrap import Service
from bot.core.messages import (
    Address,
    Channel,
    Inbound,
    InboundKind,
    Media,
    MediaKind,
    Outbound,
    StatusUpdate,
)
from bot.services.runner import TurnRunner
from bot.simulation.clockwork import Clockwork
from bot.simulation.odds import draw
from bot.simulation.reading import Heard, View
from bot.simulation.staff import Staff
from bot.simulation.weather import WeatherAdapter
from bot.simulation.woman import Plan, Woman
from bot.simulation.writing import Act
from bot.store.tables import InboxRow, OutboxRow

Event = Callable[[], None]
FORM_IS_HERS = timedelta(hours=23, minutes=55)
"""so long after her last message no survey may come over an open question (a day, less the provider's delays)"""
MEDIA = {"sticker": MediaKind.STICKER, "voice": MediaKind.AUDIO}


class SimulatedClock:
    """``Clock`` of :mod:`bot.core.clock`; moved by the event loop alone."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Town:
    """Everything that happens. ``run`` plays events until ``end``."""

    def __init__(
        self,
        service: Service,
        clock: SimulatedClock,
        runner: TurnRunner,
        clockwork: Clockwork,
        staff: Staff,
        weather: WeatherAdapter,
        women: list[Woman],
        rng: random.Random,
        end: datetime,
    ) -> None:
        self._service = service
        self._clock = clock
        self._runner = runner
        self.clockwork = clockwork
        self.staff = staff
        self._weather = weather
        self._rng = rng
        self._end = end
        self._queue: list[tuple[datetime, int, Event]] = []
        self._order = itertools.count()
        self._ids = itertools.count(1)
        self._loop = asyncio.new_event_loop()
        self._by_address = {woman.address: woman for woman in women}
        self._versions: Counter[int] = Counter()
        self._enrolled: set[int] = set()
        self._nudges: list[tuple[Woman, int]] = []
        self._replying: Woman | None = None
        self._wake: datetime | None = None
        self._looks: set[datetime] = set()
        self.faults: set[str] = set()
        self.women = women
        self.counts: Counter[str] = Counter()
        weather.sink = self._deliver

    # -- the queue ------------------------------------------------------------------------------------------

    def at(self, when: datetime, event: Event) -> None:
        """Let ``event`` happen then."""
        if when < self._end:
            heapq.heappush(self._queue, (when, next(self._order), event))

    def run(self, told: Callable[[datetime], None] = lambda now: None) -> None:
        """Play everything up to the end; ``told`` hears how far it is."""
        self._wind_up()
        while self._queue:
            when, _, event = heapq.heappop(self._queue)
            self._clock.now = max(when, self._clock.now)
            event()
            told(self._clock.now)
        self._clock.now = self._end
        self.clockwork.tick(self._end)
        self._send()
        self._loop.close()

    def plan(self, woman: Woman, plan: Plan | None) -> None:
        """What she will do next replaces what she had in mind."""
        if plan is None:
            return
        self._versions[woman.person.number] += 1
        version = self._versions[woman.person.number]

        def act() -> None:
            if self._versions[woman.person.number] == version and not woman.gone:
                self.does(woman, plan.act)

        self.at(self._clock.now + plan.after, act)

    # -- the scheduler --------------------------------------------------------------------------------------

    def _wind_up(self) -> None:
        wake = self.clockwork.wakes_at(self._clock.now)
        if self._wake is None or wake < self._wake or self._wake <= self._clock.now:
            self._wake = wake
            self.at(wake, lambda: self._tick(wake))

    def _tick(self, wake: datetime) -> None:
        if self._wake != wake:
            return  # something came that is due earlier
        self.clockwork.tick(self._clock.now)
        self._wake = None
        self._send()
        self._hear()
        self._wind_up()

    def _hear(self) -> None:
        """What came by itself is read by those whom it reached."""
        nudged, self._nudges = self._nudges, []
        for woman, outbox_id in nudged:
            self._report_delivery(outbox_id)
            view, wrote_at = self._view(woman), woman.told.wrote_at
            if view is not None and view.form_open and wrote_at and self._clock.now < wrote_at + FORM_IS_HERS:
                woman.told.over_a_form.append(outbox_id)
            self.plan(woman, woman.nudged(view, self._clock.now))

    def _report_delivery(self, outbox_id: int) -> None:
        """The provider tells of most nudges that they arrived, of some that they were read."""
        chance = self._rng.random()
        if chance < 0.9:
            status = "read" if chance < 0.6 else "delivered"
            self._service.receiver.note_status(
                Channel.SIMULATOR, StatusUpdate(f"sim-{outbox_id}", status, outbox_id=outbox_id)
            )

    # -- messages -------------------------------------------------------------------------------------------

    def does(self, woman: Woman, act: Act) -> None:
        """She does something now, and the bot answers."""
        inbound = self._inbound(woman, act)
        woman.told.wrote_at = self._clock.now
        self._service.receiver.receive(inbound)
        if act.twice:
            self.counts["delivered_twice"] += 1
            self._service.receiver.receive(inbound)
        self.counts["messages"] += 1
        self._replying = woman
        self._answer_all(act.fault)
        self._send()
        self._replying = None
        view = self._view(woman)
        if view is not None and view.participant_id not in woman.told.participant_ids:
            woman.told.participant_ids.append(view.participant_id)
        if view is not None and view.enrolled:
            self._settle_in(woman, view)
            self._wind_up()
        plan = woman.react(view, self._clock.now)
        self.plan(woman, plan)
        if plan is None and view is not None and not view.enrolled:
            self._may_return(woman)

    def _inbound(self, woman: Woman, act: Act) -> Inbound:
        external_id = f"woman-{woman.person.number}-{next(self._ids)}"
        lane = self._service.database.cipher.digest(f"{Channel.SIMULATOR.value}:{woman.address}")
        if lane not in woman.told.lanes:
            woman.told.lanes.append(lane)
        if act.fault:
            self.faults.add(external_id)
        address = Address(Channel.SIMULATOR, woman.address, woman.address, woman.person.name)
        if act.kind is InboundKind.MEDIA:
            return Inbound(external_id, address, act.kind, media=(Media(MEDIA[act.tap], external_id),))
        return Inbound(external_id, address, act.kind, text=act.text, tap=act.tap)

    def _answer_all(self, faulty: bool) -> None:
        """The engine's loop. One message waits, so one turn is looked for, unless it fails and is tried again."""
        self.counts["turns"] += self._runner.run_once()
        waiting = sa.select(sa.func.min(InboxRow.retry_at)).where(InboxRow.state == "waiting")
        while faulty:
            with self._service.database.read() as session:
                again = session.scalar(waiting)
            if again is None:
                return
            self._clock.now = max(self._clock.now, again)
            self.counts["turns"] += self._runner.run_once()

    def _send(self) -> None:
        """Send what is due, and what a provider put off for a moment."""
        sender = self._service.sender
        while self._loop.run_until_complete(sender.send_due()):
            pass
        if self._replying is None or self._weather.put_off:
            self._weather.put_off = False
            self._send_rest()

    def _send_rest(self) -> None:
        """Let the sender look again when something that waits in the outbox may leave."""
        soonest = sa.select(sa.func.min(OutboxRow.not_before)).where(OutboxRow.state == "queued")
        with self._service.database.read() as session:
            due = session.scalar(soonest)
        if due is not None and due not in self._looks:
            self._looks.add(due)
            self.at(max(due, self._clock.now + timedelta(seconds=1)), lambda: self._look(due))

    def _look(self, due: datetime) -> None:
        self._looks.discard(due)
        self._send()
        self._hear()

    def _deliver(self, to: str, message: Outbound, outbox_id: int) -> None:
        woman = self._by_address.get(to)
        if woman is None:
            return
        woman.hears(Heard(message, outbox_id), self._clock.now)
        self.counts["received"] += 1
        if woman is not self._replying:
            self._nudges.append((woman, outbox_id))

    def _view(self, woman: Woman) -> View | None:
        return woman.eye.view(woman.told.lanes[-1]) if woman.told.lanes else None

    # -- her life -------------------------------------------------------------------------------------------

    def _may_return(self, woman: Woman) -> None:
        """Nothing is open and she is not enrolled: some come back."""
        if self._rng.random() < woman.facts.shares["comes_back"]:
            self.plan(woman, Plan(woman.returns(self._clock.now), Act(text=woman.say("back"))))

    def _settle_in(self, woman: Woman, view: View) -> None:
        """Once enrolled: the course, and what comes up on the way. Each once."""
        if woman.person.number in self._enrolled:
            return
        self._enrolled.add(woman.person.number)
        rng, now, shares = woman.rng, self._clock.now, woman.facts.shares
        for _ in range(rng.choice([0, 1, 1, 2])):
            what = draw(rng, woman.facts.odds["afterwards"])
            self.at(now + timedelta(days=rng.uniform(2, 120)), partial(self._comes_up, woman, what))
        for share, what in (("stops_some_day", "stop"), ("erases_some_day", "erase")):
            if rng.random() < shares[share]:
                self.at(now + timedelta(days=rng.uniform(20, 300)), partial(self._comes_up, woman, what))
        if rng.random() < shares["blocks"]:
            self.at(now + timedelta(days=rng.uniform(20, 250)), lambda: self._blocks(woman))
        if rng.random() < shares["changes_number"]:
            self.at(now + timedelta(days=rng.uniform(30, 200)), lambda: self._changes_number(woman))
        if woman.person.course is not None:
            ends = now + woman.person.course
            on = ends.astimezone(woman.person.place.tz).date()
            self.at(ends, lambda: self.staff.note_completion(view.participant_id, on))

    def _comes_up(self, woman: Woman, what: str) -> None:
        if not woman.gone:
            self._versions[woman.person.number] += 1
            self.does(woman, woman.does(what, self._clock.now))

    def _blocks(self, woman: Woman) -> None:
        """She blocks the chat, and half of them open it again."""
        self.counts["blocked"] += 1
        self.does(woman, Act(InboundKind.BLOCKED))
        if self._rng.random() < 0.5:
            later = self._clock.now + timedelta(days=self._rng.uniform(5, 60))
            self.at(later, lambda: self.does(woman, Act(InboundKind.UNBLOCKED)))

    def _changes_number(self, woman: Woman) -> None:
        """The old number is dead. She joins the new one to her record with a code, as the bot explains."""
        old, self.counts["new_numbers"] = woman.address, self.counts["new_numbers"] + 1
        self._versions[woman.person.number] += 1
        code = self._code_shown(woman)
        self._weather.dead.add(old)
        woman.address = f"{old}9"
        self._by_address[woman.address] = woman
        if code:
            self.does(woman, Act(text=code))

    def _code_shown(self, woman: Woman) -> str:
        before = woman.heard
        self.does(woman, Act(text=woman.say("link")))
        shown = woman.last_code
        woman.heard = before
        return shown

    # -- the team -------------------------------------------------------------------------------------------

    def team_works(self) -> None:
        """A morning, an afternoon, and the day after the next working morning."""
        now = self._clock.now
        self.staff.work(now)
        self._send()
        self._hear()
        self.at(now + timedelta(hours=5), self._team_leaves)
        self.at(now + timedelta(days=3 if now.weekday() >= 3 else 2), self.team_works)

    def _team_leaves(self) -> None:
        self.staff.hand_back(self._clock.now)
        self._send()
        self._hear()

    def import_completions(self) -> None:
        """Every three weeks the centres send their lists."""
        self.staff.import_list(self._clock.now)
        self._wind_up()
        self.at(self._clock.now + timedelta(days=21), self.import_completions)
