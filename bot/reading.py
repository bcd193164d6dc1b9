"""Reading replies outside a conversation: ``parse``, ``survey read`` and ``survey run``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from bot.bootstrap import CATALOGUES, DIALOGUES, build_understanding, load_commands
from bot.services.journey import load_journey
from bot.services.judge import Judge, Open
from bot.services.texts import Texts
from bot.services.trial import Trial, asked_of
from bot.services.turn import Judged, Verdict
from bot.surveys.compile import compile_xlsform
from bot.surveys.model import Question
from bot.surveys.run import SurveyRun

OUTCOMES = {Verdict.ANSWER: "answer", Verdict.SKIP: "answer", Verdict.DONT_KNOW: "answer"}


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


Reader = Callable[[str], dict[str, Any]]


def reader_for() -> Callable[[Path, str, str | None, str, date], Reader]:
    """``reader`` for many questions, with the model loaded once."""
    judge = _judge()

    def made(file: Path, question: str, country: str | None, language: str, today: date) -> Reader:
        return reader(file, question, country, language, today, judge)

    return made


def reader(
    file: Path, question: str, country: str | None, language: str, today: date, judge: Judge | None = None
) -> Reader:
    """One reply → ``{"text", "outcome", "value", "intent"}``, as the chat would take it.

    Raises UnknownQuestion, SurveyError.
    """
    opened, run, asked_question = open_question(file, question, country, language, today)
    judge = judge or _judge()

    def read(text: str) -> dict[str, Any]:
        judged = judge.judge_typed(text, opened, country=country, language=language, today=today)
        if judged.verdict is Verdict.ANSWER and not may_be_stored(run, asked_question, judged.value):
            judged = replace(judged, verdict=Verdict.REASK)
        return _described(text, judged, asked_question)

    return read


def open_question(
    file: Path, question: str, country: str | None, language: str, today: date
) -> tuple[Open, SurveyRun, Question]:
    """A question as it waits for an answer in the chat, with its whole list. Raises UnknownQuestion, SurveyError."""
    survey = compile_xlsform(file, catalogues=CATALOGUES)
    asked_question = survey.by_name.get(question)
    if asked_question is None or not asked_question.asked:
        names = ", ".join(q.name for q in survey.questions if q.asked)
        raise UnknownQuestion(f"{file.name}: no question '{question}'. Mend: one of {names}")
    run = SurveyRun(survey, {}, context={"country": country or ""}, today=today, language=language)
    journey = load_journey(DIALOGUES / "journey.yml")
    restricted = asked_question.sensitivity == "restricted"
    opened = Open(
        survey.name,
        asked_of(run, asked_question, language, every=True),
        journey.heard.get(question, {}),
        restricted,
        restricted or journey.asks_consent(survey),
    )
    return opened, run, asked_question


def may_be_stored(run: SurveyRun, question: Question, value: str) -> bool:
    """Whether the chat would keep it: of the right shape and within the constraint (the list may be filtered)."""
    return run.check(question, value).reason not in ("type", "constraint")


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
    return Judge(
        commands, understanding.disclosure, engine.parse, understanding.language, understanding.reply
    )


def hold_survey(
    file: Path, language: str, country: str | None, answers: Path | None, out: Console
) -> dict[str, str]:
    """Hold any questionnaire in the terminal; with ``answers``, one reply a line is taken from there.

    A question that gets no answer in three tries, or when the replies run out, stays unanswered.
    """
    trial = Trial(
        compile_xlsform(file, catalogues=CATALOGUES),
        Texts.load(DIALOGUES / "messages"),
        language=language,
        country=country,
        now=datetime.now(UTC),
    )
    replies = iter(answers.read_text(encoding="utf-8").splitlines()) if answers is not None else _typed(out)
    said = 0
    while True:
        for line in trial.lines[said:]:
            if not line.hers:
                out.print(line.text, highlight=False, markup=False, soft_wrap=True)
        said = len(trial.lines)
        reply = next(replies, None) if trial.question is not None else None
        if reply is None:
            return trial.values
        trial.hear(reply)


def _typed(out: Console) -> Iterator[str]:
    while True:
        try:
            yield out.input("> ")
        except EOFError:
            return
