"""What the command line's modules share: wrong calls, errors that name their mend, a progress bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import Progress


class Wrong(Exception):
    """The call was wrong: one line, exit 2."""


def existing(file: Path) -> None:
    """Raises Wrong when there is no such file."""
    if not file.is_file():
        raise Wrong(f"{file}: no such file")


def iso_date(option: str, value: str | None) -> date | None:
    """The date of an option, ``None`` when it was not given. Raises Wrong."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Wrong(f"{option}: {value} is no date; write it as 2026-11-22") from None


@contextmanager
def progress_bar(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """A bar a table, on the error stream so that output stays clean."""
    with Progress(console=console, transient=True) as bar:
        tasks: dict[str, object] = {}

        def tell(table: str, done: int, total: int) -> None:
            if table not in tasks:
                tasks[table] = bar.add_task(table, total=total)
            bar.update(tasks[table], completed=done, total=total)  # type: ignore[arg-type]

        yield tell


def mendable() -> tuple[type[Exception], ...]:
    """Every exception of ours whose message names the place and the mend."""
    from sqlalchemy.exc import OperationalError

    from bot.channels.whatsapp.contents import ContentsUnavailable
    from bot.programme.document import ProgrammeError
    from bot.services.content_templates import TemplateError
    from bot.services.journey import JourneyError
    from bot.services.library import UnknownSurvey
    from bot.services.texts import TextError
    from bot.store.backup import BackupError
    from bot.store.crypto import WrongKey
    from bot.surveys.problem import SurveyError

    known: list[type[Exception]] = [
        ContentsUnavailable, TemplateError, ProgrammeError, JourneyError, UnknownSurvey, TextError, BackupError,
        WrongKey, SurveyError,
        OperationalError, ValueError, RuntimeError,
    ]  # fmt: skip
    return tuple(known)
