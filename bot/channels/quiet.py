"""Vendors' own loggers, kept from writing numbers, texts and tokens."""

from __future__ import annotations

import logging
from typing import Final

# httpx writes every URL at INFO and a Telegram URL contains the bot token; the Twilio client writes queries
# with phone numbers; python-telegram-bot writes parameters at DEBUG and answers it cannot read at ERROR.
_LEAST_LEVEL: Final = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "urllib3": logging.WARNING,
    "twilio": logging.WARNING,
    "telegram": logging.WARNING,
    "telegram.request.BaseRequest": logging.CRITICAL,
}


def keep_vendors_quiet() -> None:
    """Raise the vendors' loggers to the level at which they write nothing personal or secret; idempotent."""
    for name, level in _LEAST_LEVEL.items():
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, level))
