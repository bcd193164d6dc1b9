"""Twilio's requests."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlencode

import pytest
from web_fakes import PUBLIC_URL, Ports, ask, form, settings, signed

from bot.core.messages import Channel, InboundKind
from bot.web.app import create_app
from bot.web.body import LIMIT

PATH = "/webhooks/whatsapp/webhook"
STATUS = "/webhooks/whatsapp/status"


@pytest.fixture
def ports() -> Ports:
    return Ports()


@pytest.fixture
def app(ports: Ports) -> Any:
    return create_app(ports.parts())


def test_it_acknowledges_with_an_empty_204_once_the_message_is_stored(app: Any, ports: Ports) -> None:
    answer = ask(app, "POST", PATH, **signed(PATH, form()))
    assert (answer.status_code, answer.content) == (204, b"")
    (inbound,) = ports.inbox.values()
    assert (inbound.text, inbound.address.key) == ("hola", "+522221234567")


def test_it_stores_a_repeated_delivery_once(app: Any, ports: Ports) -> None:
    answers = [ask(app, "POST", PATH, **signed(PATH, form())).status_code for _ in range(3)]
    assert answers == [204, 204, 204]
    assert len(ports.inbox) == 1


def test_it_signs_over_blank_and_unknown_fields(app: Any, ports: Ports) -> None:
    photo = form(
        Body="", NumMedia="1", MediaUrl0="https://api.twilio.com/m", MediaContentType0="image/jpeg", Neu=" x "
    )
    assert ask(app, "POST", PATH, **signed(PATH, photo)).status_code == 204
    (inbound,) = ports.inbox.values()
    assert inbound.kind is InboundKind.MEDIA


@pytest.mark.parametrize(
    "query", ["a=1&b=2", "b=2&a=1", "x=%C3%B1&y", "empty="], ids=["plain", "order", "encoded", "blank"]
)
def test_it_signs_over_the_public_address_and_the_query_as_it_came(app: Any, query: str) -> None:
    path = f"{PATH}?{query}"
    assert ask(app, "POST", path, **signed(path, form())).status_code == 204


def _unsigned() -> dict[str, Any]:
    request = signed(PATH, form())
    del request["headers"]["X-Twilio-Signature"]
    return request


def _altered() -> dict[str, Any]:
    return {**signed(PATH, form()), "content": urlencode(form(Body="otra cosa")).encode()}


@pytest.mark.parametrize(
    "request_",
    [
        _unsigned(),
        _altered(),
        signed(PATH, form(), token="ee" * 16),
        signed(PATH, form(), base="http://internal:8000"),
        {"content": urlencode(form()).encode(), "headers": {"X-Twilio-Signature": "ñ".encode()}},
    ],
    ids=["none", "altered", "other-token", "internal-host", "not-ascii"],
)
def test_it_refuses_what_twilio_did_not_sign(app: Any, ports: Ports, request_: dict[str, Any]) -> None:
    assert ask(app, "POST", PATH, **request_).status_code == 403
    assert ask(app, "POST", STATUS, **request_).status_code == 403
    assert not ports.inbox and not ports.statuses


@pytest.mark.parametrize("missing", ["MessageSid", "From"])
def test_it_refuses_a_signed_form_without(app: Any, ports: Ports, missing: str) -> None:
    assert ask(app, "POST", PATH, **signed(PATH, form(**{missing: None}))).status_code == 400
    assert not ports.inbox


@pytest.mark.parametrize("body", [b"\xff\xfe=1", b"a=%ff", b"&".join([b"a=1"] * 600)])
def test_it_refuses_bytes_that_are_no_form(app: Any, ports: Ports, body: bytes) -> None:
    answer = ask(app, "POST", PATH, content=body, headers={"X-Twilio-Signature": "x"})
    assert answer.status_code == 400
    assert not ports.inbox


def test_it_refuses_a_large_body_by_its_announced_size_without_reading_it(app: Any) -> None:
    read = 0

    async def body() -> Any:
        nonlocal read
        for _ in range(64):
            read += 65536
            yield b"x" * 65536

    headers = {"X-Twilio-Signature": "x", "Content-Length": str(64 * 65536)}
    assert ask(app, "POST", PATH, content=body(), headers=headers).status_code == 413
    assert read == 0


def test_it_stops_reading_a_large_body_that_does_not_say_its_size(app: Any) -> None:
    read = 0

    async def body() -> Any:
        nonlocal read
        for _ in range(64):
            read += 65536
            yield b"x" * 65536

    assert ask(app, "POST", PATH, content=body(), headers={"X-Twilio-Signature": "x"}).status_code == 413
    assert read <= LIMIT + 2 * 65536


@pytest.mark.parametrize("length", ["-1", "many", "9" * 50])
def test_it_refuses_an_odd_length(app: Any, length: str) -> None:
    headers = {"X-Twilio-Signature": "x", "Content-Length": length}
    assert ask(app, "POST", PATH, content=b"a=1", headers=headers).status_code in (400, 413)


@pytest.mark.parametrize("gone", ["twilio_auth_token", "public_url"])
def test_it_refuses_everything_where_whatsapp_is_not_configured(gone: str) -> None:
    without = settings(**{gone: None, "twilio_account_sid": None, "telegram_bot_token": None})
    ports = Ports(settings=without)
    assert ask(create_app(ports.parts()), "POST", PATH, **signed(PATH, form())).status_code == 403
    assert not ports.inbox


def test_it_asks_for_a_repeat_when_storing_fails_and_logs_no_word_of_hers(
    app: Any, ports: Ports, caplog: pytest.LogCaptureFixture
) -> None:
    ports.broken = RuntimeError("INSERT … 'hola' whatsapp:+5212221234567")
    with caplog.at_level(logging.DEBUG):
        answer = ask(app, "POST", PATH, **signed(PATH, form()))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "RuntimeError" in caplog.text
    assert "hola" not in caplog.text and "5212221234567" not in caplog.text


def test_it_notes_a_status_with_the_outbox_row_of_the_query(app: Any, ports: Ports) -> None:
    path = f"{STATUS}?o=41"
    sent = {
        "MessageSid": "SM" + "b" * 32,
        "MessageStatus": "undelivered",
        "ErrorCode": "63016",
        "To": "whatsapp:+1",
    }
    answer = ask(app, "POST", path, **signed(path, sent))
    assert (answer.status_code, answer.content) == (204, b"")
    ((channel, word),) = ports.statuses
    assert (channel, word.outbox_id, word.status, word.code) == (Channel.WHATSAPP, 41, "failed", "63016")


def test_a_status_for_another_row_is_not_signed(app: Any, ports: Ports) -> None:
    sent = {"MessageSid": "SM" + "b" * 32, "MessageStatus": "read"}
    assert ask(app, "POST", f"{STATUS}?o=42", **signed(f"{STATUS}?o=41", sent)).status_code == 403
    assert not ports.statuses


def test_a_status_without_a_status_is_malformed(app: Any) -> None:
    sent = {"MessageSid": "SM" + "b" * 32}
    assert ask(app, "POST", STATUS, **signed(STATUS, sent)).status_code == 400


def test_only_post_is_allowed_and_nothing_is_redirected(app: Any) -> None:
    assert ask(app, "GET", PATH).status_code == 405
    assert ask(app, "POST", PATH + "/", **signed(PATH + "/", form())).status_code == 404


def test_it_counts_what_became_of_a_request(app: Any) -> None:
    ask(app, "POST", PATH, **signed(PATH, form()))
    ask(app, "POST", PATH, **signed(PATH, form()))
    ask(app, "POST", PATH, **_unsigned())
    text = ask(app, "GET", "/metrics").text
    for result, count in (("new", 1.0), ("repeat", 1.0), ("refused", 1.0)):
        assert f'oportunidad_inbound_total{{channel="whatsapp",result="{result}"}} {count}' in text
    assert f'oportunidad_http_requests_total{{route="{PATH}",status="204"}} 2.0' in text
    assert "5212221234567" not in text and PUBLIC_URL not in text
