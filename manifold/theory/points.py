"""Closed forms: what y = f(T x) keeps of a random point, exactly or in the mean over T.

n is the width (rows of T), d the dimension of x. "Sandler" is MobileNetV2 (arXiv 1801.04381), Appendix A. A law of T is
symmetric if flipping the sign of a row changes nothing; all laws of `EMBEDDINGS` are. Here is the share of points lost.
"""

from __future__ import annotations

import itertools
import math

from manifold.checks import check_count, check_number

PAPER_EXPANSION = 6
"""Rows per dimension in MobileNetV2's blocks (Sandler, Table 2)."""


def recoverable_fraction(width: int, dim: int, *, active: float = 0.5) -> float:
    """Probability that a point is determined by the output of a ReLU layer: P(Bin(n, active) >= d).

    At a fixed x != 0 each row of a symmetric law is active with probability 1/2, independently, and any d active rows of a law
    with a density determine x (Sandler, Lemma 2 and Theorem 1). At n = 2 d - 1 it is exactly 1/2.

    Parameters
    ----------
    width : int
        n, at least 1.
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
    return float(sum(math.comb(n, k) * p**k * (whole - p) ** (n - k) for k in range(min(d, n + 1))) / whole**n)


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
    return sum(math.comb(n, k) for k in range(n - d + 1))


def sufficient_width(dim: int, lost: float) -> int:
    """The least n with which at most a share `lost` of points is lost: P(Bin(n, 1/2) < d) <= lost.

    Parameters
    ----------
    dim : int
        d, at least 1.
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
    d, most = check_count(dim, "dim", minimum=1), check_number(lost, "lost", above=0.0, below=1.0)
    return next(n for n in itertools.count(d) if collapsed_fraction(n, d) <= most)


def relu6_active_probability(radius: float) -> float:
    """P(0 < t.x < 6) = Phi(6 / r) - 1/2 for a Gaussian row t and |x| = r > 0: ReLU6 loses rows at both ends."""
    return active_probability(radius, 0.0, 6.0)


def active_probability(radius: float, low: float, high: float) -> float:
    """P(low < t.x < high) = Phi(high / r) - Phi(low / r) for a Gaussian row t and |x| = r > 0."""
    r = check_number(radius, "radius", above=0.0)
    return 0.5 * (math.erf(high / r / math.sqrt(2.0)) - math.erf(low / r / math.sqrt(2.0)))


def check_width_and_dim(width: int, dim: int) -> tuple[int, int]:
    """Both, if they are integers of at least 1."""
    return check_count(width, "width", minimum=1), check_count(dim, "dim", minimum=1)


def lost_patterns(n: int, d: int) -> int:
    """Sign patterns with fewer than d active rows, sum_{k<d} C(n, k)."""
    return sum(math.comb(n, k) for k in range(min(d, n + 1)))
