"""How fast we may send: a token bucket per recipient and one for all, time being a parameter.

It is kept as one instant per bucket ("generic cell rate algorithm"): when the bucket will be full again. It
lives in the process that sends; two senders on one account would each have their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.core.messages import Channel

_ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` sends at once, then ``per_second``. In any one second at most their sum."""

    per_second: float
    burst: int = 1

    def __post_init__(self) -> None:
        if self.per_second <= 0 or self.burst < 1:
            raise ValueError("a rate needs a positive speed and room for one")

    @property
    def interval(self) -> float:
        return 1 / self.per_second


@dataclass(slots=True)
class _Bucket:
    rate: Rate
    full_at: float = float("-inf")
    held_until: float = float("-inf")

    def wait(self, now: float) -> float:
        free_at = self.full_at - (self.rate.burst - 1) * self.rate.interval
        wait = max(free_at, self.held_until) - now
        # who waited as long as told is let through, whatever the rounding of the sum
        return wait if wait > _ROUNDING else 0.0

    def take(self, now: float) -> None:
        self.full_at = max(self.full_at, now) + self.rate.interval

    def idle(self, now: float) -> bool:
        return max(self.full_at, self.held_until) <= now


@dataclass(slots=True)
class Pace:
    """Buckets of one channel. ``now`` is in seconds on any clock that does not go back."""

    overall: Rate
    each: Rate | None = None
    _all: _Bucket = field(init=False)
    _keys: dict[str, _Bucket] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._all = _Bucket(self.overall)

    def next_allowed(self, key: str, now: float) -> float:
        """Seconds until a send to ``key`` is allowed; 0 means now. Takes nothing."""
        bucket = self._keys.get(key)
        return max(self._all.wait(now), bucket.wait(now) if bucket else 0.0)

    def take(self, key: str, now: float) -> float:
        """As :meth:`next_allowed`, and where that is 0 the send is counted."""
        wait = self.next_allowed(key, now)
        if wait == 0:
            self._all.take(now)
            if self.each:
                self._bucket(key, self.each, now).take(now)
        return wait

    def hold(self, key: str, seconds: float, now: float) -> None:
        """The provider asked for a pause (429): nothing to ``key`` for so long; others go on."""
        bucket = self._bucket(key, self.each or self.overall, now)
        bucket.held_until = max(bucket.held_until, now + seconds)

    def _bucket(self, key: str, rate: Rate, now: float) -> _Bucket:
        if key not in self._keys:
            # memory follows who is being written to, not everyone ever written to
            if len(self._keys) >= 10_000:
                self._keys = {k: b for k, b in self._keys.items() if not b.idle(now)}
            self._keys[key] = _Bucket(rate)
        return self._keys[key]


def telegram_pace() -> Pace:
    """Bursts of three and then one a second a chat; at most 30 in any second over all chats.

    https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    """
    return Pace(overall=Rate(25, burst=5), each=Rate(1, burst=3))


def whatsapp_pace() -> Pace:
    """At most 80 in any second a sender; no limit a person.

    https://www.twilio.com/docs/whatsapp/best-practices-and-faqs
    """
    return Pace(overall=Rate(70, burst=10))


def unpaced() -> Pace:
    """For the simulator: fast enough not to be noticed."""
    return Pace(overall=Rate(1_000_000, burst=1_000_000))


@dataclass(frozen=True, slots=True)
class Pacing:
    """The paces of all channels, as the sender asks for them; a channel without one is not slowed."""

    paces: Mapping[Channel, Pace]

    def __call__(self, channel: Channel, lane: str, now: datetime) -> float:
        """Seconds until the next message to this recipient may leave; 0 takes the place."""
        pace = self.paces.get(channel)
        return pace.take(lane, now.timestamp()) if pace is not None else 0.0

    def hold(self, channel: Channel, lane: str, seconds: float, now: datetime) -> None:
        """The provider asked for a pause towards this recipient."""
        pace = self.paces.get(channel)
        if pace is not None:
            pace.hold(lane, seconds, now.timestamp())
