"""The published figures come out of women who answer as the leaflets say."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from build_replica import replica
from indicator_results import AS_OF, Found

from bot.indicators import Definitions, compute

CASES = Path(__file__).parent / "cases" / "published.tsv"


def _cases() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


@pytest.fixture(scope="module")
def found(shipped: Definitions) -> Found:
    return Found(compute(replica(), shipped, AS_OF))


@pytest.mark.parametrize("case", _cases(), ids=lambda case: "-".join(list(case.values())[:4]))
def test_it_gives_the_published_figure(found: Found, case: dict[str, str]) -> None:
    country = {"X": "MX"}.get(case["indicator"].partition("-")[0], case["indicator"][:2])
    result = found.one(case["indicator"], case["wave"], case["statistic"], case["reading"], country=country)
    assert (result.n, result.value) == (int(case["n"]), float(case["value"]))


def test_it_prints_the_whole_number_of_the_leaflet(shipped: Definitions) -> None:
    """Every computed indicator with one printed share or change has a case that rounds to it."""
    printed = {
        indicator.id: indicator.figures[-1]
        for _, indicator in shipped.indicators
        if indicator.figures
        and indicator.readings
        and indicator.id not in ("MX-08", "MX-15", "CL-10", "CL-13")
    }
    headline = {"MX-01": "28.0"}
    for identity, figure in printed.items():
        values = {case["value"] for case in _cases() if case["indicator"] == identity}
        wanted = headline.get(identity) or next((v for v in values if round(float(v)) == figure), None)
        assert wanted in values, identity


def test_it_shows_figures_with_the_programmes_help_beside_all(found: Found) -> None:
    everyone = found.one("CL-04", "m3+m6")
    helped = found.one("CL-04", "m3+m6", reading="helped")
    assert (everyone.numerator, helped.numerator, helped.denominator) == (44, 24, 200)


def test_it_shows_each_wave_apart_from_the_pool(found: Found) -> None:
    waves = [found.one("CL-01", wave).n for wave in ("m3", "m6")]
    assert waves == [80, 160]


def test_it_puts_the_response_rate_beside_every_follow_up_figure(found: Found) -> None:
    assert found.one("CL-01", "m6").response == found.one("X-01", "m6", country="CL").value == 80.0
    assert found.one("CL-01", "m3+m6").response == 100.0
    assert found.one("MX-08", "baseline").response is None


def test_it_gives_every_value_an_interval_around_it(found: Found) -> None:
    shown = [r for r in found.results if r.value is not None and r.statistic not in ("coverage",)]
    with_interval = [r for r in shown if r.ci_low is not None and r.ci_high is not None]
    assert len(with_interval) > 300
    for r in with_interval:
        assert r.ci_low <= r.value <= r.ci_high, r
