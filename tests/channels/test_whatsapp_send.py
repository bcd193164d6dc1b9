"""Sends through the real Twilio client to a provider on the loopback address."""

from __future__ import annotations

import asyncio
import base64
import logging
import ssl
from typing import Any

import pytest
import requests
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
)

from bot.channels.whatsapp import WhatsAppAdapter, advance, rank
from bot.channels.whatsapp.client import GuardedHttpClient, WrongHost
from bot.channels.whatsapp.failures import broken, ruling
from bot.core.messages import Option, Outbound, Outcome, SendResult

_POOL: Any = HTTPConnectionPool("127.0.0.1", 9)
ACCOUNT = "AC" + "0" * 32
TOKEN = "0f0e0d0c0b0a09080706050403020100"
TO = "whatsapp:+5215550001111"
SENDER = "whatsapp:+14155550100"
CREATED = {"sid": "SM" + "1" * 32, "status": "queued", "to": TO, "body": "x"}
HELLO = Outbound("Hola.\n1. *Sí*\n2. No", options=(Option("Sí"), Option("No")))


def adapter(url: str, **more: Any) -> WhatsAppAdapter:
    chosen: dict[str, Any] = {
        "sender": SENDER,
        "public_url": "https://inscribe.example.org",
        "read_timeout": 5.0,
    }
    return WhatsAppAdapter(ACCOUNT, TOKEN, api_url=url, **{**chosen, **more})


def send(url: str, message: Outbound = HELLO, to: str = TO, **more: Any) -> SendResult:
    async def go() -> SendResult:
        channel = adapter(url, **more)
        try:
            return await channel.send(to, message, outbox_id=42)
        finally:
            await channel.aclose()

    return asyncio.run(go())


def test_it_sends_the_text_as_given_and_asks_for_the_status(provider: Any) -> None:
    provider.reply(201, CREATED)
    assert send(provider.url) == SendResult(Outcome.ACCEPTED, external_id=CREATED["sid"])
    (asked,) = provider.asked
    assert asked.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert asked.form == {
        "To": TO,
        "From": SENDER,
        "Body": "Hola.\n1. *Sí*\n2. No",
        "StatusCallback": "https://inscribe.example.org/webhooks/whatsapp/status?o=42",
    }
    assert (
        asked.headers["Authorization"] == "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    )


def test_it_sends_by_a_service_and_without_a_public_address(provider: Any) -> None:
    provider.reply(201, CREATED)
    send(provider.url, service_sid="MG" + "2" * 32, public_url=None)
    (asked,) = provider.asked
    assert asked.form["MessagingServiceSid"] == "MG" + "2" * 32
    assert "From" not in asked.form and "StatusCallback" not in asked.form


@pytest.mark.parametrize(
    ("status", "body", "headers", "expected"),
    [
        (429, {"code": 20429, "message": "m", "status": 429}, {"Retry_After": "7"}, ("retry", "20429", 7.0)),
        (429, {"code": 20429, "message": "m", "status": 429}, {}, ("retry", "20429", 1.0)),
        (429, b"slow down", {}, ("retry", "20429", 1.0)),
        (400, {"code": 21211, "message": "m", "status": 400}, {}, ("permanent", "21211", None)),
        (400, {"code": 21610, "message": "m", "status": 400}, {}, ("permanent", "21610", None)),
        (400, {"code": 63016, "message": "m", "status": 400}, {}, ("permanent", "63016", None)),
        (400, {"code": 21606, "message": "m", "status": 400}, {}, ("configuration", "21606", None)),
        (400, {"code": 63018, "message": "m", "status": 400}, {}, ("retry", "63018", 3600.0)),
        (400, {"code": 99999, "message": "m", "status": 400}, {}, ("permanent", "99999", None)),
        (400, b"<html>", {}, ("permanent", "400", None)),
        (401, {"code": 20003, "message": "m", "status": 401}, {}, ("configuration", "20003", None)),
        (403, b"", {}, ("configuration", "403", None)),
        (404, {"code": 20404, "message": "m", "status": 404}, {}, ("configuration", "20404", None)),
        (302, b"", {"Location": "https://elsewhere.example"}, ("configuration", "302", None)),
        (408, b"", {}, ("unknown", "408", None)),
        (500, {"code": 20500, "message": "m", "status": 500}, {}, ("unknown", "20500", None)),
        (503, b"busy", {}, ("unknown", "503", None)),
        (201, b"<html>proxy</html>", {}, ("unknown", "answer", None)),
        (201, [], {}, ("unknown", "answer", None)),
        (201, {"status": "queued"}, {}, ("unknown", "answer", None)),
        (
            422,
            {"type": "t", "title": "t", "status": 422, "code": 21656, "detail": "d"},
            {},
            ("permanent", "21656", None),
        ),
    ],
)
def test_it_maps_an_answer(
    provider: Any, status: int, body: Any, headers: dict[str, str], expected: tuple[Any, ...]
) -> None:
    provider.reply(status, body, **headers)
    result = send(provider.url)
    assert (result.outcome, result.code, result.retry_after) == expected
    assert result.external_id == ""
    assert len(provider.asked) == 1, "a POST is never repeated"


def test_it_does_not_know_after_a_torn_connection(provider: Any) -> None:
    provider.reply(fault="reset")
    assert send(provider.url) == SendResult(Outcome.UNKNOWN, code="connection")
    assert len(provider.asked) == 1


def test_it_does_not_know_after_a_time_out(provider: Any) -> None:
    provider.reply(fault="hang")
    assert send(provider.url, read_timeout=0.2) == SendResult(Outcome.UNKNOWN, code="timeout")
    assert len(provider.asked) == 1


def test_it_may_retry_where_nobody_listened(nobody_listens: str) -> None:
    assert send(nobody_listens) == SendResult(Outcome.RETRY, code="connect")


@pytest.mark.parametrize(
    ("error", "outcome", "code"),
    [
        (NameResolutionError("api.twilio.com", _POOL, OSError()), "retry", "connect"),
        (ConnectTimeoutError(_POOL, "no answer"), "retry", "connect"),
        (ProxyError("no proxy", NewConnectionError(_POOL, "refused")), "retry", "connect"),
        (ssl.SSLCertVerificationError("self-signed"), "configuration", "certificate"),
        (ssl.SSLError("record layer"), "unknown", "connection"),
        (ProtocolError("aborted", ConnectionResetError()), "unknown", "connection"),
        (ReadTimeoutError(_POOL, "/", "slow"), "unknown", "connection"),
    ],
)
def test_it_may_retry_only_what_was_never_sent(error: Exception, outcome: str, code: str) -> None:
    """As requests wraps them: the reason inside a MaxRetryError inside a ConnectionError."""
    wrapped = requests.ConnectionError(MaxRetryError(_POOL, "/", error))
    assert broken(wrapped) == SendResult(Outcome(outcome), code=code)


@pytest.mark.parametrize(
    ("to", "text", "code"),
    [(TO, " \n", "empty"), (TO, "a" * 1601, "too_long"), ("+525550001111", "hola", "address")],
)
def test_it_refuses_without_asking(provider: Any, to: str, text: str, code: str) -> None:
    assert send(provider.url, Outbound(text), to) == SendResult(Outcome.PERMANENT, code=code)
    assert provider.asked == []


def test_it_sends_to_a_user_id_and_to_a_number_as_it_came(provider: Any) -> None:
    for to in ("whatsapp:MX.71234567890", "whatsapp:+5215550001111"):
        provider.reply(201, CREATED)
        assert send(provider.url, to=to).outcome is Outcome.ACCEPTED
        assert provider.asked[-1].form["To"] == to


def test_it_reaches_no_host_that_is_not_configured() -> None:
    client = GuardedHttpClient({"api.twilio.com": "http://127.0.0.1:9"}, connect=1, read=1, connections=1)
    with pytest.raises(WrongHost):
        client.request("POST", "https://messaging.twilio.com/v1/Services")


def test_it_ignores_what_the_environment_says_about_twilio(
    provider: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TWILIO_REGION", "TWILIO_EDGE"):
        monkeypatch.setenv(name, "ie1")
    provider.reply(201, CREATED)
    assert send(provider.url).outcome is Outcome.ACCEPTED


def test_it_logs_neither_number_nor_text_nor_token(provider: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for status, body in (
            (201, CREATED),
            (400, {"code": 99999, "message": TO, "status": 400}),
            (201, b"no"),
        ):
            provider.reply(status, body)
            send(provider.url, Outbound("mi secreto"))
    said = "\n".join(caplog.messages)
    assert "99999" in said
    for private in ("5550001111", "secreto", TOKEN):
        assert private not in said


def test_it_needs_a_sender() -> None:
    with pytest.raises(ValueError, match="sender"):
        WhatsAppAdapter(ACCOUNT, TOKEN)


def test_it_sends_side_by_side(provider: Any) -> None:
    async def go() -> list[SendResult]:
        channel = adapter(provider.url)
        sends = [channel.send(TO, HELLO, outbox_id=n) for n in range(8)]
        try:
            return await asyncio.gather(*sends)
        finally:
            await channel.aclose()

    for _ in range(8):
        provider.reply(201, CREATED)
    assert {r.outcome for r in asyncio.run(go())} == {Outcome.ACCEPTED}
    assert {a.form["StatusCallback"].rpartition("=")[2] for a in provider.asked} == set("01234567")


def test_it_notices_a_connection_that_was_closed_while_it_was_idle(provider: Any) -> None:
    async def go() -> list[Outcome]:
        channel = adapter(provider.url)
        try:
            outcomes = []
            for n in range(3):
                outcomes.append((await channel.send(TO, HELLO, outbox_id=n)).outcome)
                provider.wait_until_left(n + 1)
            return outcomes
        finally:
            await channel.aclose()

    for _ in range(3):
        provider.reply(201, CREATED, fault="leave")
    assert set(asyncio.run(go())) == {Outcome.ACCEPTED}


def test_it_never_moves_a_status_backwards() -> None:
    order = ["unknown", "queued", "sending", "sent", "failed", "delivered", "read"]
    assert [rank(s) for s in order] == sorted({rank(s) for s in order})
    for i, current in enumerate(order):
        for j, new in enumerate(order):
            assert advance(current, new) == order[max(i, j)]


def test_it_leaves_a_state_that_is_no_status_and_a_status_that_is_none() -> None:
    assert advance("cancelled", "delivered") == "cancelled"
    assert advance("sent", "pondering") == "sent"
    assert rank("pondering") == -1


def test_it_takes_an_unlisted_code_as_permanent_and_for_staff() -> None:
    found = ruling("12345")
    assert (found.outcome, found.alert, found.known) == (Outcome.PERMANENT, True, False)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("63016", "permanent"),
        ("63014", "permanent"),
        ("20003", "configuration"),
        ("63018", "retry"),
        ("20500", "unknown"),
    ],
)
def test_it_reads_the_code_of_a_status_callback(code: str, outcome: str) -> None:
    assert ruling(code).outcome == outcome
