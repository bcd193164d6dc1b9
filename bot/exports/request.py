"""What is asked for: whose rows, of when, and whether they may lead back to a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from bot.core.clock import aware
from bot.store.tables import Participant

_INSTANT = timedelta(microseconds=1)
"""the least that instants in the database differ by"""


@dataclass(frozen=True, slots=True)
class Request:
    """``since`` is the first instant that counts, ``until`` the first that no longer does; both aware.

    ``country`` and ``centre`` keep the rows of the people who have that value now.
    """

    identified: bool = False
    since: datetime | None = None
    until: datetime | None = None
    country: str | None = None
    centre: str | None = None

    @property
    def last_day(self) -> date | None:
        """The day in UTC of the last instant that counts; None without ``until``."""
        return None if self.until is None else (aware(self.until) - _INSTANT).date()

    def within(self, instant: sa.SQLColumnExpression[datetime]) -> list[sa.ColumnElement[bool]]:
        """Conditions that ``instant`` lies in the asked time."""
        conditions = []
        if self.since is not None:
            conditions.append(instant >= self.since)
        if self.until is not None:
            conditions.append(instant < self.until)
        return conditions

    def lives(self) -> list[sa.ColumnElement[bool]]:
        """Conditions on :class:`Participant` for the asked country and centre."""
        conditions: list[sa.ColumnElement[bool]] = []
        if self.country is not None:
            conditions.append(Participant.country == self.country)
        if self.centre is not None:
            conditions.append(Participant.centre == self.centre)
        return conditions

    def hers(self, person: sa.SQLColumnExpression[Any]) -> list[sa.ColumnElement[bool]]:
        """Conditions that the row's ``person`` is one of the asked country and centre."""
        lives = self.lives()
        return [person.in_(sa.select(Participant.id).where(*lives))] if lives else []


def bound(value: str | date | datetime | None, *, end: bool = False) -> datetime | None:
    """A filter's limit: a day means its start in UTC, or with ``end`` the start of the next one.

    Text is ISO 8601 (``2026-11-30``, ``2026-11-30T12:00Z``). Raises ``ValueError`` for other text and for an
    instant without a zone.
    """
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"'{value}' is no date: write 2026-11-30 or 2026-11-30T12:00Z") from None
    if value is None or isinstance(value, datetime):
        return None if value is None else aware(value)
    return datetime.combine(value + timedelta(days=1 if end else 0), time(), tzinfo=UTC)
