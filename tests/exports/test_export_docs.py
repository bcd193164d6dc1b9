"""The page says what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.exports import formats
from bot.exports.columns import columns_of
from bot.exports.tables import BUILDERS

PAGE = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", [*BUILDERS, "survey"])
def test_it_documents_every_column_in_its_order(table: str) -> None:
    title = "survey_<name>" if table == "survey" else table
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{title}` |")]
    columns = re.findall(r"`(\w+)`", line.split("|")[4])
    assert columns == [column.name for column in columns_of(table, identified=True)]


@pytest.mark.parametrize("fmt", formats())
def test_it_documents_every_format(fmt: str) -> None:
    assert f"| `{fmt}`" in PAGE
