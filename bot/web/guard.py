"""Around every request: security headers, counters, and an end to errors that would quote personal data."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

# https://developer.mozilla.org/docs/Web/HTTP/Headers/Content-Security-Policy
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
HSTS = "max-age=31536000"


class Guard:
    """ASGI middleware. ``paths`` are the routes that get a label of their own in the counters.

    A header that a response sets itself is left as it is. An error ends here with a 500 and one log line
    that names its type and place: its message might quote what a person wrote.
    """

    def __init__(self, app: ASGIApp, metrics: CollectorRegistry, paths: Iterable[str], https: bool) -> None:
        self._app = app
        self._paths = frozenset(paths)
        self._headers = HEADERS | ({"Strict-Transport-Security": HSTS} if https else {})
        self._requests = Counter(
            "oportunidad_http_requests", "HTTP requests answered", ["route", "status"], registry=metrics
        )
        self._seconds = Histogram(
            "oportunidad_webhook_seconds",
            "Time from a provider's request to our acknowledgement",
            ["route"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
            registry=metrics,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        route = self._label(scope["path"])
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if route.startswith("/webhooks/"):
                    self._seconds.labels(route).observe(time.perf_counter() - started)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            status = status or 499  # nginx's number for it; nobody is there to read an answer
        except Exception as error:
            log.error("request failed: route=%s error=%s at=%s", route, type(error).__name__, place_of(error))
            if not status:
                await PlainTextResponse("something went wrong here", 500)(scope, receive, watched)
        finally:
            self._requests.labels(route, str(status or 0)).inc()

    def _label(self, path: str) -> str:
        if path in self._paths:
            return path
        return "/static" if path.startswith("/static/") else "other"


def place_of(error: BaseException) -> str:
    """``module.py:line`` where the error arose: enough to mend it, and nothing of what was being read."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "unknown"
