"""What the console needs of a running service, and nothing else of it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.clock import Clock
from bot.core.messages import Channel, Outbound
from bot.services.world import World
from bot.store.database import Database


@dataclass(frozen=True)
class Desk:
    """``secret`` signs cookies. ``wake_sender`` and ``wake_engine`` say that there is a row to work on."""

    world: World
    secret: bytes
    parts: Callable[[Channel, str, Outbound], tuple[Outbound, ...]]
    development: bool = False
    secure: bool = False
    """cookies only over https: a public https address is configured"""
    public_url: str = ""
    """under which staff reach the console; else the request's own address is used in links"""
    wake_sender: Callable[[], None] = lambda: None
    wake_engine: Callable[[], None] = lambda: None
    catalogues: Path = field(default=Path("var/catalogues"))
    reports: Path = field(default=Path("var/reports"))
    """where ``staff corrections --report`` leaves what it found"""
    private_words: frozenset[str] = frozenset()
    """what no message may show to whoever else reads her screen"""
    intents: tuple[str, ...] = ()
    """labels that a reviewer may give"""

    @property
    def clock(self) -> Clock:
        return self.world.clock

    @property
    def database(self) -> Database:
        return self.world.database


def signing_key(secret: str) -> bytes:
    """The cookie key from ``SECRET_KEY``, or from ``DATA_KEY`` where there is none; never the key itself."""
    return hmac.new(secret.encode(), b"console session signing", hashlib.sha256).digest()
