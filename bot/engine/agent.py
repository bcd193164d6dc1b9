"""The dialogue engine: one trained model, one thread, one message at a time.

``handle_message`` with in-process actions never yields, so the engine has an event loop of its own and the
web server never shares it.
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.utils.log_utils import configure_structlog
from sqlalchemy.orm import Session

from bot.actions import Executor
from bot.core.messages import Outbound
from bot.core.payloads import outbound
from bot.engine import patches
from bot.engine.actions_endpoint import InProcessActions
from bot.engine.nlg import CatalogueGenerator
from bot.engine.tracker_store import TurnTrackerStore


class EngineError(Exception):
    """No model, or one that cannot be loaded; the message says which file and what to do."""


class _WholeMessages(CollectingOutputChannel):
    """Rasa cuts a text at every blank line and sends what is custom as a message of its own: not here."""

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        parts = {name: message.get(name) for name in ("text", "buttons", "custom")}
        await self._persist_message(self._message(recipient_id, **parts))


class DialogueEngine:
    """Rasa's agent over our store.

    ``session`` and ``now`` belong to the turn under way, ``say`` renders a catalogue key for it. Not safe
    for two threads at once: each engine thread or process has its own.
    """

    def __init__(
        self,
        model: Path,
        executor: Executor,
        *,
        session: Callable[[], Session],
        now: Callable[[], float],
        say: Callable[[str], Outbound],
    ) -> None:
        quiet_logs()
        patches.apply()
        self._loop = asyncio.new_event_loop()
        self._error: BaseException | None = None
        self.store = TurnTrackerStore(session, now)
        try:
            self._agent = Agent.load(
                str(model),
                tracker_store=self.store,
                generator=CatalogueGenerator(say),
                action_endpoint=InProcessActions(executor, self._remember),
            )
        except Exception as error:
            raise EngineError(
                f"{model.name}: cannot be loaded ({type(error).__name__}). Run: oportunidad train"
            ) from error
        if not self._agent.is_ready() or self._agent.processor is None:
            raise EngineError(f"{model.name}: no trained model. Run: oportunidad train")
        # Agent wraps the store so that a failing database answers her with the fallback text and loses what
        # she said; a turn must fail instead, and be tried again
        self._agent.tracker_store = self.store
        self._agent.processor.tracker_store = self.store
        self.store.domain = self._agent.domain
        patches.apply_to(self._agent)

    def _remember(self, error: BaseException) -> None:
        self._error = self._error or error

    def parse(self, text: str) -> dict[str, Any]:
        """Rasa's understanding of ``text``: intent, ranking, entities."""
        result: dict[str, Any] = self._loop.run_until_complete(self._agent.parse_message(_neutral(text)))
        return result

    def handle(self, sender_id: str, text: str, parse_data: dict[str, Any] | None) -> list[Outbound]:
        """One turn of the conversation; raises what an action raised, so that the turn is rolled back."""
        self._error = None
        channel = _WholeMessages()
        message = UserMessage(
            _neutral(text), channel, sender_id, input_channel="oportunidad", parse_data=parse_data
        )
        self._loop.run_until_complete(self._agent.handle_message(message))
        if self._error is not None:
            raise self._error
        return [outbound(m) for m in channel.messages]

    def committed(self) -> None:
        """The turn's transaction is through: its tracker may be kept hot."""
        self.store.keep()

    def rolled_back(self) -> None:
        """The turn never was."""
        self.store.drop()

    def close(self) -> None:
        self._loop.close()


def _neutral(text: str) -> str:
    """Typed text that starts with a slash would be obeyed as an intent: it loses the slash."""
    return text.lstrip("/ ") or "."


def quiet_logs() -> None:
    """Rasa logs message texts at debug level, and a failed action's error, her words in it, as an error.

    Nothing is missed: the engine hands on what an action raised, and the turn logs its class and place.
    """
    configure_structlog(logging.CRITICAL)
    # our slot and entity `reply` share a name on purpose, with explicit mappings
    warnings.filterwarnings("ignore", message="Slot auto-fill has been removed")
    for name, level in (
        ("rasa", logging.CRITICAL),
        ("rasa_sdk", logging.CRITICAL),
        ("matplotlib", logging.ERROR),
        ("asyncio", logging.ERROR),
    ):
        logging.getLogger(name).setLevel(level)
