"""Claiming work: whose turn it is, so that one person's messages are handled one at a time and in order."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from bot.store.database import Database
from bot.store.tables import InboxRow, OutboxRow
from bot.store.types import Instant

LEASE = timedelta(seconds=60)
"""a worker that died holds its claim no longer than this, on another machine; on the same one, not at all"""


def worker_name(role: str) -> str:
    """``host/pid/role``: enough to tell a dead worker of this machine from a live one."""
    return f"{socket.gethostname()[:40]}/{os.getpid()}/{role}"[:80]


def _next() -> sa.Select[tuple[InboxRow]]:
    """The oldest waiting message at ``:now`` of a person none of whose messages is being handled."""
    other = aliased(InboxRow)
    now = sa.bindparam("now", type_=Instant)
    earlier = (
        sa.select(other.id)
        .where(
            other.participant_id == InboxRow.participant_id,
            other.state == "waiting",
            other.id < InboxRow.id,
        )
        .exists()
    )
    free = sa.or_(InboxRow.claimed_until.is_(None), InboxRow.claimed_until < now)
    due = sa.or_(InboxRow.retry_at.is_(None), InboxRow.retry_at <= now)
    return (
        sa.select(InboxRow)
        .where(InboxRow.state == "waiting", free, due, ~earlier)
        .order_by(InboxRow.id)
        .limit(1)
    )


# built once: to build a statement takes longer than to run it, and this one runs all day
_NEXT = _next()


def claim_inbox(database: Database, session: Session, worker: str, now: datetime) -> int | None:
    """Claim the oldest waiting message of a person none of whose messages is being handled."""
    row: InboxRow | None = session.scalar(database.lock(_NEXT), {"now": now})
    if row is None:
        return None
    row.claimed_by, row.claimed_until = worker, now + LEASE
    row.attempts += 1
    return row.id


def still_mine(row: InboxRow, worker: str) -> bool:
    """Whether the claim still stands: another worker may have taken over after the lease ran out."""
    return row.state == "waiting" and row.claimed_by == worker


def release_dead(session: Session) -> int:
    """Free what workers of this machine held when they died; returns how many rows."""
    freed = 0
    host = socket.gethostname()[:40]
    inbox = sa.select(InboxRow).where(InboxRow.state == "waiting", InboxRow.claimed_by.is_not(None))
    outbox = sa.select(OutboxRow).where(OutboxRow.state == "sending", OutboxRow.claimed_by.is_not(None))
    for rows in (session.scalars(inbox).all(), session.scalars(outbox).all()):
        for row in rows:
            owner, _, rest = (row.claimed_by or "").partition("/")
            pid = rest.partition("/")[0]
            if owner != host or not pid.isdigit() or _alive(int(pid)):
                continue
            freed += 1
            row.claimed_by = row.claimed_until = None
            if isinstance(row, OutboxRow):
                # it may have left: only the provider knows, so it is not sent again by itself
                row.state = "unknown"
    return freed


def _alive(pid: int) -> bool:
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
