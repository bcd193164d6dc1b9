"""The results table for the command line, the console and the exports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.indicators.compute import Result, compute
from bot.indicators.definition import Audience, Definitions, load_definitions
from bot.indicators.store import Source, from_store
from bot.programme.load import Programmes

FOLDER = Path(__file__).resolve().parents[2] / "programmes" / "indicators"


@cache
def definitions() -> Definitions:
    """The shipped definitions, read once. Raises ``ProgrammeError`` with file, line and mend."""
    return load_definitions(FOLDER)


def indicators_table(
    source: Source,
    programmes: Programmes,
    as_of: date,
    country: str | None = None,
    *,
    audience: Audience = "staff",
    language: str = "es",
) -> list[Result]:
    """Every indicator over the store, of one country (ISO code) or of all countries and their total."""
    known = definitions()
    rows = from_store(source, as_of, country, known.settings, programmes)
    return compute(rows, known, as_of, country=country, audience=audience, language=language)


def indicator_rows(
    source: Source,
    programmes: Programmes,
    as_of: date,
    country: str | None = None,
    *,
    audience: Audience = "public",
    language: str = "es",
) -> Iterator[dict[str, object]]:
    """The rows of the export table ``indicators``: ``COLUMNS`` in order, hidden cells empty."""
    found = indicators_table(source, programmes, as_of, country, audience=audience, language=language)
    return (result.row() for result in found)


def print_table(results: Sequence[Result], console: Console | None = None, *, groups: bool = False) -> None:
    """Prints the table: the totals, and with ``groups`` every group as well."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("indicator", "country", "group", "wave"):
        table.add_column(heading, no_wrap=True)
    for heading in ("n", "value", "95% interval", "response"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("definition", overflow="fold")
    for result in results:
        if groups or result.group == "all":
            table.add_row(*(escape(cell) for cell in _cells(result)))
    (console or Console()).print(table)


def _cells(result: Result) -> tuple[str, ...]:
    name = f"{result.indicator} {result.reading}".strip()
    if result.suppressed:
        numbers: tuple[str, ...] = ("·", "·", "", "")
    else:
        change = result.statistic in ("points", "relative", "difference")
        numbers = (
            str(result.n),
            _number(result.value, result, signed=change),
            _interval(result, signed=change),
            "" if result.response is None else f"{result.response:.1f}%",
        )
    return name, result.country, result.group, result.wave, *numbers, result.definition


def _number(value: float | None, result: Result, *, signed: bool) -> str:
    if value is None:
        return "–"
    digits, mark = (2, " h") if result.unit == "hours" else (1, "%")
    if result.statistic == "points":
        mark = " pt"
    return f"{value:{'+' if signed else ''}.{digits}f}{mark}"


def _interval(result: Result, *, signed: bool) -> str:
    if result.ci_low is None or result.ci_high is None:
        return ""
    digits, sign = 2 if result.unit == "hours" else 1, "+" if signed else ""
    return f"{result.ci_low:{sign}.{digits}f} … {result.ci_high:{sign}.{digits}f}"
