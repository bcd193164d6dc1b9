"""Receiving: nothing is acknowledged before it is stored, and nothing is stored twice."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.channels.whatsapp.status import advance
from bot.core.clock import Clock
from bot.core.messages import Address, Channel, Inbound, Outcome, StatusUpdate
from bot.services.followup_send import follow
from bot.services.identity_keys import note_other_key
from bot.services.reconcile_failures import note_failure
from bot.store.channel_tables import RetiredSend
from bot.store.database import Database
from bot.store.tables import AddressRow, Conversation, InboxRow, OutboxRow, Participant


class Receiver:
    """``receive`` stores one inbound; ``wake`` tells the engine in this process that there is work."""

    def __init__(
        self, database: Database, clock: Clock, default_language: str, wake: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._clock = clock
        self._language = default_language
        self._wake = wake
        self.new_id: Callable[[], str] = lambda: uuid.uuid4().hex
        """ids of new people; a simulation draws them from its seed"""

    def receive(self, inbound: Inbound) -> bool:
        """Store it and return True; False for a repeat of one that is stored already."""
        for tries_left in (3, 2, 1, 0):
            try:
                with self._database.write() as session:
                    stored = self._store(session, inbound)
                break
            except IntegrityError:
                # another process met the same new person a moment ago, and then stored the same message:
                # each try finds one more of its rows
                if not tries_left:
                    raise
        if stored:
            self._wake()
        return stored

    def _store(self, session: Session, inbound: Inbound) -> bool:
        channel = inbound.address.channel
        known = sa.select(InboxRow.id).where(
            InboxRow.channel == channel.value, InboxRow.external_id == inbound.external_id
        )
        if session.scalar(known) is not None:
            return False
        now = self._clock()
        address = self._address(session, inbound.address, now, inbound.language_hint)
        # a message that Twilio hands on late opened the 24 hours when she wrote it
        late = inbound.sent_at if channel is Channel.WHATSAPP else None
        written = min(late or now, now)
        address.last_inbound_at = max(address.last_inbound_at or written, written)
        if inbound.address.other_key:
            note_other_key(session, self._database, address, inbound.address.other_key)
        session.add(
            InboxRow(
                channel=channel.value,
                external_id=inbound.external_id,
                participant_id=address.participant_id,
                address_id=address.id,
                kind=inbound.kind.value,
                payload=inbound.to_json(),
                received_at=now,
            )
        )
        return True

    def _address(self, session: Session, address: Address, now: datetime, hint: str) -> AddressRow:
        digest = self._database.cipher.digest(f"{address.channel.value}:{address.key}")
        row = session.scalar(
            sa.select(AddressRow).where(
                AddressRow.channel == address.channel.value, AddressRow.digest == digest
            )
        )
        if row is not None:
            if row.reply_to != address.reply_to:
                row.reply_to = address.reply_to
            return row
        other = self._by_other_key(session, address)
        owner = other.participant_id if other else self._new_person(session, address, now, hint)
        row = AddressRow(
            participant_id=owner,
            same_as=(other.same_as or other.id) if other else None,
            channel=address.channel.value,
            digest=digest,
            key=address.key,
            reply_to=address.reply_to,
            created_at=now,
        )
        session.add(row)
        session.flush()
        return row

    def _by_other_key(self, session: Session, address: Address) -> AddressRow | None:
        """She has a new number, and WhatsApp says by her user id who she is."""
        if not address.other_key:
            return None
        other = self._database.cipher.digest(f"{address.channel.value}:{address.other_key}")
        return session.scalar(
            sa.select(AddressRow).where(
                AddressRow.channel == address.channel.value, AddressRow.digest == other
            )
        )

    def _new_person(self, session: Session, address: Address, now: datetime, hint: str) -> str:
        person = Participant(
            id=self.new_id(),
            status="new",
            language=hint if hint in ("es", "en") else self._language,
            channel=address.channel.value,
            created_at=now,
            updated_at=now,
        )
        session.add(person)
        session.flush()
        session.add(Conversation(participant_id=person.id, held_by="bot", misses=0, unclear=0))
        return person.id

    def note_status(self, channel: Channel, update: StatusUpdate) -> None:
        """A provider's word on a send; one that would go backwards changes nothing."""
        with self._database.write() as session:
            if session.get(RetiredSend, (channel.value, update.external_id)) is not None:
                return  # of a send that failed and was repeated since
            row = self._sent(session, channel, update)
            if row is not None:
                apply_report(session, row, update, self._clock())
                if row.kind == "nudge":
                    follow(session, row)

    def _sent(self, session: Session, channel: Channel, update: StatusUpdate) -> OutboxRow | None:
        if update.outbox_id is not None:
            row = session.get(OutboxRow, update.outbox_id)
            # the id comes back through the provider inside a signed URL, yet the message must be the same
            if (
                row is not None
                and row.channel == channel.value
                and row.external_id in (None, update.external_id)
            ):
                row.external_id = update.external_id
                return row
        return session.scalar(
            sa.select(OutboxRow).where(
                OutboxRow.channel == channel.value, OutboxRow.external_id == update.external_id
            )
        )


REPEATS = 3
"""a send that the provider reports as failed for a passing reason is repeated up to so many tries"""


def apply_report(session: Session, row: OutboxRow, update: StatusUpdate, now: datetime) -> None:
    """A report with all that follows from it.

    A failure that the provider itself calls passing is no uncertain outcome: it did not arrive, so it is sent
    again, later. An address that is closed is closed here too.
    """
    before = row.state
    apply_status(row, update, now)
    if row.state != "failed" or before == "failed":
        return
    ruling = note_failure(session, row, update.code, now)
    passing = ruling is not None and ruling.outcome is Outcome.RETRY
    if ruling is None or not passing or row.attempts >= REPEATS or row.content is None:
        return
    session.add(RetiredSend(channel=row.channel, external_id=update.external_id, outbox_id=row.id))
    row.state, row.external_id = "queued", None
    row.not_before = now + timedelta(seconds=ruling.retry_after or 300)


def apply_status(row: OutboxRow, update: StatusUpdate, now: datetime) -> None:
    """Move ``row`` forward to the reported status, never back."""
    # the provider has it queued: for us it has left, and must not be sent again
    word = "sent" if update.status in ("queued", "sending") else update.status
    state = advance(row.state, word)
    if state == row.state:
        return
    row.state = state
    if state == "failed":
        row.error_code = update.code or row.error_code
        return
    row.sent_at = row.sent_at or now
    if state in ("delivered", "read"):
        row.delivered_at = row.delivered_at or now
    if state == "read":
        row.read_at = now
