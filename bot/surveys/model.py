"""A questionnaire in compiled form: what serving needs, and nothing of the workbook it came from.

The words are those of the XLSForm standard (https://xlsform.org/en/). Expressions keep the notation of the
sheet (``${age} >= 18``); :mod:`bot.surveys.xpath` gives them their meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cached_property
from typing import Any

SELECT_TYPES = frozenset({"select_one", "select_multiple"})
ASKED_TYPES = SELECT_TYPES | {
    "integer", "decimal", "text", "date", "time", "acknowledge", "geopoint", "image", "audio",
}  # fmt: skip
UNASKED_TYPES = frozenset({"note", "calculate", "hidden"})
NUMERIC_TYPES = frozenset({"integer", "decimal"})

SENSITIVITIES = ("ordinary", "sensitive", "restricted")
TIERS = ("must", "should", "may")
READINGS = (
    "age", "year", "hours_per_day", "hours_per_week", "money", "phone", "person_name", "place", "birth_date",
)  # fmt: skip

Texts = Mapping[str, str]
"""One text in several languages: ISO 639 code to text."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a list. ``columns`` holds every further column of the choices sheet or catalogue."""

    name: str
    labels: Texts = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names that people give it: the column ``aliases``, separated by semicolons."""
        return tuple(a for alias in self.columns.get("aliases", "").split(";") if (a := alias.strip()))

    def column(self, name: str) -> str:
        """What a ``choice_filter`` sees under a bare name; empty for a column the list does not have."""
        if name == "name":
            return self.name
        if name in self.columns:
            return self.columns[name]
        return next(iter(self.labels.values()), "") if name == "label" else ""


@dataclass(frozen=True, slots=True)
class Question:
    """One row of the survey sheet that is not a group.

    ``relevant`` holds the row's own expression after those of its enclosing groups: all must hold.
    ``default`` is a plain value unless ``default_is_expression``. ``row`` is the sheet's row, the header
    being row 1. ``open_list`` marks a select whose file was not there: any typed text is an answer.
    """

    name: str
    type: str
    labels: Texts = field(default_factory=dict)
    hints: Texts = field(default_factory=dict)
    guidance: Texts = field(default_factory=dict)
    required: bool | str = False
    required_messages: Texts = field(default_factory=dict)
    relevant: tuple[str, ...] = ()
    constraint: str = ""
    constraint_messages: Texts = field(default_factory=dict)
    calculation: str = ""
    default: str = ""
    default_is_expression: bool = False
    choice_filter: str = ""
    list_name: str = ""
    appearance: str = ""
    read_only: bool = False
    row: int = 0
    group: tuple[str, ...] = ()
    sensitivity: str = "ordinary"
    tier: str = ""
    reads_as: str = ""
    indicators: tuple[str, ...] = ()
    or_other: bool = False
    open_list: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> bool:
        """Whether it waits for an answer; notes, calculations and hidden fields do not."""
        return self.type in ASKED_TYPES

    @property
    def has_choices(self) -> bool:
        return self.type in SELECT_TYPES

    @property
    def typed(self) -> bool:
        """Whether she writes the answer and no options are printed: ``autocomplete`` or an open list."""
        return self.open_list or "autocomplete" in self.appearance.split()


@dataclass(frozen=True)
class Survey:
    """A compiled questionnaire; ``questions`` are in form order and their names are unique."""

    name: str
    title: str
    version: str
    languages: tuple[str, ...]
    default_language: str
    questions: tuple[Question, ...]
    lists: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> Mapping[str, Question]:
        return {question.name: question for question in self.questions}

    @cached_property
    def position(self) -> Mapping[str, int]:
        """Question name to its place in form order, from 0."""
        return {question.name: place for place, question in enumerate(self.questions)}

    @cached_property
    def choices_by_name(self) -> Mapping[str, Mapping[str, Choice]]:
        """List name to choice name to choice."""
        return {name: {choice.name: choice for choice in choices} for name, choices in self.lists.items()}

    @cached_property
    def derived(self) -> dict[str, Any]:
        """What walks have worked out from the form alone; no part of its value."""
        return {}

    def where(self, list_name: str, column: str, value: str) -> tuple[Choice, ...]:
        """The list's choices whose ``column`` equals ``value``, from an index that the first call builds."""
        indexes: dict[tuple[str, str], dict[str, tuple[Choice, ...]]] = self.derived.setdefault("indexes", {})
        index = indexes.get((list_name, column))
        if index is None:
            groups: dict[str, list[Choice]] = {}
            for choice in self.lists.get(list_name, ()):
                groups.setdefault(choice.column(column), []).append(choice)
            index = indexes[list_name, column] = {key: tuple(rows) for key, rows in groups.items()}
        return index.get(value, ())

    def to_json(self) -> dict[str, Any]:
        """Plain data for a JSON column; fields that hold their default are left out."""
        return {
            **_sparse(self),
            "questions": [_sparse(question) for question in self.questions],
            "lists": {name: [_sparse(choice) for choice in rows] for name, rows in self.lists.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Survey:
        """The survey that :meth:`to_json` wrote. Raises ``TypeError`` for a field it does not know."""
        return cls(
            **{
                **data,
                "languages": tuple(data["languages"]),
                "questions": tuple(_question(row) for row in data["questions"]),
                "lists": {name: tuple(Choice(**row) for row in rows) for name, rows in data["lists"].items()},
            }
        )


def _question(row: Mapping[str, Any]) -> Question:
    tuples = {name: tuple(row[name]) for name in ("relevant", "group", "indicators") if name in row}
    return Question(**{**row, **tuples})


def _sparse(instance: Any) -> dict[str, Any]:
    """The instance's fields that differ from their default, tuples as lists, nested mappings copied."""
    data: dict[str, Any] = {}
    for spec in fields(instance):
        value = getattr(instance, spec.name)
        default = spec.default_factory() if spec.default_factory is not MISSING else spec.default
        if value == default and type(value) is type(default):
            continue
        if isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, Mapping):
            value = dict(value)
        data[spec.name] = value
    return data


def in_language(texts: Texts, language: str, fallback: str) -> str:
    """The text in ``language``, else in ``fallback``, else in any language that has one, else empty."""
    return texts.get(language) or texts.get(fallback) or next((text for text in texts.values() if text), "")
