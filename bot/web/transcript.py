"""A simulated conversation, read from the same rows that the real channels use."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.channels.wire import option_id
from bot.core.messages import Channel, Inbound, Outbound
from bot.store.database import Database
from bot.store.tables import AddressRow, InboxRow, OutboxRow
from bot.web.ports import Position, SimMessage, SimOption

_SENT: Final = ("sent", "delivered", "read")
_KEPT: Final = 200


class Transcript:
    """The simulator's port over the database; :meth:`note` is its adapter's sink."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: OrderedDict[int, Outbound] = OrderedDict()

    def note(self, address: str, message: Outbound, outbox_id: int) -> None:
        """Keep the last few messages: one that says "everything is deleted" is emptied once it is sent."""
        self._noted[outbox_id] = message
        while len(self._noted) > _KEPT:
            self._noted.popitem(last=False)

    def messages(self, key: str, after: Position) -> Sequence[SimMessage]:
        """See :class:`bot.web.ports.SimulatorPort`."""
        digest = self._database.cipher.digest(f"{Channel.SIMULATOR.value}:{key}")
        with self._database.read() as session:
            found = [
                *self._came_in(session, digest, after.inbound),
                *self._went_out(session, digest, after.outbound),
            ]
        return sorted(found, key=lambda m: (m.at, m.direction == "out", m.seq))

    def _came_in(self, session: Session, digest: str, after: int) -> Iterator[SimMessage]:
        rows = session.execute(
            sa.select(InboxRow.id, InboxRow.external_id, InboxRow.payload, InboxRow.received_at)
            .join(AddressRow, AddressRow.id == InboxRow.address_id)
            .where(
                AddressRow.channel == Channel.SIMULATOR.value,
                AddressRow.digest == digest,
                InboxRow.id > after,
            )
            .order_by(InboxRow.id)
        )
        for row_id, external_id, payload, at in rows:
            if payload is None:
                continue
            said = Inbound.from_json(payload)
            yield SimMessage(
                row_id,
                "in",
                said.text or said.start_code or said.phone,
                at,
                kind=said.kind.value,
                media=said.media[0].kind.value if said.media else "",
                id=external_id.rpartition(":")[2],
            )

    def _went_out(self, session: Session, digest: str, after: int) -> Iterator[SimMessage]:
        rows = session.execute(
            sa.select(OutboxRow.id, OutboxRow.content, OutboxRow.sent_at, OutboxRow.created_at)
            .where(
                OutboxRow.lane == digest,
                OutboxRow.channel == Channel.SIMULATOR.value,
                OutboxRow.state.in_(_SENT),
                OutboxRow.id > after,
            )
            .order_by(OutboxRow.id)
        )
        for row_id, content, sent_at, created_at in rows:
            message = Outbound.from_json(content) if content is not None else self._noted.get(row_id)
            if message is not None:
                yield SimMessage(
                    row_id,
                    "out",
                    message.text,
                    sent_at or created_at,
                    options=tuple(
                        SimOption(index, option.title, option_id(row_id, index))
                        for index, option in enumerate(message.options)
                        if option.title.strip()
                    ),
                    ask_contact=message.ask_contact,
                    ask_location=message.ask_location,
                )
