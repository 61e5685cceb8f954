"""Closed forms: what y = f(T x) keeps of a random point, exactly or in the mean over T.

n is the width (rows of T), d the dimension of x. "Sandler" is MobileNetV2 (arXiv 1801.04381), Appendix A. A law of T is
symmetric if flipping the sign of a row changes nothing; all laws of `EMBEDDINGS` are.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from manifold._registry import Registry
from manifold._validation import check_count, check_number

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
    n, d = _width_and_dim(width, dim)
    p, whole = check_number(active, "active", above=0.0, below=1.0).as_integer_ratio()
    return float(sum(math.comb(n, k) * p**k * (whole - p) ** (n - k) for k in range(min(d, n + 1))) / whole**n)


def recoverable_patterns(width: int, dim: int) -> int:
    """N = sum over k = 0 .. n - d of C(n, k): sign patterns with at least d active rows (Sandler, Theorem 1).

    N / 2^n is the share that is kept. The sentence after the theorem calls it the share that collapses: a misprint.
    """
    n, d = _width_and_dim(width, dim)
    return sum(math.comb(n, k) for k in range(n - d + 1))


def paper_bound(width: int) -> float:
    """1 - 2^(-n/2), the closing bound of Sandler, Appendix A, on the recoverable share.

    It is false where n/d is small: at d = 16, n = 96 the share lost is 2^-38.9, more than 2^-48.
    """
    return 1.0 - math.pow(2.0, -check_count(width, "width", minimum=1) / 2)


def relu6_active_probability(radius: float) -> float:
    """P(0 < t.x < 6) = Phi(6 / r) - 1/2 for a Gaussian row t and |x| = r > 0: ReLU6 loses rows at both ends."""
    return 0.5 * math.erf(6.0 / check_number(radius, "radius", above=0.0) / math.sqrt(2.0))


def injective_probability(width: int) -> float:
    """Probability that ReLU after a random planar layer is one-to-one on the whole plane (d = 2).

    1 - n (n - 2) / 2^(n - 1) for n >= 4, and 0 below: at least two rows must be active in every open half-plane. It holds for
    every symmetric law with a density. This is not the share of points kept: one lost sector is enough to fail.
    """
    n = check_count(width, "width", minimum=1)
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
        n, at least 1.
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
    n, m = check_count(width, "width", minimum=1), check_count(rows, "rows", minimum=1)
    w = n - 2 * m + 2
    if n < 2 * m:
        return 0.0

    def choose(twice: int) -> int:
        """C(n, twice / 2), 0 where that makes no sense."""
        return math.comb(n, twice // 2) if twice % 2 == 0 and 0 <= twice <= 2 * n else 0

    shifts = range(-(n // w) - 1, n // w + 2)
    paths = sum(choose(2 * (a + j * w)) - choose(n + w + 2 * j * w) for a in range(m, n - m + 1) for j in shifts)
    return paths / (1 << n)


def expected_nmse(width: int, dim: int, *, embedding: str = "gaussian", decoder: str = "inverse") -> float:
    """Mean over T of the NMSE of T^-1 relu(T x), the same for every x and so for every data set.

    relu(z) = (z + |z|)/2 and T^-1 T = 1 give T^-1 relu(T x) = x/2 + T^-1 |T x| / 2. The second term is even in x and has no
    mean along x under a symmetric law, so with q = E |T^-1 |T x||^2 / |x|^2

        inverse: (1 + q)/4, doubled: q
        orthonormal, padded-orthogonal: q = (d + 2)/(n + 2)
        gaussian: q = 2/(n + 2) + (n d - 2)/((n + 2)(n - d - 1)) for n >= d + 2, infinite below; at d = 1, 3/(n + 2) for all n
        padded-gaussian: infinite, but at n = d, where nothing is padded, as gaussian

    The `inverse` value tends to 1/4, never to 0: the picture tends to the right shape at half its size.

    Parameters
    ----------
    width : int
        n, at least `dim`.
    dim : int
        d, at least 1.
    embedding : {"gaussian", "orthonormal", "padded-gaussian", "padded-orthogonal"}
    decoder : {"inverse", "doubled"}

    Returns
    -------
    float
        Infinite where the mean does not exist; use medians there.

    Raises
    ------
    TypeError, ValueError
        If a number is no integer or out of range, or no closed form is known for the names.
    """
    n, d = _width_and_dim(width, dim)
    if n < d:
        raise ValueError(f"width must be >= dim, got width {n} and dim {d}")
    q = _SECOND_MOMENT[embedding](n, d)
    return _FROM_SECOND_MOMENT[decoder](q)


def _gaussian_moment(n: int, d: int) -> float:
    if d == 1:
        return 3 / (n + 2)  # the formula below without its factor (n - 2) / (n - 2): x_hat lies between 0 and x
    return 2 / (n + 2) + (n * d - 2) / ((n + 2) * (n - d - 1)) if n >= d + 2 else math.inf


def _orthonormal_moment(n: int, d: int) -> float:
    return (d + 2) / (n + 2)


_SECOND_MOMENT: Registry[Callable[[int, int], float]] = Registry("embedding with a closed form")
_SECOND_MOMENT.add("gaussian", _gaussian_moment)
_SECOND_MOMENT.add("orthonormal", _orthonormal_moment)
_SECOND_MOMENT.add("padded-gaussian", lambda n, d: _gaussian_moment(n, d) if n == d else math.inf)
_SECOND_MOMENT.add("padded-orthogonal", _orthonormal_moment)

_FROM_SECOND_MOMENT: Registry[Callable[[float], float]] = Registry("decoder with a closed form")
_FROM_SECOND_MOMENT.add("inverse", lambda q: (1 + q) / 4)
_FROM_SECOND_MOMENT.add("doubled", lambda q: q)


def _width_and_dim(width: int, dim: int) -> tuple[int, int]:
    return check_count(width, "width", minimum=1), check_count(dim, "dim", minimum=1)
