"""Missing, refused, unpaired and withdrawn answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from build_replica import woman
from indicator_results import Of

from bot.indicators import Woman


def both(question: str, start: str, end: str, **more: str) -> Woman:
    return woman("MX", {"baseline": {question: start, **more}, "m6": {question: end}})


@pytest.mark.parametrize("silent", ["dk", "pn", ""])
def test_it_leaves_out_who_does_not_know_or_does_not_say(results_of: Of, silent: str) -> None:
    women = [woman("MX", {"baseline": {"care_h": value}}) for value in ("h9", "h2", silent)]
    result = results_of(women).one("MX-08", "baseline")
    assert (result.numerator, result.denominator, result.value) == (1, 2, 50.0)


@pytest.mark.parametrize(
    ("answer", "counted"),
    [("conf", (1, 1)), ("none", (0, 1)), ("care health", (0, 1)), ("conf pn", (0, 0)), ("pn", (0, 0))],
)
def test_it_reads_several_choices(results_of: Of, answer: str, counted: tuple[int, int]) -> None:
    result = results_of([woman("MX", {"baseline": {"obst": answer}})]).one("MX-02", "baseline")
    assert (result.numerator, result.denominator) == counted


def test_it_pairs_only_women_who_answered_both_times(results_of: Of) -> None:
    women = [
        both("biz_has", "no", "yes"),
        both("biz_has", "pn", "yes"),
        woman("MX", {"baseline": {"biz_has": "yes"}}),
        woman("MX", {"m6": {"biz_has": "no"}}),
    ]
    found = results_of(women)
    assert [found.one("MX-01", wave).n for wave in ("baseline", "m6")] == [2, 3]
    assert found.one("MX-01", "baseline-m6", "points").n == 1
    assert found.one("MX-01", "baseline-m6", "points").value == 100.0


def test_it_gives_no_relative_change_from_nothing(results_of: Of) -> None:
    result = results_of([both("biz_has", "no", "yes")]).one("MX-01", "baseline-m6", "relative")
    assert (result.n, result.value, result.ci_low) == (1, None, None)


def test_it_gives_an_empty_line_where_nobody_answered(results_of: Of) -> None:
    result = results_of([woman("MX", {"baseline": {"biz_has": "no"}})]).one(
        "MX-14", "baseline-m6", "relative"
    )
    assert (result.n, result.value, result.suppressed) == (0, None, False)


@pytest.mark.parametrize("status", ["withdrawn", "refused", "deleted", "consented", "new"])
def test_it_leaves_out_who_is_not_in_the_programme(results_of: Of, status: str) -> None:
    stays = both("biz_has", "no", "no")
    leaves = replace(both("biz_has", "yes", "yes"), profile={"status": status})
    found = results_of([stays, leaves])
    assert found.one("MX-01", "baseline").denominator == 1
    assert found.one("X-01", "m6").denominator == 1


def test_it_divides_better_conditions_by_all_who_answered(results_of: Of) -> None:
    women = [
        woman("MX", {"m6": {"job_better": value, "seek": "no"}}) for value in ("better", "dk", "", "worse")
    ]
    found = results_of(women)
    assert found.one("MX-11", "m6").value == 25.0
    assert found.one("MX-11", "m6", reading="with_job").value == 50.0


def test_it_takes_the_only_activity_as_the_main_one(results_of: Of) -> None:
    women = [
        woman("MX", {"baseline": {"work_status": "home"}}),
        woman("MX", {"baseline": {"work_status": "home study", "work_main": "study"}}),
        woman("MX", {"baseline": {"work_status": "home study", "work_main": "home"}}),
        woman("MX", {"baseline": {"work_status": "pn"}}),
    ]
    result = results_of(women).one("MX-09", "baseline", reading="A")
    assert (result.numerator, result.denominator) == (2, 3)


def test_it_takes_the_middle_of_a_band_for_hours(results_of: Of) -> None:
    women = [both("care_h", "h6", "h2"), both("care_h", "h4", "h4"), both("care_h", "dk", "h0")]
    found = results_of(women)
    ends = [found.one("MX-09", "baseline-m6", s, reading="B").value for s in ("start", "end", "difference")]
    assert ends == [5.75, 3.5, -2.25]
    assert found.one("MX-09", "baseline-m6", "relative", reading="B").value == -39.1


def test_it_counts_the_latest_answer_that_counts(results_of: Of) -> None:
    women = [
        woman("CL", {"m3": {"inc_change": "up"}, "m6": {"inc_change": "down"}}),
        woman("CL", {"m3": {"inc_change": "up"}, "m6": {"inc_change": "dk"}}),
        woman("CL", {"m3": {"inc_change": "same"}}),
    ]
    result = results_of(women, "CL").one("CL-01", "m3+m6")
    assert (result.numerator, result.denominator) == (1, 3)


@pytest.mark.parametrize(
    ("job", "social_security", "due", "counts"),
    [
        ("contract", "yes", "lot", True),
        ("nocontract", "yes", "some", True),
        ("contract", "no", "lot", False),
        ("contract", "yes", "none", False),
        ("contract", "dk", "lot", False),
        ("no", "", "", False),
    ],
)
def test_it_counts_formal_jobs_found_with_help(
    results_of: Of, job: str, social_security: str, due: str, counts: bool
) -> None:
    answers = {"job_found": job, "socsec_cl": social_security, "job_due": due}
    result = results_of([woman("CL", {"m6": answers})], "CL").one("CL-06", "m6")
    assert (result.numerator, result.denominator) == (int(counts), 1)


def test_it_sees_a_higher_band(results_of: Of) -> None:
    bands = [("1", "3"), ("3", "3"), ("4", "2"), ("0", "1"), ("2", "dk")]
    women = [woman("CL", {"baseline": {"income_cl": a}, "m6": {"income_cl": b}}) for a, b in bands]
    result = results_of(women, "CL").one("CL-01", "baseline-m6", reading="band")
    assert (result.numerator, result.denominator) == (2, 4)


def test_it_knows_when_a_survey_is_due(results_of: Of) -> None:
    answered = woman("MX", {"m6": {"seek": "no"}})
    silent = woman("MX", {})
    later = replace(silent, due={"m6": date(2026, 11, 23)})
    partly = replace(answered, finished=frozenset())
    found = results_of([answered, silent, later, partly])
    assert [found.one("X-01", "m6", reading=r).numerator for r in ("", "complete", "attrition")] == [2, 1, 1]
    assert found.one("X-01", "m6").denominator == 3


def test_it_counts_referrals_and_not_women(results_of: Of) -> None:
    referrals = [{"status": "closed", "outcome": "received"}, {"status": "opened"}, {"status": "contacted"}]
    her = replace(woman("MX", {}), records={"referrals": referrals})
    found = results_of([her, woman("MX", {})])
    assert [found.one("X-03", "enrolment", reading=r).numerator for r in ("", "contacted")] == [1, 2]
    assert found.one("X-03", "enrolment").n == 3


def test_it_counts_places_once(results_of: Of) -> None:
    names = ("San Pedro de la Paz", "Arica", "Arica")
    women = [woman("CL", {}, municipality=name, region="x") for name in names]
    found = results_of(women, "CL")
    result = found.one("CL-10", "enrolment", "coverage")
    assert (result.numerator, result.denominator, result.value) == (2, 346, 0.6)


def test_it_groups_women(results_of: Of) -> None:
    asked = {"baseline": {"seek": "yes", "indig": "yes", "born": "pn"}, "enrolment": {"need": "care money"}}
    found = results_of([woman("MX", asked, centre="mx-01", pathway="education")])
    groups = {r.group for r in found.results if r.indicator == "MX-12" and r.wave == "baseline" and r.n}
    assert groups == {
        "all",
        "centre:mx-01",
        "pathway:education",
        "barrier:care",
        "barrier:money",
        "indigenous:yes",
        "m3:lost",
        "m6:lost",
    }


def test_it_compares_who_answered_with_who_did_not(results_of: Of) -> None:
    stays, lost = both("care_h", "h2", "h2"), woman("MX", {"baseline": {"care_h": "h9"}})
    found = results_of([stays, lost])
    shares = {r.group: r.value for r in found.results if r.indicator == "MX-08"}
    assert (shares["m6:answered"], shares["m6:lost"]) == (0.0, 100.0)


def test_it_adds_up_the_countries_of_common_indicators(results_of: Of) -> None:
    women = [woman("MX", {"m6": {"seek": "no"}}), woman("CL", {}), woman("CL", {"m6": {"study": "no"}})]
    found = results_of(women, None)
    sizes = [found.one("X-01", "m6", country=country).n for country in ("MX", "CL", "all")]
    assert sizes == [1, 2, 3]
