"""Telegram's requests."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import anyio
import httpx
import pytest
from web_fakes import SECRET, Ports, ask, settings, update

from bot.core.messages import InboundKind
from bot.web.app import create_app

PATH = "/webhooks/telegram/webhook"
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
PERSON = {"id": 99, "is_bot": False, "first_name": "Rosa"}
CHAT = {"id": 99, "type": "private"}


@pytest.fixture
def ports() -> Ports:
    return Ports()


@pytest.fixture
def app(ports: Ports) -> Any:
    return create_app(ports.parts())


def press(data: str) -> dict[str, Any]:
    message = {"message_id": 4, "date": 1, "chat": CHAT}
    return update(callback_query={"id": "3141", "from": PERSON, "message": message, "data": data})


def test_it_answers_200_once_the_update_is_stored(app: Any, ports: Ports) -> None:
    answers = [ask(app, "POST", PATH, json=update(), headers=HEADERS) for _ in range(2)]
    assert [(a.status_code, a.content) for a in answers] == [(200, b"")] * 2
    (inbound,) = ports.inbox.values()
    assert (inbound.external_id, inbound.text, inbound.address.key) == ("7", "hola", "99")


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Telegram-Bot-Api-Secret-Token": ""}, {"X-Telegram-Bot-Api-Secret-Token": SECRET + "x"}],
    ids=["none", "empty", "wrong"],
)
def test_it_refuses_without_the_secret(app: Any, ports: Ports, headers: dict[str, str]) -> None:
    assert ask(app, "POST", PATH, json=update(), headers=headers).status_code == 403
    assert not ports.inbox


def test_a_secret_that_is_no_ascii_is_refused_too(app: Any) -> None:
    headers = [(b"X-Telegram-Bot-Api-Secret-Token", "señal".encode())]
    assert ask(app, "POST", PATH, json=update(), headers=headers).status_code == 403


@pytest.mark.parametrize("gone", ["telegram_webhook_secret", "telegram_bot_token"])
def test_it_refuses_everything_where_telegram_is_not_configured(gone: str) -> None:
    ports = Ports(settings=settings(**{gone: None, "public_url": None, "twilio_account_sid": None}))
    assert ask(create_app(ports.parts()), "POST", PATH, json=update(), headers=HEADERS).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1]",
        b'"x"',
        b"null",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"update_id": ' + b"9" * 6000 + b"}",
    ]
    + [json.dumps({"update_id": bad}).encode() for bad in (None, "7", 7.5, True, 2**70, [7])]
    + [b'{"message": {}}'],
)
def test_it_refuses_what_is_no_update(app: Any, ports: Ports, body: bytes) -> None:
    assert ask(app, "POST", PATH, content=body, headers=HEADERS).status_code == 400
    assert not ports.inbox


def test_it_refuses_a_huge_update(app: Any) -> None:
    huge = json.dumps(update(message={"text": "x" * 300_000})).encode()
    assert ask(app, "POST", PATH, content=huge, headers=HEADERS).status_code == 413


@pytest.mark.parametrize(
    "content",
    [
        {"unheard_of": {"id": 1}},
        {"message": None},
        {"message": [1, 2]},
        {"message": {"chat": "x", "from": 3, "text": 4}},
        {"message": {"chat": {"id": 99, "type": "private"}, "from": PERSON, "text": {"a": 1}}},
        {"message": {"chat": CHAT, "from": PERSON, "location": {"latitude": "x", "longitude": 1e400}}},
        {"message": {"chat": {"id": -5, "type": "group"}, "from": PERSON, "text": "hola"}},
        {"message": {"chat": CHAT, "from": PERSON, "text": "\ud83d \x00 hola"}},
        {"message": {"chat": CHAT, "from": PERSON, "photo": "none", "date": 10**30}},
        {"edited_message": {"chat": CHAT, "from": PERSON, "text": "hola"}},
        {"callback_query": {"data": 5}},
        {"my_chat_member": {"chat": CHAT, "from": PERSON, "new_chat_member": 4}},
        {"poll_answer": []},
    ],
)
def test_it_acknowledges_any_well_formed_update(app: Any, content: dict[str, Any]) -> None:
    assert ask(app, "POST", PATH, content=json.dumps(update(**content)), headers=HEADERS).status_code == 200


def test_it_stores_that_she_blocked_the_bot(app: Any, ports: Ports) -> None:
    change = {"chat": CHAT, "from": PERSON, "new_chat_member": {"status": "kicked"}}
    ask(app, "POST", PATH, json=update(my_chat_member=change), headers=HEADERS)
    (inbound,) = ports.inbox.values()
    assert inbound.kind is InboundKind.BLOCKED


@pytest.mark.parametrize("data", ["12.1", "somebody else's button"])
def test_it_answers_every_press_once_it_is_acknowledged(app: Any, ports: Ports, data: str) -> None:
    assert ask(app, "POST", PATH, json=press(data), headers=HEADERS).status_code == 200
    assert ports.pressed == ["3141"]


def test_the_acknowledgement_does_not_wait_for_the_answer_to_a_press(ports: Ports) -> None:
    async def acknowledged_first() -> list[str]:
        order: list[str] = []

        async def slow(press_id: str) -> None:
            order.append("answering")
            await anyio.sleep(0)
            order.append("answered")

        app = create_app(replace(ports.parts(), answer_press=slow))

        async def watched(scope: Any, receive: Any, send: Any) -> None:
            async def sending(message: Any) -> None:
                order.append(message["type"])
                await send(message)

            await app(scope, receive, sending)

        transport = httpx.ASGITransport(app=watched)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            await client.post(PATH, json=press("12.1"), headers=HEADERS)
        return order

    order = anyio.run(acknowledged_first)
    assert order == ["http.response.start", "http.response.body", "answering", "answered"]


def test_a_press_that_cannot_be_answered_is_no_error(app: Any, ports: Ports) -> None:
    foreign = press("somebody else's button")  # nothing to store, so only the answer can fail
    ports.broken = RuntimeError("query is too old")
    assert ask(app, "POST", PATH, json=foreign, headers=HEADERS).status_code == 200


def test_it_asks_telegram_to_repeat_what_could_not_be_stored(app: Any, ports: Ports) -> None:
    ports.broken = OSError("disk full")
    answer = ask(app, "POST", PATH, json=update(), headers=HEADERS)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
