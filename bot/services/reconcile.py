"""After trouble: what became of uncertain sends, and what people wrote while we could not be reached.

A step for the sender's loop. It asks providers that keep messages (:class:`bot.channels.base.History`); Telegram
keeps none, so there an uncertain send stays *unknown* for staff to see.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.channels.base import ChannelAdapter, History, HistoryUnavailable, Sent
from bot.core.clock import Clock
from bot.core.messages import Channel, Inbound, StatusUpdate
from bot.services.receiving import apply_status
from bot.services.reconcile_failures import clear_alert, raise_alert
from bot.store.channel_tables import SendCheck, Watermark
from bot.store.database import Database
from bot.store.tables import InboxRow, OutboxRow, SendAttempt

log = logging.getLogger(__name__)

PAUSES = tuple(timedelta(minutes=m) for m in (3, 8, 30, 120, 720))
"""before each look-up of an uncertain send, counted from the one before; a callback is usually faster"""
ABSENT_AFTER = 2
"""look-ups that must miss it before it counts as never taken"""
FORGET_AFTER = timedelta(hours=48)
BATCH = 20
MOST_SENDS = 2
"""a send that was never taken is tried once more"""

SWEEP_EVERY = timedelta(minutes=10)
SWEEP_BACK = timedelta(days=3)
LATE = timedelta(minutes=2)
"""the webhook of a message younger than this may still be under way, and it knows more (presses, places)"""
OVERLAP = timedelta(minutes=5)
BEHIND = timedelta(hours=1)
"""a list that was not read for so long is something for staff to mend"""


def inbound_mark(channel: Channel) -> str:
    """The watermark up to which the provider's list of inbound messages was read."""
    return f"inbound:{channel.value}"


def histories(adapters: Mapping[Channel, ChannelAdapter]) -> dict[Channel, History]:
    """The channels whose provider can be asked."""
    return {
        c: cast(History, a) for c, a in adapters.items() if hasattr(a, "sent_to") and hasattr(a, "received")
    }


class Reconciler:
    """``step`` does what is due, at most a batch; call it every minute or so. ``receive`` stores an inbound."""

    def __init__(
        self,
        database: Database,
        adapters: Mapping[Channel, ChannelAdapter],
        clock: Clock,
        receive: Callable[[Inbound], bool],
    ) -> None:
        self._database = database
        self._histories = histories(adapters)
        self._clock = clock
        self._receive = receive
        self._told: dict[Channel, datetime] = {}

    async def step(self) -> int:
        """How many sends were resolved and messages recovered. Raises nothing that a provider does."""
        done = 0
        for channel, history in self._histories.items():
            try:
                done += await self._sends(channel, history)
                done += await self._sweep(channel, history)
            except HistoryUnavailable as error:
                log.warning("%s could not be asked what it has: %s", channel.value, error)
                self._note_behind(channel, str(error))
        return done

    def _note_behind(self, channel: Channel, why: str) -> None:
        """Staff hear of it when messages may have been missed for an hour, and once an hour after that."""
        now = self._clock()
        if now - self._told.get(channel, now - BEHIND) < BEHIND:
            return
        with self._database.write() as session:
            mark = session.get(Watermark, inbound_mark(channel))
            if mark is None or now - mark.at < BEHIND:
                return
            self._told[channel] = now
            detail = (
                f"messages that came while we were away are not looked for: the list was not read ({why})"
            )
            raise_alert(session, channel.value, "missed", "behind", detail, now)

    # -- sends whose outcome is not known -----------------------------------------------------------------

    async def _sends(self, channel: Channel, history: History) -> int:
        now = self._clock()
        with self._database.write() as session:
            due = _due(session, channel, now)
        resolved = 0
        for row_id, to, since in due:
            listed = await history.sent_to(to, since)
            with self._database.write() as session:
                resolved += self._resolve(session, row_id, listed)
        return resolved

    def _resolve(self, session: Session, row_id: int, listed: tuple[Sent, ...]) -> bool:
        now = self._clock()
        row, check = session.get(OutboxRow, row_id), session.get(SendCheck, row_id)
        if row is None or check is None or row.state != "unknown" or row.content is None:
            return False
        found = _match(session, row, listed)
        if found is not None:
            row.external_id = found.external_id
            # that it is listed at all means that it was taken
            status = found.status if found.status != "unknown" else "sent"
            apply_status(row, StatusUpdate(found.external_id, status, row.id, found.code), now)
        else:
            check.checks += 1
            check.next_at = now + PAUSES[min(check.checks, len(PAUSES) - 1)]
            if check.checks < ABSENT_AFTER:
                return False
            if _still_right(session, row):
                row.state, row.not_before = "queued", now
            else:
                row.state, row.error_code = "failed", "lost"
        session.delete(check)
        return True

    # -- what people wrote meanwhile ----------------------------------------------------------------------

    async def _sweep(self, channel: Channel, history: History) -> int:
        now = self._clock()
        name = inbound_mark(channel)
        with self._database.write() as session:
            mark = session.get(Watermark, name)
            if mark is None:
                # the first start: what lies before it was never ours to answer
                session.add(Watermark(name=name, at=now))
                return 0
            since = max(mark.at - OVERLAP, now - SWEEP_BACK)
            if now - mark.at < SWEEP_EVERY:
                return 0
        until = now - LATE
        missed = 0
        for inbound in await history.received(since, until):
            if not self._known(channel, inbound) and self._receive(inbound):
                missed += 1
        with self._database.write() as session:
            mark = session.get(Watermark, name)
            if mark is not None:
                mark.at = max(mark.at, until)
            clear_alert(session, channel.value, "missed", None, now)
        self._told.pop(channel, None)
        if missed:
            log.warning(
                "%s: %d messages came while we could not be reached; they are answered now", name, missed
            )
        return missed

    def _known(self, channel: Channel, inbound: Inbound) -> bool:
        with self._database.read() as session:
            known = sa.select(InboxRow.id).where(
                InboxRow.channel == channel.value, InboxRow.external_id == inbound.external_id
            )
            return session.scalar(known) is not None


def _due(session: Session, channel: Channel, now: datetime) -> list[tuple[int, str, datetime]]:
    """Uncertain sends to look up now: row, recipient, since when. New ones get their first date here."""
    rows = session.execute(
        sa.select(OutboxRow, SendCheck)
        .outerjoin(SendCheck, SendCheck.outbox_id == OutboxRow.id)
        .where(
            OutboxRow.state == "unknown",
            OutboxRow.channel == channel.value,
            OutboxRow.created_at > now - FORGET_AFTER,
            sa.or_(SendCheck.outbox_id.is_(None), SendCheck.next_at <= now),
        )
        .order_by(OutboxRow.id)
        .limit(BATCH)
    ).all()
    due: list[tuple[int, str, datetime]] = []
    for row, check in rows:
        began = _first_try(session, row)
        if check is None:
            check = SendCheck(outbox_id=row.id, checks=0, next_at=began + PAUSES[0])
            session.add(check)
        if check.next_at <= now and row.send_to:
            due.append((row.id, row.send_to, began - timedelta(minutes=1)))
    return due


def _first_try(session: Session, row: OutboxRow) -> datetime:
    began = session.scalar(
        sa.select(sa.func.min(SendAttempt.started_at)).where(SendAttempt.outbox_id == row.id)
    )
    return began or row.created_at


def _match(session: Session, row: OutboxRow, listed: tuple[Sent, ...]) -> Sent | None:
    """The listed message that this row is: same text, and no other row's."""
    wanted = _plain(cast(dict[str, Any], row.content).get("text", ""))
    for sent in listed:
        if _plain(sent.text) != wanted:
            continue
        other = sa.select(OutboxRow.id).where(
            OutboxRow.channel == row.channel,
            OutboxRow.external_id == sent.external_id,
            OutboxRow.id != row.id,
        )
        if session.scalar(other) is None:
            return sent
    return None


def _plain(text: str) -> str:
    return " ".join(text.split())


def _still_right(session: Session, row: OutboxRow) -> bool:
    """Whether it may be tried once more: nothing was said after it that it would now contradict."""
    if row.attempts >= MOST_SENDS:
        return False
    later = sa.select(OutboxRow.id).where(
        OutboxRow.lane == row.lane, OutboxRow.id > row.id, OutboxRow.state.notin_(("cancelled", "failed"))
    )
    if session.scalar(later.limit(1)) is not None:
        return False
    answered = sa.select(InboxRow.id).where(
        InboxRow.participant_id == row.participant_id, InboxRow.received_at > row.created_at
    )
    return session.scalar(answered.limit(1)) is None
