"""When y = relu(T x) is one-to-one for every x at once: closed forms and what is known of wide layers.

n is the width (rows of T), d the dimension of x. The layer is one-to-one iff for every x the rows with t_i.x >= 0 span R^d
(Puthawala et al. 2022, arXiv 2006.08464, Theorem 2). A law of T is symmetric if flipping the sign of a row changes nothing.
`manifold.theory` offers these names too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from manifold.checks import check_count
from manifold.layer.activations import ACTIVATIONS
from manifold.theory.points import MOST_ROWS, check_width_and_dim, lost_patterns, pattern_weights


def injective_probability(width: int) -> float:
    """Probability that ReLU after a random planar layer is one-to-one on the whole plane (d = 2).

    1 - n (n - 2) / 2^(n - 1) for n >= 4, and 0 below: at least two rows must be active in every open half-plane. It holds for
    every symmetric law with a density. This is not the share of points kept: one lost sector is enough to fail.
    """
    n = check_count(width, "width", minimum=1, maximum=MOST_ROWS)
    return 1.0 - n * (n - 2) / (1 << (n - 1)) if n >= 4 else 0.0


def half_plane_probability(width: int, rows: int) -> float:
    """Probability that every closed half-plane through 0 holds at least `rows` of n random directions (d = 2).

    2^-n sum_{a=m}^{n-m} sum_j [C(n, a + j W) - C(n, (n + W)/2 + j W)] with m = rows and W = n - 2 m + 2, terms of a binomial
    outside 0 .. n or at a half-integer being 0. m = 1 is Wendel's theorem, m = 2 is `injective_probability`.

    Proof idea: turning the half-plane once round changes one row at a time. With fair signs the count of rows inside is a
    +-1 walk c_k = n/2 - S_n/2 + S_k with c_{n+k} = n - c_k, so the condition keeps the walk between m and n - m; such paths are
    counted by reflection.

    Parameters
    ----------
    width : int
        n, from 1 to 10 000.
    rows : int
        m, at least 1.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        If a number is no integer or below 1.
    """
    n, m = check_count(width, "width", minimum=1, maximum=MOST_ROWS // 10), check_count(rows, "rows", minimum=1)
    w = n - 2 * m + 2
    if n < 2 * m:
        return 0.0

    patterns = list(pattern_weights(n, n + 1))

    def choose(twice: int) -> int:
        """C(n, twice / 2), 0 where that makes no sense."""
        return patterns[twice // 2] if twice % 2 == 0 and 0 <= twice <= 2 * n else 0

    shifts = range(-(n // w) - 1, n // w + 2)
    paths = sum(choose(2 * (a + j * w)) - choose(n + w + 2 * j * w) for a in range(m, n - m + 1) for j in shifts)
    return paths / (1 << n)


def least_injective_width(dim: int) -> int:
    """2 d, the fewest rows with which relu(T x) can be one-to-one on all of R^d.

    Unless x is across a row, those active at x must span R^d and so must those active at -x, which are all others: d and d.
    [B; -B] with an invertible B attains it, as b.x or -b.x is active for every row b of B (Puthawala et al. 2022, arXiv
    2006.08464).
    """
    return 2 * check_count(dim, "dim", minimum=1)


def least_unique_width(activation: str, dim: int) -> int | None:
    """Fewest rows of a law with a density at which almost every x is determined by f(T x), for almost every T; None: at none.

    Where f is one-to-one, T x is known, and d rows determine x: `leaky_lower_bound` says how well. A negative output of SiLU or
    GELU has two origins, so y leaves up to 2^n candidates for T x, of which those in the d dimensions of the range of T come
    from some x. At n = d all do. With a row more, being there is an equation that a wrong candidate solves only for x on a set
    without volume: d + 1. ReLU, ReLU6 and h-swish are flat somewhere, so at any width there is a chance that fewer than d rows
    say more than a side; for ReLU it is `collapsed_fraction`.

    Parameters
    ----------
    activation : str
        Its name in `ACTIVATIONS`.
    dim : int
        d, at least 1.

    Returns
    -------
    int or None

    Raises
    ------
    TypeError, ValueError
        If `dim` is no integer or below 1, or the name is unknown.
    """
    f, d = ACTIVATIONS[activation], check_count(dim, "dim", minimum=1)
    if f.one_to_one:
        return d
    return None if f.flat else d + 1


def expected_lost_regions(width: int, dim: int) -> float:
    """Mean number of regions of R^d with fewer than d active rows, over a symmetric law with a density.

    The hyperplanes t_i.x = 0 cut R^d into 2 sum_{k<d} C(n - 1, k) regions (Schläfli), and by fair signs each is lost with the
    probability P(Bin(n, 1/2) < d), so

        mean = 2 sum_{k<d} C(n - 1, k) sum_{k<d} C(n, k) / 2^n

    It bounds the probability that the layer is not one-to-one. With n/d fixed it grows or falls as 2^(n (2 H(d/n) - 1)), H the
    binary entropy in bits, and changes from one to the other at n/d = 9.0886: the first-moment bound of
    `INJECTIVITY_THRESHOLDS`. At d = 2 it is n (n + 1) / 2^(n - 1).

    Parameters
    ----------
    width : int
        n, from 1 to `theory.points.MOST_ROWS`.
    dim : int
        d, at least 1.

    Returns
    -------
    float
        Infinite where it is beyond float64.

    Raises
    ------
    TypeError, ValueError
        If a number is no integer or below 1.
    """
    n, d = check_width_and_dim(width, dim)
    regions = 2 * lost_patterns(n - 1, d)
    try:
        return regions * lost_patterns(n, d) / (1 << n)
    except OverflowError:
        return math.inf


@dataclass(frozen=True)
class InjectivityThreshold:
    """What is known at one ratio of rows to dimensions of a Gaussian T, as d grows and n/d stays.

    Attributes
    ----------
    ratio : float
        n/d.
    kind : {"lower bound", "prediction", "upper bound"}
        Proved: below a lower bound relu(T x) is almost never one-to-one, above an upper bound almost always. A prediction says
        where the one turns into the other, without a proof.
    says : str
        How it was found.
    source : str
    """

    ratio: float
    kind: Literal["lower bound", "prediction", "upper bound"]
    says: str
    source: str


INJECTIVITY_THRESHOLDS = (
    InjectivityThreshold(3.4, "lower bound", "too few rows for every half-space", "Puthawala et al. 2022, arXiv 2006.08464"),
    InjectivityThreshold(
        6.698, "prediction", "replica method, symmetry broken in full", "Maillard et al. 2023, arXiv 2302.14112"
    ),
    InjectivityThreshold(
        7.6477,
        "upper bound",
        "replica-symmetric value, proved by Gordon's inequality",
        "Maillard et al. 2023, arXiv 2302.14112",
    ),
    InjectivityThreshold(9.0886, "upper bound", "the mean number of lost regions vanishes", "`expected_lost_regions`"),
    InjectivityThreshold(10.5, "upper bound", "the first bound proved", "Puthawala et al. 2022, arXiv 2006.08464"),
)
"""Five ratios n/d, ascending. MobileNetV2's 6 lies where nothing is proved, and below the prediction.

7.6477 is 1/Q(z) at the z with Q(z) = E g^2 over 0 < g < z, g a standard normal number and Q(z) the chance that it is above z:
the x with fewest active rows pushes those t_i.x that lie in (0, z) to 0, n E g^2 in squares, of which d are to be had, and
leaves n Q(z) rows active, as many as d just there. It bounds the threshold from above (Gordon), and would be it if replicas
were alike.
"""
