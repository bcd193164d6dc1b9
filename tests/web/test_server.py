"""On a real socket: large bodies, and stopping while a page waits."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from threading import Event

import httpx
import pytest
from web_fakes import SECRET, EchoBot, Ports

from bot.web.app import create_app
from bot.web.server import Server, make_server

WHATSAPP = "/webhooks/whatsapp/webhook"
TELEGRAM = "/webhooks/telegram/webhook"


class Running:
    def __init__(self) -> None:
        self.ports = Ports(bot=EchoBot(), poll_seconds=60)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.server: Server = make_server(create_app(self.ports.parts()), "127.0.0.1", self.port)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]}, daemon=True)
        self.thread.start()
        until = time.monotonic() + 10
        while not self.server.started and time.monotonic() < until:
            Event().wait(0.01)
        assert self.server.started

    def stop(self) -> float:
        began = time.monotonic()
        self.server.should_exit = True
        self.thread.join(20)
        self.socket.close()
        return time.monotonic() - began


@pytest.fixture
def running() -> Iterator[Running]:
    running = Running()
    yield running
    running.stop()


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (WHATSAPP, {}),
        (WHATSAPP, {"X-Twilio-Signature": "x"}),
        (TELEGRAM, {"X-Telegram-Bot-Api-Secret-Token": SECRET}),
    ],
    ids=["unsigned", "signed", "telegram"],
)
def test_a_client_with_a_body_of_megabytes_gets_its_refusal(
    running: Running, path: str, headers: dict[str, str]
) -> None:
    body = b"Body=" + b"x" * 6_000_000
    statuses = []
    for _ in range(3):
        statuses.append(
            httpx.post(f"http://127.0.0.1:{running.port}{path}", content=body, headers=headers).status_code
        )
    plain = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    plain.request("POST", path, body=iter([body]), headers=headers, encode_chunked=True)
    statuses.append(plain.getresponse().status)
    plain.close()
    assert set(statuses) <= {403, 413}
    assert not running.ports.inbox
    assert httpx.get(f"http://127.0.0.1:{running.port}/health").status_code == 200


def test_it_tells_nobody_what_it_runs_on(running: Running) -> None:
    assert "server" not in httpx.get(f"http://127.0.0.1:{running.port}/health").headers


def test_it_stops_at_once_although_a_page_waits_for_news(running: Running) -> None:
    url = f"http://127.0.0.1:{running.port}/simulator/api/messages?look=telegram&key=ana"
    answers: list[int] = []
    page = threading.Thread(target=lambda: answers.append(httpx.get(url, timeout=30).status_code))
    page.start()
    until = time.monotonic() + 5
    while not running.server.server_state.tasks and time.monotonic() < until:
        Event().wait(0.01)
    assert running.stop() < 4
    page.join(5)
    assert answers == [200]
