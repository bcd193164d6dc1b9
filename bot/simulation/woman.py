"""A synthetic woman in conversation: what she does next, and when.

She reads what the bot says, answers as her truth has it, and does what people do besides: asks, waits, corrects,
comes back days later, stops, vanishes. Everything is drawn from a stream of chance of her own.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.core.messages import InboundKind
from bot.simulation.odds import Facts, draw
from bot.simulation.people import Person
from bot.simulation.reading import Eye, Heard, View
from bot.simulation.writing import Act, Pen

AWAKE = (7, 23)
TRIES_AT_MOST = 7
"""so often she answers one question before she gives up"""
SILENCE = (timedelta(hours=2), timedelta(days=9))
_CODE = re.compile(r"\bOP-[0-9A-Z]{6}\b")
MEDIA = {"sticker": InboundKind.MEDIA, "voice": InboundKind.MEDIA}


@dataclass(frozen=True)
class Plan:
    """What she will do, and how long from now."""

    after: timedelta
    act: Act


@dataclass
class Told:
    """What is known from her side, for the examination of a run."""

    participant_ids: list[str] = field(default_factory=list)
    lanes: list[str] = field(default_factory=list)
    """the digests of her addresses"""
    received: list[tuple[datetime, int]] = field(default_factory=list)
    """every message that reached her, with its outbox id"""
    disclosed_at: list[datetime] = field(default_factory=list)
    wrote_at: datetime | None = None
    over_a_form: list[int] = field(default_factory=list)
    """outbox ids of what came by itself while a form of hers lay open"""
    stuck: int = 0


@dataclass
class Woman:
    """``react`` after each turn of hers, ``nudged`` when something comes by itself. None: nothing for now."""

    person: Person
    rng: random.Random
    facts: Facts
    eye: Eye
    address: str = ""
    gone: bool = False
    told: Told = field(default_factory=Told)
    heard: Heard | None = None
    last_code: str = ""
    """the code that joins two chats, as the bot showed it last"""
    tries: int = 0
    answers: int = 0
    _away: bool = False
    _last: tuple[str, str, str | None] | None = None
    _strayed: set[tuple[str, str, str | None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.pen = Pen(self.person, self.rng, self.facts, self.eye)
        self.address = self.address or ("telegram:" if self.person.telegram else "") + self.person.phone

    def opens(self) -> Act:
        """Her first words."""
        act = Act(text=self.say("hello"))
        return (
            replace(act, fault=True) if self.rng.random() < self.facts.shares["first_write_is_fault"] else act
        )

    def say(self, what: str) -> str:
        return self.facts.say(self.rng, self.person.language, what)

    def hears(self, heard: Heard, at: datetime) -> None:
        """A message on her phone; the one that asks something is the one she looks at."""
        self.told.received.append((at, heard.outbox_id))
        code = _CODE.search(heard.message.text)
        if code is not None:
            self.last_code = code[0]
        if heard.message.options or heard.printed() or self.heard is None or not self.heard.printed():
            self.heard = heard

    def react(self, view: View | None, now: datetime) -> Plan | None:
        """What she does after the bot's answer."""
        if self.gone or view is None or view.held or view.asks is None:
            return None
        if self._away:
            self._away = False
            return Plan(self.returns(now), Act(text=self.say("back")))
        survey, question = view.asks
        where = (survey, question, view.wave)
        self.tries = self.tries + 1 if where == self._last else 0
        self._last = where
        if self.tries > TRIES_AT_MOST:
            self.told.stuck += 1
            return None
        if survey == "menu" and self.rng.random() < 0.7:
            return None
        if view.aside == "invitation":
            return self._invited(view, question, now)
        if view.aside is None:
            self.answers += 1
            if self._leaves(view):
                return None
            stray = self._stray(where, now)
            if stray is not None:
                return stray
        return Plan(self._pause(now), self._answer(view))

    def nudged(self, view: View | None, now: datetime) -> Plan | None:
        """An invitation or reminder came by itself."""
        self.tries, self._last = 0, None
        if self.gone or view is None or view.held or view.asks is None:
            return None
        return self._invited(view, view.asks[1], now)

    def _invited(self, view: View, question: str, now: datetime) -> Plan | None:
        if question != "reply":
            return Plan(self._pause(now), self._answer(view))
        wish = draw(self.rng, self.facts.odds["invited"])
        if wish in ("start", "silence"):
            wish = "start" if self.rng.random() < self.person.keen else "silence"
        if wish == "silence":
            return None
        words = {"start": "1", "later": "2", "call": "3", "refuse": "4"}
        text = words.get(wish) or self.say("stop")
        if wish == "later" and self.rng.random() < 0.5:
            text = self.say("tomorrow")
        wait = timedelta(minutes=self.rng.expovariate(1 / 240))
        return Plan(self._by_day(now, wait), Act(text=text))

    def _answer(self, view: View) -> Act:
        act = self.pen.answer(view, self.heard, self.tries)
        return replace(act, twice=True) if self.rng.random() < self.facts.shares["writes_twice"] else act

    def _leaves(self, view: View) -> bool:
        """She is not heard of again: in the enrolment as fate has it, in a survey now and then."""
        if view.enrolled:
            leaves = view.survey == "e_survey" and self.rng.random() < self.facts.shares["leaves_survey"] / 15
            return leaves
        drops = self.person.drops_after
        self.gone = drops is not None and self.answers > drops
        return self.gone

    def _stray(self, where: tuple[str, str, str | None], now: datetime) -> Plan | None:
        """Something else than an answer, once a question at most."""
        if where in self._strayed or self.rng.random() > self.facts.shares["shift_at_a_question"]:
            return None
        self._strayed.add(where)
        what = draw(self.rng, self.facts.odds["instead"])
        if what == "silence":
            wait = self.rng.uniform(*(s.total_seconds() for s in SILENCE))
            text = self.say("back")
            return Plan(self._by_day(now, timedelta(seconds=wait)), Act(text=text))
        return Plan(self._pause(now), self.does(what, now))

    def does(self, what: str, now: datetime) -> Act:
        """An act by its name in ``odds.yml``."""
        if what in MEDIA:
            return Act(MEDIA[what], text="", tap=what)
        self._away = what == "pause"
        if what == "disclose":
            self.told.disclosed_at.append(now)
        return Act(text=self.say(what))

    def returns(self, now: datetime) -> timedelta:
        """How long until she comes back after she has been told that the bot waits."""
        return self._by_day(now, timedelta(hours=self.rng.uniform(1, 120)))

    def _pause(self, now: datetime) -> timedelta:
        wait = self.person.quick * self.rng.uniform(0.5, 2)
        if self.rng.random() < 0.04:
            wait += timedelta(minutes=self.rng.uniform(5, 400))
        return self._by_day(now, wait)

    def _by_day(self, now: datetime, wait: timedelta) -> timedelta:
        """The wait, put off to the morning when it ends at night where she lives."""
        local = (now + wait).astimezone(self.person.place.tz)
        if AWAKE[0] <= local.hour < AWAKE[1] or self.rng.random() < 0.05:
            return wait
        hours = (AWAKE[0] - local.hour) % 24 + self.rng.random() * 3
        return wait + timedelta(hours=hours)
