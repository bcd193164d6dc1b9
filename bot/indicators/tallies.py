"""Running counts of one figure in one group, and the statistics they give.

Nothing of a woman is kept, only counts and sums, so memory does not grow with the number of women.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.indicators import intervals
from bot.indicators.intervals import Interval


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` = ``scale`` × numerator / denominator; None where the denominator is zero."""

    statistic: str
    numerator: float | None
    denominator: float | None
    value: float | None
    interval: Interval = None


class Tally(Protocol):
    """``n`` is the base, ``people`` the women in it: the same but for records, of which she may have many.

    ``add`` takes one outcome; ``counts`` are the further counts that are published.
    """

    @property
    def n(self) -> int: ...

    @property
    def people(self) -> int: ...

    def add(self, outcome: Any) -> None: ...

    def counts(self) -> tuple[int, ...]: ...

    def figures(self) -> list[Figure]: ...


def _figure(
    statistic: str,
    numerator: float,
    denominator: float,
    interval: Interval,
    *,
    scale: float = 100,
    shift: float = 0,
) -> Figure:
    if denominator == 0:
        return Figure(statistic, numerator, denominator, None)
    limits = None if interval is None else (scale * (interval[0] + shift), scale * (interval[1] + shift))
    return Figure(statistic, numerator, denominator, scale * numerator / denominator, limits)


@dataclass(slots=True)
class ShareTally:
    """How many of n; the outcome is true or false."""

    n: int = 0
    count: int = 0

    @property
    def people(self) -> int:
        return self.n

    def add(self, outcome: bool) -> None:
        self.n += 1
        self.count += outcome

    def counts(self) -> tuple[int, ...]:
        return self.count, self.n - self.count

    def figures(self) -> list[Figure]:
        return [_figure("share", self.count, self.n, intervals.proportion(self.count, self.n))]


@dataclass(slots=True)
class RecordTally:
    """How many records of n; the outcome is (true or false, whether it is the first of a woman)."""

    shares: ShareTally = field(default_factory=ShareTally)
    people: int = 0

    @property
    def n(self) -> int:
        return self.shares.n

    def add(self, outcome: tuple[bool, bool]) -> None:
        holds, first = outcome
        self.shares.add(holds)
        self.people += first

    def counts(self) -> tuple[int, ...]:
        return self.shares.counts()

    def figures(self) -> list[Figure]:
        return self.shares.figures()


@dataclass(slots=True)
class PairTally:
    """A yes or no at two times; the outcome is (start, end)."""

    n: int = 0
    both: int = 0
    start_only: int = 0
    end_only: int = 0

    @property
    def people(self) -> int:
        return self.n

    def add(self, outcome: tuple[bool, bool]) -> None:
        start, end = outcome
        self.n += 1
        self.both += start and end
        self.start_only += start and not end
        self.end_only += end and not start

    @property
    def start(self) -> int:
        return self.both + self.start_only

    @property
    def end(self) -> int:
        return self.both + self.end_only

    def counts(self) -> tuple[int, ...]:
        return self.start, self.n - self.start, self.end, self.n - self.end

    def figures(self) -> list[Figure]:
        cells = (self.both, self.start_only, self.end_only)
        neither = self.n - sum(cells)
        change = self.end - self.start
        return [
            _figure("start", self.start, self.n, intervals.proportion(self.start, self.n)),
            _figure("end", self.end, self.n, intervals.proportion(self.end, self.n)),
            _figure("points", change, self.n, intervals.paired_difference(*cells, neither)),
            _figure("relative", change, self.start, intervals.paired_ratio(*cells), shift=-1),
        ]


@dataclass(slots=True)
class MeanTally:
    """A number a woman."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    @property
    def people(self) -> int:
        return self.n

    def add(self, outcome: float) -> None:
        self.n += 1
        self.total += outcome
        self.squares += outcome**2

    def counts(self) -> tuple[int, ...]:
        return ()

    def figures(self) -> list[Figure]:
        interval = intervals.mean(self.n, self.total, self.squares)
        return [_figure("mean", self.total, self.n, interval, scale=1)]


@dataclass(slots=True)
class MeanPairTally:
    """A number at two times; the outcome is (start, end)."""

    n: int = 0
    starts: MeanTally = field(default_factory=MeanTally)
    ends: MeanTally = field(default_factory=MeanTally)
    differences: MeanTally = field(default_factory=MeanTally)
    products: float = 0.0

    @property
    def people(self) -> int:
        return self.n

    def add(self, outcome: tuple[float, float]) -> None:
        start, end = outcome
        self.n += 1
        self.starts.add(start)
        self.ends.add(end)
        self.differences.add(end - start)
        self.products += start * end

    def counts(self) -> tuple[int, ...]:
        return ()

    def figures(self) -> list[Figure]:
        starts, ends, change = self.starts, self.ends, self.differences
        ratio = intervals.ratio_of_means(
            self.n, starts.total, ends.total, starts.squares, ends.squares, self.products
        )
        mean = intervals.mean
        return [
            _figure("start", starts.total, self.n, mean(self.n, starts.total, starts.squares), scale=1),
            _figure("end", ends.total, self.n, mean(self.n, ends.total, ends.squares), scale=1),
            _figure("difference", change.total, self.n, mean(self.n, change.total, change.squares), scale=1),
            _figure("relative", change.total, starts.total, ratio, shift=-1),
        ]


@dataclass(slots=True)
class DistinctTally:
    """How many different values there are, out of all that exist. A count of places, so without interval."""

    out_of: int
    n: int = 0
    values: set[str] = field(default_factory=set)

    @property
    def people(self) -> int:
        return self.n

    def add(self, outcome: str) -> None:
        self.n += 1
        self.values.add(outcome)

    def counts(self) -> tuple[int, ...]:
        return ()

    def figures(self) -> list[Figure]:
        return [_figure("coverage", len(self.values), self.out_of, None)]
