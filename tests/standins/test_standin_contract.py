"""Our requests against Twilio's own OpenAPI documents, with a stateful Twilio behind them that we did not write."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import pytest

from bot.channels.whatsapp import WhatsAppAdapter
from bot.channels.whatsapp.contents import ContentsUnavailable, TwilioContents
from bot.channels.whatsapp.interactive import Content
from bot.core.messages import Option, Outbound, Outcome

ACCOUNT, TOKEN = "AC" + "a" * 32, "0123456789abcdef0123456789abcdef"
SENDER, HER = "whatsapp:+14155550100", "whatsapp:+525550004242"
SID = "HX" + "b" * 32
T = TypeVar("T")


def with_adapter(url: str, do: Callable[[WhatsAppAdapter], Awaitable[T]]) -> T:
    async def go() -> T:
        adapter = WhatsAppAdapter(
            ACCOUNT, TOKEN, sender=SENDER, api_url=url, public_url="https://inscribe.example.org"
        )
        try:
            return await do(adapter)
        finally:
            await adapter.aclose()

    return asyncio.run(go())


def test_it_sends_text_as_the_contract_wants(contract: str) -> None:
    sent = with_adapter(contract, lambda a: a.send(HER, Outbound("¿Qué tal?\n1. Bien"), outbox_id=7))
    assert sent.outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("variables", [(), ("7", "Eva")])
def test_it_sends_content_as_the_contract_wants(contract: str, variables: tuple[str, ...]) -> None:
    message = Outbound("¿Vienes?", (Option("Sí"),), template=SID, variables=variables)
    sent = with_adapter(contract, lambda a: a.send(HER, message, outbox_id=7))
    # Prism lets it pass; what stands behind it does not know Content and asks for a body
    assert sent.code != "422" and sent.outcome in (Outcome.ACCEPTED, Outcome.PERMANENT)


def test_it_would_be_told_of_a_content_id_against_the_contract(contract: str) -> None:
    message = Outbound("¿Vienes?", template="HX" + "z" * 32)
    sent = with_adapter(contract, lambda a: a.send(HER, message, outbox_id=7))
    assert sent.outcome is Outcome.PERMANENT and sent.code == "422"


def test_it_finds_again_what_it_sent(contract: str) -> None:
    since = datetime.now(UTC) - timedelta(minutes=5)
    text = "te busco después"
    sent = with_adapter(contract, lambda a: a.send(HER, Outbound(text), outbox_id=8))
    listed = with_adapter(contract, lambda a: a.sent_to(HER, since))
    assert [s.text for s in listed if s.external_id == sent.external_id] == [text]


def test_it_finds_what_came_while_it_was_away(contract: str, emulate: str, collector: Any) -> None:
    since = datetime.now(UTC) - timedelta(minutes=5)
    httpx.post(
        f"{emulate}/_twilio/simulate/inbound-message",
        data={"From": HER, "To": SENDER, "Body": "¿siguen ahí?"},
        auth=(ACCOUNT, TOKEN),
        trust_env=False,
    ).raise_for_status()
    later = datetime.now(UTC) + timedelta(minutes=5)
    found = with_adapter(contract, lambda a: a.received(since, later))
    assert [(i.address.key, i.text) for i in found if i.text == "¿siguen ahí?"] == [
        ("+525550004242", "¿siguen ahí?")
    ]
    while b"siguen" not in collector.next().body:
        """the webhook of this message is not another test's"""


@pytest.fixture
def contents(content_contract: str) -> Any:
    made = TwilioContents(ACCOUNT, TOKEN, content_url=content_contract)
    yield made
    made.close()


@pytest.mark.parametrize(
    "content",
    [
        Content("quick_reply", "es", "¿Vienes?\n1. Sí\n2. No", ("Sí", "No"), (("1", "1"),)),
        Content("list_picker", "es", "¿Cuál, {{2}}?\n1. a", tuple("abcd"), (("1", "1"), ("2", "Eva"))),
        Content("list_picker", "es", "¿Cuál?", ("Preparatoria o bachillerato terminado", "Otro")),
        Content("text", "es", "Hola {{1}}, tienes un mensaje.", samples=(("1", "Eva"),)),
        Content("quick_reply", "es", "Hola {{1}}, ¿empezamos?", ("Empezar",), (("1", "Eva"),), press="title"),
    ],
    ids=lambda c: f"{c.kind}-{len(c.titles)}-{c.press}",
)
def test_it_makes_content_as_the_contract_wants(contents: TwilioContents, content: Content) -> None:
    assert contents.create("oportunidad_test", content).startswith("HX")


def test_it_submits_and_asks_as_the_contract_wants(contents: TwilioContents) -> None:
    contents.submit(SID, "tpl_survey_invite_es_0a1b2c3d", "utility")
    assert contents.approval(SID).status in ("approved", "pending", "created", "rejected", "paused")
    assert isinstance(contents.names(), dict)


def test_it_would_be_told_of_content_against_the_contract(contents: TwilioContents) -> None:
    class Wrong(Content):
        def types(self) -> dict[str, Any]:
            return {"twilio/quick-reply": {"actions": "none"}}

    with pytest.raises(ContentsUnavailable):
        contents.create("oportunidad_test", Wrong("quick_reply", "es", "x"))
