"""Time in the tests: it stands still until somebody moves it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

MONDAY_MORNING = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
"""10:00 in Mexico City and 13:00 in Santiago, on a working day of both"""

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


class FakeClock:
    """Called, it tells the time, as ``bot.core.clock.Clock`` asks; ``advance`` moves it on."""

    def __init__(self, now: datetime = MONDAY_MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta | str) -> None:
        """``by`` is a timedelta or ``+30d``, ``+2h``, ``+10m``, ``+5s``."""
        self.now += span(by) if isinstance(by, str) else by


def span(text: str) -> timedelta:
    """``+30d`` → thirty days. Raises ValueError for anything else."""
    found = re.fullmatch(r"\+(\d+)([dhms])", text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no span: write +30d, +2h, +10m or +5s")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
