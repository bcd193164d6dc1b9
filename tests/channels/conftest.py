"""A provider on the loopback address: it answers as told and keeps what it was asked."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest


@dataclass
class Reply:
    """One answer. ``fault``: ``reset`` tears the connection after the request, ``hang`` never answers,
    ``leave`` answers and then closes the connection without having said so."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    fault: str = ""

    def payload(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Asked:
    """One request; ``form`` has the fields' last values."""

    path: str
    form: dict[str, str]
    headers: dict[str, str]


class Provider:
    """Answers in the order of ``replies``; the last one is not repeated."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.asked: list[Asked] = []
        self.unplanned: list[str] = []
        self.closing = threading.Event()
        self._left, self._leaving = 0, threading.Condition()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                form = {k: v[-1] for k, v in parse_qs(raw, keep_blank_values=True).items()}
                provider.asked.append(Asked(self.path, form, dict(self.headers)))
                if not provider.replies:
                    provider.unplanned.append(self.path)
                    self._answer(Reply(599, {}))
                    return
                self._answer(provider.replies.pop(0))

            do_GET = do_POST

            def _answer(self, reply: Reply) -> None:
                if reply.fault == "hang":
                    provider.closing.wait(10)
                if reply.fault in ("hang", "reset"):
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.close_connection = True
                    self.connection.close()
                    return
                payload = reply.payload()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)
                if reply.fault == "leave":
                    self.close_connection = True

            def finish(self) -> None:
                with suppress(OSError, ValueError):  # the connection was torn on purpose
                    super().finish()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def shutdown_request(self, request: Any) -> None:
                super().shutdown_request(request)
                provider._leave()

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def reply(self, status: int = 200, body: Any = None, fault: str = "", **headers: str) -> None:
        named = {k.replace("_", "-"): v for k, v in headers.items()}
        self.replies.append(Reply(status, body, named, fault))

    def wait_until_left(self, times: int) -> None:
        """Until so many connections were closed by the server, up to ten seconds."""
        with self._leaving:
            assert self._leaving.wait_for(lambda: self._left >= times, 10)

    def _leave(self) -> None:
        with self._leaving:
            self._left += 1
            self._leaving.notify_all()

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()
    assert not provider.unplanned, "the adapter asked more than the test planned"
    assert not provider.replies, "the test planned answers that nobody asked for"


@pytest.fixture
def nobody_listens() -> Iterator[str]:
    """The origin of a port that refuses connections, kept reserved meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
