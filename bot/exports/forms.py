"""The published questionnaires over all their versions: which columns they make, and what may be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import cached_property

import sqlalchemy as sa

from bot.services.journey import Journey
from bot.store.tables import SurveyVersion
from bot.surveys.model import Choice, Question, Survey, in_language

LANGUAGE = "es"
_REFERENCE = re.compile(r"\$\{\s*([^{}]+?)\s*\}")
_PERSONAL_TYPES = frozenset({"text", "image", "audio", "geopoint"})
_PERSONAL_READINGS = frozenset({"phone", "person_name"})


class Exposure(IntEnum):
    """What of an answer may be seen without ``identified``; the worst of several is the highest."""

    SHOWN = 0
    MONTH = 1
    PLACE = 2
    """a municipality: shown where enough women share it"""
    MASKED = 3
    NEVER = 4
    """restricted: in no export at all (SAF-10)"""


class Form:
    """One questionnaire; ``versions`` maps version number to its compiled form."""

    def __init__(self, name: str, versions: Mapping[int, Survey]) -> None:
        self.name = name
        self.versions = versions
        self._choices: dict[str, dict[str, str]] = {}

    @cached_property
    def newest_first(self) -> tuple[Survey, ...]:
        return tuple(self.versions[number] for number in sorted(self.versions, reverse=True))

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """Asked questions and calculations: in the newest form's order, then what only older ones have."""
        merged: dict[str, Question] = {}
        for survey in self.newest_first:
            for question in survey.questions:
                if question.asked or question.type == "calculate":
                    merged.setdefault(question.name, question)
        return merged

    def of(self, name: str) -> list[Question]:
        """The question as each version has it, newest first."""
        return [survey.by_name[name] for survey in self.newest_first if name in survey.by_name]

    def label(self, name: str) -> str:
        """The question's text in Spanish, of the newest version that has one."""
        return _first(
            in_language(survey.by_name[name].labels, LANGUAGE, survey.default_language)
            for survey in self.newest_first
            if name in survey.by_name
        )

    def choices(self, name: str) -> Mapping[str, str]:
        """Choice name to its label in Spanish, over all versions, newest first; empty for what has none."""
        known = self._choices.get(name)
        if known is None:
            known = self._choices[name] = self._collect(name)
        return known

    def _collect(self, name: str) -> dict[str, str]:
        labels: dict[str, str] = {}
        for survey in self.newest_first:
            question = survey.by_name.get(name)
            if question is not None and question.has_choices:
                for choice in survey.lists.get(question.list_name, ()):
                    labels.setdefault(choice.name, choice_label(survey, choice))
        return labels


class Forms:
    """All published questionnaires. ``journey`` says which questions ask for a municipality."""

    def __init__(self, connection: sa.Connection, journey: Journey) -> None:
        rows = connection.execute(
            sa.select(SurveyVersion.survey, SurveyVersion.version, SurveyVersion.compiled).order_by(
                SurveyVersion.survey, SurveyVersion.version
            )
        )
        versions: dict[str, dict[int, Survey]] = {}
        for name, version, compiled in rows:
            versions.setdefault(name, {})[version] = Survey.from_json(compiled)
        self._forms = {name: Form(name, of) for name, of in versions.items()}
        place = journey.profile.get("municipality")
        self._places = frozenset(place.questions if place else ())
        self._hidden = journey.hidden
        self._known: dict[tuple[str, str], Exposure] = {}

    @property
    def names(self) -> list[str]:
        return sorted(self._forms)

    def __getitem__(self, name: str) -> Form:
        return self._forms[name]

    def exported(self, form: Form) -> list[str]:
        """The form's questions and calculations that may be in an export at all (SAF-10)."""
        return [name for name in form.questions if self.exposure(form, name) is not Exposure.NEVER]

    def exposure(self, form: Form, name: str) -> Exposure:
        """What of the question's answers may be seen: what its strictest version allows.

        A calculation is as private as the most private thing it is worked out from. A question that no
        version has could be anything, so it is never shown.
        """
        key = (form.name, name)
        known = self._known.get(key)
        if known is None:
            self._known[key] = Exposure.SHOWN  # forms whose calculations run in a ring end here
            known = max((self._one(form, q) for q in form.of(name)), default=Exposure.NEVER)
            self._known[key] = known
        return known

    def _one(self, form: Form, question: Question) -> Exposure:
        if question.sensitivity == "restricted":
            return Exposure.NEVER
        if question.type == "calculate":
            return self._worked_out(form, question)
        if question.type == "hidden":
            return self._carried(question.name)
        if question.name in self._places:
            return Exposure.PLACE
        if question.type in _PERSONAL_TYPES or question.reads_as in _PERSONAL_READINGS:
            return Exposure.MASKED
        # an open list takes any text; a place that she types could be smaller than a municipality
        if question.open_list or (question.reads_as == "place" and question.typed):
            return Exposure.MASKED
        return Exposure.MONTH if question.type == "date" else Exposure.SHOWN

    def _worked_out(self, form: Form, question: Question) -> Exposure:
        sources = [s for s in _REFERENCE.findall(question.calculation) if form.of(s)]
        worst = max((self.exposure(form, source) for source in sources), default=Exposure.SHOWN)
        return worst if worst in (Exposure.SHOWN, Exposure.NEVER) else Exposure.MASKED

    def _carried(self, name: str) -> Exposure:
        """A hidden field holds an earlier answer of its name, or of a name that the journey gives."""
        sources = (name, *self._hidden.get(name, ()))
        found = [
            self.exposure(form, source)
            for form in self._forms.values()
            for source in sources
            if any(question.type != "hidden" for question in form.of(source))
        ]
        return max(found, default=Exposure.SHOWN)


def choice_label(survey: Survey, choice: Choice) -> str:
    """The choice in Spanish; its name where the form gives no label."""
    return in_language(choice.labels, LANGUAGE, survey.default_language) or choice.name


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")
