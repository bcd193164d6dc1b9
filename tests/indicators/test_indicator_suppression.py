"""No small group is shown, and none follows from what is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from build_replica import woman
from hypothesis import given
from hypothesis import strategies as st
from indicator_results import AS_OF, Found

from bot.indicators import Definitions, compute
from bot.indicators.definition import Rule
from bot.indicators.suppress import hidden_groups, is_small
from bot.indicators.tallies import RecordTally, ShareTally, Tally

STAFF = Rule(under=5, percent_base=5, counts=False)
PUBLIC = Rule(under=10, percent_base=20, counts=True)
Sizes = dict[str, tuple[int, int]]


def groups(sizes: Sizes) -> dict[str, Tally]:
    return {name: ShareTally(n, count) for name, (n, count) in sizes.items()}


def total(sizes: Sizes, rest: int = 0) -> Tally:
    return ShareTally(sum(n for n, _ in sizes.values()) + rest, sum(count for _, count in sizes.values()))


@pytest.mark.parametrize(
    ("n", "count", "staff", "public"),
    [
        (0, 0, False, False),
        (1, 1, True, True),
        (4, 0, True, True),
        (5, 2, False, True),
        (12, 0, False, True),
        (19, 0, False, True),
        (20, 0, False, False),
        (20, 10, False, False),
        (40, 9, False, True),
        (40, 31, False, True),
        (40, 40, False, False),
    ],
)
def test_it_hides_small_cells(n: int, count: int, staff: bool, public: bool) -> None:
    tally = ShareTally(n, count)
    assert (is_small(tally, STAFF), is_small(tally, PUBLIC)) == (staff, public)


@pytest.mark.parametrize(
    ("sizes", "rest", "hidden"),
    [
        ({"a": (30, 10), "b": (20, 10)}, 0, set()),
        ({"a": (30, 10), "b": (3, 1)}, 0, {"a", "b"}),
        ({"a": (30, 10), "b": (3, 1), "c": (8, 2)}, 0, {"b", "c"}),
        ({"a": (30, 10), "b": (2, 1), "c": (2, 1), "d": (9, 1)}, 0, {"b", "c", "d"}),
        ({"a": (30, 10), "b": (3, 1)}, 40, {"b"}),
        ({"a": (30, 10), "b": (20, 5)}, 2, {"b"}),
    ],
)
def test_it_hides_what_gives_a_hidden_one_away(sizes: Sizes, rest: int, hidden: set[str]) -> None:
    assert hidden_groups(total(sizes, rest), groups(sizes), STAFF) == hidden


def test_it_hides_an_overlapping_group_that_leaves_few_outside() -> None:
    sizes = {"care": (27, 5), "money": (20, 5), "health": (30, 5)}
    assert hidden_groups(ShareTally(30, 9), groups(sizes), STAFF, overlapping=True) == {"care"}


def test_it_hides_every_group_of_a_hidden_total() -> None:
    sizes = {"a": (4, 1)}
    assert hidden_groups(ShareTally(4, 1), groups(sizes), STAFF) == {"a"}


def test_it_counts_women_and_not_referrals() -> None:
    tally = RecordTally()
    for first in (True, False, False, False, False, False):
        tally.add((True, first))
    assert (tally.n, is_small(tally, STAFF)) == (6, True)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(min_value=1, max_value=30), min_size=1),
    st.integers(min_value=0, max_value=30),
)
def test_it_never_leaves_one_small_group_to_subtract(sizes: dict[str, int], rest: int) -> None:
    cells: dict[str, Tally] = {name: ShareTally(n, 0) for name, n in sizes.items()}
    everyone = ShareTally(sum(sizes.values()) + rest, 0)
    hidden = hidden_groups(everyone, cells, STAFF)
    shown = [n for name, n in sizes.items() if name not in hidden]
    assert all(n >= STAFF.under for n in shown)
    unseen = everyone.n - sum(shown)
    assert unseen == 0 or not shown or unseen >= STAFF.under
    if shown and rest == 0:
        assert len(hidden) != 1


def test_a_hidden_line_holds_no_number(shipped: Definitions) -> None:
    women = [woman("MX", {"m6": {"study": "course"}}) for _ in range(4)]
    line = Found(compute(women, shipped, AS_OF)).one("MX-13", "m6")
    assert line.suppressed
    numbers = (line.n, line.numerator, line.denominator, line.value, line.ci_low, line.ci_high)
    assert numbers == (None,) * 6


def test_it_shows_staff_what_public_files_hide(shipped: Definitions) -> None:
    women = [woman("MX", {"m6": {"study": "course"}}) for _ in range(12)]
    shown = {
        audience: Found(compute(women, shipped, AS_OF, audience=audience)).one("MX-13", "m6").suppressed
        for audience in ("staff", "public")
    }
    assert shown == {"staff": False, "public": True}


def test_it_hides_the_sum_where_one_country_is_hidden(shipped: Definitions) -> None:
    answered = {"m6": {"seek": "no"}}
    women = [*(woman("MX", answered) for _ in range(30)), *(woman("CL", answered) for _ in range(3))]
    found = Found(compute(women, shipped, AS_OF))
    hidden = {c: found.one("X-01", "m6", country=c).suppressed for c in ("MX", "CL", "all")}
    assert hidden == {"MX": False, "CL": True, "all": True}


def test_a_hidden_response_rate_is_not_beside_a_figure(shipped: Definitions) -> None:
    small = [woman("MX", {"m6": {"study": "no"}}, pathway="education") for _ in range(3)]
    large = [woman("MX", {"m6": {"study": "no"}}, pathway="employment") for _ in range(30)]
    lost = [replace(w, answers={}, responded=frozenset()) for w in small]
    found = Found(compute([*small, *large, *lost], shipped, AS_OF))
    line = found.one("MX-13", "m6", group="pathway:education")
    assert line.suppressed
    assert found.one("X-01", "m6", country="MX", group="pathway:education").value == 50.0
