"""Closed forms: what y = f(T x) keeps of a random point, exactly or in the mean over T.

n is the width (rows of T), d the dimension of x. "Sandler" is MobileNetV2 (arXiv 1801.04381), Appendix A. A law of T is
symmetric if flipping the sign of a row changes nothing; all laws of `EMBEDDINGS` are. Here is the share of points lost.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from manifold.checks import check_count, check_number, fault

MOST_ROWS = 100_000
"""The greatest n for which sums over the patterns of its rows are made; that takes seconds where d is half of it."""

_MOST_BITS = 600_000  # of their common denominator, where a row is active with another chance than 1/2

PAPER_EXPANSION = 6
"""Rows per dimension in MobileNetV2's blocks (Sandler, Table 2)."""


def recoverable_fraction(width: int, dim: int, *, active: float = 0.5) -> float:
    """Probability that a point is determined by the output of a ReLU layer: P(Bin(n, active) >= d).

    At a fixed x != 0 each row of a symmetric law is active with probability 1/2, independently, and any d active rows of a law
    with a density determine x (Sandler, Lemma 2 and Theorem 1). At n = 2 d - 1 it is exactly 1/2.

    Parameters
    ----------
    width : int
        n, from 1 to `MOST_ROWS`; where `active` is another than 1/2 about a tenth of that.
    dim : int
        d, at least 1.
    active : float, default=0.5
        Probability that a row is active, above 0 and below 1; for ReLU6 see `relu6_active_probability`.

    Returns
    -------
    float
        0 where width < dim.

    Raises
    ------
    TypeError, ValueError
        If a number is no integer or out of range.
    """
    return 1.0 - collapsed_fraction(width, dim, active=active)


def collapsed_fraction(width: int, dim: int, *, active: float = 0.5) -> float:
    """P(Bin(n, active) < d), the share of points that are lost; for d = 2 and active = 1/2 it is (n + 1) / 2^n.

    Summed from its own terms, so that it stays exact where it is tiny. Arguments and errors as for `recoverable_fraction`.
    """
    n, d = check_width_and_dim(width, dim)
    p, whole = check_number(active, "active", above=0.0, below=1.0).as_integer_ratio()
    if n > (most := _MOST_BITS // whole.bit_length()):
        raise fault(ValueError, "width must be <= {most} where active is {active:g}, got {n}", most=most, active=active, n=n)
    return float(sum(pattern_weights(n, d, p, whole - p)) / whole**n)


def log2_collapsed_fraction(width: int, dim: int) -> float:
    """log2 P(Bin(n, 1/2) < d) = log2 sum_{k<d} C(n, k) - n, from integers, so also where the fraction itself is 0 in float64.

    -38.9 at d = 16, n = 96, a block of MobileNetV2. Arguments and errors as for `recoverable_fraction`.
    """
    n, d = check_width_and_dim(width, dim)
    return math.log2(lost_patterns(n, d)) - n


def recoverable_patterns(width: int, dim: int) -> int:
    """N = sum over k = 0 .. n - d of C(n, k): sign patterns with at least d active rows (Sandler, Theorem 1).

    N / 2^n is the share that is kept. The sentence after the theorem calls it the share that collapses: a misprint.
    """
    n, d = check_width_and_dim(width, dim)
    return (1 << n) - lost_patterns(n, d)


def sufficient_width(dim: int, lost: float) -> int:
    """The least n with which at most a share `lost` of points is lost: P(Bin(n, 1/2) < d) <= lost.

    Found from n = d on, each sum over k < d from the one before: S(n + 1) = 2 S(n) - C(n, d - 1).

    Parameters
    ----------
    dim : int
        d, from 1 to `MOST_ROWS` / 4.
    lost : float
        Above 0 and below 1.

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
        If a number is out of range.
    """
    d, most = check_count(dim, "dim", minimum=1, maximum=MOST_ROWS // 4), check_number(lost, "lost", above=0.0, below=1.0)
    n, patterns, last = d, (1 << d) - 1, d  # sum over k < d of C(n, k), and C(n, d - 1)
    while patterns / (1 << n) > most:
        patterns, last = 2 * patterns - last, last * (n + 1) // (n + 2 - d)
        n += 1
    return n


def relu6_active_probability(radius: float) -> float:
    """P(0 < t.x < 6) = Phi(6 / r) - 1/2 for a Gaussian row t and |x| = r > 0: ReLU6 loses rows at both ends."""
    return active_probability(radius, 0.0, 6.0)


def active_probability(radius: float, low: float, high: float) -> float:
    """P(low < t.x < high) = Phi(high / r) - Phi(low / r) for a Gaussian row t and |x| = r > 0."""
    r = check_number(radius, "radius", above=0.0)
    start, stop = check_end(low, "low") / r, check_end(high, "high") / r
    return 0.5 * (math.erf(stop / math.sqrt(2.0)) - math.erf(start / math.sqrt(2.0)))


def check_end(value: float, name: str) -> float:
    """A number, which may be infinite."""
    return value if isinstance(value, float) and math.isinf(value) else check_number(value, name)


def check_width_and_dim(width: int, dim: int) -> tuple[int, int]:
    """Both, if they are integers of at least 1, `width` not above `MOST_ROWS`."""
    return check_count(width, "width", minimum=1, maximum=MOST_ROWS), check_count(dim, "dim", minimum=1)


def lost_patterns(n: int, d: int) -> int:
    """Sign patterns with fewer than d active rows, sum_{k<d} C(n, k)."""
    return sum(pattern_weights(n, d))


def pattern_weights(n: int, d: int, p: int = 1, q: int = 1) -> Iterator[int]:
    """C(n, k) p^k q^(n - k) for k < d, each from the one before it; none beyond k = n."""
    weight = q**n
    for k in range(min(d, n + 1)):
        yield weight
        weight = weight * ((n - k) * p) // ((k + 1) * q)
