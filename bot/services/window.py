"""The 24 hours after her last message in which WhatsApp takes free text; later only an approved template.

https://developers.facebook.com/docs/whatsapp/conversation-types
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.messages import Channel

OPEN_FOR = timedelta(hours=24)
WINDOWED = frozenset({Channel.WHATSAPP.value})
"""channels with such a window; on the others free text may always be sent"""


def open_until(last_inbound_at: datetime | None) -> datetime | None:
    """When the window closes that her last message opened; ``None`` when she never wrote."""
    return None if last_inbound_at is None else last_inbound_at + OPEN_FOR


def takes_free_text(channel: str, last_inbound_at: datetime | None, now: datetime) -> bool:
    """Whether free text may be sent to this address now."""
    until = open_until(last_inbound_at)
    return channel not in WINDOWED or (until is not None and now < until)
