"""A verified form as what a person did.

Fields: https://www.twilio.com/docs/messaging/guides/webhook-request. Twilio adds fields without notice, so
what is not known is left alone; advertisement fields (``Referral…``) are not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.channels.base import Malformed
from bot.channels.whatsapp.identity import sender
from bot.channels.wire import place, plain, tap_id
from bot.core.messages import Inbound, InboundKind, Media, MediaKind

_MESSAGE_SID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MEDIA_URL = re.compile(r"MediaUrl(0|[1-9][0-9]?)")
_VCARD: Final = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
_BY_WORD: Final = {kind.value: kind for kind in MediaKind} | {"voice": MediaKind.AUDIO}


def parse_inbound(form: Mapping[str, str]) -> Inbound:
    """What she did, from a form whose signature was checked.

    Media ``ref`` is a URL as received: whoever fetches it must check that the host is Twilio's. A button or
    list row that is not one of ours counts as its text. Raises Malformed without ``MessageSid`` or ``From``.
    """
    sid = message_sid(form)
    said = Inbound(sid, sender(form), InboundKind.TEXT, text=plain(form.get("Body")))
    pressed = tap_id(form.get("ButtonPayload")) or tap_id(form.get("ListId"))
    title = plain(form.get("ButtonText")) or plain(form.get("ListTitle")) or said.text
    if pressed:
        return replace(said, kind=InboundKind.TAP, tap=pressed, text=title)
    files = _files(form)
    if any(file.mime in _VCARD for file in files) or form.get("MessageType") in ("contact", "contacts"):
        return replace(said, kind=InboundKind.CONTACT, media=files)
    if files:
        return replace(said, kind=InboundKind.MEDIA, media=files)
    where = place(form.get("Latitude"), form.get("Longitude"))
    if where:
        return replace(said, kind=InboundKind.LOCATION, latitude=where[0], longitude=where[1])
    if form.get("MessageType", "").lower() in _BY_WORD:
        # a file that Twilio could not or would not hand on: she still sent something
        return replace(said, kind=InboundKind.MEDIA)
    return replace(said, text=title)


def message_sid(form: Mapping[str, str]) -> str:
    """Twilio's id of the message, the key that makes a repeated delivery harmless. Raises Malformed."""
    sid = form.get("MessageSid", "")
    if not _MESSAGE_SID.fullmatch(sid):
        raise Malformed("MessageSid is missing or is no identifier")
    return sid


def _files(form: Mapping[str, str]) -> tuple[Media, ...]:
    # by the URLs that are there: NumMedia has been seen as 0 beside one
    numbers = sorted(int(m[1]) for name, url in form.items() if url and (m := _MEDIA_URL.fullmatch(name)))
    word = form.get("MessageType", "").lower()
    return tuple(
        Media(_kind(mime, word), ref=plain(form[f"MediaUrl{n}"]), mime=mime)
        for n in numbers
        for mime in [plain(form.get(f"MediaContentType{n}"), 100).split(";")[0].strip().lower()]
    )


def _kind(mime: str, word: str) -> MediaKind:
    if word == MediaKind.STICKER:
        return MediaKind.STICKER
    family = mime.partition("/")[0]
    if mime == "application/ogg":
        return MediaKind.AUDIO
    if family in ("image", "audio", "video"):
        return MediaKind(family)
    return MediaKind.DOCUMENT if mime else _BY_WORD.get(word, MediaKind.DOCUMENT)
