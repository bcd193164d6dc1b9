"""The PIN of a profile: four digits that keep one woman's conversation closed to the others on the telephone.

Of ten thousand possibilities no slow hash would keep the secret; what keeps it is the key of the digest, which is
sealed in the database, and that guessing is counted.
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta

from bot.store.channel_tables import Profile
from bot.store.database import Database

WRONG = 5
"""so many wrong ones, and the conversation stays closed for a while"""
CLOSED_FOR = (timedelta(hours=1), timedelta(hours=4), timedelta(hours=12))
"""the first time, the second, and every other: whoever lives with her has time to try them all"""
_PIN = re.compile(r"\d{4}")
_SPACES = re.compile(r"\s")


def pin_in(said: str) -> str | None:
    """The four digits, however they are spaced; None for everything else."""
    digits = _SPACES.sub("", said)
    return digits if _PIN.fullmatch(digits) and digits.isascii() else None


def set_pin(database: Database, profile: Profile, pin: str | None) -> None:
    """``None`` takes it away, and with it what was counted."""
    profile.pin = _digest(database, profile, pin) if pin is not None else None
    profile.wrong_pins, profile.wrong_from = 0, None


def opens(database: Database, profile: Profile, said: str, now: datetime) -> bool:
    """Whether ``said`` is the PIN; a wrong one is counted until the right one comes. While it is closed none is."""
    if is_closed(profile, now):
        return False
    pin = pin_in(said)
    right = pin is not None and hmac.compare_digest(_digest(database, profile, pin), profile.pin or "")
    if right or profile.pin is None:
        profile.wrong_pins, profile.wrong_from = 0, None
        return True
    profile.wrong_from = now
    profile.wrong_pins += 1
    return False


def is_closed(profile: Profile, now: datetime) -> bool:
    """Whether the last wrong one was one too many, and not long enough ago."""
    times, over = divmod(profile.wrong_pins, WRONG)
    if over or not times or profile.wrong_from is None:
        return False
    return now - profile.wrong_from < CLOSED_FOR[min(times, len(CLOSED_FOR)) - 1]


def _digest(database: Database, profile: Profile, pin: str) -> str:
    return database.cipher.digest(f"pin:{profile.id}:{pin}")
