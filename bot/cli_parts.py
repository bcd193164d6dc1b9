"""Errors that say by themselves what to mend; the command line prints them as one line."""

from __future__ import annotations


def mendable() -> tuple[type[Exception], ...]:
    """Every exception of ours whose message names the place and the mend."""
    from sqlalchemy.exc import OperationalError

    from bot.programme.document import ProgrammeError
    from bot.services.journey import JourneyError
    from bot.services.library import UnknownSurvey
    from bot.services.texts import TextError
    from bot.store.backup import BackupError
    from bot.store.crypto import WrongKey
    from bot.surveys.problem import SurveyError

    known: list[type[Exception]] = [
        ProgrammeError, JourneyError, UnknownSurvey, TextError, BackupError, WrongKey, SurveyError,
        OperationalError, ValueError, RuntimeError,
    ]  # fmt: skip
    return tuple(known)
