"""Channels that keep what they were given to send."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.channels.base import TEXT_LIMITS
from bot.channels.simulator import SimulatorAdapter
from bot.channels.split import split_message
from bot.core.messages import Channel, Outbound, Outcome, SendResult


@dataclass(frozen=True)
class Sent:
    """One send, as the adapter got it."""

    to: str
    message: Outbound
    outbox_id: int


@dataclass
class CapturingAdapter:
    """Stands for WhatsApp or Telegram. ``results`` are given out first, then every send is accepted."""

    channel: Channel
    sent: list[Sent] = field(default_factory=list)
    results: list[SendResult] = field(default_factory=list)

    @property
    def text_limit(self) -> int:
        return TEXT_LIMITS[self.channel]

    def parts(self, message: Outbound) -> tuple[Outbound, ...]:
        return split_message(message, self.text_limit)

    async def send(self, to: str, message: Outbound, *, outbox_id: int) -> SendResult:
        self.sent.append(Sent(to, message, outbox_id))
        if self.results:
            return self.results.pop(0)
        return SendResult(Outcome.ACCEPTED, external_id=f"{self.channel.value}-{outbox_id}")

    async def aclose(self) -> None:
        """Nothing is held."""


@dataclass
class Channels:
    """Every channel of a test's service, and what left through each."""

    whatsapp: CapturingAdapter = field(default_factory=lambda: CapturingAdapter(Channel.WHATSAPP))
    telegram: CapturingAdapter = field(default_factory=lambda: CapturingAdapter(Channel.TELEGRAM))
    simulated: list[Sent] = field(default_factory=list)

    def adapters(self) -> dict[Channel, SimulatorAdapter | CapturingAdapter]:
        simulator = SimulatorAdapter(lambda to, message, row: self.simulated.append(Sent(to, message, row)))
        return {
            Channel.SIMULATOR: simulator,
            Channel.WHATSAPP: self.whatsapp,
            Channel.TELEGRAM: self.telegram,
        }
