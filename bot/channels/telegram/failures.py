"""Every way a request to Telegram can end, in the closed vocabulary of :class:`bot.core.messages.Outcome`.

The Bot API has no idempotency key and no history to look a message up in: what may have arrived is unknown
for good, so only what surely did not arrive may be tried again.
"""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels.rulings import Ruling, read_rulings
from bot.core.messages import Outcome, SendResult

log = logging.getLogger(__name__)

# nothing was sent: the pool was full, or no connection came about
_NOT_SENT: Final = (httpx.PoolTimeout, httpx.ConnectTimeout, httpx.ConnectError)
_OURS: Final = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)


@cache
def _rulings() -> Mapping[str, Ruling]:
    return read_rulings(Path(__file__).with_name("errors.yml"), key="says")


@cache
def _by_code() -> Mapping[str, Ruling]:
    doc = "https://core.telegram.org/bots/api#making-requests"
    own = Ruling(
        "blocked", Outcome.PERMANENT, "she blocked the bot, or it may not write first", doc, blocks=True
    )
    return {ruling.code: ruling for ruling in _rulings().values()} | {own.code: own}


def ruling(code: str) -> Ruling | None:
    """What a code that :func:`failed` gave means; None for one that stands for no answer of Telegram's."""
    return _by_code().get(code)


def failed(error: Exception) -> SendResult:
    """What ``error``, raised by python-telegram-bot, says about the request.

    A 403 (``blocked``) covers a blocked bot, a deleted account and a person who never wrote: all last until
    she writes again.
    """
    match error:
        case RetryAfter():
            return SendResult(Outcome.RETRY, retry_after=_seconds(error.retry_after), code="429")
        case Forbidden():
            return SendResult(Outcome.PERMANENT, code="blocked")
        case ChatMigrated():
            return SendResult(Outcome.PERMANENT, code="migrated")
        case InvalidToken():
            return SendResult(Outcome.CONFIGURATION, code="token")
        case Conflict():
            return SendResult(Outcome.CONFIGURATION, code="conflict")
        # these two are kinds of NetworkError and must come before it
        case BadRequest():
            return _refused(error.message)
        case TimedOut():
            return _unsent(error) or SendResult(Outcome.UNKNOWN, code="timeout")
        case NetworkError():
            return _unsent(error) or SendResult(Outcome.UNKNOWN, code="connection")
    log.warning("Telegram's answer could not be read: %s", type(error).__name__)
    return SendResult(Outcome.UNKNOWN, code="answer")


def _unsent(error: TelegramError) -> SendResult | None:
    cause = error.__cause__
    if isinstance(cause, httpx.ConnectError) and _certificate(cause):
        return SendResult(Outcome.CONFIGURATION, code="certificate")
    if isinstance(cause, _NOT_SENT):
        return SendResult(Outcome.RETRY, code="connect")
    if isinstance(cause, _OURS):
        return SendResult(Outcome.CONFIGURATION, code="address")
    return None


def _certificate(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


def _refused(description: str) -> SendResult:
    said = description.lower()
    for part, ruling in _rulings().items():
        if part in said:
            return SendResult(ruling.outcome, code=ruling.code)
    # letters only: whatever ids the description has stay out of logs and tables
    code = re.sub(r"[^a-z]+", "_", said.removeprefix("bad request")).strip("_")[:40] or "bad_request"
    log.warning("Telegram refused a request (%s), which is not in errors.yml", code)
    return SendResult(Outcome.PERMANENT, code=code)


def _seconds(pause: int | timedelta) -> float:
    return pause.total_seconds() if isinstance(pause, timedelta) else float(pause)
