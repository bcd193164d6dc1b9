"""The formats. A writer takes a file to fill, a table's name and columns, and its rows as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from bot.exports.columns import Column, Row

Writer = Callable[[Path, str, Sequence[Column], Iterable[Row]], None]


def writers() -> dict[str, Writer]:
    """Format name, which is also the file's ending, to its writer."""
    return {
        "csv": _csv,
        "jsonl": _jsonl,
        "xlsx": _xlsx,
        "parquet": _parquet,
        "sav": _sav,
        "dta": _dta,
    }


def _csv(path: Path, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    from bot.exports.writers.lines import write_csv

    write_csv(path, name, columns, rows)


def _jsonl(path: Path, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    from bot.exports.writers.lines import write_jsonl

    write_jsonl(path, name, columns, rows)


# the libraries behind these take a second to import, so each is imported when it is asked for


def _xlsx(path: Path, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    from bot.exports.writers.workbook import write_xlsx

    write_xlsx(path, name, columns, rows)


def _parquet(path: Path, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    from bot.exports.writers.parquet import write_parquet

    write_parquet(path, name, columns, rows)


def _sav(path: Path, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    from bot.exports.writers.labelled import write_sav

    write_sav(path, name, columns, rows)


def _dta(path: Path, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    from bot.exports.writers.labelled import write_dta

    write_dta(path, name, columns, rows)
