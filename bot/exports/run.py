"""One run: the asked tables in one format, from one snapshot, all or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from bot.exports.codebook import write_codebook
from bot.exports.columns import Column, Row
from bot.exports.context import Context, Source
from bot.exports.forms import Forms
from bot.exports.pseudonyms import forget
from bot.exports.request import Request, bound
from bot.exports.snapshot import CHUNK, snapshot
from bot.exports.tables import BUILDERS, SURVEY, Table, build
from bot.exports.writers import writers

Progress = Callable[[str, int, int], None]
"""told the table, the rows written so far and the rows in all"""


def formats() -> list[str]:
    """The formats that can be asked for."""
    return list(writers())


def table_names(source: Source) -> list[str]:
    """The tables that can be asked for, one ``survey_<name>`` for each published questionnaire."""
    with snapshot(source.database) as connection:
        return [*BUILDERS, *(SURVEY + name for name in Forms(connection, source.journey).names)]


def run_export(
    source: Source,
    tables: Iterable[str],
    fmt: str = "csv",
    out: Path = Path(),
    *,
    identified: bool = False,
    since: str | date | datetime | None = None,
    until: str | date | datetime | None = None,
    country: str | None = None,
    centre: str | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Write ``<table>.<fmt>`` for each table into ``out``, and ``codebook.csv`` and ``codebook.json``.

    ``since`` and ``until`` are inclusive days (UTC) or exact instants, the last of which no longer counts.
    The files are the owner's alone (0600) and appear together at the end: a run that fails leaves nothing.
    Returns the tables' files and then the codebook's. Raises ``ValueError``, in one line that names the
    choices, for an unknown table or format and for a limit that is no date.
    """
    write = writers().get(fmt)
    if write is None:
        raise ValueError(f"no format '{fmt}': choose among {', '.join(formats())}")
    wanted = list(dict.fromkeys(tables))
    if not wanted:
        raise ValueError(f"no table named: choose among {', '.join(table_names(source))}")
    request = Request(
        identified=identified,
        since=bound(since),
        until=bound(until, end=True),
        country=country.upper() if country else None,
        centre=centre or None,
    )
    with snapshot(source.database) as connection, _Files(out) as files:
        built: list[Table] = []
        try:
            context = Context(connection, request, source)
            # all are built before the first is written: a wrong name costs no waiting
            built.extend(build(name, context) for name in wanted)
            described: dict[str, Sequence[Column]] = {}
            for table in built:
                write(files.new(f"{table.name}.{fmt}"), table.name, table.columns, _told(table, progress))
                described[table.name] = table.columns
            write_codebook({kind: files.new(f"codebook.{kind}") for kind in ("csv", "json")}, described)
        finally:
            # SQLite takes no function away while a statement that uses it is open
            for table in built:
                table.rows.close()
            forget(connection)
        return files.keep()


def _told(table: Table, progress: Progress | None) -> Iterator[Row]:
    """The table's rows, with a word to ``progress`` at the start, after each chunk and at the end."""
    if progress is None:
        yield from table.rows
        return
    done = 0
    progress(table.name, done, table.size)
    for row in table.rows:
        yield row
        done += 1
        if done % CHUNK == 0:
            progress(table.name, done, table.size)
    progress(table.name, done, table.size)


class _Files:
    """New files beside their final names, moved there by :meth:`keep` and removed without it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[Path, Path] = {}

    def __enter__(self) -> _Files:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for made in self._made.values():
            made.unlink(missing_ok=True)

    def new(self, name: str) -> Path:
        # mkstemp makes the file readable by its owner only, before a row is in it
        handle, made = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=f".{name}")
        os.close(handle)
        self._made[self._folder / name] = Path(made)
        return Path(made)

    def keep(self) -> list[Path]:
        for final, made in self._made.items():
            made.chmod(0o600)
            made.replace(final)
        return list(self._made)
