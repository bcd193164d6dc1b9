"""The simulator's two calls."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from web_fakes import EchoBot, Ports, ask, settings

from bot.core.messages import Channel, InboundKind, MediaKind
from bot.web.app import create_app

SEND = "/simulator/api/send"
NEWS = "/simulator/api/messages"
ANA = {"look": "whatsapp", "key": "ana"}
OURS = {"Origin": "http://internal:8000", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def ports() -> Ports:
    return Ports(bot=EchoBot([("Oí: {heard}", ["Sí", "No"])]))


@pytest.fixture
def app(ports: Ports) -> Any:
    return create_app(ports.parts())


def stored(ports: Ports) -> Any:
    (inbound,) = ports.inbox.values()
    return inbound


@pytest.mark.parametrize(
    ("said", "kind", "seen"),
    [
        ({"text": "hola"}, InboundKind.TEXT, {"text": "hola"}),
        ({"text": "/start FERIA21"}, InboundKind.TEXT, {"text": "/start FERIA21"}),
        ({"tap": "12.0", "title": "Sí"}, InboundKind.TAP, {"tap": "12.0", "text": "Sí"}),
        ({"location": {"latitude": 19, "longitude": -98.2}}, InboundKind.LOCATION, {"latitude": 19.0}),
        ({"phone": "+5215512345678"}, InboundKind.CONTACT, {"phone": "+525512345678"}),
        ({"look": "telegram", "start": "FERIA21"}, InboundKind.START, {"start_code": "FERIA21", "text": ""}),
        ({"look": "telegram", "start": ""}, InboundKind.START, {"start_code": ""}),
        ({"look": "telegram", "text": "/start FERIA21"}, InboundKind.START, {"start_code": "FERIA21"}),
        ({"look": "telegram", "text": "/answer{x}"}, InboundKind.TEXT, {"text": "/answer{x}"}),
    ],
)
def test_it_stores_what_she_did(
    app: Any, ports: Ports, said: Any, kind: InboundKind, seen: dict[str, Any]
) -> None:
    answer = ask(app, "POST", SEND, json={**ANA, **said}, headers=OURS)
    assert (answer.status_code, answer.json()) == (200, {"new": True})
    inbound = stored(ports)
    assert inbound.kind is kind
    assert {name: getattr(inbound, name) for name in seen} == seen
    assert inbound.address.channel is Channel.SIMULATOR
    assert inbound.address.key == f"{said.get('look', 'whatsapp')}:ana"


@pytest.mark.parametrize("media", list(MediaKind))
def test_it_stands_in_for_files(app: Any, ports: Ports, media: MediaKind) -> None:
    ask(app, "POST", SEND, json={**ANA, "media": media.value}, headers=OURS)
    assert [m.kind for m in stored(ports).media] == [media]


def test_a_repeat_with_the_same_id_changes_nothing(app: Any, ports: Ports) -> None:
    said = {**ANA, "text": "hola", "id": "abcdefgh1234"}
    assert [ask(app, "POST", SEND, json=said).json()["new"] for _ in range(2)] == [True, False]
    assert len(ports.inbox) == 1


@pytest.mark.parametrize(
    "said",
    [
        {},
        {**ANA},
        {**ANA, "text": ""},
        {**ANA, "text": "x" * 4097},
        {**ANA, "text": "hola", "tap": "1.0"},
        {**ANA, "text": 5},
        {**ANA, "tap": "/answer{}"},
        {**ANA, "media": "hologram"},
        {**ANA, "location": {"latitude": 91, "longitude": 0}},
        {**ANA, "start": "FERIA21"},
        {**ANA, "text": "hola", "unheard_of": 1},
        {"look": "sms", "key": "ana", "text": "hola"},
        {"look": "whatsapp", "key": "Ana Ñ", "text": "hola"},
        {"look": "whatsapp", "key": "a" * 41, "text": "hola"},
        ["text"],
        "text",
    ],
)
def test_it_refuses_what_no_page_of_ours_sends(app: Any, ports: Ports, said: Any) -> None:
    answer = ask(app, "POST", SEND, json=said, headers=OURS)
    assert answer.status_code == 400
    assert not ports.inbox
    assert "hola" not in answer.text


@pytest.mark.parametrize("body", [b"{", b"[" * 20_000, b"\xff", json.dumps("\ud800").encode()])
def test_it_refuses_a_broken_body(app: Any, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert ask(app, "POST", SEND, content=body, headers=headers).status_code == 400


def test_it_refuses_a_large_body(app: Any) -> None:
    assert ask(app, "POST", SEND, json={**ANA, "text": "x" * 40_000}).status_code == 413


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://internal:8001"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://internal:8000"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_another_site_cannot_send(app: Any, ports: Ports, headers: dict[str, str]) -> None:
    assert ask(app, "POST", SEND, json={**ANA, "text": "hola"}, headers=headers).status_code == 403
    assert not ports.inbox


def test_a_form_cannot_send(app: Any, ports: Ports) -> None:
    body = json.dumps({**ANA, "text": "hola"})
    assert ask(app, "POST", SEND, content=body, headers={"Content-Type": "text/plain"}).status_code == 415
    assert not ports.inbox


def test_news_come_once_and_in_order(app: Any) -> None:
    ask(app, "POST", SEND, json={**ANA, "text": "hola", "id": "abcdefgh"})
    first = ask(app, "GET", NEWS, params={**ANA, "after": "0.0"}).json()
    assert [(m["direction"], m["text"]) for m in first["messages"]] == [("in", "hola"), ("out", "Oí: hola")]
    assert first["messages"][0]["id"] == "abcdefgh"
    assert first["messages"][1]["options"] == [
        {"index": 0, "title": "Sí", "id": "1.0"},
        {"index": 1, "title": "No", "id": "1.1"},
    ]
    again = ask(app, "GET", NEWS, params={**ANA, "after": first["after"], "wait": "0"}).json()
    assert again == {"messages": [], "after": first["after"]}


def test_the_two_looks_of_a_person_are_two_conversations(app: Any) -> None:
    ask(app, "POST", SEND, json={**ANA, "text": "hola"})
    other = ask(app, "GET", NEWS, params={"look": "telegram", "key": "ana", "wait": "0"}).json()
    assert other["messages"] == []


def test_waiting_for_news_ends(app: Any) -> None:
    began = time.monotonic()
    assert ask(app, "GET", NEWS, params=ANA).json() == {"messages": [], "after": "0.0"}
    assert 0.4 < time.monotonic() - began < 5


def test_waiting_ends_at_once_when_the_server_stops(ports: Ports) -> None:
    ports.poll_seconds = 60
    app = create_app(ports.parts())
    app.state.close()
    assert ask(app, "GET", NEWS, params=ANA).status_code == 200


@pytest.mark.parametrize(
    "params",
    [{}, {"look": "sms", "key": "ana"}, {"look": "telegram", "key": "../x"}]
    + [{**ANA, "after": after} for after in ("", "1", "-1.0", "x.y", "1.2.3", "9" * 30 + ".0")],
)
def test_it_refuses_an_odd_question(app: Any, params: dict[str, str]) -> None:
    assert ask(app, "GET", NEWS, params=params).status_code == 400


@pytest.mark.parametrize(("method", "path"), [("GET", "/simulator"), ("POST", SEND), ("GET", NEWS)])
def test_there_is_none_in_production(method: str, path: str) -> None:
    ports = Ports(bot=EchoBot(), settings=settings(environment="production"))
    answer = ask(create_app(ports.parts()), method, path, params=ANA)
    assert answer.status_code == 404
    assert "max-age" in answer.headers["strict-transport-security"]


def test_words_cannot_leave_their_script_element(app: Any) -> None:
    page = ask(app, "GET", "/simulator", headers={"Accept-Language": "</script><script>"}).text
    data = page.split('id="words">')[1].split("</script>")[0]
    assert "<" not in data
    assert json.loads(data)["languages"].keys() == {"es", "en"}
