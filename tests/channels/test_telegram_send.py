"""Requests through the real python-telegram-bot to a provider on the loopback address."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from telegram.error import NetworkError, TimedOut

from bot.channels.telegram import TelegramAdapter, verify
from bot.channels.telegram.commands import menus
from bot.channels.telegram.failures import failed
from bot.core.messages import Option, Outbound, Outcome, SendResult

TOKEN = "123456:loopback-only"
SENT = {"ok": True, "result": {"message_id": 88, "date": 1740830400, "chat": {"id": 5501, "type": "private"}}}
TRUE = {"ok": True, "result": True}
QUESTION = Outbound(
    "*¿Cuál camino?*\n1. Negocio\n2. Empleo",
    options=(Option("Negocio", {"value": "entrepreneurship"}), Option("Empleo", {"value": "employment"})),
)


def with_bot(url: str, do: Callable[[TelegramAdapter], Awaitable[SendResult]], **more: Any) -> SendResult:
    async def go() -> SendResult:
        channel = TelegramAdapter(TOKEN, url, **more)
        try:
            return await do(channel)
        finally:
            await channel.aclose()

    return asyncio.run(go())


def send(url: str, message: Outbound = QUESTION, to: str = "5501", **more: Any) -> SendResult:
    return with_bot(url, lambda channel: channel.send(to, message, outbox_id=31), **more)


def refusal(code: int, description: str, **parameters: int) -> dict[str, Any]:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return body | ({"parameters": parameters} if parameters else {})


def test_it_sends_text_with_bold_and_one_button_a_row(provider: Any) -> None:
    provider.reply(200, SENT)
    assert send(provider.url) == SendResult(Outcome.ACCEPTED, external_id="88")
    (asked,) = provider.asked
    assert asked.path == f"/bot{TOKEN}/sendMessage"
    assert asked.form["chat_id"] == "5501"
    assert asked.form["text"] == "¿Cuál camino?\n1. Negocio\n2. Empleo"
    assert json.loads(asked.form["entities"]) == [{"type": "bold", "offset": 0, "length": 13}]
    assert json.loads(asked.form["reply_markup"]) == {
        "inline_keyboard": [
            [{"text": "Negocio", "callback_data": "31.0"}],
            [{"text": "Empleo", "callback_data": "31.1"}],
        ]
    }
    assert "parse_mode" not in asked.form


def test_it_asks_for_a_number_and_a_place_by_buttons(provider: Any) -> None:
    provider.reply(200, SENT)
    send(provider.url, Outbound("¿Dónde vives?", ask_contact=True, ask_location=True))
    markup = json.loads(provider.asked[0].form["reply_markup"])
    assert markup["one_time_keyboard"] is True
    (contact,), (location,) = markup["keyboard"]
    assert contact["request_contact"] is True and location["request_location"] is True
    assert contact["text"] and location["text"]


def test_it_sends_plain_text_without_keyboard_or_entities(provider: Any) -> None:
    provider.reply(200, SENT)
    send(provider.url, Outbound("2 * 3 * 4 <b>&"))
    assert provider.asked[0].form == {"chat_id": "5501", "text": "2 * 3 * 4 <b>&"}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (403, refusal(403, "Forbidden: bot was blocked by the user"), ("permanent", "blocked", None)),
        (403, refusal(403, "Forbidden: user is deactivated"), ("permanent", "blocked", None)),
        (429, refusal(429, "Too Many Requests: retry after 9", retry_after=9), ("retry", "429", 9.0)),
        (400, refusal(400, "Bad Request: chat not found"), ("permanent", "chat_not_found", None)),
        (400, refusal(400, "Bad Request: BUTTON_DATA_INVALID"), ("permanent", "button_data_invalid", None)),
        (400, refusal(400, "Bad Request: new trouble 5501"), ("permanent", "new_trouble", None)),
        (
            400,
            refusal(400, "Bad Request: group upgraded", migrate_to_chat_id=-7),
            ("permanent", "migrated", None),
        ),
        (401, refusal(401, "Unauthorized"), ("configuration", "token", None)),
        (404, refusal(404, "Not Found"), ("configuration", "token", None)),
        (409, refusal(409, "Conflict: terminated by other getUpdates"), ("configuration", "conflict", None)),
        (500, refusal(500, "Internal Server Error"), ("unknown", "connection", None)),
        (502, b"<html>bad gateway</html>", ("unknown", "connection", None)),
        (200, b"<html>proxy</html>", ("unknown", "answer", None)),
        (200, {"ok": True}, ("unknown", "answer", None)),
        (200, {"ok": True, "result": []}, ("unknown", "answer", None)),
    ],
)
def test_it_maps_an_answer(provider: Any, status: int, body: Any, expected: tuple[Any, ...]) -> None:
    provider.reply(status, body)
    result = send(provider.url)
    assert (result.outcome, result.code, result.retry_after) == expected
    assert len(provider.asked) == 1, "a request is never repeated"


def test_it_does_not_know_after_a_torn_connection(provider: Any) -> None:
    provider.reply(fault="reset")
    assert send(provider.url) == SendResult(Outcome.UNKNOWN, code="connection")
    assert len(provider.asked) == 1


def test_it_does_not_know_after_a_time_out(provider: Any) -> None:
    provider.reply(fault="hang")
    assert send(provider.url, read_timeout=0.2) == SendResult(Outcome.UNKNOWN, code="timeout")


def test_it_notices_a_connection_that_was_closed_while_it_was_idle(provider: Any) -> None:
    async def twice(channel: TelegramAdapter) -> SendResult:
        await channel.send("5501", QUESTION, outbox_id=1)
        provider.wait_until_left(1)
        return await channel.send("5501", QUESTION, outbox_id=2)

    for _ in range(2):
        provider.reply(200, SENT, fault="leave")
    assert with_bot(provider.url, twice).outcome is Outcome.ACCEPTED


def test_it_may_retry_where_nobody_listened(nobody_listens: str) -> None:
    assert send(nobody_listens) == SendResult(Outcome.RETRY, code="connect")


@pytest.mark.parametrize(
    ("kind", "cause", "outcome"),
    [
        (TimedOut, httpx.PoolTimeout(""), "retry"),
        (TimedOut, httpx.ConnectTimeout(""), "retry"),
        (TimedOut, httpx.ReadTimeout(""), "unknown"),
        (TimedOut, httpx.WriteTimeout(""), "unknown"),
        (NetworkError, httpx.ConnectError(""), "retry"),
        (NetworkError, httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]"), "configuration"),
        (NetworkError, httpx.ReadError(""), "unknown"),
        (NetworkError, httpx.RemoteProtocolError(""), "unknown"),
        (NetworkError, httpx.UnsupportedProtocol(""), "configuration"),
        (NetworkError, None, "unknown"),
    ],
)
def test_it_may_retry_only_what_was_never_sent(
    kind: type[NetworkError], cause: Exception | None, outcome: str
) -> None:
    error = kind("x") if kind is NetworkError else TimedOut()
    error.__cause__ = cause
    assert failed(error).outcome == outcome


def test_it_tells_a_wrong_certificate_by_its_cause() -> None:
    error, cause = NetworkError("x"), httpx.ConnectError("tls")
    cause.__cause__ = ssl.SSLCertVerificationError("self-signed")
    error.__cause__ = cause
    assert failed(error) == SendResult(Outcome.CONFIGURATION, code="certificate")


@pytest.mark.parametrize(
    ("to", "text", "code"),
    [
        ("5501", "\n ", "empty"),
        ("5501", "😀" * 2049, "too_long"),
        ("@canal", "hola", "address"),
        ("", "x", "address"),
    ],
)
def test_it_refuses_without_asking(provider: Any, to: str, text: str, code: str) -> None:
    assert send(provider.url, Outbound(text), to) == SendResult(Outcome.PERMANENT, code=code)


def test_it_answers_a_press_and_forgives_one_that_is_too_old(provider: Any) -> None:
    provider.reply(200, TRUE)
    assert with_bot(provider.url, lambda c: c.answer_press("77001")).outcome is Outcome.ACCEPTED
    assert provider.asked[0].form == {"callback_query_id": "77001"}
    provider.reply(400, refusal(400, "Bad Request: query is too old and response timeout expired"))
    assert with_bot(provider.url, lambda c: c.answer_press("77001", "ñ" * 300)).code == "press_old"
    assert len(provider.asked[1].form["text"]) == 200


def test_it_takes_the_buttons_off_an_answered_message(provider: Any) -> None:
    provider.reply(200, SENT)
    assert with_bot(provider.url, lambda c: c.remove_keyboard("5501", "88")).outcome is Outcome.ACCEPTED
    assert provider.asked[0].path.endswith("/editMessageReplyMarkup")
    assert provider.asked[0].form == {"chat_id": "5501", "message_id": "88"}
    assert with_bot(provider.url, lambda c: c.remove_keyboard("5501", "sim-3")).code == "address"


def test_it_registers_a_webhook_with_its_secret_and_drops_nothing(provider: Any) -> None:
    provider.reply(200, TRUE)
    url = "https://inscribe.example.org/webhooks/telegram/webhook"
    assert with_bot(provider.url, lambda c: c.register_webhook(url, "s3cret")).outcome is Outcome.ACCEPTED
    form = provider.asked[0].form
    assert form["url"] == url and form["secret_token"] == "s3cret"
    assert json.loads(form["allowed_updates"]) == ["message", "callback_query", "my_chat_member"]
    assert "drop_pending_updates" not in form


def test_it_registers_the_menu_in_every_language(provider: Any) -> None:
    for _ in menus():
        provider.reply(200, TRUE)
    assert with_bot(provider.url, lambda c: c.set_commands()).outcome is Outcome.ACCEPTED
    registered = {a.form.get("language_code"): json.loads(a.form["commands"]) for a in provider.asked}
    assert set(registered) == {None, "es", "en"}
    assert registered[None] == registered["es"]
    assert registered["es"][0]["command"] == "start"
    assert "alto" not in [c["command"] for c in registered["es"]], "a synonym is understood but not shown"


def test_it_stops_registering_the_menu_at_the_first_refusal(provider: Any) -> None:
    provider.reply(401, refusal(401, "Unauthorized"))
    assert with_bot(provider.url, lambda c: c.set_commands()).outcome is Outcome.CONFIGURATION


def test_it_logs_neither_chat_nor_text_nor_token(provider: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for status, body in ((200, SENT), (400, refusal(400, "Bad Request: odd 5501")), (200, b"mi secreto")):
            provider.reply(status, body)
            send(provider.url, Outbound("mi secreto"))
    said = "\n".join(caplog.messages)
    assert "odd" in said
    for private in ("5501", "secreto", TOKEN, TOKEN.partition(":")[2]):
        assert private not in said


@pytest.mark.parametrize(
    ("secret", "header", "accepted"),
    [
        ("s3cret_-", "s3cret_-", True),
        ("s3cret", "s3cret ", False),
        ("s3cret", "S3cret", False),
        ("s3cret", None, False),
        ("s3cret", "", False),
        ("", "", False),
        ("", None, False),
        ("s3cret", "s3crét", False),
        ("s3cret", "\udcff", False),
    ],
)
def test_it_checks_the_secret_header(secret: str, header: str | None, accepted: bool) -> None:
    assert verify(secret, header) is accepted
