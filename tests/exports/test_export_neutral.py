"""Cells that a spreadsheet would run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.exports.writers.neutral import neutralise, original


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x.example","clic")',
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "＝1+1",
        "--5",
        "+52 222 123 4567",
    ],
)
def test_it_puts_an_apostrophe_before_a_formula(text: str) -> None:
    assert neutralise(text) == "'" + text


@pytest.mark.parametrize(
    "text", ["", "hola", "+522221234567", "-12", "+3.5", "-0,75", "a=b", "5-3", "'hola", "¿=?", " =1"]
)
def test_it_leaves_the_rest_alone(text: str) -> None:
    assert neutralise(text) == text


@given(st.text(alphabet="'=+-@\t\r＝0a1,. ") | st.text())
def test_it_can_be_undone(text: str) -> None:
    assert original(neutralise(text)) == text


@given(st.text(alphabet="'=+-@\t\r＝5a"))
def test_it_leaves_no_cell_that_runs(text: str) -> None:
    cell = neutralise(text)
    runs = cell[:1] in "=+-@\t\r＝" and cell != ""
    assert not runs or cell.lstrip("+-").isdigit()
