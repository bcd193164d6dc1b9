"""95% confidence intervals. scipy gives Wilson's score and Student's t; the paired ones are built on them.

A pair of limits in the unit of the estimate, or None where there is nothing to estimate from.

- one proportion: Wilson's score interval.
- change in points of a paired proportion: Newcombe, Statistics in Medicine 17 (1998) 2635-2650, method 10
  (square-and-add of the two Wilson intervals, with their correlation).
- relative change of a paired proportion: Bonett and Price, Statistics in Medicine 25 (2006) 3039-3047
  (hybrid of two Wilson intervals). Both are recommended by Fagerland, Lydersen and Laake, Statistics in
  Medicine 33 (2014) 2850-2875.
- means and their paired difference: Student's t. Their ratio: Fieller, JRSS B 16 (1954) 175-185.
"""

from __future__ import annotations

from functools import lru_cache
from math import sqrt

from scipy.stats import binomtest, norm, t  # type: ignore[import-untyped]

Interval = tuple[float, float] | None
LEVEL = 0.95


@lru_cache(maxsize=4096)
def proportion(count: int, n: int, level: float = LEVEL) -> Interval:
    """Wilson's score interval of ``count / n``."""
    if n == 0:
        return None
    found = binomtest(count, n).proportion_ci(confidence_level=level, method="wilson")
    return float(found.low), float(found.high)


def paired_difference(both: int, start_only: int, end_only: int, neither: int) -> Interval:
    """Interval of share at the end minus share at the start, from the four counts of pairs."""
    n = both + start_only + end_only + neither
    start, end = both + start_only, both + end_only
    at_start, at_end = proportion(start, n), proportion(end, n)
    if at_start is None or at_end is None:
        return None
    margins = start * (n - start) * end * (n - end)
    excess = both * neither - start_only * end_only
    # Newcombe's continuity correction, for positive association only
    corrected = max(excess - n / 2, 0.0) if excess > 0 else float(excess)
    phi = corrected / sqrt(margins) if margins else 0.0
    p_start, p_end = start / n, end / n
    (low_start, high_start), (low_end, high_end) = at_start, at_end
    down = _square_and_add(p_end - low_end, high_start - p_start, phi)
    up = _square_and_add(high_end - p_end, p_start - low_start, phi)
    return p_end - p_start - down, p_end - p_start + up


def _square_and_add(one: float, other: float, phi: float) -> float:
    return sqrt(max(one**2 - 2 * phi * one * other + other**2, 0.0))


def paired_ratio(both: int, start_only: int, end_only: int) -> Interval:
    """Interval of share at the end over share at the start. None without anyone at the start."""
    start, end, any_time = both + start_only, both + end_only, both + start_only + end_only
    if start == 0:
        return None
    joint = sqrt((start_only + end_only + 2) / ((start + 1) * (end + 1)))
    of_start = sqrt((1 - (start + 1) / (any_time + 2)) / (start + 1))
    of_end = sqrt((1 - (end + 1) / (any_time + 2)) / (end + 1))
    # the two intervals are narrowed so that their quotient has the level of the pair
    z = joint / (of_start + of_end) * float(norm.ppf((1 + LEVEL) / 2))
    level = 2 * float(norm.cdf(z)) - 1
    at_start, at_end = proportion(start, any_time, level), proportion(end, any_time, level)
    if at_start is None or at_end is None:
        return None
    (low_start, high_start), (low_end, high_end) = at_start, at_end
    return low_end / high_start, high_end / low_start


def mean(n: int, total: float, squares: float) -> Interval:
    """Student's interval of a mean, from n, sum and sum of squares. None below two values."""
    if n < 2:
        return None
    centre = total / n
    variance = max(squares - total * centre, 0.0) / (n - 1)
    half = _t(n) * sqrt(variance / n)
    return centre - half, centre + half


def ratio_of_means(
    n: int, starts: float, ends: float, start_squares: float, end_squares: float, products: float
) -> Interval:
    """Fieller's interval of mean end over mean start of pairs. None where the start may be zero."""
    if n < 2:
        return None
    x, y = starts / n, ends / n
    freedom = n * (n - 1)
    var_x = max(start_squares - starts * x, 0.0) / freedom
    var_y = max(end_squares - ends * y, 0.0) / freedom
    cov = (products - starts * y) / freedom
    q = _t(n) ** 2
    # the roots r of (y - r x)^2 = q (var_y - 2 r cov + r^2 var_x)
    a, b, c = x**2 - q * var_x, x * y - q * cov, y**2 - q * var_y
    inside = b**2 - a * c
    if a <= 0 or inside < -1e-9 * b**2:
        return None
    # rounding may take the root of pairs that keep one ratio just below zero
    half = sqrt(max(inside, 0.0))
    return (b - half) / a, (b + half) / a


def _t(n: int) -> float:
    return float(t.ppf((1 + LEVEL) / 2, n - 1))
