"""Who is writing: telephone numbers in one form, and people whose number WhatsApp does not show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.channels.base import Malformed
from bot.channels.phones import canonical_phone
from bot.channels.wire import NAME_LENGTH, plain
from bot.core.messages import Address, Channel

PREFIX: Final = "whatsapp:"
_PHONE = re.compile(r"\+[1-9][0-9]{5,14}")
# country code, a dot, letters and digits; "ENT" in between for a parent account's id
# https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids
_BUSINESS_SCOPED = re.compile(r"[A-Za-z]{2}(?:\.ENT)?\.[A-Za-z0-9]{1,128}")


def sender(form: Mapping[str, str]) -> Address:
    """The address of an inbound message.

    ``key`` is the canonical number, or the business-scoped user id where ``From`` has no number;
    ``reply_to`` is ``From`` exactly as received, because WhatsApp knows some people only in that form.
    Numbers are not checked for validity: people who exist have numbers that such checks refuse.
    Raises Malformed without a usable ``From``.
    """
    reply_to = form.get("From", "")
    who = reply_to.removeprefix(PREFIX)
    if who == reply_to:
        raise Malformed("From is missing or is no WhatsApp address")
    if _PHONE.fullmatch(who):
        key = canonical_phone(who)
    elif _BUSINESS_SCOPED.fullmatch(who):
        key = user_id(form) or who
    else:
        raise Malformed("From is neither a telephone number nor a WhatsApp user id")
    name = plain(form.get("ProfileName"), NAME_LENGTH).strip()
    other = user_id(form)
    return Address(Channel.WHATSAPP, key, reply_to, name, other if other != key else "")


def user_id(form: Mapping[str, str]) -> str:
    """The business-scoped user id that came with a message, also beside a number; empty if none did.

    The link between a number and the same person later without one.
    """
    given = form.get("ExternalUserId", "").removeprefix(PREFIX)
    return given if _BUSINESS_SCOPED.fullmatch(given) else ""
