"""Closed forms: what y = f(T x) keeps of a random point, exactly or in the mean over T.

n is the width (rows of T), d the dimension of x. "Sandler" is MobileNetV2 (arXiv 1801.04381), Appendix A. A law of T is
symmetric if flipping the sign of a row changes nothing; all laws of `EMBEDDINGS` are. Here are the share of points lost and the
error of T^-1; names about all points at once come from `injectivity`, those about the surroundings of one from `information`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

from manifold.checks import check_count, check_number
from manifold.registry import Registry

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


def log2_collapsed_fraction(width: int, dim: int) -> float:
    """log2 P(Bin(n, 1/2) < d) = log2 sum_{k<d} C(n, k) - n, from integers, so also where the fraction itself is 0 in float64.

    -38.9 at d = 16, n = 96, a block of MobileNetV2. Arguments and errors as for `recoverable_fraction`.
    """
    n, d = _width_and_dim(width, dim)
    return math.log2(_lost_patterns(n, d)) - n


def recoverable_patterns(width: int, dim: int) -> int:
    """N = sum over k = 0 .. n - d of C(n, k): sign patterns with at least d active rows (Sandler, Theorem 1).

    N / 2^n is the share that is kept. The sentence after the theorem calls it the share that collapses: a misprint.
    """
    n, d = _width_and_dim(width, dim)
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


def paper_bound(width: int) -> float:
    """1 - 2^(-n/2), the closing bound of Sandler, Appendix A, on the recoverable share.

    It is false where n/d is small: at d = 16, n = 96 the share lost is 2^-38.9, more than 2^-48. See `paper_bound_holds`.
    """
    return 1.0 - math.pow(2.0, -check_count(width, "width", minimum=1) / 2)


def paper_bound_holds(width: int, dim: int) -> bool:
    """Whether the share lost is at most 2^(-n/2), as Sandler, Appendix A, closes: (sum_{k<d} C(n, k))^2 <= 2^n, in integers.

    At d = 1 always; at any other d not for narrow layers, and from one width on for all wider ones. That width over d rises
    from 3 at d = 2 to `paper_bound_threshold` as d grows. Arguments and errors as for `recoverable_fraction`.
    """
    n, d = _width_and_dim(width, dim)
    return _lost_patterns(n, d) ** 2 <= 1 << n


def paper_bound_threshold() -> float:
    """The n/d above which the paper's bound holds as d grows: 9.0886, where the binary entropy H(d/n) is 1/2.

    For d <= n/2, log2 sum_{k<d} C(n, k) = n H(d/n) - O(log n) with H(p) = -p log2 p - (1 - p) log2(1 - p). The share lost,
    2^(-n (1 - H)) but for powers of n, is at most 2^(-n/2) iff H <= 1/2. H rises on (0, 1/2), so halving intervals finds p.
    """
    low, high = 0.0, 0.5
    while low < (middle := (low + high) / 2.0) < high:
        entropy = -middle * math.log2(middle) - (1.0 - middle) * math.log2(1.0 - middle)
        low, high = (middle, high) if entropy < 0.5 else (low, middle)
    return 1.0 / high


def relu6_active_probability(radius: float) -> float:
    """P(0 < t.x < 6) = Phi(6 / r) - 1/2 for a Gaussian row t and |x| = r > 0: ReLU6 loses rows at both ends."""
    return 0.5 * math.erf(6.0 / check_number(radius, "radius", above=0.0) / math.sqrt(2.0))


def cone_centroid(half_angle: float, radius: float = 1.0) -> float:
    """Distance from 0 of the centroid of a disc's sector, 2 R sin(a) / (3 a), on its axis (d = 2).

    Where no row is active, ReLU leaves of x no more than the cone {T x <= 0} it lies in. Under a uniform prior on the disc the
    best answer is the centroid of the sector that the cone cuts out: integral of r cos(t) over r dr dt = 2 R^3 sin(a) / 3,
    divided by its area a R^2.

    Parameters
    ----------
    half_angle : float
        a in radians, half of the opening, above 0 and at most pi.
    radius : float, default=1
        R, above 0.

    Returns
    -------
    float
        2 R / 3 as the cone closes, 0 for the whole disc.

    Raises
    ------
    TypeError, ValueError
        If an argument is no number or out of range.
    """
    a, r = check_number(half_angle, "half_angle", above=0.0), check_number(radius, "radius", above=0.0)
    if a > math.pi:
        raise ValueError(f"half_angle must be at most pi, half of a whole turn in radians, got {a:g}")
    return 2.0 * r * math.sin(a) / (3.0 * a)


def expected_nmse(width: int, dim: int, *, embedding: str = "gaussian", decoder: str = "inverse") -> float:
    """Mean over T of the NMSE of T^-1 relu(T x), the same for every x and so for every data set.

    relu(z) = (z + |z|)/2 and T^-1 T = 1 give T^-1 relu(T x) = x/2 + T^-1 |T x| / 2. The second term is even in x and has no
    mean along x under a symmetric law, so with q = E |T^-1 |T x||^2 / |x|^2

        inverse: (1 + q)/4, doubled: q
        orthonormal, padded-orthogonal: q = (d + 2)/(n + 2)
        gaussian: q = 2/(n + 2) + (n d - 2)/((n + 2)(n - d - 1)) for n >= d + 2, infinite below; at d = 1, 3/(n + 2) for all n
        padded-gaussian: infinite, but at n = d, where nothing is padded, as gaussian

    Let x = e_1, as the laws are the same after a turn, and T = U R with orthonormal columns u_j in U and R upper triangular,
    R = 1 for orthonormal laws. Then T^-1 |T x| = r_11 R^-1 w, w = U^T |u_1|. u_1 is uniform on the unit sphere, so its entries
    have E u^4 = 3/(n (n + 2)) and fair signs, and E w_1^2 = 3/(n + 2); u_j is uniform across u_1, so for the others, which
    have fair signs too, E w_j^2 = E (1 - w_1^2)/(n - 1) = 1/(n + 2). Without R that is q.

    For Gaussian T, R does not depend on U, r_11 R^-1 e_1 = e_1, and with W = T^T T the squares of all columns of r_11 R^-1 add
    up to W_11 tr W^-1. So q = [3 + E(W_11 tr W^-1) - 1]/(n + 2), and by symmetry d E(W_11 tr W^-1) = E(tr W tr W^-1). The
    density of s W is a power s^(-n d/2) times exp(-tr W/(2 s)) times what is free of s, and E tr (s W)^-1 = E tr W^-1 / s. The
    derivative of that at s = 1 is E[(tr W - n d) tr W^-1]/2 = -E tr W^-1 with E tr W^-1 = d/(n - d - 1): hence
    E(tr W tr W^-1) = (n d - 2) d/(n - d - 1).

    Padded, the first d rows of the square inverse are H^-1 V^T, V being an orthonormal basis across the columns that meet the
    zeros and H = V^T T a d x d Gaussian whatever n is: the mean is infinite, and no quantile improves as n grows.

    `active-rows` answers with the shadow of x on the span of its k active rows. The law does not change if rows flip their
    signs or T turns, so which rows are active says nothing of their span, which lies at random to x and keeps k/d of |x|^2:

        active-rows: sum over k < d of C(n, k) (1 - k/d) / 2^n, the same for all four laws

    The `inverse` value tends to 1/4, never to 0: the picture tends to the right shape at half its size.

    Parameters
    ----------
    width : int
        n, at least `dim`.
    dim : int
        d, at least 1.
    embedding : {"gaussian", "orthonormal", "padded-gaussian", "padded-orthogonal"}
    decoder : {"inverse", "doubled", "active-rows"}

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
    moment = _SECOND_MOMENT[embedding]
    if decoder == "active-rows":
        return sum(math.comb(n, k) * (d - k) for k in range(d)) / (d << n)
    return _FROM_SECOND_MOMENT[decoder](moment(n, d))


def limit_nmse(decoder: str) -> float:
    """`expected_nmse` as n grows, the same for every law with a finite mean: 1/4 for `inverse`, 0 for `doubled`.

    q tends to 0, so T^-1 relu(T x) tends to x/2: half of the picture's size is lost, and nothing else. ValueError for a decoder
    without a closed form.
    """
    return _FROM_SECOND_MOMENT[decoder](0.0)


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


def _lost_patterns(n: int, d: int) -> int:
    """Sign patterns with fewer than d active rows, sum_{k<d} C(n, k)."""
    return sum(math.comb(n, k) for k in range(min(d, n + 1)))
