"""``simulate``: synthetic women through enrolment, course, completion and follow-up, and what became of it."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.bootstrap import DIALOGUES, Service, build_service, parts_of
from bot.core.messages import Channel, Outbound
from bot.core.schedule import add_months
from bot.services.judge import Judge
from bot.services.runner import Engine, TurnRunner
from bot.services.turn import current
from bot.services.world import Understanding
from bot.settings import Settings
from bot.simulation.audit import examine
from bot.simulation.clockwork import OFF_FOR, Clockwork
from bot.simulation.direct import DirectEngine, load_rules
from bot.simulation.odds import Facts, load_facts, stream
from bot.simulation.people import make_person
from bot.simulation.reading import Eye
from bot.simulation.report import Report, by_zone, must_be_zero, plan_hash, tally
from bot.simulation.staff import Staff
from bot.simulation.town import SimulatedClock, Town
from bot.simulation.weather import WeatherAdapter
from bot.simulation.woman import Woman
from bot.store.tables import Participant

TEXTS_KEPT = 20_000
"""judgements of so many texts are kept: women write much the same things"""
ARRIVE_WITHIN = 0.35
"""share of the year in which they arrive, so that those who finish the course also see their surveys"""
LATE_EVERY, LATE_WITHIN = 6, timedelta(days=16)
"""every sixth arrives in the last days instead: who opens the console on the last day finds a service at work"""
Progress = Callable[[float], None]


class NotEmpty(RuntimeError):
    """The database to fill holds people already; the message says what to do."""


@dataclass(frozen=True)
class Mind:
    """What understands a text: Rasa's parse, safety and language. ``engine`` is Rasa's, None for the direct one."""

    parse: Callable[[str], dict[str, Any]]
    understanding: Understanding
    engine: Engine | None = None


def simulate(
    settings: Settings,
    mind: Mind,
    *,
    participants: int,
    months: int,
    seed: int,
    out: Path,
    kill_scheduler: bool = False,
    start: datetime | None = None,
    progress: Progress = lambda share: None,
) -> Report:
    """Fill the settings' database with ``months`` of ``participants`` women; write ``report.json`` into ``out``.

    The same seed gives the same report, but for the seconds it took. ``start`` is aware; without it the year ends
    today. Raises NotEmpty for a database that holds people.
    """
    began = time.monotonic()
    thresholds = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)  # a year makes many objects and few rings: a tenth of the time
    start = (start or _year_before(months)).astimezone(UTC)
    end = _months_after(start, months)
    clock, facts = SimulatedClock(start), load_facts()
    weather = WeatherAdapter(stream(seed, "weather"), lambda to, message, row: None)
    service = build_service(settings, clock=clock, adapters={Channel.SIMULATOR: weather})
    try:
        _refuse_people(service)
        numbers = stream(seed, "ids")
        service.receiver.new_id = lambda: f"{numbers.getrandbits(128):032x}"
        out.mkdir(parents=True, exist_ok=True)
        town = _town(service, clock, weather, mind, facts, participants, seed, end, out, kill_scheduler)
        span = (end - start) / timedelta(seconds=1)
        town.run(lambda now: progress((now - start).total_seconds() / span))
        report = _report(service, town, participants, months, seed, mind, kill_scheduler, start, end, began)
    finally:
        gc.set_threshold(*thresholds)
        service.close()
    report.write(out / "report.json")
    return report


def _year_before(months: int) -> datetime:
    today = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0)
    return _months_after(today, -months)


def _months_after(at: datetime, months: int) -> datetime:
    return datetime.combine(add_months(at.date(), months), at.timetz())


def _refuse_people(service: Service) -> None:
    with service.database.read() as session:
        if session.query(Participant.id).first() is not None:
            raise NotEmpty(
                f"{service.database.url.render_as_string()}: holds people already. "
                "Simulations are for an empty database: name another one in DATABASE_URL"
            )


def _town(
    service: Service,
    clock: SimulatedClock,
    weather: WeatherAdapter,
    mind: Mind,
    facts: Facts,
    participants: int,
    seed: int,
    end: datetime,
    out: Path,
    kill_scheduler: bool,
) -> Town:
    world, parts = service.world, parts_of(service.adapters)
    engine = FaultyEngine(mind.engine or DirectEngine(load_rules(DIALOGUES / "rules")))
    runner = TurnRunner(world, engine, build_judge(service, mind), worker="simulation/1/engine", parts=parts)
    eye = Eye(service.database, world.library)
    women = [_woman(number, seed, facts, eye) for number in range(participants)]
    staff = Staff(world, stream(seed, "staff"), facts.words["staff"]["reply"], parts, out)
    clockwork = Clockwork(world, stream(seed, "chaos") if kill_scheduler else None)
    town = Town(service, clock, runner, clockwork, staff, weather, women, stream(seed, "town"), end)
    engine.faults = town.faults
    _fill(town, clock.now, end)
    return town


def _woman(number: int, seed: int, facts: Facts, eye: Eye) -> Woman:
    return Woman(
        make_person(number, stream(seed, "who", number), facts), stream(seed, "does", number), facts, eye
    )


def _fill(town: Town, start: datetime, end: datetime) -> None:
    # too short a time leaves no "last days" apart from the first ones
    late_from = end - LATE_WITHIN if end - start > 6 * LATE_WITHIN else None
    for number, woman in enumerate(town.women, start=1):
        early, share = (end - start) * ARRIVE_WITHIN, woman.rng.random()
        late = late_from is not None and number % LATE_EVERY == 0
        arrives = late_from + LATE_WITHIN * share if late and late_from else start + early * share
        arrives = arrives.replace(hour=woman.rng.randint(14, 23), minute=woman.rng.randint(0, 59))
        town.at(arrives, lambda woman=woman: town.does(woman, woman.opens()))  # type: ignore[misc]
    town.at(start + timedelta(days=1, hours=10), town.team_works)
    town.at(start + timedelta(days=14, hours=12), town.import_completions)


def build_judge(service: Service, mind: Mind) -> Judge:
    """The service's judge; what a text means is worked out once, however many women write it."""
    kept = lru_cache(maxsize=TEXTS_KEPT)
    spoken = mind.understanding
    return Judge(
        service.world.commands,
        kept(spoken.disclosure),
        kept(mind.parse),
        kept(spoken.language),
        kept(spoken.reply),
    )


class FaultyEngine:
    """An engine that fails at the messages named in ``faults``, as a broken action would."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.faults: set[str] = set()

    def handle(self, sender_id: str, text: str, data: dict[str, object] | None) -> list[Outbound]:
        """As the engine; raises RuntimeError for a faulty message."""
        if current().inbound.external_id in self.faults:
            raise RuntimeError("this message makes the engine fail")
        return self._engine.handle(sender_id, text, data)

    def committed(self) -> None:
        self._engine.committed()

    def rolled_back(self) -> None:
        self._engine.rolled_back()


def _report(
    service: Service,
    town: Town,
    participants: int,
    months: int,
    seed: int,
    mind: Mind,
    chaos: bool,
    start: datetime,
    end: datetime,
    began: float,
) -> Report:
    clockwork, staff = town.clockwork, town.staff
    happened = town.counts + clockwork.counts + staff.counts
    happened["gave_up_on_a_question"] = sum(woman.told.stuck for woman in town.women)
    grace = OFF_FOR[1] + timedelta(days=1) if chaos else timedelta(hours=1)
    with service.database.read() as session:
        findings = examine(session, town.women, end, grace)
        return Report(
            participants=participants,
            months=months,
            seed=seed,
            engine="direct" if mind.engine is None else "rasa",
            chaos=chaos,
            start=start.isoformat(),
            end=end.isoformat(),
            must_be_zero=must_be_zero(findings, happened),
            examples={k: v for k, v in findings.examples.items() if v},
            happened={
                k: v for k, v in sorted(happened.items()) if k not in ("failed_steps", "import_errors")
            },
            tally=tally(session),
            zones=by_zone(session, town.women),
            plan_hash=plan_hash(session),
            seconds=round(time.monotonic() - began, 1),
        )
