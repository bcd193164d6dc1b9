"""Forms written in a test as Markdown tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from survey_walks import Build, Write

from bot.surveys.compile import compile_xlsform
from bot.surveys.model import Survey


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
