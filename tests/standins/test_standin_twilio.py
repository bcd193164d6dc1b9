"""Our WhatsApp adapter with a Twilio that we did not write."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from bot.channels.whatsapp import (
    WhatsAppAdapter,
    advance,
    outbox_id_of,
    parse_form,
    parse_inbound,
    parse_status,
    signed_url,
    verify,
)
from bot.core.messages import InboundKind, Outbound, Outcome, SendResult, StatusUpdate

ACCOUNT = "AC" + "a" * 32
TOKEN = "0123456789abcdef0123456789abcdef"
SENDER = "whatsapp:+14155550100"
HER = "whatsapp:+525550001111"


def send(
    url: str, text: str, *, to: str = HER, token: str = TOKEN, sender: str = SENDER, **more: Any
) -> SendResult:
    async def go() -> SendResult:
        channel = WhatsAppAdapter(ACCOUNT, token, sender=sender, api_url=url, **more)
        try:
            return await channel.send(to, Outbound(text), outbox_id=42)
        finally:
            await channel.aclose()

    return asyncio.run(go())


def messages(url: str) -> list[dict[str, Any]]:
    path = f"{url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    listed = httpx.get(path, params={"PageSize": 100}, auth=(ACCOUNT, TOKEN), trust_env=False)
    return list(listed.raise_for_status().json()["messages"])


def act(url: str, what: str, **fields: str) -> None:
    done = httpx.post(f"{url}/_twilio/simulate/{what}", data=fields, auth=(ACCOUNT, TOKEN), trust_env=False)
    done.raise_for_status()


def test_it_sends_one_message_with_its_text_as_given(emulate: str) -> None:
    text = "¿Cuál camino?\n1. *Negocio*\n2. Empleo 👩🏽‍🎓"
    before = len(messages(emulate))
    result = send(emulate, text)
    assert result.outcome is Outcome.ACCEPTED
    (ours,) = [m for m in messages(emulate) if m["sid"] == result.external_id]
    assert (ours["to"], ours["from"], ours["body"]) == (HER, SENDER, text)
    assert len(messages(emulate)) == before + 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"to": "whatsapp:12"}, (Outcome.PERMANENT, "21201")),
        ({"token": "wrong"}, (Outcome.CONFIGURATION, "20003")),
        ({"sender": "whatsapp:+15550001111"}, (Outcome.CONFIGURATION, "21606")),
    ],
)
def test_it_understands_a_refusal(
    emulate: str, changes: dict[str, str], expected: tuple[Outcome, str]
) -> None:
    before = len(messages(emulate))
    result = send(emulate, "hola", **changes)
    assert (result.outcome, result.code) == expected
    assert len(messages(emulate)) == before


def test_it_follows_a_message_by_signed_callbacks(emulate: str, collector: Any) -> None:
    result = send(emulate, "hola", public_url=collector.url)
    for status in ("sent", "delivered", "read"):
        act(emulate, "message-status", MessageSid=result.external_id, Status=status)
    state, updates = "queued", []
    while state != "read":
        updates.append(read_status(collector))
        state = advance(state, updates[-1].status)
    assert {(u.external_id, u.outbox_id) for u in updates} == {(result.external_id, 42)}


def read_status(collector: Any) -> StatusUpdate:
    posted, form = signed(collector)
    assert posted.path == "/webhooks/whatsapp/status"
    return parse_status(form, outbox_id_of(posted.query))


def signed(collector: Any) -> Any:
    posted = collector.next()
    form = parse_form(posted.body)
    url = signed_url(collector.url, posted.path, posted.query)
    signature = posted.headers["X-Twilio-Signature"]
    assert verify(url, form, signature, TOKEN) and not verify(url, form, signature, "another token")
    return posted, form


def test_it_reads_a_signed_message_from_her(emulate: str, collector: Any) -> None:
    act(emulate, "inbound-message", From=HER, To=SENDER, Body="no tengo con quién dejar a mi niño")
    posted, form = signed(collector)
    assert posted.path == "/webhooks/whatsapp/webhook"
    inbound = parse_inbound(form)
    assert inbound.kind is InboundKind.TEXT
    assert inbound.text == "no tengo con quién dejar a mi niño"
    assert inbound.address.key == "+525550001111"
