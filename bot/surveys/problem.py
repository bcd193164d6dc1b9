"""What is wrong with a questionnaire, said so that the person who wrote the sheet can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Severity(StrEnum):
    """An error stops publishing; a warning says that the chat will do less than the form asks for."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. ``row`` is the row of the survey sheet (or of ``sheet``), the header being row 1."""

    row: int | None
    column: str
    message: str
    mend: str
    severity: Severity = Severity.ERROR
    sheet: str = "survey"
    file: str = ""

    def __str__(self) -> str:
        """One line: ``file: row 7: what is wrong. Mend: what to do.``"""
        place = [self.file] if self.file else []
        if self.row is not None:
            place.append(f"row {self.row}" if self.sheet == "survey" else f"{self.sheet} row {self.row}")
        what = f"{self.column}: {self.message}" if self.column else self.message
        return ": ".join([*place, f"{what.rstrip('.')}. Mend: {self.mend.rstrip('.')}."])

    def within(self, file: str) -> Problem:
        return replace(self, file=file)


def warning(row: int | None, column: str, message: str, mend: str, sheet: str = "survey") -> Problem:
    return Problem(row, column, message, mend, Severity.WARNING, sheet)


class SurveyError(ValueError):
    """A questionnaire that cannot be published. ``problems`` are its errors, in sheet order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
