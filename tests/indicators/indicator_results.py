"""Picking one line out of the results table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bot.indicators import Result

AS_OF = date(2026, 11, 22)


@dataclass(frozen=True)
class Found:
    """Results that a test picks from by their names."""

    results: list[Result]

    def one(
        self, indicator: str, wave: str, statistic: str = "share", reading: str = "", **more: str
    ) -> Result:
        """The single line with these names, of the total unless ``group`` is given."""
        wanted = {"group": "all", **more}
        matches = [
            r
            for r in self.results
            if (r.indicator, r.wave, r.statistic, r.reading) == (indicator, wave, statistic, reading)
            and all(getattr(r, name) == value for name, value in wanted.items())
            and (r.country != "all" or more.get("country") == "all")
        ]
        assert len(matches) == 1, f"{len(matches)} lines for {indicator} {wave} {statistic} {reading} {more}"
        return matches[0]


Of = Callable[..., Found]
"""the results of a handful of women, nothing suppressed"""
