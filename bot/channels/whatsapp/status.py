"""Twilio's word on what we sent.

Callbacks are best effort and come in any order:
https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from bot.channels.base import Malformed
from bot.channels.whatsapp.inbound import message_sid
from bot.core.messages import StatusUpdate

# "failed" stands above "sent", which often comes before it, and below proof of arrival, which it cannot undo
_RANKS: Final = {"unknown": 0, "queued": 1, "sending": 2, "sent": 3, "failed": 4, "delivered": 5, "read": 6}

_OURS: Final = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
_INBOUND: Final = frozenset({"receiving", "received"})
_LARGEST_ID: Final = 2**63 - 1


def rank(status: str) -> int:
    """How far a message has come, from 0 (``unknown``) to 6 (``read``); -1 for any other word."""
    return _RANKS.get(status, -1)


def advance(current: str, new: str) -> str:
    """The status after ``new`` was reported: the further of the two.

    So late, unordered and repeated reports are harmless. A state that is no provider status
    (``cancelled``) is not moved by one.

    >>> advance("delivered", "sent")
    'delivered'
    """
    return new if current in _RANKS and rank(new) > rank(current) else current


def ours(word: str) -> str:
    """Twilio's word for a status in our words; ``unknown`` for one that it may invent later."""
    return _OURS.get(word.lower(), "unknown")


def parse_status(form: Mapping[str, str], outbox_id: int | None = None) -> StatusUpdate:
    """The report in our words; a status that Twilio may invent later is ``unknown``, which moves nothing.

    ``outbox_id`` from the callback's query, see :func:`outbox_id_of`. Raises Malformed without ``MessageSid``
    or status, and for an inbound message that was sent here by a wrong set-up.
    """
    word = (form.get("MessageStatus") or form.get("SmsStatus") or "").lower()
    if not word or word in _INBOUND:
        raise Malformed("MessageStatus is missing or is that of an inbound message")
    code = form.get("ErrorCode", "")
    return StatusUpdate(
        external_id=message_sid(form),
        status=ours(word),
        outbox_id=outbox_id,
        code=code if re.fullmatch(r"[1-9][0-9]{0,9}", code) else "",
    )


def outbox_id_of(raw_query: str) -> int | None:
    """The ``o`` that we put in the callback's URL, or None; the query is covered by the signature."""
    given = dict(parse_qsl(raw_query, errors="replace")).get("o", "")
    if not re.fullmatch(r"[0-9]{1,19}", given) or int(given) > _LARGEST_ID:
        return None
    return int(given)
