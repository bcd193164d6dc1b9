"""Pace on a clock that the test turns."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.pace import Pace, Rate, telegram_pace, unpaced, whatsapp_pace


def run(pace: Pace, keys: list[str], start: float = 0.0) -> list[float]:
    """When each of ``keys`` was sent, every one as soon as it might."""
    now, times = start, []
    for key in keys:
        now += pace.next_allowed(key, now)
        assert pace.take(key, now) == 0.0
        times.append(now)
    return times


def busiest(times: list[float], window: float = 1.0) -> int:
    return max(bisect_right(times, t + window - 1e-6) - i for i, t in enumerate(times))


def test_it_lets_a_burst_of_three_to_a_chat_go_and_then_one_a_second() -> None:
    times = run(telegram_pace(), ["ana"] * 6)
    assert times[:3] == pytest.approx([0, 0, 0], abs=0.2)
    assert [b - a for a, b in pairwise(times[3:])] == pytest.approx([1, 1], abs=0.05)


def test_it_keeps_one_chat_from_delaying_another() -> None:
    pace = telegram_pace()
    run(pace, ["ana"] * 3)
    assert pace.next_allowed("ana", 0.2) > 0.5
    assert pace.next_allowed("eva", 0.2) == 0.0


@pytest.mark.parametrize(("pace", "most"), [(telegram_pace(), 30), (whatsapp_pace(), 80)])
def test_it_never_sends_more_in_a_second_than_the_provider_takes(pace: Pace, most: int) -> None:
    times = run(pace, [f"chat {n}" for n in range(400)])
    assert most * 0.7 <= busiest(times) <= most


def test_it_does_not_slow_one_whatsapp_person_down() -> None:
    assert run(whatsapp_pace(), ["ana"] * 8)[-1] < 1


def test_it_asks_without_taking() -> None:
    pace = Pace(Rate(1))
    assert [pace.next_allowed("ana", 0) for _ in range(3)] == [0, 0, 0]
    assert pace.take("ana", 0) == 0
    assert pace.take("ana", 0.25) == pytest.approx(0.75)
    assert pace.take("ana", 0.25) == pytest.approx(0.75), "a refused take takes nothing"


def test_it_holds_the_chat_that_was_throttled_and_no_other() -> None:
    pace = telegram_pace()
    pace.hold("ana", 30, now=100)
    assert pace.next_allowed("ana", 101) == pytest.approx(29)
    assert pace.next_allowed("eva", 101) == 0
    assert pace.next_allowed("ana", 131) == 0
    pace.hold("ana", 5, now=100)
    assert pace.next_allowed("ana", 101) == pytest.approx(29), "a shorter pause does not undo a longer one"


def test_it_forgets_who_was_written_to_long_ago() -> None:
    pace = telegram_pace()
    for n in range(10_050):
        assert pace.take(f"chat {n}", now=n * 10.0) == 0
    assert len(pace._keys) < 100


def test_it_is_not_noticed_in_the_simulator() -> None:
    assert run(unpaced(), ["ana"] * 1000)[-1] < 0.01


@pytest.mark.parametrize(("speed", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_it_refuses_a_rate_that_is_none(speed: float, burst: int) -> None:
    with pytest.raises(ValueError):
        Rate(speed, burst)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 2)), max_size=60))
def test_it_lets_through_who_waited_as_long_as_told(steps: list[tuple[str, float]]) -> None:
    pace, now = Pace(Rate(5, 2), Rate(1, 3)), 1_700_000_000.0
    for key, later in steps:
        now += later
        now += pace.next_allowed(key, now)
        assert pace.take(key, now) == 0.0
