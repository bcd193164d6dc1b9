"""A Bot API ``Update`` as what a person did: https://core.telegram.org/bots/api#update

Telegram repeats an update that is not acknowledged, and holds back the rest of that chat meanwhile. So only
what is no update at all is an error; everything else is either understood or ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from bot.channels.base import Malformed
from bot.channels.phones import canonical_phone
from bot.channels.telegram.commands import START, command
from bot.channels.telegram.content import files_in, is_content
from bot.channels.wire import NAME_LENGTH, integer, mapping, place, plain, tap_id
from bot.core.messages import Address, Channel, Inbound, InboundKind

ALLOWED_UPDATES: Final = ("message", "callback_query", "my_chat_member")
"""What we ask Telegram for; other kinds may still come from before and are ignored."""

_START_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_GROUPS: Final = frozenset({"group", "supergroup"})


class IgnoredReason(StrEnum):
    """Why an update asks nothing of us. A group may be declined politely, once."""

    GROUP = "group"
    BOT = "bot"
    SERVICE = "service"
    FOREIGN_TAP = "foreign_tap"
    KIND = "kind"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class Ignored:
    """An update to acknowledge and leave. ``chat_id`` with GROUP; ``press_id`` is still to be answered."""

    reason: IgnoredReason
    chat_id: str = ""
    press_id: str = ""


def parse_update(update: object) -> Inbound | Ignored:
    """What she did, or why nothing is to be done. Raises Malformed without an integer ``update_id``."""
    if not isinstance(update, Mapping):
        raise Malformed("an update must be an object")
    update_id = integer(update.get("update_id"))
    if update_id is None:
        raise Malformed("update_id is missing or is no integer")
    external_id = str(update_id)
    if "message" in update:
        return _message(external_id, mapping(update["message"]))
    if "callback_query" in update:
        return _press(external_id, mapping(update["callback_query"]))
    if "my_chat_member" in update:
        return _membership(external_id, mapping(update["my_chat_member"]))
    return Ignored(IgnoredReason.KIND)


def _address(chat: Mapping[str, Any], person: Mapping[str, Any]) -> Address | Ignored:
    """The private chat that this came from, or why it is not one."""
    chat_id = integer(chat.get("id"))
    if chat_id is None:
        return Ignored(IgnoredReason.ODD)
    if chat.get("type") in _GROUPS:
        return Ignored(IgnoredReason.GROUP, chat_id=str(chat_id))
    if chat.get("type") != "private":
        return Ignored(IgnoredReason.KIND)
    if person.get("is_bot") is True:
        return Ignored(IgnoredReason.BOT)
    names = (plain(person.get(field)).strip() for field in ("first_name", "last_name"))
    name = " ".join(filter(None, names))[:NAME_LENGTH]
    return Address(Channel.TELEGRAM, str(chat_id), str(chat_id), name)


def _message(external_id: str, message: Mapping[str, Any]) -> Inbound | Ignored:
    person = mapping(message.get("from"))
    address = _address(mapping(message.get("chat")), person)
    if isinstance(address, Ignored):
        return address
    said = Inbound(
        external_id,
        address,
        InboundKind.TEXT,
        text=plain(message.get("text")) or plain(message.get("caption")),
        language_hint=plain(person.get("language_code"), 35),
        sent_at=_instant(message.get("date")),
    )
    if "text" in message:
        return _typed(said)
    if "contact" in message:
        contact = mapping(message["contact"])
        hers = integer(contact.get("user_id")) is not None and contact["user_id"] == person.get("id")
        # anybody's card can be forwarded; only her own is a number to reach her by
        return replace(said, kind=InboundKind.CONTACT, phone=_phone(contact) if hers else "")
    if "location" in message or "venue" in message:
        point = mapping(message.get("location")) or mapping(mapping(message.get("venue")).get("location"))
        where = place(point.get("latitude"), point.get("longitude"))
        if where is None:
            return Ignored(IgnoredReason.ODD)
        return replace(said, kind=InboundKind.LOCATION, latitude=where[0], longitude=where[1])
    files = files_in(message)
    # what has a caption is something she sent, also where its kind is newer than our list
    if files or is_content(message) or said.text:
        return replace(said, kind=InboundKind.MEDIA, media=files)
    return Ignored(IgnoredReason.SERVICE)


def _typed(said: Inbound) -> Inbound:
    order = command(said.text)
    if order is None:
        return said
    if order.name == START:
        code = order.rest if _START_CODE.fullmatch(order.rest) else ""
        return replace(said, kind=InboundKind.START, text="", start_code=code)
    return replace(said, text=order.as_text())


def _press(external_id: str, query: Mapping[str, Any]) -> Inbound | Ignored:
    person, message = mapping(query.get("from")), mapping(query.get("message"))
    press_id = plain(query.get("id"), 64)
    # the message may be too old for Telegram to show; a press comes from a person's own chat then
    chat = mapping(message.get("chat")) or {"id": person.get("id"), "type": "private"}
    address = _address(chat, person)
    if isinstance(address, Ignored):
        return replace(address, press_id=press_id)
    tap = tap_id(query.get("data"))
    if not tap:
        return Ignored(IgnoredReason.FOREIGN_TAP, chat_id=address.reply_to, press_id=press_id)
    return Inbound(
        external_id,
        address,
        InboundKind.TAP,
        text=_title(message, tap),
        tap=tap,
        language_hint=plain(person.get("language_code"), 35),
        press_id=press_id,
    )


def _title(message: Mapping[str, Any], tap: str) -> str:
    """What was written on the pressed button, where Telegram sent the message along."""
    rows = mapping(message.get("reply_markup")).get("inline_keyboard")
    for row in rows if isinstance(rows, list) else ():
        for button in row if isinstance(row, list) else ():
            if mapping(button).get("callback_data") == tap:
                return plain(button.get("text"))
    return ""


def _membership(external_id: str, change: Mapping[str, Any]) -> Inbound | Ignored:
    person = mapping(change.get("from"))
    address = _address(mapping(change.get("chat")), person)
    if isinstance(address, Ignored):
        return address
    status = mapping(change.get("new_chat_member")).get("status")
    kinds = {"kicked": InboundKind.BLOCKED, "member": InboundKind.UNBLOCKED}
    if not isinstance(status, str) or status not in kinds:
        return Ignored(IgnoredReason.SERVICE)
    return Inbound(external_id, address, kinds[status], sent_at=_instant(change.get("date")))


def _phone(contact: Mapping[str, Any]) -> str:
    """The number as ``+`` and digits, canonical; some clients leave the plus out."""
    digits = re.sub(r"[^0-9]", "", plain(contact.get("phone_number"), 40))
    return canonical_phone(f"+{digits}") if 7 <= len(digits) <= 15 else ""


def _instant(seconds: object) -> datetime | None:
    """Unix time as an instant; 0 is Telegram's word for "not known"."""
    if not integer(seconds):
        return None
    try:
        return datetime.fromtimestamp(float(seconds), UTC)  # type: ignore[arg-type]
    except (OverflowError, OSError, ValueError):
        return None
