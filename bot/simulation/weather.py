"""The simulator channel with a provider's moods: sends that fail, pass late, or end nobody knows how."""

from __future__ import annotations

import random

from bot.channels.simulator import SimulatorAdapter, Sink
from bot.core.messages import Outbound, Outcome, SendResult

PASSING, UNKNOWN = 0.002, 0.0006
"""shares of sends that the provider turns down for now, and that end in a time-out"""
ARRIVES = 0.5
"""of the sends with a time-out, so many did arrive"""


class WeatherAdapter(SimulatorAdapter):
    """``dead`` holds addresses that exist no more: sending to them fails for good."""

    def __init__(self, rng: random.Random, sink: Sink) -> None:
        super().__init__(sink)
        self._rng = rng
        self.dead: set[str] = set()
        self.put_off = False
        """something was turned down for now since somebody last looked"""

    async def send(self, to: str, message: Outbound, *, outbox_id: int) -> SendResult:
        if to in self.dead:
            return SendResult(Outcome.PERMANENT, code="gone")
        chance = self._rng.random()
        if chance < PASSING:
            self.put_off = True
            return SendResult(Outcome.RETRY, retry_after=30.0, code="busy")
        if chance < PASSING + UNKNOWN:
            if self._rng.random() < ARRIVES:
                await super().send(to, message, outbox_id=outbox_id)
            return SendResult(Outcome.UNKNOWN, code="timeout")
        return await super().send(to, message, outbox_id=outbox_id)
