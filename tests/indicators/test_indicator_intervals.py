"""Intervals against figures of the literature, and what must hold for any counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.indicators import intervals

COUNT = st.integers(min_value=0, max_value=300)


def test_it_gives_wilsons_interval() -> None:
    # Newcombe 1998 (two-sided intervals for the single proportion), table I: 81 of 263
    assert intervals.proportion(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_it_gives_newcombes_paired_difference() -> None:
    # Cavo et al. 2012 as worked in Fagerland, Lydersen and Laake, chapter 8: second minus first there
    assert intervals.paired_difference(59, 16, 6, 80) == pytest.approx((-0.1186, -0.0046), abs=5e-5)


def test_it_gives_bonett_and_prices_ratio() -> None:
    assert intervals.paired_ratio(59, 16, 6) == pytest.approx((0.7579, 0.9910), abs=5e-5)


def test_it_gives_fiellers_ratio_of_means() -> None:
    # pairs that keep one ratio exactly have no width: 20, 22, 24 to 10, 11, 12
    assert intervals.ratio_of_means(3, 66, 33, 1460, 365, 730) == pytest.approx((0.5, 0.5), abs=1e-6)


def test_it_gives_no_ratio_where_the_start_may_be_zero() -> None:
    # 0, 1, 5 hours: the interval of the mean at the start holds zero
    assert intervals.ratio_of_means(3, 6, 6, 26, 26, 26) is None


@given(both=COUNT, start=COUNT, end=COUNT, neither=COUNT)
def test_it_holds_the_estimate_between_its_limits(both: int, start: int, end: int, neither: int) -> None:
    n = both + start + end + neither
    difference = intervals.paired_difference(both, start, end, neither)
    if n == 0:
        assert difference is None
        return
    assert difference is not None
    low, high = difference
    assert -1 - 1e-9 <= low <= (end - start) / n + 1e-9
    assert (end - start) / n - 1e-9 <= high <= 1 + 1e-9
    ratio = intervals.paired_ratio(both, start, end)
    if both + start == 0:
        assert ratio is None
    else:
        assert ratio is not None
        assert ratio[0] - 1e-9 <= (both + end) / (both + start) <= ratio[1] + 1e-9


@given(both=COUNT, start=COUNT, end=COUNT, neither=COUNT)
def test_it_turns_round_when_the_waves_do(both: int, start: int, end: int, neither: int) -> None:
    there = intervals.paired_difference(both, start, end, neither)
    back = intervals.paired_difference(both, end, start, neither)
    if there is not None and back is not None:
        assert there == pytest.approx((-back[1], -back[0]), abs=1e-12)


@pytest.mark.parametrize("values", [[], [4.0]])
def test_it_gives_no_interval_of_a_mean_without_spread(values: list[float]) -> None:
    assert intervals.mean(len(values), sum(values), sum(v * v for v in values)) is None
