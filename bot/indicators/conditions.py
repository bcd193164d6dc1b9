"""Conditions of a definitions file as functions of a woman and a wave."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from bot.indicators.definition import Clause, Condition, Only, Test
from bot.indicators.woman import Record, Woman

Predicate = Callable[[Woman, str, Record], bool]
Reader = Callable[[Woman, str, Record], Collection[str]]
NO_RECORD: Record = {}


def reader(name: str, as_of: date) -> Reader:
    """The chosen values behind a name: a question of the wave, ``<wave>.<question>``, ``wave``,
    ``participant.…`` or ``record.…``. Empty where there is no answer."""
    if name == "wave":
        return lambda woman, wave, _: woman.states(wave, as_of)
    place, dot, rest = name.partition(".")
    if not dot:
        return lambda woman, wave, _: _chosen(woman.answers.get(wave, {}).get(name))
    if place == "participant":
        # a profile value is one value, and the name of a municipality may hold spaces
        return lambda woman, _wave, _: (woman.profile[rest],) if woman.profile.get(rest) else ()
    if place == "record":
        return lambda _woman, _wave, record: (record[rest],) if record.get(rest) else ()
    return lambda woman, _wave, _: _chosen(woman.answers.get(place, {}).get(rest))


def _chosen(value: str | None) -> Collection[str]:
    return value.split() if value else ()


def predicate(condition: Condition | None, missing: frozenset[str], as_of: date) -> Predicate:
    """True where one clause of the condition holds; a condition left out holds for every woman."""
    if condition is None:
        return lambda *_: True
    clauses = [_clause(clause, missing, as_of) for clause in condition]
    if len(clauses) == 1:
        return clauses[0]
    return lambda woman, wave, record: any(holds(woman, wave, record) for holds in clauses)


def _clause(clause: Clause, missing: frozenset[str], as_of: date) -> Predicate:
    parts = [(reader(name, as_of), _test(test, missing)) for name, test in clause.items()]
    if len(parts) == 1:
        read_one, passes_one = parts[0]
        return lambda woman, wave, record: passes_one(read_one(woman, wave, record))
    return lambda woman, wave, record: all(passes(read(woman, wave, record)) for read, passes in parts)


def _test(test: Test, missing: frozenset[str]) -> Callable[[Collection[str]], bool]:
    if test == "answered":
        # among several choices one "I prefer not to say" takes the woman out
        return lambda chosen: bool(chosen) and missing.isdisjoint(chosen)
    if isinstance(test, Only):
        exactly = set(test.only)
        return lambda chosen: set(chosen) == exactly
    wanted = frozenset(test)
    return lambda chosen: not wanted.isdisjoint(chosen)
