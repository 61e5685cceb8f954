"""Closed forms of errors: what T^-1, and the exact decoder, get wrong in the mean over T, and the best answer in a cone."""

from __future__ import annotations

import math

from manifold.checks import check_count, check_number, fault
from manifold.layer.decoders import DECODERS
from manifold.layer.embeddings import EMBEDDINGS
from manifold.theory.points import check_width_and_dim, pattern_weights


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
        raise fault(ValueError, "half_angle must be at most pi, half of a whole turn in radians, got {a:g}", a=a)
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
        n, at least `dim`; for `active-rows` at most `theory.points.MOST_ROWS`.
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
    n, d = check_count(width, "width", minimum=1, maximum=None), check_count(dim, "dim", minimum=1)
    if n < d:
        raise fault(ValueError, "width must be >= dim, got width {n} and dim {d}", n=n, d=d)
    law, read = EMBEDDINGS[embedding], DECODERS[decoder]
    if read.nearest and law.turns:
        n, d = check_width_and_dim(n, d)
        return sum(weight * (d - k) for k, weight in enumerate(pattern_weights(n, d))) / (d << n)
    if law.second_moment is None:
        raise ValueError(_unknown("embedding", embedding, [name for name, each in EMBEDDINGS.items() if each.second_moment]))
    return _nmse(_gain(decoder), law.second_moment(n, d))


def limit_nmse(decoder: str) -> float:
    """`expected_nmse` as n grows, the same for every law with a finite mean: 1/4 for `inverse`, 0 for `doubled`.

    q tends to 0, so T^-1 relu(T x) tends to x/2: half of the picture's size is lost, and nothing else. ValueError for a decoder
    without a closed form.
    """
    return _nmse(_gain(decoder), 0.0)


def _gain(decoder: str) -> float:
    gain = DECODERS[decoder].gain
    if gain is None:
        raise ValueError(_unknown("decoder", decoder, [name for name, each in DECODERS.items() if each.gain]))
    return gain


def _unknown(kind: str, name: str, known: list[str]) -> str:
    return f"no closed form is known for {kind} {name!r}; choose one of: {', '.join(known)}"


def _nmse(gain: float, moment: float) -> float:
    """Mean of |gain (x + e)/2 - x|^2 / |x|^2, e = T^-1 |T x| without a mean along x and `moment` = E |e|^2 / |x|^2."""
    return (1.0 - gain / 2.0) ** 2 + (gain / 2.0) ** 2 * moment
