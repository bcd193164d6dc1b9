"""A Bot API on the loopback address: it takes messages, can hold one back, and remembers them all."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

TOKEN = "123456:test-token"
WAIT = 60
"""seconds that something may take on a busy machine"""


class BotApi:
    """``sent`` are the texts that were taken, in order. With ``hold`` set, ``sendMessage`` never answers."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.hold = False
        self._changed = threading.Condition()
        self._closing = threading.Event()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                method = self.path.rsplit("/", 1)[-1]
                self._answer(api._taken(method, _fields(raw, self.headers.get("Content-Type", ""))))

            do_GET = do_POST

            def _answer(self, result: Any) -> None:
                body = json.dumps({"ok": True, "result": result}).encode()
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True  # the asker was killed

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _taken(self, method: str, fields: dict[str, Any]) -> Any:
        if method != "sendMessage":
            return _RESULTS.get(method, True)
        with self._changed:
            self.sent.append(fields)
            number = len(self.sent)
            self._changed.notify_all()
        if self.hold:
            self._closing.wait(WAIT)
        chat = {"id": int(fields["chat_id"]), "type": "private"}
        return {"message_id": number, "date": 1, "chat": chat, "text": fields.get("text", "")}

    def wait_for(self, chat_id: int, text: str, times: int = 1) -> None:
        """Until a text was taken so often for a chat. Raises AssertionError after a minute."""
        with self._changed:
            found = self._changed.wait_for(lambda: self.times(chat_id, text) >= times, WAIT)
        assert found, self.texts(chat_id)

    def times(self, chat_id: int, text: str) -> int:
        return sum(text in taken for taken in self.texts(chat_id))

    def texts(self, chat_id: int) -> list[str]:
        return [str(f.get("text", "")) for f in list(self.sent) if int(f["chat_id"]) == chat_id]

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()


_RESULTS: dict[str, Any] = {"getMe": {"id": 1, "is_bot": True, "first_name": "Bot", "username": "our_bot"}}


def _fields(raw: bytes, kind: str) -> dict[str, Any]:
    if "json" in kind:
        found: dict[str, Any] = json.loads(raw or b"{}")
        return found
    return {name: values[-1] for name, values in parse_qs(raw.decode(), keep_blank_values=True).items()}
