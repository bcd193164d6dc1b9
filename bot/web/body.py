"""Reading a request's body, which a stranger sent: with a limit in size and in time."""

from __future__ import annotations

from typing import Final

import anyio
from starlette.exceptions import HTTPException
from starlette.requests import Request

LIMIT: Final = 256 * 1024
"""bytes; a Twilio form has about 4 KiB and a Telegram update with a long text about 40 KiB"""
SECONDS: Final = 15.0
"""a provider waits no longer for its answer: twilio.com/docs/usage/webhooks/webhooks-connection-overrides"""


async def read_body(request: Request, limit: int = LIMIT, seconds: float = SECONDS) -> bytes:
    """The whole body. Raises HTTPException: 413 over ``limit`` bytes, 408 after ``seconds``.

    A body that announces its size is refused before a byte of it is read; the server throws the rest away.
    """
    announced = request.headers.get("content-length")
    if announced is not None:
        if not announced.isdecimal():
            raise HTTPException(400, "Content-Length is no number")
        if int(announced[:20]) > limit:
            raise HTTPException(413, "the body is too large")
    body = bytearray()
    try:
        with anyio.fail_after(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise HTTPException(413, "the body is too large")
    except TimeoutError:
        raise HTTPException(408, "the body did not arrive in time") from None
    return bytes(body)
