"""What comes in and what goes out, in no channel's own terms.

A channel parses its provider's request into :class:`Inbound` and renders :class:`Outbound` into its
provider's request; nothing between the two knows which provider it was.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Channel(StrEnum):
    """Where a person writes. ``simulator`` is the browser page, the terminal chat and the synthetic women."""

    WHATSAPP = "whatsapp"
    TELEGRAM = "telegram"
    SIMULATOR = "simulator"


class InboundKind(StrEnum):
    """What she did. ``start`` is a deep link or ``/start``; ``blocked``/``unblocked`` come from Telegram."""

    TEXT = "text"
    TAP = "tap"
    MEDIA = "media"
    LOCATION = "location"
    CONTACT = "contact"
    START = "start"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"


class MediaKind(StrEnum):
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"


@dataclass(frozen=True, slots=True)
class Media:
    """A file that she sent: ``ref`` is the provider's URL or file id, ``size`` in bytes where told."""

    kind: MediaKind
    ref: str
    mime: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where to reach a person on one channel.

    ``key`` identifies the address and is canonical (``+52…`` without the legacy 1, a business-scoped user
    id, a chat id); ``reply_to`` is what the provider wants as recipient, exactly as received.
    """

    channel: Channel
    key: str
    reply_to: str
    display_name: str = ""
    other_key: str = ""
    """a second key of the same person that came along (WhatsApp's user id beside a number)"""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing a person did, as a channel understood it. ``external_id`` is the provider's id of it."""

    external_id: str
    address: Address
    kind: InboundKind
    text: str = ""
    tap: str = ""
    """the short id of the pressed option, ``<outbox id>.<option index>``"""
    media: tuple[Media, ...] = ()
    latitude: float | None = None
    longitude: float | None = None
    phone: str = ""
    """a contact that she shared and that is hers"""
    start_code: str = ""
    language_hint: str = ""
    sent_at: datetime | None = None
    press_id: str = ""
    """Telegram's callback query id, answered at once by the channel"""

    def to_json(self) -> dict[str, Any]:
        data = asdict(self)
        data["sent_at"] = self.sent_at.isoformat() if self.sent_at else None
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Inbound:
        sent_at = data.get("sent_at")
        address = data["address"]
        return cls(
            **{
                **data,
                "address": Address(**{**address, "channel": Channel(address["channel"])}),
                "kind": InboundKind(data["kind"]),
                "media": tuple(Media(**{**m, "kind": MediaKind(m["kind"])}) for m in data.get("media", ())),
                "sent_at": datetime.fromisoformat(sent_at) if sent_at else None,
            }
        )


@dataclass(frozen=True, slots=True)
class Option:
    """Something she can press. ``means`` says what a press is: an answer or an intent.

    ``{"survey": "b_profile", "question": "age", "value": "30_39"}`` or ``{"intent": "resume"}``.
    """

    title: str
    means: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message to a person. ``text`` already carries the numbered options; buttons are an extra."""

    text: str
    options: tuple[Option, ...] = ()
    ask_contact: bool = False
    ask_location: bool = False
    template: str = ""
    """the approved template that says the same where free text is not taken (WhatsApp after 24 hours)"""
    variables: tuple[str, ...] = ()
    """its variables, in order"""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Outbound:
        options = tuple(Option(**o) for o in data.get("options", ()))
        return cls(**{**data, "options": options, "variables": tuple(data.get("variables", ()))})


class Outcome(StrEnum):
    """How a send ended: the closed vocabulary that every channel maps its vendor's codes to.

    ``unknown``: the provider may or may not have it; never blindly repeated.
    """

    ACCEPTED = "accepted"
    RETRY = "retry"
    PERMANENT = "permanent"
    CONFIGURATION = "configuration"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SendResult:
    """``external_id`` when accepted; ``retry_after`` in seconds; ``code`` is the provider's error code."""

    outcome: Outcome
    external_id: str = ""
    retry_after: float | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """A provider's word on an earlier send: ``queued sent delivered read failed``."""

    external_id: str
    status: str
    outbox_id: int | None = None
    code: str = ""
