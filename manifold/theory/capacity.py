"""How many manifolds a plane tells apart: the capacity of points, segments and balls."""

from __future__ import annotations

import math

import numpy as np

from manifold.checks import Floats, check_count, check_number

_REACH = 9.0  # standard deviations beyond which the normal law weighs less than 1e-18
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_PANELS = 64


def ball_capacity(dimension: int, radius: float) -> float:
    """Manifolds for each weight of a linear classifier, alpha, where manifolds are balls that lie at random.

    Each of P manifolds, a ball of `dimension` D with its centre at distance 1 from the origin and at right angles to it, gets
    class 1 or -1 by a coin. As P grows, a plane through the origin has them all on their sides if there are more than P / alpha
    numbers, and has not if there are fewer, with, for radius R and independent t ~ chi_D and h standard normal,

        1 / alpha = E F,   F = 0                            where h < -R t
                           F = (h + R t)^2 / (1 + R^2)      where -R t < h < t / R
                           F = h^2 + t^2                    where t / R < h

    F is the squared length of a normal vector's projection onto the cone over the ball, whose half-angle is arctan R: 1 / alpha
    is that cone's statistical dimension. Points have alpha = 2 (Cover 1965); segments, D = 1, have 1 / alpha = 1/2 + (2 / pi)
    arctan R; as R grows, 1 / alpha tends to D + 1/2.

    Parameters
    ----------
    dimension : int
        D, at least 1, at most 10 000.
    radius : float
        R, at least 0, in units of the centre's distance from the origin.

    Returns
    -------
    float
        alpha, to about 10 digits.

    Raises
    ------
    TypeError, ValueError
        If a number is out of range.

    References
    ----------
    Chung, Lee, Sompolinsky 2018, Phys. Rev. X 8, 031003, section IV, without a margin. Amelunxen, Lotz, McCoy, Tropp 2014,
    Information and Inference 3, 224: the same threshold for any cones.
    """
    from scipy.special import gammaln, ndtr

    d = check_count(dimension, "dimension", minimum=1, maximum=10_000)
    r = check_number(radius, "radius", above=0.0, inclusive=True)
    if r < 1e-9:
        return 2.0
    edges = np.linspace(max(0.0, math.sqrt(d) - _REACH), math.sqrt(d) + _REACH, _PANELS + 1)
    half = np.diff(edges)[:, None] / 2.0
    t = edges[:-1, None] + half * (1.0 + _NODES)  # (panels, nodes)
    law = np.exp((d - 1) * np.log(t) - t * t / 2.0 - (d / 2.0 - 1.0) * math.log(2.0) - gammaln(d / 2.0))  # of chi_D
    low, high = -r * t, t / r
    rim = (1.0 + low * low) * (ndtr(high) - ndtr(low)) - low * _density(low) - (high - 2.0 * low) * _density(high)
    inside = (1.0 + t * t) * ndtr(-high) + high * _density(high)
    return float(1.0 / (half * _WEIGHTS * law * (rim / (1.0 + r * r) + inside)).sum())


def _density(g: Floats) -> Floats:
    """Standard normal density."""
    return np.asarray(np.exp(-0.5 * g * g) / math.sqrt(2.0 * math.pi))
