"""What every channel offers to the service, and the words that channels share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol

from bot.core.messages import Channel, Inbound, Outbound, SendResult

TEXT_LIMITS: Final[Mapping[Channel, int]] = MappingProxyType(
    {
        # https://www.twilio.com/docs/messaging/api/message-resource (Body)
        Channel.WHATSAPP: 1600,
        # https://core.telegram.org/bots/api#sendmessage
        Channel.TELEGRAM: 4096,
    }
)
"""The longest text of one message, in UTF-16 units."""


class Malformed(ValueError):
    """A request that is not of its provider's shape; the web layer answers 400.

    The message says what is missing and never quotes what was sent.
    """


class ChannelAdapter(Protocol):
    """One provider, seen from the sender.

    ``text_limit`` counts UTF-16 code units: Telegram does, and for WhatsApp it is the safe reading of
    "characters".
    """

    @property
    def channel(self) -> Channel: ...

    @property
    def text_limit(self) -> int: ...

    def parts(self, message: Outbound) -> tuple[Outbound, ...]:
        """The message as messages that fit, in order; options and requests stay with the last one."""
        ...

    async def send(self, to: str, message: Outbound, *, outbox_id: int) -> SendResult:
        """One try at sending ``message``, which must fit. Never raises for what the provider does.

        ``to`` is :attr:`bot.core.messages.Address.reply_to`; ``outbox_id`` identifies the message to the
        provider where it allows that (status callbacks, button presses).
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections and threads; the adapter cannot send afterwards."""
        ...


class HistoryUnavailable(Exception):
    """The provider could not be asked, or not for all of it: nothing follows from what is not there."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of ours as the provider keeps it; ``status`` in our words, ``code`` its error code."""

    external_id: str
    text: str
    status: str
    created_at: datetime
    code: str = ""


class History(Protocol):
    """What a provider that keeps messages can be asked. Telegram keeps none for a bot.

    Both raise HistoryUnavailable rather than return a part.
    """

    async def sent_to(self, to: str, since: datetime) -> tuple[Sent, ...]:
        """What it has of ours to this recipient since then, oldest first."""
        ...

    async def received(self, since: datetime, until: datetime) -> tuple[Inbound, ...]:
        """What people wrote to us in that time, oldest first."""
        ...
