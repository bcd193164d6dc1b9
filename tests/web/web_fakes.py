"""Ports in memory, signed requests, and a bot that says back what it hears."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import anyio
import httpx
from prometheus_client import CollectorRegistry
from twilio.request_validator import RequestValidator

from bot.channels.wire import option_id
from bot.core.messages import Channel, Inbound, StatusUpdate
from bot.settings import Settings
from bot.web.ports import Position, SimMessage, SimOption, WebParts

TOKEN = "0f" * 16
SECRET = "a-secret_of-ours"
PUBLIC_URL = "https://bot.example.org"
NOON = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)


def settings(**changes: Any) -> Settings:
    """Both channels configured; ``None`` takes a value away."""
    values: dict[str, Any] = {
        "data_key": "A" * 43 + "=",
        "public_url": PUBLIC_URL,
        "telegram_bot_token": "123456:abc-def",
        "telegram_webhook_secret": SECRET,
        "twilio_account_sid": "AC" + "1" * 32,
        "twilio_auth_token": TOKEN,
        "twilio_whatsapp_from": "whatsapp:+14155550100",
        **changes,
    }
    return Settings(**{name: value for name, value in values.items() if value is not None})


@dataclass
class Ports:
    """What the web front was given to store, and how the fakes behave."""

    settings: Settings = field(default_factory=settings)
    inbox: dict[tuple[Channel, str], Inbound] = field(default_factory=dict)
    statuses: list[tuple[Channel, StatusUpdate]] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    state: dict[str, bool] = field(default_factory=lambda: {"database": True, "model": True})
    broken: Exception | None = None
    poll_seconds: float = 0.5
    bot: EchoBot | None = None

    def receive(self, inbound: Inbound) -> bool:
        if self.broken:
            raise self.broken
        key = (inbound.address.channel, inbound.external_id)
        if key in self.inbox:
            return False
        self.inbox[key] = inbound
        if self.bot:
            self.bot.hear(inbound)
        return True

    def note_status(self, channel: Channel, update: StatusUpdate) -> None:
        if self.broken:
            raise self.broken
        self.statuses.append((channel, update))

    def ready(self) -> dict[str, bool]:
        if self.broken:
            raise self.broken
        return self.state

    async def answer_press(self, press_id: str) -> None:
        if self.broken:
            raise self.broken
        self.pressed.append(press_id)

    def parts(self) -> WebParts:
        return WebParts(
            settings=self.settings,
            receive=self.receive,
            note_status=self.note_status,
            ready=self.ready,
            metrics=CollectorRegistry(),
            simulator=self.bot,
            answer_press=self.answer_press,
            poll_seconds=self.poll_seconds,
        )


class EchoBot:
    """A simulator port: asks three things in turn, whatever it hears."""

    def __init__(self, script: Sequence[tuple[str, Sequence[str]]] = (("Oí: {heard}", ()),)) -> None:
        self._script = script
        self._said: dict[str, list[SimMessage]] = {}
        self._lock = threading.Lock()

    def hear(self, inbound: Inbound) -> None:
        media = inbound.media[0].kind.value if inbound.media else ""
        heard = inbound.text or inbound.start_code or media or inbound.kind.value
        with self._lock:
            said = self._said.setdefault(inbound.address.key, [])
            page_id = inbound.external_id.rpartition(":")[2]
            self._add(said, "in", heard, kind=inbound.kind.value, media=media, id=page_id)
            text, titles = self._script[self._turns(said) % len(self._script)]
            seq = 1 + sum(m.direction == "out" for m in said)
            options = tuple(SimOption(i, title, option_id(seq, i)) for i, title in enumerate(titles))
            self._add(said, "out", text.replace("{heard}", heard), options=options)

    def _turns(self, said: list[SimMessage]) -> int:
        return sum(m.direction == "out" for m in said)

    def _add(self, said: list[SimMessage], direction: Any, text: str, **more: Any) -> None:
        seq = 1 + sum(m.direction == direction for m in said)
        said.append(SimMessage(seq, direction, text, datetime.now(UTC), **more))

    def messages(self, key: str, after: Position) -> list[SimMessage]:
        with self._lock:
            said = list(self._said.get(key, ()))
        return [m for m in said if m.seq > (after.inbound if m.direction == "in" else after.outbound)]


def ask(app: Any, method: str, path: str, **request: Any) -> httpx.Response:
    """One request to the application, without a socket."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://internal:8000") as client:
            return await client.request(method, path, **request)

    return anyio.run(asked)


def form(**changes: str | None) -> dict[str, str]:
    """An inbound WhatsApp text as Twilio posts it."""
    fields = {
        "MessageSid": "SM" + "a" * 32,
        "AccountSid": "AC" + "1" * 32,
        "From": "whatsapp:+5212221234567",
        "To": "whatsapp:+14155550100",
        "Body": "hola",
        "NumMedia": "0",
        "ProfileName": "",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def signed(
    path: str, fields: dict[str, str], *, token: str = TOKEN, base: str = PUBLIC_URL
) -> dict[str, Any]:
    """The request that Twilio would make: body and signature."""
    signature = RequestValidator(token).compute_signature(base + path, fields)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    return {"content": urlencode(fields).encode(), "headers": headers}


def update(update_id: Any = 7, **content: Any) -> dict[str, Any]:
    """A Bot API update with a text, or with ``content`` in its place."""
    person = {"id": 99, "is_bot": False, "first_name": "Rosa", "language_code": "es"}
    message = {"message_id": 5, "date": 1_770_000_000, "from": person, "chat": {"id": 99, "type": "private"}}
    return {"update_id": update_id, **(content or {"message": {**message, "text": "hola"}})}
