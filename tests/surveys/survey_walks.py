"""What the tests of questionnaires share: a fixed day, the forms that ship, and a walk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from bot.surveys.model import Survey
from bot.surveys.run import SurveyRun

TODAY = date(2027, 3, 9)
NOW = datetime(2027, 3, 9, 15, 30, tzinfo=UTC)
FORMS = Path(__file__).resolve().parents[2] / "dialogues" / "surveys"

Write = Callable[..., Path]
Build = Callable[..., Survey]


def walk(survey: Survey, values: Mapping[str, str] | None = None, **context: str) -> SurveyRun:
    return SurveyRun(survey, values or {}, context=context, today=TODAY, now=NOW)
