"""Time is a parameter: the one place that reads the wall clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, as an aware UTC instant."""
    return datetime.now(UTC)


def aware(instant: datetime) -> datetime:
    """The instant in UTC. Raises ``ValueError`` for a naive one: it means nothing without a zone."""
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no place here: give it a zone")
    return instant.astimezone(UTC)
