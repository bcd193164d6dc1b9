"""One person's walk through a questionnaire: a pure function of the form, her answers and the time.

A :class:`SurveyRun` is made anew for every turn from what is stored; it changes nothing and remembers
nothing. Answers are texts as stored: a choice's name (several separated by a space), ISO dates, digits with a
decimal point, ``lat lon`` for a place, and the empty string for a question that she skipped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from math import isnan
from typing import Any

from bot.surveys.model import Choice, Question, Survey, Texts, in_language
from bot.surveys.progress import progress
from bot.surveys.shapes import day_first, has_shape, typed
from bot.surveys.xpath import compile_expression
from bot.surveys.xpath_values import Value, to_boolean, to_string

_MARK = re.compile(r"\$\{\s*([^{}]+?)\s*\}|\{([^{}\s]+)\}")


@dataclass(frozen=True, slots=True)
class Step:
    """What to say next: ``notes`` to show, then ``question`` to ask; ``None`` when the form is finished."""

    notes: tuple[Question, ...]
    question: Question | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a value may be stored. ``reason`` is ``required``, ``type``, ``choice`` or ``constraint``.

    ``messages`` holds the form's own words for the refusal; empty when the form gives none.
    """

    ok: bool
    reason: str = ""
    messages: Texts = field(default_factory=dict)


_GOOD = Verdict(True)


class _Moment:
    """The scope of one evaluation: the run's answers, with one value at hand and one choice in view."""

    __slots__ = ("here", "item", "now", "run", "today")

    def __init__(self, run: SurveyRun, here: Value = "") -> None:
        self.run = run
        self.here = here
        self.item: Any = None
        self.today = run.today
        self.now = run.now

    def typed(self, name: str) -> Value:
        return self.run.typed(name)

    def rows(self, list_name: str) -> tuple[Choice, ...]:
        return self.run.survey.lists.get(list_name, ())

    def choice_name(self, value: str, question: str) -> str:
        return self.run.choice_label(question, value, self.run.language)


class SurveyRun:
    """The form as it stands for one person.

    ``values``: her stored answers. ``context``: values for ``hidden`` fields, and suggestions for
    questions, by name. ``today`` is the date where she lives, ``now`` an aware instant (noon UTC of ``today``
    if left out). ``language`` is what ``jr:choice-name`` answers in.
    """

    def __init__(
        self,
        survey: Survey,
        values: Mapping[str, str],
        *,
        context: Mapping[str, str] | None = None,
        today: date,
        now: datetime | None = None,
        language: str = "",
    ) -> None:
        self.survey = survey
        self.values = values
        self.context: Mapping[str, str] = context or {}
        self.today = today
        self.now = now or datetime.combine(today, time(12), tzinfo=UTC)
        self.language = language or survey.default_language
        self._values: dict[str, str] = {}
        self._typed: dict[str, Value] = {}
        self._relevant: dict[str, bool] = {}
        self._choices: dict[str, tuple[Choice, ...]] = {}

    # -- what holds ---------------------------------------------------------------------------------------

    def relevant(self, name: str) -> bool:
        """Whether the question and all its groups apply. Raises ``KeyError`` for an unknown name."""
        known = self._relevant.get(name)
        if known is None:
            question = self.survey.by_name[name]
            self._relevant[name] = False  # a form that depends on itself in a ring ends here
            known = all(
                to_boolean(compile_expression(source).evaluate(_Moment(self))) for source in question.relevant
            )
            self._relevant[name] = known
        return known

    def value(self, name: str) -> str:
        """The value in force: empty for what is irrelevant or unanswered, worked out for a calculation."""
        known = self._values.get(name)
        if known is None:
            self._values[name] = ""
            question = self.survey.by_name.get(name)
            known = self._value(question) if question is not None and self.relevant(name) else ""
            self._values[name] = known
        return known

    def typed(self, name: str) -> Value:
        """The value as an expression sees it: a number for a question that asks for one."""
        known = self._typed.get(name)
        if known is None:
            known = typed(self.survey.by_name.get(name), self.value(name))
            self._typed[name] = known
        return known

    def _value(self, question: Question) -> str:
        stored = self.values.get(question.name)
        if question.calculation:
            return self._evaluated(question.calculation, stored or "")
        if stored is not None:
            return stored
        return "" if question.asked else self.default(question)

    def _evaluated(self, source: str, here: str = "") -> str:
        value = compile_expression(source).evaluate(_Moment(self, here))
        # as in JavaRosa, a calculation over an unanswered question is empty, not "NaN"
        return "" if isinstance(value, float) and isnan(value) else to_string(value)

    def default(self, question: Question) -> str:
        """What to suggest or prefill: the context's value under this name, else the form's default."""
        given = self.context.get(question.name)
        if given is not None:
            return given
        return self._evaluated(question.default) if question.default_is_expression else question.default

    def calculations(self) -> dict[str, str]:
        """The relevant calculations that have a value, by name, in form order."""
        found = {q.name: self.value(q.name) for q in self.survey.questions if q.type == "calculate"}
        return {name: value for name, value in found.items() if value != ""}

    def holds(self, expression: str) -> bool:
        """Whether a condition in the notation of the sheet holds for these answers."""
        return to_boolean(compile_expression(expression).evaluate(_Moment(self)))

    # -- where she is -------------------------------------------------------------------------------------

    def step(self, after: str | None = None) -> Step:
        """The notes to show and the question to ask.

        Without ``after``: every note before the first open question, for a form that begins. With the
        question just answered as ``after``: only the notes past it, and past any later answered question, so
        that nothing is said twice when she corrects an early answer. Raises ``KeyError`` for an unknown name.
        """
        questions = self.survey.questions
        end = next((place for place, q in enumerate(questions) if self._open(q)), len(questions))
        start = 0
        if after is not None:
            place = self.survey.position[after]
            start = place + 1 if place < end else 0
            start = max(start, self._answered_before(end) + 1)
        notes = tuple(q for q in questions[start:end] if q.type == "note" and self.relevant(q.name))
        return Step(notes, questions[end] if end < len(questions) else None)

    def _open(self, question: Question) -> bool:
        """Whether she has yet to answer it; a list that is empty for her leaves nothing to ask."""
        return (
            question.asked
            and question.name not in self.values
            and self.relevant(question.name)
            and (not question.has_choices or question.open_list or bool(self.choices(question)))
        )

    def _answered_before(self, end: int) -> int:
        """The place of the last relevant answered question before ``end``; -1 when there is none."""
        for place in range(end - 1, -1, -1):
            question = self.survey.questions[place]
            if question.asked and question.name in self.values and self.relevant(question.name):
                return place
        return -1

    def stale(self) -> tuple[str, ...]:
        """Stored answers that no longer apply, in form order: irrelevant, or no longer among the choices."""
        return tuple(
            question.name
            for question in self.survey.questions
            if question.asked
            and question.name in self.values
            and (not self.relevant(question.name) or self._left_the_list(question))
        )

    def _left_the_list(self, question: Question) -> bool:
        value = self.values[question.name]
        return bool(value) and bool(question.choice_filter) and not self._chosen(question, value)

    def progress(self) -> tuple[int, int]:
        """Questions answered, and how many there will be about."""
        return progress(self.survey, self.values, self.relevant)

    # -- what she may answer ------------------------------------------------------------------------------

    def choices(self, question: Question) -> tuple[Choice, ...]:
        """The options open to her: the list after ``choice_filter``, in the form's order."""
        known = self._choices.get(question.name)
        if known is None:
            known = self._choices[question.name] = self._filtered(question)
        return known

    def _filtered(self, question: Question) -> tuple[Choice, ...]:
        rows = self.survey.lists.get(question.list_name, ())
        if not question.choice_filter:
            return rows
        expression = compile_expression(question.choice_filter, filtering=True)
        moment = _Moment(self)
        if expression.lookup is not None:
            column, wanted = expression.lookup
            key = wanted(moment)
            if isinstance(key, str):  # a number would have to match "07" and "7" alike
                return self.survey.where(question.list_name, column, key)
        found = []
        for moment.item in rows:
            if to_boolean(expression.evaluate(moment)):
                found.append(moment.item)
        return tuple(found)

    def check(self, question: Question, value: str) -> Verdict:
        """Whether ``value`` may be stored: required, type, list and constraint are judged, in that order."""
        if value.strip() == "":
            return (
                Verdict(False, "required", question.required_messages) if self.required(question) else _GOOD
            )
        if not has_shape(question, value):
            return Verdict(False, "type")
        if question.has_choices and not self._chosen(question, value):
            return Verdict(False, "choice")
        if question.constraint:
            moment = _Moment(self, typed(question, value))
            if not to_boolean(compile_expression(question.constraint).evaluate(moment)):
                return Verdict(False, "constraint", question.constraint_messages)
        return _GOOD

    def required(self, question: Question) -> bool:
        """Whether she must answer, here and now."""
        if isinstance(question.required, bool):
            return question.required
        return to_boolean(compile_expression(question.required).evaluate(_Moment(self)))

    def _chosen(self, question: Question, value: str) -> bool:
        if question.open_list:
            return True
        names = {choice.name for choice in self.choices(question)}
        return value in names if question.type == "select_one" else names.issuperset(value.split())

    # -- in words -----------------------------------------------------------------------------------------

    def label(self, question: Question, language: str, placeholders: Mapping[str, str] | None = None) -> str:
        """The question's text: ``${name}`` becomes that answer in words, ``{name}`` the placeholder if known.

        Anything else in braces stays as the form has it; no text makes this raise.
        """
        return self.fill(self._text(question.labels, language), language, placeholders)

    def hint(self, question: Question, language: str, placeholders: Mapping[str, str] | None = None) -> str:
        return self.fill(self._text(question.hints, language), language, placeholders)

    def fill(self, text: str, language: str, placeholders: Mapping[str, str] | None = None) -> str:
        """``text`` with its marks replaced, once: an answer that looks like a mark stays what she wrote."""
        known = placeholders or {}

        def replaced(match: re.Match[str]) -> str:
            if match[1] is not None:
                name = match[1]
                return self.answer(name, language) if name in self.survey.by_name else match[0]
            return str(known.get(match[2], match[0]))

        return _MARK.sub(replaced, text)

    def answer(self, name: str, language: str) -> str:
        """The value in force in words: choice labels, dates day first, anything else as stored."""
        value, question = self.value(name), self.survey.by_name[name]
        if question.has_choices:
            return self.choice_label(question, value, language)
        return day_first(value) if question.type == "date" else value

    def choice_label(self, question: Question | str, value: str, language: str) -> str:
        """The label of a stored choice, several joined by commas; the value itself where it has none."""
        found = self.survey.by_name.get(question) if isinstance(question, str) else question
        if found is None or not value:
            return value
        rows = self.survey.choices_by_name.get(found.list_name, {})
        whole = rows.get(value)
        if whole is not None:
            return self._choice_text(whole, language)
        if found.type != "select_multiple":
            return value
        return ", ".join(
            self._choice_text(rows[name], language) if name in rows else name for name in value.split()
        )

    def _choice_text(self, choice: Choice, language: str) -> str:
        text = self._text(choice.labels, language) or choice.name
        return self.fill(text, language) if "{" in text else text

    def _text(self, texts: Texts, language: str) -> str:
        return in_language(texts, language, self.survey.default_language)
