"""A catalogue text for the person of this turn."""

from __future__ import annotations

from bot.core.messages import Outbound
from bot.services.placeholders import placeholders
from bot.services.turn import Turn
from bot.surveys.run import SurveyRun


def text(turn: Turn, key: str, run: SurveyRun | None = None, /, **values: str) -> str:
    """The words of ``key`` in her language, placeholders filled."""
    return turn.world.texts.render(key, turn.language, placeholders(turn, run, **values))


def say(turn: Turn, key: str, **values: str) -> Outbound:
    """The same as a message."""
    return Outbound(text(turn, key, **values))
