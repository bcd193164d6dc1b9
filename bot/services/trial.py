"""A questionnaire talked through without a participant: nothing is stored, nobody is counted.

The reading of replies, the order, the conditions and the words are those of the chat; what only the engine does
(questions of hers in between, disclosures, hand-overs) is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.answers.question import Asked, AskedChoice
from bot.answers.read import read
from bot.answers.reading import Outcome
from bot.core.messages import Outbound
from bot.services.texts import Texts
from bot.surveys.model import Question, Survey, in_language
from bot.surveys.render import ask, note, numbering
from bot.surveys.run import SurveyRun

TRIES = 3
"""so often a question is asked before it is left open"""


@dataclass(frozen=True)
class Line:
    """One message. ``kept`` is what a reply was understood as, empty where it was not; ``question`` its name."""

    hers: bool
    text: str
    question: str = ""
    kept: str = ""
    buttons: tuple[str, ...] = ()


class Trial:
    """``hear`` replies one after another until ``question`` is None; ``lines`` is what was said so far."""

    def __init__(
        self,
        survey: Survey,
        texts: Texts,
        *,
        language: str,
        country: str | None,
        now: datetime,
        placeholders: Mapping[str, str] | None = None,
    ) -> None:
        self._survey, self._texts = survey, texts
        self._language, self._country, self._now = language, country, now
        self._placeholders = dict(placeholders or {})
        self._values: dict[str, str] = {}
        self._misses = 0
        self.lines: list[Line] = []
        self.question: Question | None = None
        self._go_on(None)

    @property
    def values(self) -> dict[str, str]:
        """What is answered so far, by question, calculations included."""
        run = self._run()
        return {q.name: run.value(q.name) for q in self._survey.questions if run.value(q.name) != ""}

    @property
    def progress(self) -> tuple[int, int]:
        """Questions answered, and asked in all as far as it is known."""
        return self._run().progress()

    def hear(self, text: str) -> None:
        """Take a reply to the open question. Does nothing when none is open."""
        question, run = self.question, self._run()
        if question is None:
            return
        asked = asked_of(run, question, self._language)
        reading = read(asked, text, country=self._country, language=self._language, today=self._now.date())
        self._misses += 1
        words = self._texts.render(f"not_understood_{min(self._misses, 2)}", self._language, {})
        kept: str | None = None
        if reading.outcome in (Outcome.ANSWER, Outcome.UNSURE):
            verdict = run.check(question, reading.value)
            if verdict.ok:
                kept = reading.value
            words = in_language(verdict.messages, self._language, self._survey.default_language) or words
        elif reading.outcome is not Outcome.NO and not run.required(question):
            kept = ""
        self.lines.append(Line(True, text, question.name, kept or ""))
        if kept is None and self._misses < TRIES:
            self._say(question, ask(run, question, self._language, self._placeholders), words)
            return
        self._values[question.name] = kept or ""
        self._misses = 0
        self._go_on(question.name)

    def _go_on(self, after: str | None) -> None:
        run = self._run()
        step = run.step(after)
        for each in step.notes:
            self._say(each, note(run, each, self._language, self._placeholders))
        self.question = step.question
        if step.question is not None:
            self._say(step.question, ask(run, step.question, self._language, self._placeholders))

    def _say(self, question: Question, message: Outbound, before: str = "") -> None:
        text = f"{before}\n\n{message.text}" if before else message.text
        self.lines.append(
            Line(False, text, question.name, buttons=tuple(option.title for option in message.options))
        )

    def _run(self) -> SurveyRun:
        return SurveyRun(
            self._survey,
            self._values,
            context={"country": self._country or ""},
            today=self._now.date(),
            now=self._now,
            language=self._language,
        )


def asked_of(run: SurveyRun, question: Question, language: str, *, every: bool = False) -> Asked:
    """The question as the reader of replies needs it; ``every``: the whole list, whatever filters it."""
    choices: tuple[Any, ...] = ()
    if question.has_choices:
        choices = run.choices(question)
        if every and not choices:
            choices = run.survey.lists.get(question.list_name, ())
    return Asked(
        name=question.name,
        type=question.type,
        choices=tuple(
            AskedChoice(c.name, run.choice_label(question, c.name, language), number, c.aliases)
            for number, c in zip(numbering(choices), choices, strict=True)
        ),
        reads_as=question.reads_as,
        required=run.required(question),
        open_list=question.open_list,
        wording=run.label(question, language),
    )
