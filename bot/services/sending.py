"""The sender: claims outbox rows, asks at the moment of sending whether they may leave, records each attempt.

One recipient's messages leave in order, a part of a long reply after the one before it; different
recipients do not wait for each other. A send whose outcome is not known is *unknown* and stays so until the
provider tells: a second copy is worse than a gap.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from bot.channels.base import ChannelAdapter
from bot.core.clock import Clock
from bot.core.messages import Channel, Outbound, Outcome, SendResult
from bot.services.claims import LEASE
from bot.services.reconcile_failures import note_failure
from bot.services.window_rule import Dress, plain
from bot.store.database import Database
from bot.store.tables import OutboxRow, Participant, SendAttempt
from bot.store.types import Instant

log = logging.getLogger(__name__)

ATTEMPTS = 5
FIRST_WAIT = timedelta(seconds=2)
BATCH = 20
NEEDS_CONSENT = frozenset({"nudge", "notice"})


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that this sender holds and may send now."""

    outbox_id: int
    attempt_id: int
    channel: Channel
    lane: str
    send_to: str
    message: Outbound
    used_keyboard: str | None = None
    """the provider's id of her last message with buttons: they have had their day (Telegram)"""


Pace = Callable[[Channel, str, datetime], float]
"""Seconds until the next message to this recipient may leave; 0 takes the place."""
Guard = Callable[[Session, OutboxRow, datetime], str | None]
"""Why a nudge must not leave now, if so: every rule of follow-up, asked again at the moment of sending"""


PaceHold = Callable[[Channel, str, float, datetime], None]
"""Told when a provider asked for a pause towards one recipient: channel, lane, seconds, now"""


class Sender:
    """``send_due`` sends what is due now; call it in a loop.

    ``pace`` keeps within the providers' rates and ``hold`` hears of their complaints; ``dress`` chooses the form
    in which a message leaves (free text, buttons, template) or says why it must not.
    """

    def __init__(
        self,
        database: Database,
        adapters: Mapping[Channel, ChannelAdapter],
        clock: Clock,
        worker: str,
        pace: Pace = lambda channel, lane, now: 0.0,
        guard: Guard = lambda session, row, now: None,
        hold: PaceHold = lambda channel, lane, seconds, now: None,
        dress: Dress = plain,
    ) -> None:
        self._database = database
        self._adapters = adapters
        self._clock = clock
        self._worker = worker
        self._pace = pace
        self._guard = guard
        self._hold = hold
        self._dress = dress
        # built once: to build a statement takes longer than to run it, and this one runs all day
        due = _due([channel.value for channel in adapters])
        self._any, self._due = due.with_only_columns(OutboxRow.id).limit(1), database.lock(due)

    async def send_due(self) -> int:
        """Send up to a batch of due rows, one a recipient; returns how many were tried."""
        claimed = self._claim()
        # side by side: they are for different people, and one who waits must not hold up the others
        await asyncio.gather(*(self._send(job) for job in claimed))
        return len(claimed)

    async def _send(self, job: Claimed) -> None:
        adapter = self._adapters.get(job.channel)
        if adapter is None:
            result = SendResult(Outcome.CONFIGURATION, code="no_channel")
        else:
            result = await adapter.send(job.send_to, job.message, outbox_id=job.outbox_id)
        self._settle(job, result)
        tidy = getattr(adapter, "remove_keyboard", None)
        if result.outcome is Outcome.ACCEPTED and job.used_keyboard and tidy is not None:
            # a failure changes nothing: a stale press is answered kindly anyway
            await tidy(job.send_to, job.used_keyboard)

    def _claim(self) -> list[Claimed]:
        now = self._clock()
        with self._database.read() as session:
            if session.scalar(self._any, {"now": now}) is None:
                return []
        claimed: list[Claimed] = []
        with self._database.write() as session:
            lanes: set[str] = set()
            for row in session.scalars(self._due, {"now": now}).all():
                if row.lane in lanes:
                    continue
                lanes.add(row.lane)
                job = self._take(session, row, now)
                if job is not None:
                    claimed.append(job)
        return claimed

    def _take(self, session: Session, row: OutboxRow, now: datetime) -> Claimed | None:
        reason = _may_not_leave(session, row)
        if reason is None and row.kind == "nudge":
            reason = self._guard(session, row, now)
        if reason is not None:
            row.state, row.error_code = "cancelled", reason
            return None
        message = self._dress(session, row, now)
        if isinstance(message, str):
            row.state, row.error_code = "cancelled", message
            return None
        if isinstance(message, timedelta):
            row.not_before = now + message
            return None
        wait = self._pace(Channel(row.channel), row.lane, now)
        if wait > 0:
            row.not_before = now + timedelta(seconds=wait)
            return None
        row.state, row.claimed_by, row.claimed_until = "sending", self._worker, now + LEASE
        row.attempts += 1
        attempt = SendAttempt(outbox_id=row.id, started_at=now)
        session.add(attempt)
        session.flush()
        return Claimed(
            row.id,
            attempt.id,
            Channel(row.channel),
            row.lane,
            row.send_to or "",
            message,
            _used_keyboard(session, row),
        )

    def _settle(self, job: Claimed, result: SendResult) -> None:
        now = self._clock()
        with self._database.write() as session:
            row = session.get(OutboxRow, job.outbox_id)
            attempt = session.get(SendAttempt, job.attempt_id)
            if attempt is not None:
                attempt.ended_at, attempt.outcome, attempt.code = (
                    now,
                    result.outcome.value,
                    result.code or None,
                )
            if row is None:
                return
            row.claimed_by = row.claimed_until = None
            if row.state == "sending":  # a status callback may have been faster than the answer
                _apply(row, result, now)
                if result.outcome in (Outcome.PERMANENT, Outcome.CONFIGURATION):
                    note_failure(session, row, result.code, now)
            row.external_id = row.external_id or result.external_id or None
            if row.erase_when_sent and row.state != "queued":
                row.content = row.send_to = row.participant_id = None
        if result.outcome is Outcome.RETRY and result.retry_after is not None:
            self._hold(job.channel, job.lane, result.retry_after, now)
        if result.outcome is Outcome.CONFIGURATION:
            log.error("sending is not configured: channel=%s code=%s", job.channel.value, result.code)

    def expire_claims(self) -> int:
        """Rows whose sender died in the middle become *unknown*; returns how many."""
        with self._database.write() as session:
            rows = session.scalars(
                sa.select(OutboxRow).where(
                    OutboxRow.state == "sending", OutboxRow.claimed_until < self._clock()
                )
            ).all()
            for row in rows:
                row.state, row.claimed_by, row.claimed_until = "unknown", None, None
            return len(rows)


def _due(channels: list[str]) -> sa.Select[tuple[OutboxRow]]:
    """Rows that may leave at ``:now``: the first that waits for each recipient, replies before nudges."""
    other = aliased(OutboxRow)
    earlier = (
        sa.select(other.id)
        .where(
            other.lane == OutboxRow.lane,
            other.id < OutboxRow.id,
            # a reply never waits for a nudge that is held back
            sa.or_(
                other.state == "sending",
                sa.and_(other.state == "queued", sa.or_(OutboxRow.kind != "reply", other.kind == "reply")),
            ),
        )
        .exists()
    )
    return (
        sa.select(OutboxRow)
        .where(
            OutboxRow.state == "queued",
            OutboxRow.not_before <= sa.bindparam("now", type_=Instant),
            OutboxRow.channel.in_(channels),
            ~earlier,
        )
        # replies before nudges, older before newer
        .order_by(sa.case((OutboxRow.kind == "reply", 0), else_=1), OutboxRow.id)
        .limit(BATCH)
    )


def _apply(row: OutboxRow, result: SendResult, now: datetime) -> None:
    row.error_code = result.code or None
    if result.outcome is Outcome.ACCEPTED:
        row.state, row.sent_at = "sent", now
    elif result.outcome is Outcome.UNKNOWN:
        row.state = "unknown"
    elif result.outcome is Outcome.RETRY and row.attempts < ATTEMPTS:
        seconds = (
            result.retry_after
            if result.retry_after is not None
            else FIRST_WAIT.total_seconds() * 2 ** (row.attempts - 1)
        )
        row.state, row.not_before = "queued", now + timedelta(seconds=seconds)
    elif result.outcome is Outcome.CONFIGURATION and row.attempts < ATTEMPTS:
        # nothing is lost while an operator mends the settings
        row.state, row.not_before = "queued", now + timedelta(minutes=5 * row.attempts)
    else:
        row.state = "failed"


def _used_keyboard(session: Session, row: OutboxRow) -> str | None:
    """On Telegram, with the first message of a turn: the last message of the turn before, if it had buttons."""
    if row.channel != Channel.TELEGRAM or row.inbox_id is None or row.part:
        return None
    before = session.scalar(
        sa.select(OutboxRow)
        .where(
            OutboxRow.lane == row.lane,
            OutboxRow.id < row.id,
            OutboxRow.external_id.is_not(None),
            sa.or_(OutboxRow.inbox_id.is_(None), OutboxRow.inbox_id < row.inbox_id),
        )
        .order_by(OutboxRow.id.desc())
        .limit(1)
    )
    if before is None or before.content is None or not before.content.get("options"):
        return None
    return before.external_id


def _may_not_leave(session: Session, row: OutboxRow) -> str | None:
    """Asked at the moment of sending: why this row must not leave, if so."""
    if row.content is None or row.send_to is None:
        return "erased"
    if row.kind not in NEEDS_CONSENT:
        return None
    person = session.get(Participant, row.participant_id) if row.participant_id else None
    if person is None or person.status in ("deleted", "refused", "withdrawn"):
        return "gone"
    return "opted_out" if person.opted_out_at is not None else None
