"""From readings to measures: what one woman contributes to one figure.

A *measure* is one reading in one design at one wave or pair of waves: MX-01, paired, from baseline to m6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.indicators.conditions import NO_RECORD, Predicate, predicate, reader
from bot.indicators.definition import Condition, Definitions, Indicator, Reading, Scale
from bot.indicators.tallies import (
    DistinctTally,
    MeanPairTally,
    MeanTally,
    PairTally,
    RecordTally,
    ShareTally,
    Tally,
)
from bot.indicators.woman import Woman

HELPED = "helped"
ENROLMENT, BASELINE = "enrolment", "baseline"
RECORD_WAVE = ENROLMENT
"""referrals are opened at enrolment"""

Observe = Callable[[Woman], Sequence[Any]]
"""The outcomes that a woman adds to a tally: none, one, or one for each of her records."""


@dataclass(frozen=True)
class Measure:
    """``wave`` as published: a wave, ``baseline-m6`` for a pair, ``m3+m6`` for pooled ones."""

    indicator: Indicator
    country: str | None
    reading: str
    says: Reading
    choice: str
    design: str
    wave: str
    follow_up: str
    """the wave (or pool) whose response rate belongs beside it; empty for enrolment and baseline"""
    observe: Observe
    tally: Callable[[], Tally]

    @property
    def helped(self) -> bool:
        return self.reading.endswith(HELPED)


def measures(definitions: Definitions, as_of: date) -> list[Measure]:
    """Every measure of the definitions, in their order."""
    missing = frozenset(definitions.settings.missing)
    return [
        measure
        for country, indicator in definitions.indicators
        for reading in indicator.readings
        for key, choice, numerator in _variants(reading)
        for measure in _of_reading(indicator, country, reading, key, choice, numerator, missing, as_of)
    ]


def _variants(reading: Reading) -> Iterator[tuple[str, str, Sequence[Condition]]]:
    """(key, choice, conditions that must all hold) of a reading, and of the one with the programme's help."""
    if reading.each is not None:
        [(question, choices)] = reading.each.items()
        for choice in choices:
            yield choice, choice, [({question: (choice,)},)]
        return
    numerator = [reading.numerator] if reading.numerator is not None else []
    yield reading.key, "", numerator
    if reading.helped is not None:
        key = f"{reading.key}_{HELPED}" if reading.key else HELPED
        yield key, "", [*numerator, reading.helped]


def _of_reading(
    indicator: Indicator,
    country: str | None,
    reading: Reading,
    key: str,
    choice: str,
    conditions: Sequence[Condition],
    missing: frozenset[str],
    as_of: date,
) -> Iterator[Measure]:
    def measure(
        design: str, wave: str, follow_up: str, observe: Observe, tally: Callable[[], Tally]
    ) -> Measure:
        return Measure(indicator, country, key, reading, choice, design, wave, follow_up, observe, tally)

    designs = reading.designs
    among = predicate(reading.denominator, missing, as_of)
    counted = _all([predicate(condition, missing, as_of) for condition in conditions])
    for wave in designs.each_wave:
        observe, tally = _at(reading, among, counted, wave, as_of)
        yield measure("each_wave", wave, _after_baseline(wave), observe, tally)
    for start, end in designs.paired:
        observe, tally = _paired(reading, among, counted, start, end, as_of)
        yield measure("paired", f"{start}-{end}", _after_baseline(end), observe, tally)
    for start, end in designs.transition:
        before, after = (predicate(side, missing, as_of) for side in (reading.before, reading.after))
        observe = _transition(among, before, after, start, end)
        yield measure("transition", f"{start}-{end}", _after_baseline(end), observe, ShareTally)
    for start, end in designs.rise:
        observe = _rise(_score(_scale(reading), as_of), start, end)
        yield measure("rise", f"{start}-{end}", _after_baseline(end), observe, ShareTally)
    if designs.latest_of:
        pool = "+".join(designs.latest_of)
        yield measure("latest_of", pool, pool, _latest(among, counted, designs.latest_of), ShareTally)
    if designs.any_of:
        pool = "+".join(designs.any_of)
        yield measure("any_of", pool, pool, _any(among, counted, designs.any_of), ShareTally)
    if designs.records is not None:
        yield measure("records", RECORD_WAVE, "", _records(among, counted, designs.records), RecordTally)


def _after_baseline(wave: str) -> str:
    return "" if wave in (ENROLMENT, BASELINE) else wave


def _all(parts: Sequence[Predicate]) -> Predicate:
    if len(parts) == 1:
        return parts[0]
    return lambda woman, wave, record: all(holds(woman, wave, record) for holds in parts)


def _scale(reading: Reading) -> Scale:
    assert reading.scale is not None  # the model refuses such a reading
    return reading.scale


def _score(scale: Scale, as_of: date) -> Callable[[Woman, str], float | None]:
    read, values = reader(scale.question, as_of), scale.of

    def score(woman: Woman, wave: str) -> float | None:
        chosen = list(read(woman, wave, NO_RECORD))
        # a value off the scale (dk, pn) leaves the denominator
        return values.get(chosen[0]) if len(chosen) == 1 else None

    return score


def _at(
    reading: Reading, among: Predicate, counted: Predicate, wave: str, as_of: date
) -> tuple[Observe, Callable[[], Tally]]:
    if reading.distinct is not None:
        read, out_of = reader(reading.distinct, as_of), reading.out_of or 1

        def values(woman: Woman) -> Sequence[str]:
            return list(read(woman, wave, NO_RECORD)) if among(woman, wave, NO_RECORD) else ()

        return values, lambda: DistinctTally(out_of)
    if reading.scale is not None:
        score = _score(reading.scale, as_of)

        def scores(woman: Woman) -> Sequence[float]:
            found = score(woman, wave) if among(woman, wave, NO_RECORD) else None
            return () if found is None else (found,)

        return scores, MeanTally

    def shares(woman: Woman) -> Sequence[bool]:
        return (counted(woman, wave, NO_RECORD),) if among(woman, wave, NO_RECORD) else ()

    return shares, ShareTally


def _paired(
    reading: Reading, among: Predicate, counted: Predicate, start: str, end: str, as_of: date
) -> tuple[Observe, Callable[[], Tally]]:
    if reading.scale is not None:
        score = _score(reading.scale, as_of)

        def scores(woman: Woman) -> Sequence[tuple[float, float]]:
            first, second = score(woman, start), score(woman, end)
            return () if first is None or second is None else ((first, second),)

        return scores, MeanPairTally

    def pairs(woman: Woman) -> Sequence[tuple[bool, bool]]:
        if not (among(woman, start, NO_RECORD) and among(woman, end, NO_RECORD)):
            return ()
        return ((counted(woman, start, NO_RECORD), counted(woman, end, NO_RECORD)),)

    return pairs, PairTally


def _transition(among: Predicate, before: Predicate, after: Predicate, start: str, end: str) -> Observe:
    def observe(woman: Woman) -> Sequence[bool]:
        if not (among(woman, start, NO_RECORD) and among(woman, end, NO_RECORD)):
            return ()
        return (before(woman, start, NO_RECORD) and after(woman, end, NO_RECORD),)

    return observe


def _rise(score: Callable[[Woman, str], float | None], start: str, end: str) -> Observe:
    def observe(woman: Woman) -> Sequence[bool]:
        first, second = score(woman, start), score(woman, end)
        return () if first is None or second is None else (second > first,)

    return observe


def _latest(among: Predicate, counted: Predicate, waves: Sequence[str]) -> Observe:
    """One answer a woman: that of the last wave in which she gave one that counts."""
    latest_first = tuple(reversed(waves))

    def observe(woman: Woman) -> Sequence[bool]:
        for wave in latest_first:
            if among(woman, wave, NO_RECORD):
                return (counted(woman, wave, NO_RECORD),)
        return ()

    return observe


def _any(among: Predicate, counted: Predicate, waves: Sequence[str]) -> Observe:
    def observe(woman: Woman) -> Sequence[bool]:
        mine = [wave for wave in waves if among(woman, wave, NO_RECORD)]
        return (any(counted(woman, wave, NO_RECORD) for wave in mine),) if mine else ()

    return observe


def _records(among: Predicate, counted: Predicate, kind: str) -> Observe:
    def observe(woman: Woman) -> Sequence[tuple[bool, bool]]:
        mine = [r for r in woman.records.get(kind, ()) if among(woman, RECORD_WAVE, r)]
        return [(counted(woman, RECORD_WAVE, record), index == 0) for index, record in enumerate(mine)]

    return observe
