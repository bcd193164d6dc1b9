"""Every way a send to Twilio can end, in the closed vocabulary of :class:`bot.core.messages.Outcome`.

A POST to Messages is not idempotent and has no idempotency key: only what surely did not arrive may be tried
again. https://www.twilio.com/docs/api/errors/20500
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from bot.channels.rulings import Ruling, read_rulings
from bot.core.messages import Outcome, SendResult

log = logging.getLogger(__name__)

_TOO_MANY: Final = 429
_DEFAULT_PAUSE: Final = 1.0


@cache
def _rulings() -> dict[str, Ruling]:
    return dict(read_rulings(Path(__file__).with_name("errors.yml")))


def ruling(code: str) -> Ruling:
    """What Twilio's ``code`` means, in an answer or a status callback.

    One that is not in ``errors.yml`` is permanent and for staff to look at: codes may change.
    """
    known = _rulings().get(code)
    if known:
        return known
    doc = f"https://www.twilio.com/docs/api/errors/{code}"
    return Ruling(code, Outcome.PERMANENT, "not in errors.yml", doc, alert=True, known=False)


def refused(status: int, code: str, retry_after: float | None = None) -> SendResult:
    """Twilio answered with an HTTP ``status`` other than success and its own ``code`` (or none)."""
    if status == _TOO_MANY:
        pause = retry_after if retry_after is not None else ruling(code).retry_after
        pause = _DEFAULT_PAUSE if pause is None else pause
        return SendResult(Outcome.RETRY, retry_after=pause, code=code or "429")
    if status >= 500 or status == 408:
        return SendResult(Outcome.UNKNOWN, code=code or str(status))
    found = ruling(code)
    if found.known:
        return SendResult(found.outcome, retry_after=found.retry_after, code=code)
    if status in (401, 403, 404) or status < 400:
        return SendResult(Outcome.CONFIGURATION, code=code or str(status))
    log.warning("Twilio refused a message with code %s (HTTP %d): not in errors.yml", code or "-", status)
    return SendResult(Outcome.PERMANENT, code=code or str(status))


def broken(error: BaseException) -> SendResult:
    """The connection failed or the answer could not be read: retry only if nothing can have been sent."""
    chain = tuple(_causes(error))
    if any(isinstance(e, NewConnectionError | ConnectTimeoutError | requests.ConnectTimeout) for e in chain):
        return SendResult(Outcome.RETRY, code="connect")
    if any(isinstance(e, ssl.SSLCertVerificationError) for e in chain):
        return SendResult(Outcome.CONFIGURATION, code="certificate")
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
        return SendResult(Outcome.CONFIGURATION, code="address")
    if isinstance(error, requests.Timeout):
        return SendResult(Outcome.UNKNOWN, code="timeout")
    return SendResult(Outcome.UNKNOWN, code="connection")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """``error`` and what it wraps; requests and urllib3 hand the reason on as an argument or ``reason``."""
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        one = todo.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            # not __context__: an error that was handled on the way says nothing about this one
            todo += [one.__cause__, getattr(one, "reason", None), *one.args]
