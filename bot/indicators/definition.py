"""What a definitions file may hold, and reading the folder of them.

One indicator has one or more *readings*: the leaflets print figures without saying how they were made, so the
likeliest reading and its alternatives stand side by side. A reading says whom to count (``numerator``) among
whom (``denominator``), and in which *designs*: at each wave, paired, as a transition, pooled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from bot.programme.document import Problem, ProgrammeError, read_document, validate, wrong
from bot.programme.model import CountryCode, Part
from bot.programme.text import Text

COMMON = "common"
"""The file with what holds for every country."""

Audience = Literal["staff", "public"]
Unit = Literal["percent", "hours", "count"]
Pair = tuple[str, str]


class Only(Part):
    """The answer is exactly these choices and no other."""

    only: tuple[str, ...]


Test = Literal["answered"] | Only | tuple[str, ...]
"""``answered``: an answer that is neither "I don't know" nor "I prefer not to say". A list: any of these."""

Clause = dict[str, Test]
"""All of these hold. Names: a question, ``<wave>.<question>``, ``wave``, ``participant.…``, ``record.…``."""


def _alternatives(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


Condition = Annotated[tuple[Clause, ...], BeforeValidator(_alternatives), Field(min_length=1)]
"""One of the clauses holds."""


class Scale(Part):
    """A number for each choice of a question: the middle of a band in hours, or the rank of the band."""

    question: str
    of: dict[str, float]


class Designs(Part):
    """When she is looked at. Every name left out is a design that is not computed."""

    each_wave: tuple[str, ...] = ()
    paired: tuple[Pair, ...] = ()
    transition: tuple[Pair, ...] = ()
    rise: tuple[Pair, ...] = ()
    latest_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    records: str | None = None


class Reading(Part):
    """One way to compute an indicator. ``key`` is empty for what the printed figure is taken to mean."""

    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]*$")] = ""
    says: Text
    numerator: Condition | None = None
    denominator: Condition | None = None
    helped: Condition | None = None
    """the numerator of a second reading: with the programme's help"""
    before: Condition | None = None
    after: Condition | None = None
    scale: Scale | None = None
    distinct: str | None = None
    out_of: int | None = Field(default=None, ge=1)
    each: dict[str, tuple[str, ...]] | None = None
    """one reading for each choice of a question"""
    designs: Designs

    @model_validator(mode="after")
    def _enough(self) -> Reading:
        designs = self.designs
        counted = self.numerator is not None or self.each is not None
        plain = designs.each_wave or designs.latest_of or designs.any_of or designs.records
        if self.distinct is not None and (self.out_of is None or not designs.each_wave):
            raise wrong("counts distinct values without 'out_of' or 'each_wave'", "add both")
        if (plain or designs.paired) and not (counted or self.scale or self.distinct):
            raise wrong("does not say what is counted", "add 'numerator:' or 'scale:'")
        if designs.transition and not (self.before and self.after):
            raise wrong("has a transition without its ends", "add 'before:' and 'after:'")
        if designs.rise and self.scale is None:
            raise wrong("has a rise without a scale", "add 'scale:'")
        if self.each is not None and len(self.each) != 1:
            raise wrong("has 'each' of several questions", "name one question")
        if not (plain or designs.paired or designs.transition or designs.rise):
            raise wrong("has no design", "add 'each_wave:', 'paired:' or another under 'designs:'")
        return self


class Indicator(Part):
    """A published figure: what was printed, and the readings of it."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}-[0-9]{2}$")]
    name: Text
    printed: Text | None = None
    figures: tuple[float, ...] = ()
    unit: Unit = "percent"
    """the unit of ``figures``, the numbers that the leaflets print"""
    caveat: Text | None = None
    elsewhere: Text | None = None
    """where the figure comes from when this system does not hold its data"""
    readings: tuple[Reading, ...] = ()

    @model_validator(mode="after")
    def _computed_or_not(self) -> Indicator:
        if bool(self.readings) == (self.elsewhere is not None):
            raise wrong("needs either readings or 'elsewhere'", "add one of them, not both")
        keys = [reading.key for reading in self.readings]
        if len(keys) != len(set(keys)):
            raise wrong("has two readings of one key", "give each reading its own 'key:'")
        return self


class Group(Part):
    """A way to part the women. ``by`` is read as in a condition, at enrolment."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")]
    by: str
    values: dict[str, str] | None = None
    """stored value → group; values that are not named belong to no group"""
    overlapping: bool = False
    """a woman may be in several"""


class Rule(Part):
    """What is too small to show (requirement PRV-10)."""

    under: int = Field(ge=2)
    percent_base: int = Field(ge=2)
    counts: bool
    """the numerator and its complement are counts too, and small ones are hidden"""


class Attrition(Part):
    """Figures of ``wave`` are also shown for those who answered and those who did not at ``waves``."""

    wave: str
    waves: tuple[str, ...]


class Response(Part):
    """Which indicator and reading is the response rate that stands beside every follow-up figure."""

    indicator: str
    reading: str


class EnrolmentAnswers(Part):
    """Answers of the enrolment wave, survey → questions: those that count as ``baseline``, and the rest."""

    baseline: dict[str, tuple[str, ...]]
    other: dict[str, tuple[str, ...]]


class Settings(Part):
    """``common.yml`` apart from its indicators."""

    survey: str
    opening: tuple[str, ...]
    missing: tuple[str, ...]
    population: tuple[str, ...]
    enrolment: EnrolmentAnswers
    groups: tuple[Group, ...]
    attrition: Attrition
    response: Response
    suppression: dict[Audience, Rule]
    wording: dict[str, Text]


class CommonFile(Part):
    """``common.yml``."""

    settings: Settings
    indicators: tuple[Indicator, ...]


class CountryFile(Part):
    """The indicators of one country."""

    country: CountryCode
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True)
class Definitions:
    """Every indicator in order, with its country (None: each country and all together)."""

    settings: Settings
    indicators: tuple[tuple[str | None, Indicator], ...]

    @property
    def by_id(self) -> Mapping[str, Indicator]:
        return {indicator.id: indicator for _, indicator in self.indicators}

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries that have indicators of their own."""
        return tuple(sorted({country for country, _ in self.indicators if country}))


def load_definitions(folder: Path) -> Definitions:
    """``common.yml`` and one file a country. Raises ``ProgrammeError`` with file, line and mend."""
    found: list[tuple[str | None, Indicator]] = []
    seen: dict[str, str] = {}
    settings: Settings | None = None
    common: list[tuple[str | None, Indicator]] = []
    for path in sorted(folder.glob("*.yml")):
        document = read_document(path)
        if path.stem == COMMON:
            file = validate(document, CommonFile)
            settings = file.settings
            mine: list[tuple[str | None, Indicator]] = [(None, indicator) for indicator in file.indicators]
            common = mine
        else:
            country = validate(document, CountryFile)
            mine = [(country.country, indicator) for indicator in country.indicators]
            found += mine
        for index, (_, indicator) in enumerate(mine):
            if indicator.id in seen:
                what = f"'{indicator.id}' is already in {seen[indicator.id]}"
                raise ProgrammeError([document.problem(["indicators", index], what, "give it its own id")])
            seen[indicator.id] = document.file
    if settings is None:
        what, mend = f"holds no {COMMON}.yml", "restore the files of that folder"
        raise ProgrammeError([Problem(f"{folder.name}/", 1, what, mend)])
    return Definitions(settings, (*found, *common))
