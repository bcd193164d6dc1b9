"""What the simulator's page sends, as what a person did; read as the imitated channel would read it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.channels.base import Malformed
from bot.channels.phones import canonical_phone
from bot.channels.telegram import parse_update
from bot.channels.wire import plain
from bot.core.messages import Address, Channel, Inbound, InboundKind, Media, MediaKind

_ACTS = ("text", "tap", "media", "location", "start", "phone")


class Place(BaseModel):
    """Degrees, WGS 84."""

    model_config = ConfigDict(extra="forbid")
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


class Said(BaseModel):
    """The JSON of ``/simulator/api/send``: who, in which look, and exactly one thing that she did.

    ``id`` is the page's own number of the message: a repeat with the same one changes nothing. ``title`` goes
    with ``tap``. ``start`` is a Telegram deep link's code; on WhatsApp a link can only fill in a text.
    """

    model_config = ConfigDict(extra="forbid", strict=True)
    look: Literal["whatsapp", "telegram"]
    key: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")] | None = None
    name: Annotated[str, Field(max_length=60)] = ""
    language: Annotated[str, Field(max_length=35)] = ""
    text: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    tap: Annotated[str, Field(pattern=r"^[0-9]{1,19}\.[0-9]{1,3}$")] | None = None
    title: Annotated[str, Field(max_length=200)] = ""
    media: Literal["image", "audio", "video", "document", "sticker"] | None = None
    location: Place | None = None
    start: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")] | None = None
    phone: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None

    @model_validator(mode="after")
    def _one_act(self) -> Said:
        if sum(getattr(self, act) is not None for act in _ACTS) != 1:
            raise ValueError("exactly one act")
        if self.start is not None and self.look != "telegram":
            raise ValueError("start belongs to Telegram")
        return self


def address_key(look: str, key: str) -> str:
    """The simulated address of a person: ``telegram:ana``. See :func:`bot.channels.simulator.look`."""
    return f"{look}:{key}"


def read_said(data: Any, now: datetime) -> Inbound:
    """What she did. Raises Malformed that names the field and never quotes its value."""
    try:
        said = Said.model_validate(data)
    except ValidationError as error:
        where = error.errors()[0]["loc"]
        raise Malformed(f"{where[0]} is wrong" if where else "exactly one act is needed") from None
    return _inbound(said, now)


def _inbound(said: Said, now: datetime) -> Inbound:
    key = address_key(said.look, said.key)
    base = Inbound(
        external_id=f"{key}:{said.id or uuid.uuid4().hex}",
        address=Address(Channel.SIMULATOR, key, key, plain(said.name).strip()),
        kind=InboundKind.TEXT,
        # Telegram tells the phone's language, WhatsApp does not
        language_hint=said.language if said.look == "telegram" else "",
        sent_at=now,
    )
    if said.text is not None:
        return _typed(base, plain(said.text), said.look)
    if said.tap is not None:
        return replace(base, kind=InboundKind.TAP, tap=said.tap, text=plain(said.title))
    if said.media is not None:
        return replace(base, kind=InboundKind.MEDIA, media=(_stand_in(MediaKind(said.media)),))
    if said.location is not None:
        where = said.location
        return replace(base, kind=InboundKind.LOCATION, latitude=where.latitude, longitude=where.longitude)
    if said.phone is not None:
        return replace(base, kind=InboundKind.CONTACT, phone=canonical_phone(said.phone))
    return replace(base, kind=InboundKind.START, start_code=said.start or "")


def _typed(base: Inbound, text: str, look: str) -> Inbound:
    if look != "telegram":
        return replace(base, text=text)
    # slash commands and "/start code" by the channel's own reading, so that both behave alike
    chat = {"id": 1, "type": "private"}
    read = parse_update({"update_id": 1, "message": {"from": {"id": 1}, "chat": chat, "text": text}})
    if not isinstance(read, Inbound):
        return replace(base, text=text)
    return replace(base, kind=read.kind, text=read.text, start_code=read.start_code)


def _stand_in(kind: MediaKind) -> Media:
    mime = {MediaKind.IMAGE: "image/jpeg", MediaKind.AUDIO: "audio/ogg", MediaKind.VIDEO: "video/mp4"}
    return Media(kind, ref=f"simulator:{kind.value}", mime=mime.get(kind, ""))
