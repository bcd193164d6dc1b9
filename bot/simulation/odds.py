"""Chance, as data: a stream of random numbers a woman, and draws from weighted tables."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

DATA = Path(__file__).parent


@dataclass(frozen=True)
class Place:
    """Where she lives, with the zone that was looked up by hand."""

    country: str
    region: str
    as_typed: tuple[str, ...]
    place: str
    zone: str
    weight: float
    place_typed: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.country} {self.place}"

    @cached_property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


@dataclass(frozen=True)
class Facts:
    """The data files, read once."""

    places: tuple[Place, ...]
    words: Mapping[str, Any]
    odds: Mapping[str, Any]
    shares: Mapping[str, float] = field(default_factory=dict)

    def say(self, rng: random.Random, language: str, what: str) -> str:
        """One of the ways of writing ``what`` in her language. Raises KeyError for an unknown key."""
        return str(rng.choice(self.words[language][what]))


def load_facts(folder: Path = DATA) -> Facts:
    """Read ``places.yml``, ``words.yml`` and ``odds.yml``."""
    read = {
        name: yaml.safe_load((folder / f"{name}.yml").read_text("utf-8"))
        for name in ("places", "words", "odds")
    }
    rows: list[dict[str, Any]] = [
        {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()} for row in read["places"]
    ]
    places = tuple(Place(**row) for row in rows)
    return Facts(places, read["words"], read["odds"], read["odds"]["shares"])


def stream(seed: int, *about: object) -> random.Random:
    """Random numbers of their own for whatever ``about`` names: one woman's do not shift another's."""
    return random.Random("/".join(map(str, (seed, *about))))


def draw(rng: random.Random, weights: Mapping[str, float]) -> str:
    """A key, as often as its weight says."""
    return str(rng.choices(list(weights), list(weights.values()))[0])


def some(rng: random.Random, weights: Mapping[str, float], at_most: int, alone: Sequence[str]) -> list[str]:
    """One to ``at_most`` different keys; those in ``alone`` only by themselves."""
    wanted = [draw(rng, weights) for _ in range(rng.randint(1, at_most))]
    first = wanted[0]
    return [first] if first in alone else [w for w in dict.fromkeys(wanted) if w not in alone]
