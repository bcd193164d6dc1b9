"""Telegram's Bot API: updates in by webhook or long polling, messages out."""

from bot.channels.telegram.adapter import TelegramAdapter
from bot.channels.telegram.poller import LongPoller
from bot.channels.telegram.secret import SECRET_HEADER, verify
from bot.channels.telegram.update import ALLOWED_UPDATES, Ignored, IgnoredReason, parse_update

__all__ = [
    "ALLOWED_UPDATES",
    "SECRET_HEADER",
    "Ignored",
    "IgnoredReason",
    "LongPoller",
    "TelegramAdapter",
    "parse_update",
    "verify",
]
