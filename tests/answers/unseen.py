"""Replies to the real questionnaires, written before the reader was run on them, and how they are counted."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from bot.answers import Outcome, read
from bot.bootstrap import CATALOGUES, DIALOGUES
from bot.services.trial import asked_of
from bot.surveys.compile import compile_xlsform
from bot.surveys.model import Survey
from bot.surveys.run import SurveyRun

CASES = Path(__file__).resolve().parent / "cases"
SETS = tuple(f"unseen{number}.tsv" for number in range(1, 15))
TODAY = date(2026, 11, 27)


@dataclass(frozen=True)
class Reply:
    """A reply to a question of a form; ``outcome`` and ``value`` as ``survey read`` prints them."""

    survey: str
    question: str
    country: str
    language: str
    text: str
    outcome: str
    value: str

    @property
    def file(self) -> Path:
        return CASES / "plain.md" if self.survey == "plain" else DIALOGUES / "surveys" / f"{self.survey}.md"


def replies(name: str) -> list[Reply]:
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        return [Reply(**row) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def stored(reply: Reply) -> str | None:
    """What the reader alone would store; empty for a way out, None where she is asked again."""
    survey = _compiled(reply.file)
    question = survey.by_name[reply.question]
    run = SurveyRun(survey, {}, context={"country": reply.country}, today=TODAY, language=reply.language)
    asked = asked_of(run, question, reply.language, every=True)
    reading = read(asked, reply.text, country=reply.country, language=reply.language, today=TODAY)
    if reading.outcome in (Outcome.NO, Outcome.UNSURE):
        return None
    if reading.outcome is not Outcome.ANSWER:
        return ""
    return None if run.check(question, reading.value).reason in ("type", "constraint") else reading.value


def right(reply: Reply, got: str | None) -> bool:
    """Whether the reader did its part; interruptions are not its part, but the judge's and the model's."""
    return got == reply.value if reply.outcome == "answer" else got is None


def judged_wrong(
    name: str, reader: Callable[..., Callable[[str], dict[str, Any]]]
) -> Iterator[tuple[Reply, Any]]:
    """The replies of a set that the whole way (reader, judge, model) takes wrongly, with what it made of them."""
    readers: dict[tuple[str, ...], Callable[[str], dict[str, Any]]] = {}
    for reply in replies(name):
        key = (reply.survey, reply.question, reply.country, reply.language)
        if key not in readers:
            readers[key] = reader(reply.file, reply.question, reply.country, reply.language, TODAY)
        got = readers[key](reply.text)
        if (got["outcome"], _plain(got["value"])) != (reply.outcome, reply.value):
            yield reply, got


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


@cache
def _compiled(file: Path) -> Survey:
    return compile_xlsform(file, catalogues=CATALOGUES)
