"""Asking Twilio what it has: https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources

A send whose answer was lost may have been taken, and a webhook that found us down is not repeated. Twilio keeps
both, so both can be looked up.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.channels.base import HistoryUnavailable, Malformed, Sent
from bot.channels.whatsapp.identity import PREFIX
from bot.channels.whatsapp.inbound import parse_inbound
from bot.channels.whatsapp.status import ours
from bot.core.messages import Inbound

log = logging.getLogger(__name__)

PAGE: Final = 100
MOST: Final = 2000
"""beyond that many the answer would be a part, and nothing may follow from a part"""
_SLACK: Final = timedelta(days=1)


def sent_to(client: Any, to: str, since: datetime) -> tuple[Sent, ...]:
    """See :meth:`bot.channels.base.History.sent_to`.

    Not filtered by date at Twilio: the filter is on the date of sending, which a queued message does not have.
    """
    found = [
        Sent(m.sid, m.body or "", ours(m.status or ""), _created(m), str(m.error_code or ""))
        for m in _newest(client.messages.stream(to=to, page_size=PAGE), since)
        if m.sid and not _is_inbound(m)
    ]
    return tuple(sorted((s for s in found if s.created_at >= since), key=lambda s: s.created_at))


def received(client: Any, sender: str | None, since: datetime, until: datetime) -> tuple[Inbound, ...]:
    """See :meth:`bot.channels.base.History.received`. A press comes back as its title: the list has no more."""
    # for an inbound message the date of sending is when Twilio got it; the filter counts by days in some accounts
    chosen: dict[str, Any] = {"date_sent_after": since - timedelta(hours=1), "page_size": PAGE}
    if sender:
        chosen["to"] = sender
    messages = [
        m
        for m in _newest(client.messages.stream(**chosen), since)
        if _is_inbound(m) and since <= _created(m) <= until and (m.from_ or "").startswith(PREFIX)
    ]
    return tuple(i for m in sorted(messages, key=_created) if (i := _inbound(client, m)) is not None)


def _newest(messages: Iterator[Any], since: datetime) -> Iterator[Any]:
    """``messages`` until they are older than ``since`` by far. Raises HistoryUnavailable beyond ``MOST``."""
    seen_newer = False
    for number, message in enumerate(messages):
        if number >= MOST:
            raise HistoryUnavailable(f"more than {MOST} messages")
        newer = _created(message) >= since
        seen_newer = seen_newer or newer
        # Twilio lists the newest first; only once a newer one was seen is that certain
        if seen_newer and _created(message) < since - _SLACK:
            return
        yield message


def _inbound(client: Any, message: Any) -> Inbound | None:
    form = {"MessageSid": message.sid or "", "From": message.from_ or "", "Body": message.body or ""}
    if str(message.num_media or "0") not in ("0", ""):
        for n, file in enumerate(client.messages(message.sid).media.list(limit=10)):
            # the address of a file is the resource's own, without .json
            form[f"MediaUrl{n}"] = f"https://api.twilio.com{(file.uri or '').removesuffix('.json')}"
            form[f"MediaContentType{n}"] = file.content_type or ""
    try:
        inbound = parse_inbound(form)
    except Malformed as error:
        log.warning("a listed message cannot be read: %s", error)
        return None
    return replace(inbound, sent_at=_created(message))


def _created(message: Any) -> datetime:
    at = message.date_created or message.date_sent
    if not isinstance(at, datetime):
        raise HistoryUnavailable("a message without a date")
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _is_inbound(message: Any) -> bool:
    return str(message.direction or "").startswith("inbound")
