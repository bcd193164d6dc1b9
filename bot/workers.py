"""The loops of a running service: dumb ones, each over a step that says whether it found work.

The engine has a thread (or processes) of its own, so that webhooks never wait for a turn; the sender has
another, with its own event loop for the channels' clients.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bot.core.messages import Channel, Inbound
from bot.services.sending import Sender

if TYPE_CHECKING:
    from bot.bootstrap import Service

log = logging.getLogger(__name__)

IDLE = 0.2
"""seconds between looks at the database when nothing woke the loop: other processes write there too"""
AFTER_ERROR = 2.0
STALE_EVERY = 150


class Loop(threading.Thread, ABC):
    """Calls ``step`` until it finds no work, then waits for ``wake`` or a moment. Errors do not end it."""

    def __init__(self, name: str, wake: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self._wake = wake
        self._stopped = threading.Event()

    def run(self) -> None:
        try:
            step = self.prepare()
        except Exception as error:
            self.failed(error)
            return
        while not self._stopped.is_set():
            try:
                if step():
                    continue
            except Exception as error:
                log.error("%s: %s", self.name, type(error).__name__)
                self._stopped.wait(AFTER_ERROR)
            self._wake.wait(IDLE)
            self._wake.clear()
        self.finish()

    def stop(self) -> None:
        """Ask the loop to end after the step under way."""
        self._stopped.set()
        self._wake.set()

    @abstractmethod
    def prepare(self) -> Callable[[], bool]:
        """Everything slow, in the loop's own thread; returns the step."""

    def finish(self) -> None: ...

    def failed(self, error: Exception) -> None:
        log.critical("%s could not start: %s: %s", self.name, type(error).__name__, error)


class EngineLoop(Loop):
    """Trains if the data changed (in a process of its own: training would hold up the web), then turns."""

    def __init__(
        self, service: Service, on_ready: Callable[[], None], on_failed: Callable[[str], None]
    ) -> None:
        super().__init__("engine", service.work)
        self._service = service
        self._on_ready = on_ready
        self._on_failed = on_failed
        self.ready = False

    def prepare(self) -> Callable[[], bool]:
        from bot.bootstrap import build_runner
        from bot.engine.training import model_path

        if not model_path().exists():
            code = subprocess.run([sys.executable, "-m", "bot.cli", "train"], check=False).returncode
            if code:
                raise RuntimeError("training failed; run: oportunidad train")
        runner = build_runner(self._service)
        self.ready = True
        self._on_ready()
        return runner.run_once

    def failed(self, error: Exception) -> None:
        super().failed(error)
        self._on_failed(f"{type(error).__name__}: {error}")


class SenderLoop(Loop):
    """Sends what is due; Telegram's polling and the answers to presses live in its event loop too."""

    def __init__(self, service: Service, sender: Sender) -> None:
        super().__init__("sender", service.post)
        self._service = service
        self._sender = sender
        self._loop = asyncio.new_event_loop()
        self._rounds = 0
        self._poller: Any = None
        self._chores: asyncio.Task[None] | None = None

    def prepare(self) -> Callable[[], bool]:
        threading.Thread(target=self._loop.run_forever, name="channels", daemon=True).start()
        self.call(self._connect())
        return self._step

    def call(self, work: Any) -> Any:
        """Run a coroutine in the channels' event loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def answer_press(self, press_id: str) -> None:
        """Tell Telegram that a button press arrived; nobody waits for it."""
        adapter = self._service.adapters.get(Channel.TELEGRAM)
        if adapter is not None and press_id and hasattr(adapter, "answer_press"):
            asyncio.run_coroutine_threadsafe(adapter.answer_press(press_id), self._loop)

    def _step(self) -> bool:
        self._rounds += 1
        if self._rounds % STALE_EVERY == 1:
            self._sender.expire_claims()
        return bool(self.call(self._sender.send_due()))

    async def _connect(self) -> None:
        from bot.chores import Chores

        self._chores = asyncio.get_running_loop().create_task(Chores(self._service).run())
        adapter: Any = self._service.adapters.get(Channel.TELEGRAM)
        if adapter is None:
            return
        settings = self._service.settings
        # commands and the webhook are told again at every start; failing must not keep replies from leaving
        asyncio.get_running_loop().create_task(adapter.set_commands())
        if settings.telegram_by_webhook:
            assert settings.telegram_webhook_secret is not None
            url = f"{settings.public_url}/webhooks/telegram/webhook"
            asyncio.get_running_loop().create_task(
                self._register(adapter, url, settings.telegram_webhook_secret.get_secret_value())
            )
        else:
            from bot.channels.telegram.poller import LongPoller

            self._poller = LongPoller(adapter.bot, self._on_update)
            asyncio.get_running_loop().create_task(self._poller.run())

    async def _register(self, adapter: Any, url: str, secret: str) -> None:
        for pause in (0, 2, 10, 30, 60):
            await asyncio.sleep(pause)
            result = await adapter.register_webhook(url, secret)
            if result.outcome == "accepted":
                return
        log.error("telegram: the webhook could not be registered; check PUBLIC_URL and TELEGRAM_BOT_TOKEN")

    async def _on_update(self, update: dict[str, Any]) -> None:
        from bot.channels.base import Malformed
        from bot.channels.telegram.update import IgnoredReason, parse_update

        with contextlib.suppress(Malformed):
            inbound = parse_update(update)
            if isinstance(inbound, Inbound):
                await asyncio.to_thread(self._service.receiver.receive, inbound)
            elif inbound.reason is IgnoredReason.GROUP and inbound.chat_id:
                await asyncio.to_thread(self._service.groups.decline, inbound.chat_id)
            self.answer_press(inbound.press_id)

    def finish(self) -> None:
        if self._chores is not None:
            self._loop.call_soon_threadsafe(self._chores.cancel)
        if self._poller is not None:
            self._loop.call_soon_threadsafe(self._poller.stop)
        with contextlib.suppress(Exception):
            for adapter in self._service.adapters.values():
                asyncio.run_coroutine_threadsafe(adapter.aclose(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
