"""Replies as women type them, by the hundred: what each must be read as."""

from __future__ import annotations

import pytest

from tests.answers.corpus import Case, cases

TUNED_ON = [case for name in ("choices.tsv", "amounts.tsv", "texts.tsv", "later.tsv") for case in cases(name)]
HELD_OUT = cases("heldout.tsv")
LEAST_HELD_OUT = 0.97


def _right(case: Case) -> bool:
    reading = case.reading()
    compared = case.value or reading.outcome.value == "answer"
    return (reading.outcome.value, reading.value if compared else "") == (case.outcome, case.value)


@pytest.mark.parametrize(
    "case", TUNED_ON, ids=lambda c: f"{c.question}-{c.country}-{c.language}-{c.text}"[:70]
)
def test_it_reads(case: Case) -> None:
    reading = case.reading()
    assert reading.outcome.value == case.outcome, reading
    if case.value or case.outcome == "answer":
        assert reading.value == case.value


def test_it_reads_nearly_all_of_the_cases_written_before_it() -> None:
    wrong = [case for case in HELD_OUT if not _right(case)]
    assert 1 - len(wrong) / len(HELD_OUT) >= LEAST_HELD_OUT, wrong


def test_the_corpus_covers_both_countries_and_both_languages() -> None:
    seen = {(case.country, case.language) for case in (*TUNED_ON, *HELD_OUT)}
    assert {("MX", "es"), ("CL", "es"), ("MX", "en")} <= seen
    assert len(TUNED_ON) + len(HELD_OUT) >= 600


@pytest.mark.parametrize("text", [c.text for c in (*TUNED_ON, *HELD_OUT) if c.outcome == "refuse"])
def test_a_refusal_is_never_stored_as_no(text: str) -> None:
    reading = Case("yn", "MX", "es", text, "", "").reading()
    assert reading.outcome.value == "refuse"
