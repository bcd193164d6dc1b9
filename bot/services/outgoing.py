"""Everything outbound is an outbox row first."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.core.messages import Channel, Outbound
from bot.services.turn import Turn
from bot.store.tables import AddressRow, OutboxRow

Parts = Callable[[Channel, str, Outbound], tuple[Outbound, ...]]
"""Cuts a message to the channel's limits; takes the channel, the recipient and the message."""


def queue(
    turn: Turn, messages: Iterable[Outbound], parts: Parts, *, kind: str = "reply", fleeting: bool = False
) -> None:
    """Queue ``messages`` to the address she wrote from, one row a part, in order.

    ``fleeting`` ones are emptied once they are sent.
    """
    address = turn.session.get(AddressRow, turn.conversation.address_id)
    if address is None:
        return
    channel = Channel(address.channel)
    number = 0
    for message in messages:
        for part in parts(channel, address.reply_to, message):
            turn.session.add(
                OutboxRow(
                    participant_id=turn.participant.id,
                    channel=channel.value,
                    lane=address.digest,
                    send_to=address.reply_to,
                    kind=kind,
                    inbox_id=turn.inbox_id,
                    part=number,
                    content=part.to_json(),
                    state="queued",
                    created_at=turn.now,
                    not_before=turn.now,
                    session_id=turn.conversation.session_id,
                    erase_when_sent=fleeting,
                )
            )
            number += 1
    turn.session.flush()
