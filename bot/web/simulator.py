"""The chat simulator: a phone in the browser, on the real engine. For development only."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import yaml
from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.channels.base import Malformed
from bot.core.clock import Clock, system_clock
from bot.web.body import read_body
from bot.web.pages import Pages
from bot.web.ports import Position, SimMessage, SimulatorPort, WebParts
from bot.web.said import address_key, read_said

LIMIT = 32 * 1024
LOOK_EVERY = 0.25
"""seconds between looks at the database: another process may be the one that answers"""
_KEY = re.compile(r"[a-z0-9-]{1,40}")
_POSITION = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")


class Simulator:
    """The page and its two calls: say something, and wait for what is new."""

    def __init__(
        self, parts: WebParts, port: SimulatorPort, pages: Pages, clock: Clock = system_clock
    ) -> None:
        self._parts = parts
        self._port = port
        self._pages = pages
        self._clock = clock
        self._closing = False

    def routes(self) -> list[Route]:
        return [
            Route("/simulator", self.page),
            Route("/simulator/api/send", self.send, methods=["POST"]),
            Route("/simulator/api/messages", self.messages),
        ]

    def close(self) -> None:
        """End waiting requests, so that a server can stop at once."""
        self._closing = True

    async def page(self, request: Request) -> Response:
        return self._pages.render(request, "simulator.html", words=simulator_words())

    async def send(self, request: Request) -> Response:
        """Store what she did: ``{"new": true}``, or false for a repeat."""
        if not same_origin(request):
            raise HTTPException(403, "only the simulator's own page may send")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            # a form of another site could be posted without the browser asking us first; JSON cannot
            raise HTTPException(415, "send application/json")
        raw = await read_body(request, LIMIT)
        try:
            inbound = read_said(json.loads(raw), self._clock())
        except Malformed as error:
            raise HTTPException(400, str(error)) from None
        except (ValueError, RecursionError):
            raise HTTPException(400, "the body is no JSON") from None
        return JSONResponse({"new": await run_sync(self._parts.receive, inbound)})

    async def messages(self, request: Request) -> Response:
        """What is new since ``after`` (from the last answer), at the latest after ``poll_seconds``."""
        query = request.query_params
        look, key = query.get("look", ""), query.get("key", "")
        if look not in ("whatsapp", "telegram") or not _KEY.fullmatch(key):
            raise HTTPException(400, "look or key is wrong")
        after = _position(query.get("after", "0.0"))
        address = address_key(look, key)
        end = time.monotonic() + (0 if query.get("wait") == "0" else self._parts.poll_seconds)
        while True:
            found = await run_sync(self._port.messages, address, after)
            if found or self._closing or time.monotonic() >= end or await request.is_disconnected():
                break
            await anyio.sleep(LOOK_EVERY)
        reached = _reached(after, found)
        return JSONResponse(
            {"messages": [_shown(m) for m in found], "after": f"{reached.inbound}.{reached.outbound}"}
        )


def same_origin(request: Request) -> bool:
    """Whether a browser says that our own page sent this; a caller that is no browser says nothing.

    https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


@cache
def simulator_words() -> dict[str, Any]:
    """The page's words by language, and the names, places and numbers it plays with: ``words.yml``."""
    words: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("words.yml").read_text(encoding="utf-8"))
    return words


def _position(text: str) -> Position:
    found = _POSITION.fullmatch(text)
    if not found:
        raise HTTPException(400, "after is wrong")
    return Position(int(found[1]), int(found[2]))


def _reached(after: Position, found: Sequence[SimMessage]) -> Position:
    return Position(
        max([after.inbound, *(m.seq for m in found if m.direction == "in")]),
        max([after.outbound, *(m.seq for m in found if m.direction == "out")]),
    )


def _shown(message: SimMessage) -> dict[str, Any]:
    return {
        "seq": message.seq,
        "id": message.id,
        "direction": message.direction,
        "kind": message.kind,
        "media": message.media,
        "text": message.text,
        "options": [{"index": o.index, "title": o.title, "id": o.id} for o in message.options],
        "ask_contact": message.ask_contact,
        "ask_location": message.ask_location,
        "at": message.at.isoformat(),
    }
