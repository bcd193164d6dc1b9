"""The indicators of a stream of women: one pass, counts only, then the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from bot.indicators.conditions import NO_RECORD, Reader, reader
from bot.indicators.definition import Audience, Definitions, Group, Rule, Unit
from bot.indicators.designs import ENROLMENT, Measure, measures
from bot.indicators.suppress import hidden_groups, is_small
from bot.indicators.tallies import Figure, Tally
from bot.indicators.woman import Woman

ALL = "all"
COLUMNS = (
    "indicator", "country", "group", "wave", "n", "numerator", "denominator", "value", "ci_low", "ci_high",
    "suppressed", "definition",
)  # fmt: skip
"""The columns of the published table, in order."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table: the columns of ``COLUMNS``, then what a page or a chart needs to lay it out.

    ``value`` and its limits are in ``unit`` (percent with one decimal, hours with two), a change in points or
    percent. ``country`` and ``group`` are ``all`` for the total. A suppressed line has no number at all.
    ``response`` is the response rate in percent of the same group at the wave, None where there is none.
    """

    indicator: str
    country: str
    group: str
    wave: str
    n: int | None
    numerator: float | None
    denominator: float | None
    value: float | None
    ci_low: float | None
    ci_high: float | None
    suppressed: bool
    definition: str
    reading: str = ""
    design: str = ""
    statistic: str = ""
    unit: str = "percent"
    response: float | None = None

    def row(self) -> dict[str, object]:
        """The published columns."""
        return {column: getattr(self, column) for column in COLUMNS}


Place = tuple[str, str, str]
"""country, dimension, group; the total is in dimension ``all``"""


@dataclass
class _Cells:
    """The tallies of one measure by place."""

    measure: Measure
    tallies: dict[Place, Tally] = field(default_factory=dict)

    def add(self, place: Place, outcome: object) -> None:
        tally = self.tallies.get(place)
        if tally is None:
            tally = self.tallies[place] = self.measure.tally()
        tally.add(outcome)

    def total(self, country: str) -> Tally:
        return self.tallies.get((country, ALL, ALL)) or self.measure.tally()

    def dimensions(self, country: str) -> dict[str, dict[str, Tally]]:
        """Dimension → group → tally of a country, without the total."""
        found: dict[str, dict[str, Tally]] = {}
        for (place, dimension, group), tally in sorted(self.tallies.items(), key=lambda item: item[0]):
            if place == country and dimension != ALL:
                found.setdefault(dimension, {})[group] = tally
        return found


def compute(
    rows: Iterable[Woman],
    definitions: Definitions,
    as_of: date,
    *,
    country: str | None = None,
    audience: Audience = "staff",
    language: str = "es",
) -> list[Result]:
    """The table of every defined indicator over ``rows``, in the definitions' order.

    Women outside the population (withdrawn, not enrolled) are left out. A survey is due when its day is not
    after ``as_of``. ``country`` keeps one country; without it the common indicators also have ``all``.
    """
    cells = [
        _Cells(measure)
        for measure in measures(definitions, as_of)
        if country is None or measure.country in (None, country)
    ]
    population = frozenset(definitions.settings.population)
    parted = _Parting(definitions, as_of)
    seen: set[str] = set()
    for woman in rows:
        if woman.profile.get("status") not in population or country not in (None, woman.country):
            continue
        seen.add(woman.country)
        _add(woman, cells, parted, together=country is None)
    settings = definitions.settings
    countries = [country] if country else [*sorted(seen), ALL]
    table = _Table(settings.suppression[audience], parted.overlapping, definitions, language)
    results = [line for each in cells for line in table.lines(each, countries)]
    return _with_response(results, settings.response.indicator, settings.response.reading)


def _add(woman: Woman, cells: list[_Cells], parted: _Parting, *, together: bool) -> None:
    groups = [(ALL, ALL), *parted.groups_of(woman)]
    with_attrition = [*groups, *parted.attrition_of(woman)]
    for each in cells:
        measure = each.measure
        if measure.country not in (None, woman.country):
            continue
        outcomes = measure.observe(woman)
        if not outcomes:
            continue
        mine = with_attrition if measure.wave == parted.attrition_wave else groups
        both = measure.country is None and together
        for outcome in outcomes:
            for dimension, group in mine:
                each.add((woman.country, dimension, group), outcome)
                if both:
                    each.add((ALL, dimension, group), outcome)


class _Parting:
    """In which groups a woman is counted beside the total."""

    def __init__(self, definitions: Definitions, as_of: date) -> None:
        settings = definitions.settings
        self.as_of = as_of
        self._groups: list[tuple[Group, Reader]] = [(g, reader(g.by, as_of)) for g in settings.groups]
        self._missing = frozenset(settings.missing)
        self.attrition_wave = settings.attrition.wave
        self._waves = settings.attrition.waves
        self.overlapping = frozenset(group.name for group in settings.groups if group.overlapping)

    def groups_of(self, woman: Woman) -> list[tuple[str, str]]:
        found = []
        for group, read in self._groups:
            for value in read(woman, ENROLMENT, NO_RECORD):
                if value in self._missing:
                    continue
                name = value if group.values is None else group.values.get(value)
                if name is not None:
                    found.append((group.name, f"{group.name}:{name}"))
        return found

    def attrition_of(self, woman: Woman) -> list[tuple[str, str]]:
        """Answered or lost at each follow-up wave that is due for her."""
        found = []
        for wave in self._waves:
            states = woman.states(wave, self.as_of)
            if "due" in states:
                found.append((wave, f"{wave}:{'answered' if 'answered' in states else 'lost'}"))
        return found


@dataclass(frozen=True)
class _Table:
    rule: Rule
    overlapping: frozenset[str]
    definitions: Definitions
    language: str

    def lines(self, cells: _Cells, countries: list[str]) -> Iterator[Result]:
        measure = cells.measure
        mine = [measure.country] if measure.country else countries
        hidden_totals = self._hidden_totals(cells, mine)
        for country in mine:
            total = cells.total(country)
            if total.n == 0 and measure.country is None:
                continue  # a wave that this country does not have
            yield from self._figures(cells, country, ALL, total, country in hidden_totals)
            for dimension, groups in cells.dimensions(country).items():
                hidden = self._hidden(cells, country, dimension, groups, hidden_totals)
                for group, tally in groups.items():
                    yield from self._figures(cells, country, group, tally, group in hidden)

    def _hidden_totals(self, cells: _Cells, countries: list[str]) -> set[str]:
        percent = self._is_percent(cells.measure)
        totals = {country: cells.total(country) for country in countries}
        hidden = {country for country, total in totals.items() if is_small(total, self.rule, percent=percent)}
        parts = [country for country in countries if country != ALL and totals[country].n]
        if ALL in totals and len(parts) > 1 and len(hidden & set(parts)) == 1:
            # one hidden country would follow from the sum of all: the sum goes, the other country stays
            hidden.add(ALL)
        return hidden

    def _hidden(
        self,
        cells: _Cells,
        country: str,
        dimension: str,
        groups: Mapping[str, Tally],
        hidden_totals: set[str],
    ) -> set[str]:
        if country in hidden_totals:
            return set(groups)
        total = cells.total(country)
        overlapping = dimension in self.overlapping
        percent = self._is_percent(cells.measure)
        return hidden_groups(total, groups, self.rule, overlapping=overlapping, percent=percent)

    @staticmethod
    def _is_percent(measure: Measure) -> bool:
        return measure.says.distinct is None

    def _figures(
        self, cells: _Cells, country: str, group: str, tally: Tally, suppressed: bool
    ) -> Iterator[Result]:
        measure = cells.measure
        # a hidden cell gives its statistics' names and nothing else: those of an empty tally
        for figure in (measure.tally() if suppressed else tally).figures():
            yield self._result(measure, country, group, tally.n, figure, suppressed)

    def _result(
        self, measure: Measure, country: str, group: str, n: int, figure: Figure, suppressed: bool
    ) -> Result:
        unit = self._unit(measure, figure.statistic)
        digits = 2 if unit == "hours" else 1
        low, high = figure.interval or (None, None)
        blank = Result(
            measure.indicator.id, country, group, measure.wave, None, None, None, None, None, None, True,
            self._definition(measure, figure.statistic), measure.reading, measure.design,
            figure.statistic, unit,
        )  # fmt: skip
        if suppressed:
            return blank
        return replace(
            blank,
            n=n,
            numerator=figure.numerator,
            denominator=figure.denominator,
            value=_round(figure.value, digits),
            ci_low=_round(low, digits),
            ci_high=_round(high, digits),
            suppressed=False,
        )

    @staticmethod
    def _unit(measure: Measure, statistic: str) -> Unit:
        is_mean = measure.says.scale is not None and statistic in ("start", "end", "difference", "mean")
        return "hours" if is_mean else "percent"

    def _definition(self, measure: Measure, statistic: str) -> str:
        wording = self.definitions.settings.wording

        def word(name: str) -> str:
            return wording[name].in_language(self.language)

        what = measure.says.says.in_language(self.language)
        how = (
            word(measure.design)
            if statistic in ("share", "mean", "coverage")
            else word(f"paired_{statistic}")
        )
        parts = [what + (f" ({measure.choice})" if measure.choice else ""), how]
        if measure.helped:
            parts.insert(1, word("helped"))
        return "; ".join(parts)


def _round(number: float | None, digits: int) -> float | None:
    # adding zero turns a rounded -0.0 into 0.0
    return None if number is None else round(number, digits) + 0.0


def _with_response(results: list[Result], indicator: str, reading: str) -> list[Result]:
    """Each follow-up line with the response rate of its country, group and wave."""
    rates = {
        (r.country, r.group, r.wave): r.value
        for r in results
        if r.indicator == indicator and r.reading == reading
    }

    def rate(result: Result) -> float | None:
        wave = result.wave.rpartition("-")[2]
        return rates.get((result.country, result.group, wave))

    return [r if r.indicator == indicator else replace(r, response=rate(r)) for r in results]
