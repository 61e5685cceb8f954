"""Capacity: how many manifolds of objects a linear classifier tells apart for each of its weights, by theory and by trying.

P manifolds, each the points of one object's views among N numbers, get class 1 or -1 by a coin each. Of n random combinations
of the numbers, and an offset, how many are needed until one plane has all points of all manifolds on their sides? P over their
number is the capacity alpha: 2 for points (Cover 1965), less the larger the manifolds are and the more directions they have.

Mean-field theory (Chung, Lee, Sompolinsky 2018), without a margin. For a manifold of points x_j and a standard normal vector t
of its span, the classifier's weights v change as little as they can,

    F(t) = min |v - t|^2  over v with v . x_j >= 0 for all j,    1 / alpha = E F(t)

With multipliers l_j >= 0 the solution is v = t + sum_j l_j x_j, and -t has the law of t; so F = |p|^2, p = sum_j l_j x_j being
the point nearest to t of the cone over the manifold, by non-negative least squares. The mean of |p|^2 is the cone's statistical
dimension, and a plane is left to cones that lie at random until these add up to n (Amelunxen, Lotz, McCoy, Tropp 2014): the
same threshold without replicas. The anchor point is s = p / sum_j l_j, of the manifold's hull, or where p = 0 the x_j of
greatest t . x_j. About the centre c, the mean of the x_j, in units of |c|,

    R_M^2 = E |s - c|^2 / |c|^2,    D_M = E (t . (s - c) / |s - c|)^2

For a ball s - c points along t, and R_M, D_M are its radius and dimension, unless it is so large that t lies in the cone.
The papers take the centre at right angles to the manifold, x_j = (s_j, 1); here the cone is that over the points as they lie.

Centres are seldom random. As Cohen, Chung, Lee, Sompolinsky 2020 do, first the mean of the centres is taken away, then the K
directions that centres have in common, from centres and manifolds. They look for these directions by descent on squared cosines
between what is left of the centres; here they are the first K principal axes of the centres at unit length, and as theirs K
makes the mean |cosine| of what is left least. The centre correlation is the mean |cosine| before that. In theory 1 / alpha over
manifolds is the mean of theirs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import nnls

from manifold.checks import Floats, check_array, check_count, check_rng, fault
from manifold.results import Result

_MARGIN = 1e-6  # distance of a plane from the points, in units of their size, below which rounding decides
_ROUNDING = 1e-9  # share of a length that is nothing


@dataclass(frozen=True, eq=False, repr=False)
class Capacity(Result):
    """Capacity of manifolds by mean-field theory, and the geometry that makes it.

    Attributes
    ----------
    capacity : float
        alpha, manifolds for each weight.
    radius, dimension : float
        R_M and D_M, means over the manifolds.
    centre_correlation : float
        Mean |cosine| between centres, from 0 to 1, before common directions are taken away.
    common : int
        K, directions taken away.
    weights, radii, dimensions : ndarray of shape (P,)
        1 / alpha, the weights that it needs, R_M and D_M of each manifold.
    """

    capacity: float
    radius: float
    dimension: float
    centre_correlation: float
    common: int
    weights: Floats
    radii: Floats
    dimensions: Floats


@dataclass(frozen=True, eq=False, repr=False)
class SimulatedCapacity(Result):
    """Capacity of manifolds by trying.

    Attributes
    ----------
    capacity : float
        P over the median of `weights`; 0 if that is infinite.
    weights : ndarray of shape (dichotomies,)
        Least number of weights, the offset being one, that separate each dichotomy; infinite if all N numbers do not.
    """

    capacity: float
    weights: Floats


def manifold_capacity(manifolds: Sequence[ArrayLike], *, draws: int = 100, rng: np.random.Generator) -> Capacity:
    """Capacity, radius, dimension and centre correlation of manifolds by mean-field theory; see this module's first lines.

    Parameters
    ----------
    manifolds : sequence of P array-like of shape (M, N)
        Points of each; M may differ. At least two.
    draws : int, default=100
        Normal vectors t for each manifold.
    rng : numpy.random.Generator
        Draws them.

    Returns
    -------
    Capacity

    Raises
    ------
    TypeError, ValueError
        If these are no such manifolds, or a centre is the mean of all.
    """
    clouds = _check_manifolds(manifolds)
    count = check_count(draws, "draws", minimum=1, maximum=1_000_000)
    check_rng(rng)
    centres = np.array([cloud.mean(axis=0) for cloud in clouds])  # (P, N)
    middle = centres.mean(axis=0)
    axes, correlation = _common_axes(centres - middle)
    weights, radii, dimensions = np.array([_anchor(_apart(cloud - middle, axes), count, rng) for cloud in clouds]).T
    return Capacity(
        capacity=float(1.0 / weights.mean()),
        radius=float(radii.mean()),
        dimension=float(dimensions.mean()),
        centre_correlation=correlation,
        common=len(axes),
        weights=weights,
        radii=radii,
        dimensions=dimensions,
    )


def _check_manifolds(manifolds: Sequence[ArrayLike]) -> list[Floats]:
    clouds = [check_array(cloud, "manifolds", shape="(M, N)") for cloud in manifolds]
    widths = {cloud.shape[1] for cloud in clouds}
    if len(clouds) < 2 or len(widths) > 1:
        raise fault(
            ValueError,
            "manifolds must be two or more arrays of points of one width, got {count} of widths {widths}",
            count=len(clouds),
            widths=sorted(widths),
        )
    return clouds


def _common_axes(centres: Floats) -> tuple[Floats, float]:
    """Directions (K, N) that centres (P, N) about their mean share, and their mean |cosine| before those are taken away."""
    sizes = np.linalg.norm(centres, axis=1)
    if (sizes <= _ROUNDING * sizes.max()).any():
        number = int(sizes.argmin())
        raise fault(
            ValueError,
            "manifolds must have centres that differ from the mean of all, but number {number} has not",
            number=number,
        )
    left, lengths, axes = np.linalg.svd(centres / sizes[:, None], full_matrices=False)
    places = (left * lengths)[:, lengths > 1e-6 * lengths[0]]  # unit centres on their axes, (P, r)
    cosines = [_mean_cosine(places[:, common:]) for common in range(places.shape[1])]
    return axes[: int(np.argmin(cosines))], cosines[0]


def _mean_cosine(points: Floats) -> float:
    """Mean |cosine| between all pairs of points (P, r)."""
    sizes = np.linalg.norm(points, axis=1, keepdims=True)
    unit = points / np.where(sizes > 0.0, sizes, 1.0)
    cosines = np.abs(unit @ unit.T)
    return float((cosines.sum() - np.trace(cosines)) / (len(points) * (len(points) - 1)))


def _apart(points: Floats, axes: Floats) -> Floats:
    """Points (M, N) without what lies along axes (K, N), by coordinates (M, at most M) in their span; the centre at 1."""
    rest = points - points @ axes.T @ axes
    places = np.asarray(np.linalg.qr(rest.T, mode="r")).T
    return np.asarray(places / np.linalg.norm(places.mean(axis=0)))


def _anchor(points: Floats, draws: int, rng: np.random.Generator) -> tuple[float, float, float]:
    """Statistical dimension of the cone over points (M, r), whose mean has length 1, R_M and D_M."""
    centre = points.mean(axis=0)
    lengths, squares, alongs = np.zeros(draws), np.zeros(draws), np.zeros(draws)
    for draw, t in enumerate(rng.standard_normal((draws, points.shape[1]))):
        multipliers, _ = nnls(points.T, t)
        nearest = multipliers @ points  # p
        total = multipliers.sum()
        aside = (nearest / total if total > 0.0 else points[(points @ t).argmax()]) - centre  # s - c
        lengths[draw], squares[draw] = nearest @ nearest, aside @ aside
        if squares[draw] > _ROUNDING**2:
            alongs[draw] = (t @ aside) ** 2 / squares[draw]
    return float(lengths.mean()), float(np.sqrt(squares.mean())), float(alongs.mean())


def simulated_capacity(manifolds: Sequence[ArrayLike], *, dichotomies: int = 11, rng: np.random.Generator) -> SimulatedCapacity:
    """Capacity of manifolds by trying: how many random combinations of their numbers separate classes by a coin.

    Parameters
    ----------
    manifolds : sequence of P array-like of shape (M, N)
        Points of each; M may differ. At least two.
    dichotomies : int, default=11
        How often classes and combinations are drawn. Combinations are added until a plane separates the classes, which it does
        from then on, and their least number is found by bisection.
    rng : numpy.random.Generator
        Draws them.

    Returns
    -------
    SimulatedCapacity
        For points at random, 1 + Binomial(P - 1, 1/2) weights are needed (Cover 1965).

    Raises
    ------
    TypeError, ValueError
        If these are no such manifolds.
    """
    clouds = _check_manifolds(manifolds)
    count = check_count(dichotomies, "dichotomies", minimum=1, maximum=1_000_000)
    check_rng(rng)
    points = np.concatenate(clouds) - np.mean([cloud.mean(axis=0) for cloud in clouds], axis=0)
    points /= np.sqrt((points**2).sum(axis=1).mean()) or 1.0
    sizes = [len(cloud) for cloud in clouds]
    weights = np.array(
        [_least_weights(points, np.repeat(rng.choice((-1.0, 1.0), len(sizes)), sizes), rng) for _ in range(count)]
    )
    return SimulatedCapacity(float(len(clouds) / np.median(weights)), weights)


def _least_weights(points: Floats, signs: Floats, rng: np.random.Generator) -> float:
    """Least number of weights that separate points (T, N) of signs (T,): random combinations, and an offset."""
    most = points.shape[1]
    combined = np.empty((len(points), 0))
    low, high = 0, min(16, most)
    while True:
        drawn = rng.standard_normal((most, high - combined.shape[1]))
        combined = np.hstack([combined, points @ drawn])
        if is_separable(combined, signs):
            return 1.0 + bisect_left(range(high), True, lo=low, key=lambda width: is_separable(combined[:, :width], signs))
        if high == most:
            return np.inf
        low, high = high + 1, min(2 * high, most)


def is_separable(points: Floats, signs: Floats) -> bool:
    """Whether a plane w . x + b = 0 has every point (T, n) on the side of its sign, 1 or -1.

    It has not iff 0 is in the convex hull of the rows a_j = sign_j (x_j, 1): if l_j >= 0 make sum_j l_j a_j = 0 and sum_j l_j =
    1. Else the least |(sum l_j a_j, 1 - sum l_j)|, by non-negative least squares, is d / sqrt(1 + d^2), d being the distance of
    0 from the hull, and sum l_j a_j is the widest plane. It is found of few rows at first, to which come those that the plane
    has on the wrong side, while those without a multiplier leave: the distance falls each time, so that this ends.
    """
    rows = signs[:, None] * np.column_stack([points, np.ones(len(points))])  # (T, n + 1)
    width = rows.shape[1]
    wanted = np.append(np.zeros(width), 1.0)
    some, before = np.argsort(rows @ rows.mean(axis=0))[: 2 * width], np.inf
    while True:
        multipliers, missed = nnls(np.vstack([rows[some].T, np.ones(len(some))]), wanted)
        if not _MARGIN < missed < before:
            return False
        before = missed
        heights = rows @ (rows[some].T @ multipliers)
        worst = np.argsort(heights)[:width]
        if heights[worst[0]] > 0.0:
            return True
        some = np.append(some[multipliers > 0.0], worst[heights[worst] <= 0.0])
