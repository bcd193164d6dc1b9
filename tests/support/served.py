"""A running service in a process of its own, reached by its real routes alone."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import httpx

from support.house import DATA_KEY
from support.telegram_api import TOKEN, WAIT, BotApi

ROOT = Path(__file__).resolve().parents[2]
SECRET = "secret_of_the_tests"
CHATS = itertools.count(5_550_001_234)
"""a chat of her own for every test"""
READY_WITHIN = 120


def until(found: Callable[[], Any], seconds: float, what: str) -> Any:
    """What ``found`` gives as soon as it is true. Raises AssertionError after ``seconds``."""
    end = time.monotonic() + seconds
    while True:
        value = found()
        if value:
            return value
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        Event().wait(0.05)


@dataclass
class Served:
    """``oportunidad serve`` with Telegram by webhook, over ``folder/service.db``."""

    folder: Path
    api: BotApi
    process: subprocess.Popen[bytes] | None = None
    base: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    """variables of the process besides those of every service"""
    updates: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.folder / 'service.db'}"

    @property
    def log(self) -> Path:
        return self.folder / "service.log"

    def start(self, hold: Path | None = None) -> None:
        """Start it and wait until it answers messages; with ``hold``, turns stop while that file exists."""
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        program = (
            ["-m", "bot.cli"] if hold is None else [str(Path(__file__).with_name("serve_held.py")), str(hold)]
        )
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *program, "serve", "--port", str(port)],
                cwd=ROOT,
                env=self._environment(),
                stdout=log,
                stderr=log,
            )
        until(self._ready, READY_WITHIN, "ready")

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **kept,
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": self.database_url,
            "DATA_KEY": DATA_KEY,
            "PUBLIC_URL": "https://bot.example.org",
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            "TELEGRAM_API_URL": self.api.url,
            **self.environment,
        }

    def _ready(self) -> bool:
        assert self.process is not None and self.process.poll() is None, self.log.read_text(errors="replace")[
            -3000:
        ]
        try:
            return httpx.get(f"{self.base}/ready", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def update(self, text: str, chat_id: int) -> dict[str, Any]:
        """An update as Telegram words it."""
        number = next(self.updates)
        person = {"id": chat_id, "is_bot": False, "first_name": "Marcela"}
        chat = {"id": chat_id, "type": "private", "first_name": "Marcela"}
        message = {"message_id": number, "from": person, "chat": chat, "date": 1_700_000_000, "text": text}
        return {"update_id": number, "message": message}

    def post(self, update: dict[str, Any], secret: str = SECRET) -> int:
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        url = f"{self.base}/webhooks/telegram/webhook"
        return httpx.post(url, json=update, headers=headers, timeout=WAIT, trust_env=False).status_code

    def says(self, chat_id: int, text: str, then: str, times: int = 1) -> None:
        """Deliver a text and wait until an answer with ``then`` in it left ``times`` times to that chat."""
        assert self.post(self.update(text, chat_id)) == 200
        self.api.wait_for(chat_id, then, times)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(WAIT)

    def stop(self) -> int:
        """SIGTERM; the exit code. Raises TimeoutExpired when it does not end within 15 seconds."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(WAIT)
