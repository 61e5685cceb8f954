"""Points of the plane in order of angle, with running sums: what sums over sectors are differences of."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from manifold.checks import Floats, Integers
from manifold.results import Result

XX, XY, YY, SXX, SXY, SYY, X, Y, SX, SY, ONE, SONE = range(12)
"""Rows of `Fan.running`; S stands for sigma, 1 in the upper half-plane and -1 in the lower."""

_BUCKETS = 8  # for every point


@dataclass(frozen=True, eq=False, repr=False)
class Fan(Result):
    """Points of the plane by angle in the upper half-plane; the M of them that are not the origin, which has no angle.

    Attributes
    ----------
    angle : ndarray of shape (M,)
        Sorted, in [0, pi).
    points, upper : ndarray of shape (2, M)
        x and y.
    sides : pair of ndarrays of shape (2, M+) and (2, M-)
        Those y with sigma = 1, and those with sigma = -1.
    running : ndarray of shape (12, M + 1)
        Sums over the first k points of y y^T (three entries), sigma y y^T, y, sigma y, 1, sigma.
    at_origin : int
        N - M points, where no row of any layer is active.
    radius : float
        Largest |x|.
    first : ndarray of int, shape (8 M + 2,)
        Points before each of the 8 M + 1 equal buckets into which [0, pi) is cut, and all points.
    """

    angle: Floats
    points: Floats
    upper: Floats
    sides: tuple[Floats, Floats]
    running: Floats
    at_origin: int
    radius: float
    first: Integers

    def before(self, edges: Floats) -> Integers:
        """How many points lie before each edge, as `numpy.searchsorted` counts them; an empty bucket tells at once."""
        bucket = _buckets(edges, len(self.first) - 1)
        count = self.first.take(bucket)
        unsure = np.flatnonzero(self.first.take(bucket + 1) > count)
        count.flat[unsure] = np.searchsorted(self.angle, edges.take(unsure))
        return count


def fan(points: Floats) -> Fan:
    """Sort points (N, 2) by angle, and sum."""
    count, points = len(points), points[points.any(axis=1)]
    angle = np.arctan2(points[:, 1], points[:, 0])
    below = (angle < 0.0) | (angle >= math.pi)
    angle %= math.pi
    order = np.argsort(angle)
    sigma = np.where(below, -1.0, 1.0)[order]
    points = points[order].T
    x, y = upper = sigma * points
    once = [x * x, x * y, y * y]
    terms = [*once, *(sigma * term for term in once), x, y, sigma * x, sigma * y, np.ones_like(x), sigma]
    running = np.zeros((len(terms), len(sigma) + 1))
    np.cumsum(terms, axis=1, out=running[:, 1:])
    first = np.zeros(_BUCKETS * len(sigma) + 2, dtype=np.intp)
    np.cumsum(np.bincount(_buckets(angle, len(first) - 1), minlength=len(first) - 1), out=first[1:])
    sides = (np.ascontiguousarray(upper[:, sigma > 0.0]), np.ascontiguousarray(upper[:, sigma < 0.0]))
    radius = float(np.linalg.norm(points, axis=0).max(initial=0.0))
    return Fan(angle[order], points, upper, sides, running, count - len(sigma), radius, first)


def _buckets(angles: Floats, count: int) -> Integers:
    """The bucket of each angle in [0, pi], of `count` equal ones: never smaller for a greater angle."""
    return np.minimum((angles * (count / math.pi)).astype(np.intp), count - 1)
