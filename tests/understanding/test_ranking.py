"""An intent ranking after the detector has spoken."""

from __future__ import annotations

import pytest

from bot.understanding.ranking import without_disclosures


def test_a_barrier_that_comes_next_takes_what_was_held_for_a_disclosure() -> None:
    left = without_disclosures([("disclose_violence", 0.9), ("tell_barrier", 0.08), ("deny", 0.02)])
    assert [name for name, _ in left] == ["tell_barrier", "deny"]
    assert [share for _, share in left] == pytest.approx([0.98, 0.02])


def test_another_intent_gains_nothing_by_it() -> None:
    left = without_disclosures([("disclose_self_harm", 0.5), ("out_of_scope", 0.3), ("tell_barrier", 0.2)])
    assert left == [("out_of_scope", 0.3), ("tell_barrier", 0.2)]


def test_a_ranking_of_disclosures_leaves_nothing() -> None:
    assert without_disclosures([("disclose_self_harm", 1.0)]) == []
    assert without_disclosures([]) == []
