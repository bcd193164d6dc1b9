"""The results table laid out for a page: by country, one card a figure, its main reading first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.console.gate import Visit
from bot.indicators import Result, definitions

EVERYBODY = "all"
LEVELS = frozenset({"share", "mean", "coverage"})
CHANGES = frozenset({"points", "difference"})
RESPONSE = "X-01"


@dataclass
class Change:
    """The same women at two waves: where they were, where they are, and by how much that differs."""

    wave: str
    start: Result
    end: Result
    by: Result


@dataclass
class Figure:
    """One published figure. ``lines`` are all of it for everybody, ``groups`` those by group that can be shown."""

    id: str
    name: str
    printed: str
    caveat: str
    country: str
    lines: list[Result] = field(default_factory=list)
    groups: list[Result] = field(default_factory=list)
    hidden: int = 0
    """lines by group that are hidden because too few women are in them"""

    @property
    def main(self) -> str:
        """The reading that is shown first: the one without a name, else the first."""
        readings = [line.reading for line in self.lines]
        return "" if "" in readings else readings[0]

    @property
    def levels(self) -> list[Result]:
        """The main reading wave by wave."""
        return [
            line
            for line in self.lines
            if line.reading == self.main and line.statistic in LEVELS and "+" not in line.wave
        ]

    @property
    def says(self) -> str:
        """What the main reading counts, in words."""
        return self.levels[0].definition.rpartition(";")[0] if self.levels else ""

    @property
    def top(self) -> float:
        """What a full bar stands for: a hundred percent, or the highest limit of what is no percentage."""
        if all(line.unit == "percent" for line in self.levels):
            return 100.0
        return max([line.ci_high or line.value or 0.0 for line in self.levels], default=1.0) or 1.0

    @property
    def changes(self) -> list[Change]:
        """Of the main reading, between waves."""
        mine = [line for line in self.lines if line.reading == self.main and not line.suppressed]
        found = []
        for by in mine:
            if by.statistic not in CHANGES or by.value is None:
                continue
            pair = {line.statistic: line for line in mine if line.wave == by.wave}
            if "start" in pair and "end" in pair:
                found.append(Change(by.wave, pair["start"], pair["end"], by))
        return found


@dataclass(frozen=True)
class Chapter:
    """The figures of one country, or of all of them together."""

    country: str
    figures: list[Figure]


def chapters(table: Iterable[Result], visit: Visit, country: str) -> list[Chapter]:
    """What has a number, or would have one with more answers, in the order of definition.

    With a country its own figures; without one what is counted over all, then each country's own.
    """
    known, centre = definitions().by_id, visit.member.scope.centre
    table = list(table)
    over_all = {line.indicator for line in table if line.country == EVERYBODY}
    found: dict[tuple[str, str], Figure] = {}
    for line in table:
        wanted = country or (EVERYBODY if line.indicator in over_all else line.country)
        if line.country != wanted:
            continue
        if centre and line.group != EVERYBODY and line.group != f"centre:{centre}":
            continue
        figure = found.get((wanted, line.indicator))
        if figure is None:
            spec = known.get(line.indicator)
            figure = found[wanted, line.indicator] = Figure(
                line.indicator,
                spec.name.in_language(visit.language) if spec else line.indicator,
                spec.printed.in_language(visit.language) if spec and spec.printed else "",
                spec.caveat.in_language(visit.language) if spec and spec.caveat else "",
                wanted,
            )
        if line.group == EVERYBODY:
            figure.lines.append(line)
        elif line.suppressed:
            figure.hidden += 1
        elif line.value is not None:
            figure.groups.append(line)
    shown = [f for f in found.values() if f.lines and any(line.n for line in f.lines)]
    order = [EVERYBODY, *visit.desk.world.programmes.countries]
    return [
        Chapter(place, figures)
        for place in sorted({f.country for f in shown}, key=order.index)
        if (figures := [f for f in shown if f.country == place])
    ]


def response(chapters_: Iterable[Chapter]) -> Figure | None:
    """The response rate of the first chapter that has it: beside the way from hello."""
    return next((f for chapter in chapters_ for f in chapter.figures if f.id == RESPONSE), None)
