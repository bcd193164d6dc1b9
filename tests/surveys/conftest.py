"""Forms written in a test as Markdown tables, and walks through them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.surveys.compile import compile_xlsform
from bot.surveys.model import Survey
from bot.surveys.run import SurveyRun

TODAY = date(2027, 3, 9)
NOW = datetime(2027, 3, 9, 15, 30, tzinfo=UTC)
FORMS = Path(__file__).resolve().parents[2] / "dialogues" / "surveys"

Write = Callable[..., Path]
Build = Callable[..., Survey]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a form's tables to a file and gives its path."""

    def writer(tables: str, name: str = "form.md") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(line.strip() for line in tables.strip().splitlines()), encoding="utf-8")
        return path

    return writer


@pytest.fixture
def build(write: Write) -> Build:
    """Compiles a form given as tables."""

    def builder(tables: str, name: str = "form.md") -> Survey:
        return compile_xlsform(write(tables, name))

    return builder


def walk(survey: Survey, values: Mapping[str, str] | None = None, **context: str) -> SurveyRun:
    return SurveyRun(survey, values or {}, context=context, today=TODAY, now=NOW)
