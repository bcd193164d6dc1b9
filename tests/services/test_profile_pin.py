"""Guessing the PIN of another woman on the same telephone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.services.profile_pin import WRONG, is_closed, opens, set_pin
from bot.store.channel_tables import Profile
from bot.store.database import Database

KEY = "Y29uc29sZS10ZXN0cy1rZXktMzItYnl0ZXMtbG9uZyE="
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'pin.db'}", KEY)
    yield made
    made.close()


@pytest.fixture
def profile(database: Database) -> Profile:
    made = Profile(id=7, address_id=1, participant_id="lu", wrong_pins=0, created_at=START)
    set_pin(database, made, "4321")
    return made


def guess_until_closed(database: Database, profile: Profile, at: datetime) -> None:
    for _ in range(WRONG):
        assert not is_closed(profile, at) and not opens(database, profile, "0000", at)
    assert is_closed(profile, at)


def test_it_opens_again_after_an_hour(database: Database, profile: Profile) -> None:
    guess_until_closed(database, profile, START)
    assert not opens(database, profile, "4321", START + HOUR - timedelta(seconds=1))
    assert not is_closed(profile, START + HOUR)
    assert opens(database, profile, "4321", START + HOUR)
    assert profile.wrong_pins == 0


def test_patience_does_not_find_it(database: Database, profile: Profile) -> None:
    """Somebody who lives with her has all the time there is: a year of guesses must not reach half of them."""
    at, guesses = START, 0
    while at < START + timedelta(days=365):
        if is_closed(profile, at):
            at += timedelta(minutes=30)
            continue
        assert not opens(database, profile, "0000", at)
        guesses += 1
    assert guesses < 5000


def test_a_guess_an_hour_is_counted_too(database: Database, profile: Profile) -> None:
    for number in range(WRONG):
        opens(database, profile, "0000", START + number * HOUR)
    assert is_closed(profile, START + WRONG * HOUR - timedelta(minutes=1))


def test_the_first_time_is_short_again_once_she_was_in(database: Database, profile: Profile) -> None:
    guess_until_closed(database, profile, START)
    guess_until_closed(database, profile, START + HOUR)
    assert is_closed(profile, START + 3 * HOUR)
    later = START + timedelta(days=1)
    assert opens(database, profile, "4321", later)
    guess_until_closed(database, profile, later)
    assert not is_closed(profile, later + HOUR)
