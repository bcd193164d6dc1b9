"""Reading replies outside a conversation: ``parse``, ``survey read`` and ``survey run``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from bot.answers.question import Asked, AskedChoice
from bot.bootstrap import CATALOGUES, DIALOGUES, build_understanding, load_commands
from bot.core.messages import Outbound
from bot.services.journey import load_journey
from bot.services.judge import Judge, Open
from bot.services.texts import Texts
from bot.services.turn import Judged, Verdict
from bot.surveys.compile import compile_xlsform
from bot.surveys.model import Question, Survey, in_language
from bot.surveys.render import ask, note, numbering
from bot.surveys.run import SurveyRun

OUTCOMES = {Verdict.ANSWER: "answer", Verdict.SKIP: "answer", Verdict.DONT_KNOW: "answer"}
TRIES = 3


class UnknownQuestion(ValueError):
    """The questionnaire has no question of that name that waits for an answer."""


def parser() -> Callable[[str], dict[str, Any]]:
    """One text → ``{"text", "intent", "entities", "language"}``, as ``oportunidad parse`` prints it."""
    from bot.engine.parsing import ParseOnly

    engine = ParseOnly()
    understanding = build_understanding(engine.model)

    def understand(text: str) -> dict[str, Any]:
        return engine.describe(text, understanding)

    return understand


def reader(
    file: Path, question: str, country: str | None, language: str, today: date
) -> Callable[[str], dict[str, Any]]:
    """One reply → ``{"text", "outcome", "value", "intent"}``, as the chat would take it.

    Raises UnknownQuestion, SurveyError.
    """
    survey = compile_xlsform(file, catalogues=CATALOGUES)
    asked_question = survey.by_name.get(question)
    if asked_question is None or not asked_question.asked:
        names = ", ".join(q.name for q in survey.questions if q.asked)
        raise UnknownQuestion(f"{file.name}: no question '{question}'. Mend: one of {names}")
    run = SurveyRun(survey, {}, context={"country": country or ""}, today=today, language=language)
    journey = load_journey(DIALOGUES / "journey.yml")
    opened = Open(
        survey.name, asked_of(run, asked_question, language, every=True), journey.heard.get(question, {})
    )
    judge = _judge()

    def read(text: str) -> dict[str, Any]:
        judged = judge.judge_typed(text, opened, country=country, language=language, today=today)
        return _described(text, judged, asked_question)

    return read


def _described(text: str, judged: Judged, question: Question) -> dict[str, Any]:
    outcome = OUTCOMES.get(
        judged.verdict, "interruption" if judged.verdict is Verdict.INTERRUPTION else "reask"
    )
    value: Any = None
    if judged.verdict is Verdict.ANSWER:
        value = judged.value.split() if question.type == "select_multiple" else judged.value
        if question.type == "integer":
            value = int(judged.value)
        elif question.type == "decimal":
            value = float(judged.value)
    intent = judged.intent if judged.intent != "answer" else None
    return {"text": text, "outcome": outcome, "value": value, "intent": intent}


def _judge() -> Judge:
    from bot.engine.parsing import ParseOnly

    engine = ParseOnly()
    understanding = build_understanding(engine.model)
    commands = load_commands(DIALOGUES / "commands.yml")
    return Judge(commands, understanding.disclosure, engine.parse, understanding.language)


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
    )


def hold_survey(
    file: Path, language: str, country: str | None, answers: Path | None, out: Console
) -> dict[str, str]:
    """Hold any questionnaire in the terminal; with ``answers``, one reply a line is taken from there.

    A question that gets no answer in three tries, or when the replies run out, stays unanswered.
    """
    survey = compile_xlsform(file, catalogues=CATALOGUES)
    replies = iter(answers.read_text(encoding="utf-8").splitlines()) if answers is not None else _typed(out)
    return _Holding(survey, language, country, out).through(replies)


def _typed(out: Console) -> Iterator[str]:
    while True:
        try:
            yield out.input("> ")
        except EOFError:
            return


class _Holding:
    def __init__(self, survey: Survey, language: str, country: str | None, out: Console) -> None:
        self._survey, self._language, self._country, self._out = survey, language, country, out
        self._texts = Texts.load(DIALOGUES / "messages")
        self._now = datetime.now(UTC)
        self._values: dict[str, str] = {}

    def through(self, replies: Iterator[str]) -> dict[str, str]:
        after: str | None = None
        while True:
            run = self._run()
            step = run.step(after)
            for each in step.notes:
                self._say(note(run, each, self._language))
            if step.question is None:
                break
            if not self._take(run, step.question, replies):
                break
            after = step.question.name
        run = self._run()
        return {q.name: run.value(q.name) for q in self._survey.questions if run.value(q.name) != ""}

    def _take(self, run: SurveyRun, question: Question, replies: Iterator[str]) -> bool:
        from bot.answers.read import read
        from bot.answers.reading import Outcome

        asked = asked_of(run, question, self._language)
        self._say(ask(run, question, self._language))
        for miss in range(1, TRIES + 1):
            text = next(replies, None)
            if text is None:
                return False
            reading = read(
                asked, text, country=self._country, language=self._language, today=self._now.date()
            )
            words = self._texts.render(f"not_understood_{min(miss, 2)}", self._language, {})
            if reading.outcome in (Outcome.ANSWER, Outcome.UNSURE):
                verdict = run.check(question, reading.value)
                if verdict.ok:
                    self._values[question.name] = reading.value
                    return True
                words = in_language(verdict.messages, self._language, self._survey.default_language) or words
            elif reading.outcome is not Outcome.NO and not run.required(question):
                self._values[question.name] = ""
                return True
            self._say(Outbound(f"{words}\n\n{ask(run, question, self._language).text}"))
        self._values[question.name] = ""
        return True

    def _run(self) -> SurveyRun:
        return SurveyRun(
            self._survey,
            self._values,
            context={"country": self._country or ""},
            today=self._now.date(),
            now=self._now,
            language=self._language,
        )

    def _say(self, message: Outbound) -> None:
        self._out.print(message.text, highlight=False, markup=False, soft_wrap=True)
