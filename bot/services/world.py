"""What every turn shares and none changes: programmes, questionnaires, texts, the journey, understanding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from bot.core.clock import Clock
from bot.programme.facts import Facts
from bot.programme.load import Programmes
from bot.programme.programme import Programme
from bot.services.journey import Journey
from bot.services.library import Library
from bot.services.texts import Texts
from bot.store.database import Database
from bot.store.tables import Participant


class Disclosed(Protocol):
    """What the safety detector found: ``category`` is ``violence`` or ``self_harm``."""

    @property
    def category(self) -> str: ...


class Meant(Protocol):
    """What a reply in her own words most likely means: choices of its question, how likely it is exactly these, and
    how likely that it answers nothing because she wants something else.
    """

    @property
    def values(self) -> tuple[str, ...]: ...

    @property
    def confidence(self) -> float: ...

    @property
    def aside(self) -> float: ...


class Understanding(Protocol):
    """What is understood of a text apart from Rasa's pipeline."""

    def disclosure(self, text: str) -> Disclosed | None: ...

    def language(self, text: str) -> str | None: ...

    def reply(self, text: str, question: str) -> Meant | None: ...


class Parser(Protocol):
    """Rasa's understanding of one text."""

    def __call__(self, text: str) -> dict[str, Any]: ...


@dataclass(frozen=True)
class World:
    """One per process; built by ``bot.bootstrap``."""

    database: Database
    clock: Clock
    programmes: Programmes
    facts: Facts
    library: Library
    texts: Texts
    journey: Journey
    asides: frozenset[str]
    commands: dict[str, str]
    """folded text that is a command in every state → intent"""
    default_language: str
    default_country: str | None

    def programme_of(self, participant: Participant) -> Programme:
        """Her country's programme; before she named one, the operator's default or the one for anywhere."""
        return self.programmes.get(participant.country or self.default_country)

    def zone_of(self, participant: Participant) -> ZoneInfo:
        """Her time zone, from where she lives."""
        return self.programme_of(participant).zone(participant.region, participant.municipality)
