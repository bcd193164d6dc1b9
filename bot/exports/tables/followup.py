"""One row a nudge: what was planned for whom, when, and what became of it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import sqlalchemy as sa

from bot.exports.columns import Row, columns_of
from bot.exports.context import Context
from bot.exports.snapshot import stream
from bot.exports.tables.table import Table, size_of
from bot.store.followup_tables import Nudge

PLAIN = "quiet_hours"
RESTRICTED_REASONS = frozenset({"safety_quiet", "no_safe_hour"})
"""follow from a disclosure or a restricted answer: in every export they read as ``PLAIN`` (SAF-10). An empty
cell would not do, as nothing else leaves it empty"""


def nudges(context: Context) -> Table:
    """Every nudge, the planned ones included, by the time it is due."""
    statement: sa.Select[Any] = (
        sa.select(
            context.id_of("nudge", Nudge.id).label("nudge"),
            context.person(Nudge.participant_id).label("person"),
            Nudge.survey,
            Nudge.wave,
            Nudge.attempt,
            Nudge.due_at,
            Nudge.local_due_at,
            Nudge.state,
            Nudge.sent_at,
            Nudge.reason,
        )
        .where(*context.request.within(Nudge.due_at), *context.request.hers(Nudge.participant_id))
        .order_by("nudge")
    )
    columns = columns_of("nudges", identified=context.identified)
    return Table("nudges", columns, _rows(context, statement), size_of(context.connection, statement))


def _rows(context: Context, statement: sa.Select[Any]) -> Generator[Row, None, None]:
    for row in stream(context.connection, statement):
        yield (
            str(row.nudge),
            row.person,
            row.survey,
            row.wave,
            row.attempt,
            context.time(row.due_at),
            # both months in UTC: where hers differed, it would name the evening
            row.local_due_at if context.identified else context.time(row.due_at),
            row.state,
            context.time(row.sent_at),
            PLAIN if row.reason in RESTRICTED_REASONS else row.reason or None,
        )
