"""The 24-hour window at the moment of sending: free text inside, otherwise nothing without a template."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.core.messages import Outbound
from bot.services.window import takes_free_text
from bot.store.tables import AddressRow, OutboxRow

Dress = Callable[[Session, OutboxRow, datetime], Outbound | timedelta | str]
"""The form in which a row leaves now; how long it has to wait; or why it must not leave."""

OUTSIDE = "window"


def plain(session: Session, row: OutboxRow, now: datetime) -> Outbound | timedelta | str:
    """Free text where it may be sent, ``window`` where not: for a service that has no templates."""
    return free_text(row) if is_open(session, row, now) else OUTSIDE


def free_text(row: OutboxRow) -> Outbound:
    """The row's message without the template that would say the same."""
    return replace(Outbound.from_json(row.content), template="", variables=())


def is_open(session: Session, row: OutboxRow, now: datetime) -> bool:
    """Whether this row's address takes free text now."""
    last = session.scalar(
        sa.select(AddressRow.last_inbound_at).where(
            AddressRow.channel == row.channel, AddressRow.digest == row.lane
        )
    )
    # a last word to someone who was forgotten: her address is gone, and she wrote just before
    if last is None and row.erase_when_sent:
        last = row.created_at
    return takes_free_text(row.channel, last, now)
