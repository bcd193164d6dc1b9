"""The channel of the browser page, the terminal chat and the synthetic women: everything arrives at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bot.channels.base import TEXT_LIMITS
from bot.channels.split import split_message
from bot.core.messages import Channel, Outbound, Outcome, SendResult

Sink = Callable[[str, Outbound, int], None]
"""Told every message: address, message, outbox id."""


def look(address: str) -> Channel:
    """Which channel a simulated address imitates: ``telegram:ana`` Telegram, all others WhatsApp."""
    return Channel.TELEGRAM if address.startswith("telegram:") else Channel.WHATSAPP


class SimulatorAdapter:
    """A channel that never fails. Its limits are those of the imitated channel."""

    channel: Final = Channel.SIMULATOR
    # the stricter one: right for both looks where the address is not known
    text_limit: Final = min(TEXT_LIMITS.values())

    def __init__(self, sink: Sink | None = None) -> None:
        self.sink = sink
        """told every message that is sent; None for nobody"""

    def parts(self, message: Outbound, *, to: str = "") -> tuple[Outbound, ...]:
        """As :meth:`ChannelAdapter.parts`; ``to`` chooses the look."""
        return split_message(message, TEXT_LIMITS[look(to)])

    async def send(self, to: str, message: Outbound, *, outbox_id: int) -> SendResult:
        """Accepted, with the id ``sim-<outbox id>``; blank text is refused as the real channels refuse it."""
        if not message.text.strip():
            return SendResult(Outcome.PERMANENT, code="empty")
        if self.sink:
            self.sink(to, message, outbox_id)
        return SendResult(Outcome.ACCEPTED, external_id=f"sim-{outbox_id}")

    async def aclose(self) -> None:
        """Nothing is held."""
