"""What every table of a run shares: the snapshot, the request, the ids, the published questionnaires."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol

import sqlalchemy as sa

from bot.core.clock import Clock, aware
from bot.exports.forms import Forms
from bot.exports.pseudonyms import Pseudonyms
from bot.exports.request import Request
from bot.programme.load import Programmes
from bot.services.journey import Journey
from bot.store.database import Database
from bot.store.tables import Participant

SMALLEST_PLACE = 10
"""a municipality is named where at least so many of the exported participants live in it (PRV-09)"""

Place = tuple[str | None, str | None, str | None]
"""country, region, municipality"""


class Source(Protocol):
    """The part of :class:`bot.services.world.World` that an export needs."""

    @property
    def database(self) -> Database: ...

    @property
    def journey(self) -> Journey: ...

    @property
    def programmes(self) -> Programmes: ...

    @property
    def clock(self) -> Clock: ...


class Context:
    """One run. ``key`` fixes the ids; given by tests only."""

    def __init__(
        self, connection: sa.Connection, request: Request, source: Source, key: bytes | None = None
    ) -> None:
        self.connection = connection
        self.request = request
        self._source = source
        self.pseudonyms = Pseudonyms(connection, key)

    @property
    def identified(self) -> bool:
        return self.request.identified

    @property
    def programmes(self) -> Programmes:
        return self._source.programmes

    @cached_property
    def as_of(self) -> date:
        """The day in UTC up to which results are counted: the request's last one, else today."""
        return self.request.last_day or aware(self._source.clock()).date()

    def id_of(self, scope: str, column: sa.SQLColumnExpression[Any]) -> sa.SQLColumnExpression[Any]:
        """``column`` as it leaves the house: itself when identified, else its id for this run."""
        return column if self.identified else self.pseudonyms.column(scope, column)

    def person(self, column: sa.SQLColumnExpression[Any]) -> sa.SQLColumnExpression[Any]:
        """A participant's id as it leaves the house."""
        return self.id_of("participant", column)

    def time(self, instant: datetime | date | None) -> datetime | date | str | None:
        """An instant or a day as it leaves the house: exact when identified, else ``YYYY-MM``."""
        if instant is None or self.identified:
            return instant
        return f"{instant.year:04}-{instant.month:02}"

    @cached_property
    def forms(self) -> Forms:
        """The published questionnaires, as of the snapshot."""
        return Forms(self.connection, self._source.journey)

    @cached_property
    def named_places(self) -> frozenset[Place]:
        """Municipalities that enough of the exported participants share to be named."""
        place = (Participant.country, Participant.region, Participant.municipality)
        statement = (
            sa.select(*place)
            .where(
                Participant.municipality.is_not(None),
                *self.request.within(Participant.created_at),
                *self.request.lives(),
            )
            .group_by(*place)
            .having(sa.func.count() >= SMALLEST_PLACE)
        )
        found = self.connection.execute(statement)
        return frozenset((country, region, municipality) for country, region, municipality in found)

    def names(self, country: str | None, region: str | None, municipality: str | None) -> bool:
        """Whether the municipality may stand in a cell."""
        return self.identified or (country, region, municipality) in self.named_places
