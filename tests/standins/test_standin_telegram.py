"""Our Telegram adapter with a Bot API that we did not write."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from bot.channels.telegram import TelegramAdapter, parse_update
from bot.core.messages import Inbound, InboundKind, Option, Outbound, Outcome, SendResult

TOKEN = "123456:loopback-only"
SESSION = {"Authorization": "Bearer loopback", "X-Test-Session": "ours"}
HER = {"chat_id": 5501, "from_user": {"id": 5501, "first_name": "Marta", "is_bot": False}}


@pytest.fixture
def control(telemelya: str) -> Any:
    with httpx.Client(
        base_url=f"{telemelya}/api/v1/test", headers=SESSION, trust_env=False, timeout=20
    ) as client:
        client.post("/reset").raise_for_status()
        yield client


def with_bot(url: str, do: Callable[[TelegramAdapter], Awaitable[SendResult]]) -> SendResult:
    async def go() -> SendResult:
        channel = TelegramAdapter(TOKEN, url)
        try:
            return await do(channel)
        finally:
            await channel.aclose()

    return asyncio.run(go())


def test_it_holds_a_conversation(telemelya: str, collector: Any, control: httpx.Client) -> None:
    webhook = f"{collector.url}/webhooks/telegram/webhook"
    assert with_bot(telemelya, lambda c: c.register_webhook(webhook, "s3cret")).outcome is Outcome.ACCEPTED

    def she_does(**what: Any) -> Inbound:
        control.post("/send_update", params={"bot_token": TOKEN}, json=HER | what).raise_for_status()
        read = parse_update(json.loads(collector.next().body))
        assert isinstance(read, Inbound)
        return read

    assert she_does(command="start").kind is InboundKind.START
    said = she_does(text="quiero un negocio")
    assert (said.kind, said.text, said.address.reply_to) == (InboundKind.TEXT, "quiero un negocio", "5501")

    question = Outbound("*¿Cuál?*\n1. Negocio\n2. Empleo", options=(Option("Negocio"), Option("Empleo")))
    sent = with_bot(telemelya, lambda c: c.send("5501", question, outbox_id=31))
    assert sent.outcome is Outcome.ACCEPTED and sent.external_id

    pressed = she_does(callback_data="31.1", callback_message_id=int(sent.external_id))
    assert (pressed.kind, pressed.tap) == (InboundKind.TAP, "31.1")
    assert with_bot(telemelya, lambda c: c.answer_press(pressed.press_id)).outcome is Outcome.ACCEPTED
    assert (
        with_bot(telemelya, lambda c: c.remove_keyboard("5501", sent.external_id)).outcome is Outcome.ACCEPTED
    )

    seen = control.get("/responses").json()["responses"]
    shown = [r for r in seen if r["method"] == "sendMessage"]
    assert [r["text"] for r in shown] == ["¿Cuál?\n1. Negocio\n2. Empleo"]
