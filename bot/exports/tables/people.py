"""One row a participant, a decision on consent, a referral."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

import sqlalchemy as sa

from bot.exports.columns import Row, columns_of
from bot.exports.context import Context
from bot.exports.snapshot import stream
from bot.exports.tables.table import Table, size_of
from bot.store.channel_tables import Profile
from bot.store.tables import AddressRow, Consent, Participant, Referral

GONE = frozenset({"refused", "deleted"})
"""of these nothing is kept but that it happened"""

_NUMBER_LIKE = re.compile(r"(?:\d[\s_-]?){7}")

# the latest address is the one she wrote from last; on a shared telephone it may be another's turn
_SHARED = sa.select(Profile.address_id).where(Profile.participant_id == Participant.id).correlate(Participant)
_ADDRESS = (
    sa.select(AddressRow.key)
    .where(sa.or_(AddressRow.participant_id == Participant.id, AddressRow.id.in_(_SHARED)))
    .order_by(
        sa.func.coalesce(AddressRow.last_inbound_at, AddressRow.created_at).desc(), AddressRow.id.desc()
    )
    .limit(1)
    .correlate(Participant)
    .scalar_subquery()
)


def participants(context: Context) -> Table:
    """Everybody who ever wrote; of those who refused or were deleted, no more than that."""
    columns = columns_of("participants", identified=context.identified)
    sealed: list[Any] = [Participant.name, _ADDRESS.label("address")] if context.identified else []
    statement = sa.select(
        context.person(Participant.id).label("person"), *_plain(Participant, columns[1:]), *sealed
    ).where(*context.request.within(Participant.created_at), *context.request.lives())
    # without identified nothing but the run's ids may order the rows: who came first is known to others
    statement = statement.order_by(*([Participant.created_at] if context.identified else []), "person")
    names = [column.name for column in columns]
    status, channel, created = names.index("status"), names.index("channel"), names.index("created_at")
    country, region, municipality = (names.index(name) for name in ("country", "region", "municipality"))
    source = names.index("source")
    times = [names.index(name) for name in names if name.endswith("_at")]

    def rows() -> Generator[Row, None, None]:
        for stored in stream(context.connection, statement):
            row = list(stored)
            for place in times:
                row[place] = context.time(row[place])
            if row[status] in GONE:
                kept = {0, status, channel, created}
                row = [cell if place in kept else None for place, cell in enumerate(row)]
            elif not context.identified:
                if not context.names(row[country], row[region], row[municipality]):
                    row[municipality] = None
                # a code can be typed by hand: one that could be a telephone number says who she is
                if row[source] and _NUMBER_LIKE.search(row[source]):
                    row[source] = None
            yield row

    return Table("participants", columns, rows(), size_of(context.connection, statement))


def consents(context: Context) -> Table:
    """The ledger: every decision, in the order it was made."""
    columns = columns_of("consents", identified=context.identified)
    statement = sa.select(
        context.person(Consent.participant_id).label("person"), *_plain(Consent, columns[1:])
    ).where(*context.request.within(Consent.at), *context.request.hers(Consent.participant_id))
    statement = statement.order_by(*([] if context.identified else ["person"]), Consent.id)
    return Table("consents", columns, _timed(context, statement), size_of(context.connection, statement))


def referrals(context: Context) -> Table:
    """Every support that was asked for, and how far it came."""
    columns = columns_of("referrals", identified=context.identified)
    statement = (
        sa.select(
            context.id_of("referral", Referral.id).label("referral"),
            context.person(Referral.participant_id).label("person"),
            *_plain(Referral, columns[2:]),
        )
        .where(*context.request.within(Referral.opened_at), *context.request.hers(Referral.participant_id))
        .order_by("referral")
    )
    size = size_of(context.connection, statement)

    def rows() -> Generator[Row, None, None]:
        for referral, *cells in _timed(context, statement):
            yield [str(referral), *cells]

    return Table("referrals", columns, rows(), size)


def _plain(table: Any, columns: Any) -> list[Any]:
    """The table's own columns among ``columns``; sealed ones are added by hand, when identified."""
    return [getattr(table, column.name) for column in columns if column.name not in ("name", "address")]


def _timed(context: Context, statement: sa.Select[Any]) -> Generator[Row, None, None]:
    """The statement's rows with every instant as it leaves the house."""
    for stored in stream(context.connection, statement):
        yield [context.time(cell) if hasattr(cell, "tzinfo") else cell for cell in stored]
