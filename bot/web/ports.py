"""What the web front needs from the rest of the service; the composition root fills it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from bot.core.messages import Channel, Inbound, StatusUpdate
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Position:
    """How far a reader of a conversation is: the last seen row of each direction, 0 before the first.

    Two numbers, because what comes in and what goes out is counted apart and neither may be missed.
    """

    inbound: int = 0
    outbound: int = 0


@dataclass(frozen=True, slots=True)
class SimOption:
    """A button of a message: ``index`` from 0, and ``id`` as :attr:`Inbound.tap` wants it."""

    index: int
    title: str
    id: str


@dataclass(frozen=True, slots=True)
class SimMessage:
    """One message of a simulated conversation. ``direction`` as seen from the service; ``seq`` grows with it.

    ``kind`` is that of an inbound (``text tap media location contact start``) and ``text`` for an outbound;
    ``media`` is the kind of file that came in, or empty.
    """

    seq: int
    direction: Literal["in", "out"]
    text: str
    at: datetime
    options: tuple[SimOption, ...] = ()
    kind: str = "text"
    media: str = ""
    id: str = ""
    """the page's own id of an inbound, by which it knows its message again"""
    ask_contact: bool = False
    ask_location: bool = False


class SimulatorPort(Protocol):
    """Where the simulator reads conversations. Called in a thread; must be safe to call from several."""

    def messages(self, key: str, after: Position) -> Sequence[SimMessage]:
        """What is new since ``after`` for the address ``key`` (``telegram:ana``), oldest first.

        Only what the sender has sent; an unknown address has no messages.
        """
        ...


@dataclass(frozen=True, slots=True)
class WebParts:
    """The ports. All callables without ``Awaitable`` are called in threads and may block."""

    settings: Settings
    receive: Callable[[Inbound], bool]
    """stores one inbound in its own transaction: True when new, False for a repeat"""
    note_status: Callable[[Channel, StatusUpdate], None]
    ready: Callable[[], dict[str, bool]]
    """each part of the service, and whether it can be used"""
    metrics: CollectorRegistry
    simulator: SimulatorPort | None = None
    """None: there is no simulator, as in production"""
    answer_press: Callable[[str], Awaitable[None]] | None = None
    """ends the progress shown on a pressed Telegram button"""
    decline_group: Callable[[str], object] | None = None
    """tells a Telegram group, once, that the bot talks in private"""
    console: ASGIApp | None = None
    """mounted at ``/`` behind all other routes; a plain page stands there without one"""
    poll_seconds: float = field(default=25.0)
    """how long the simulator's page may wait for news in one request"""
