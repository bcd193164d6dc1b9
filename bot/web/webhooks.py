"""Providers' requests: verify, parse, store, acknowledge. The answer to her leaves by the provider's API."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import anyio
from anyio.to_thread import run_sync
from prometheus_client import Counter
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.base import Malformed
from bot.channels.telegram import SECRET_HEADER, Ignored, IgnoredReason, parse_update
from bot.channels.telegram import verify as from_telegram
from bot.channels.whatsapp import Form, outbox_id_of, parse_form, parse_inbound, parse_status, signed_url
from bot.channels.whatsapp import verify as from_twilio
from bot.core.messages import Channel, Inbound
from bot.web.body import read_body
from bot.web.guard import place_of
from bot.web.ports import WebParts

log = logging.getLogger(__name__)

WHATSAPP_PATH = "/webhooks/whatsapp/webhook"
STATUS_PATH = "/webhooks/whatsapp/status"
TELEGRAM_PATH = "/webhooks/telegram/webhook"

SIGNATURE_HEADER = "X-Twilio-Signature"
# Telegram honours it; it repeats what was not acknowledged and holds back the rest of that chat
RETRY_AFTER = "2"
PRESS_SECONDS = 20.0

T = TypeVar("T")


class Webhooks:
    """The three endpoints. A refused request leaves no trace but a number in the counters."""

    def __init__(self, parts: WebParts) -> None:
        self._parts = parts
        self._settings = parts.settings
        self._inbound = Counter(
            "oportunidad_inbound",
            "What providers delivered, by what became of it",
            ["channel", "result"],
            registry=parts.metrics,
        )

    def routes(self) -> list[Route]:
        return [
            Route(WHATSAPP_PATH, self.whatsapp, methods=["POST"]),
            Route(STATUS_PATH, self.whatsapp_status, methods=["POST"]),
            Route(TELEGRAM_PATH, self.telegram, methods=["POST"]),
        ]

    async def whatsapp(self, request: Request) -> Response:
        """Twilio's inbound form: 204 once stored."""
        form = await self._signed_form(request)
        with self._reading(Channel.WHATSAPP):
            inbound = parse_inbound(form)
        await self._receive(inbound)
        return Response(status_code=204)

    async def whatsapp_status(self, request: Request) -> Response:
        """Twilio's word on a send of ours; ``?o=`` is the outbox row."""
        form = await self._signed_form(request)
        with self._reading(Channel.WHATSAPP):
            update = parse_status(form, outbox_id_of(request.url.query))
        await self._stored(Channel.WHATSAPP, lambda: self._parts.note_status(Channel.WHATSAPP, update))
        return Response(status_code=204)

    async def telegram(self, request: Request) -> Response:
        """A Bot API update: 200 once stored, and for one that asks nothing of us."""
        secret = self._settings.telegram_webhook_secret
        configured = secret is not None and self._settings.telegram_bot_token is not None
        given = request.headers.get(SECRET_HEADER)
        if not (configured and secret and from_telegram(secret.get_secret_value(), given)):
            raise self._refused(Channel.TELEGRAM, "the secret is missing or wrong")
        raw = await read_body(request)
        with self._reading(Channel.TELEGRAM):
            update = parse_update(_json(raw))
        if isinstance(update, Ignored):
            self._count(Channel.TELEGRAM, "ignored")
            decline = self._parts.decline_group
            if update.reason is IgnoredReason.GROUP and update.chat_id and decline is not None:
                chat_id = update.chat_id
                await self._stored(Channel.TELEGRAM, lambda: decline(chat_id))
        else:
            await self._receive(update)
        # a press that is not answered shows progress on her phone, whatever becomes of it
        return Response(status_code=200, background=self._press(update.press_id))

    async def _signed_form(self, request: Request) -> Form:
        token, public_url = self._settings.twilio_auth_token, self._settings.public_url
        signature = request.headers.get(SIGNATURE_HEADER)
        if token is None or public_url is None or not signature:
            raise self._refused(Channel.WHATSAPP, "the signature is missing or wrong")
        raw = await read_body(request)
        try:
            form = parse_form(raw)
        except ValueError:
            # bytes that are no form cannot carry a sound signature either
            self._count(Channel.WHATSAPP, "malformed")
            raise HTTPException(400, "the body is no form") from None
        path = request.scope.get("raw_path") or request.scope["path"].encode()
        query = request.scope["query_string"].decode("latin-1")
        url = signed_url(public_url, path.decode("latin-1"), query)
        if not from_twilio(url, form, signature, token.get_secret_value()):
            raise self._refused(Channel.WHATSAPP, "the signature is missing or wrong")
        return form

    async def _receive(self, inbound: Inbound) -> None:
        channel = inbound.address.channel
        new = await self._stored(channel, lambda: self._parts.receive(inbound))
        self._count(channel, "new" if new else "repeat")

    async def _stored(self, channel: Channel, store: Callable[[], T]) -> T:
        """Store in a thread. What fails here is ours to mend: 503, so that the provider tries again."""
        try:
            return await run_sync(store)
        except Exception as error:
            self._count(channel, "failed")
            # a database error's message may carry the row
            log.error(
                "storing failed: channel=%s error=%s at=%s", channel, type(error).__name__, place_of(error)
            )
            raise HTTPException(503, "try again", headers={"Retry-After": RETRY_AFTER}) from None

    def _press(self, press_id: str) -> BackgroundTask | None:
        answer = self._parts.answer_press
        if not press_id or answer is None:
            return None

        async def answered() -> None:
            try:
                with anyio.move_on_after(PRESS_SECONDS):
                    await answer(press_id)
            except Exception as error:
                log.warning("a press was not answered: %s", type(error).__name__)

        return BackgroundTask(answered)

    @contextmanager
    def _reading(self, channel: Channel) -> Iterator[None]:
        """Malformed requests become 400, with a reason that never quotes them."""
        try:
            yield
        except Malformed as error:
            self._count(channel, "malformed")
            raise HTTPException(400, str(error)) from None

    def _refused(self, channel: Channel, reason: str) -> HTTPException:
        self._count(channel, "refused")
        return HTTPException(403, reason)

    def _count(self, channel: Channel, result: str) -> None:
        self._inbound.labels(channel.value, result).inc()


def _json(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):  # ValueError also for bytes that are no UTF and for endless numbers
        raise Malformed("the body is no JSON") from None
