"""Files and other things in a Telegram message: https://core.telegram.org/bots/api#message"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.channels.wire import integer, mapping, plain
from bot.core.messages import Media, MediaKind

# in order: an animation comes with a copy of itself as a document
_FILES: Final = {
    "animation": MediaKind.VIDEO,
    "sticker": MediaKind.STICKER,
    "voice": MediaKind.AUDIO,
    "audio": MediaKind.AUDIO,
    "video": MediaKind.VIDEO,
    "video_note": MediaKind.VIDEO,
    "live_photo": MediaKind.VIDEO,
    "document": MediaKind.DOCUMENT,
}
_USUAL_MIME: Final = {"voice": "audio/ogg", "video_note": "video/mp4"}
# what a person sends on purpose and we cannot read; the rest of Message is about the chat itself
_UNREADABLE: Final = frozenset(
    {"photo", "rich_message", "paid_media", "story", "checklist", "dice", "game", "poll", "giveaway", "gift"}
    | {"unique_gift", "invoice", "passport_data", "web_app_data", "users_shared", "chat_shared"}
)


def files_in(message: Mapping[str, Any]) -> tuple[Media, ...]:
    """The file of the message, at most one; ``ref`` is Telegram's ``file_id``, ``size`` in bytes."""
    photo = message.get("photo")
    if isinstance(photo, list):
        # the same picture in several sizes
        largest = max(map(mapping, photo), key=_area, default=mapping(None))
        return _file(largest, MediaKind.IMAGE, "image/jpeg")
    for field, kind in _FILES.items():
        if field in message:
            return _file(mapping(message[field]), kind, _USUAL_MIME.get(field, ""))
    return ()


def is_content(message: Mapping[str, Any]) -> bool:
    """Whether a person sent something in it, readable or not; false for notes about the chat itself."""
    return any(field in message for field in (*_UNREADABLE, *_FILES))


def _file(file: Mapping[str, Any], kind: MediaKind, usual_mime: str) -> tuple[Media, ...]:
    ref = plain(file.get("file_id"))
    mime = plain(file.get("mime_type"), 100) or usual_mime
    return (Media(kind, ref, mime, integer(file.get("file_size"))),) if ref else ()


def _area(size: Mapping[str, Any]) -> tuple[int, int]:
    width, height = integer(size.get("width")) or 0, integer(size.get("height")) or 0
    return (width * height, integer(size.get("file_size")) or 0)
