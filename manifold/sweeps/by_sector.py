"""ReLU layers of the plane, measured without looking at every point: sums over sectors, from sums over points by angle.

A point x of the plane is sigma y with sigma = 1 or -1 and y in the upper half. From relu(z) = (z + |z|) / 2 and T^-1 T = 1,

    T^-1 relu(T x) = (x + T^-1 |T y|) / 2,

and |T y| = S T y with signs S that change one at a time where y crosses the line t_i.y = 0. So the half-plane falls into n + 1
sectors with one matrix M = T^-1 S T each, and every sum over points is a sum over sectors of M and of C = sum y y^T. C is a
difference of two running sums over the points in order of angle: n log N for a draw, however many points there are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from manifold.checks import Floats, Integers
from manifold.sweeps.sums import Guesses, join_draws, slices

_BLOCK = 8_000  # rows of T at a time
_BUCKETS = 8  # for every point
_XX, _XY, _YY, _SXX, _SXY, _SYY, _X, _Y, _SX, _SY, _ONE, _SONE = range(12)


@dataclass(frozen=True, eq=False)
class Fan:
    """Points of the plane by angle in the upper half-plane; the M of them that are not the origin, which has no angle.

    Attributes
    ----------
    angle : ndarray of shape (M,)
        Sorted, in [0, pi).
    running : ndarray of shape (12, M + 1)
        Sums over the first k points of y y^T (three entries), sigma y y^T, y, sigma y, 1, sigma.
    at_origin : int
        N - M points, where no row of any layer is active.
    first : ndarray of int, shape (8 M + 2,)
        Points before each of the 8 M + 1 equal buckets into which [0, pi) is cut, and all points.
    """

    angle: Floats
    running: Floats
    at_origin: int
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
    x, y = (points[order] * sigma[:, None]).T
    once = [x * x, x * y, y * y]
    terms = [*once, *(sigma * term for term in once), x, y, sigma * x, sigma * y, np.ones_like(x), sigma]
    running = np.zeros((len(terms), len(points) + 1))
    np.cumsum(terms, axis=1, out=running[:, 1:])
    first = np.zeros(_BUCKETS * len(points) + 2, dtype=np.intp)
    np.cumsum(np.bincount(_buckets(angle, len(first) - 1), minlength=len(first) - 1), out=first[1:])
    return Fan(angle[order], running, count - len(points), first)


def _buckets(angles: Floats, count: int) -> Integers:
    """The bucket of each angle in [0, pi], of `count` equal ones: never smaller for a greater angle."""
    return np.minimum((angles * (count / math.pi)).astype(np.intp), count - 1)


class Sectors:
    """Sums over the points in the sectors of D layers T (D, n, 2), some draws at a time, so that they stay in the cache."""

    def __init__(self, cloud: Fan, matrices: Floats) -> None:
        self._draws = slices(len(matrices), _BLOCK // matrices.shape[1])
        self._blocks = [_Sectors(cloud, matrices[draws]) for draws in self._draws]

    def linear(self, inverses: Floats, gain: float, *, complete: bool) -> Guesses:
        """Sums of the guesses gain T^-1 relu(T x), T^-1 of shape (D, 2, n); of `square`, only the trace unless `complete`."""
        pairs = zip(self._blocks, self._draws, strict=True)
        return join_draws(block.linear(inverses[draws], gain, complete=complete) for block, draws in pairs)

    def active_rows(self) -> Guesses:
        """Sums of the guesses of the decoder `active-rows`: x, but where one row is active x's shadow on it, where none, 0."""
        return join_draws(block.active_rows() for block in self._blocks)

    def lost(self) -> Floats:
        """Numbers (D,) of points with fewer than two active rows."""
        return np.concatenate([block.lost() for block in self._blocks])


class _Sectors:
    """The sectors of a block of draws, from the angle 0 on, and what `Sectors` says of them."""

    def __init__(self, cloud: Fan, matrices: Floats) -> None:
        draws, width, _ = matrices.shape
        x, y = matrices[:, :, 0], matrices[:, :, 1]
        edge = np.arctan2(-x, y)  # the direction in the upper half-plane in which t.y = 0
        edge += math.pi * (edge < 0.0)
        self._order = np.argsort(edge, axis=1) + width * np.arange(draws)[:, None]
        self._at = cloud.before(edge.take(self._order))
        self._cloud = cloud
        self._matrices = matrices
        self._sign = np.where(x > 0.0, 1.0, -1.0)  # of t.y before its edge

    def linear(self, inverses: Floats, gain: float, *, complete: bool) -> Guesses:
        signed = (self._sign[:, :, None] * self._matrices).transpose(2, 0, 1)
        sx, sy = (column.take(self._order) for column in signed)
        a, b, c, d = (
            self._matrix_entries(row.take(self._order) * column) for row in inverses.transpose(1, 0, 2) for column in (sx, sy)
        )  # M = [[a, b], [c, d]]
        xx, xy, yy, sxx, sxy, syy = self._sums(_XX, _SYY + 1)
        whole = self._cloud.running[:, -1]
        half = gain / 2.0
        size = whole[_XX] + whole[_YY]
        quadratic = ((a * a + c * c) * xx + 2.0 * (a * b + c * d) * xy + (b * b + d * d) * yy).sum(axis=1)
        linear = (a * sxx + (b + c) * sxy + d * syy).sum(axis=1)
        error = half**2 * (size + 2.0 * linear + quadratic) - 2.0 * half * (size + linear) + size
        draws = len(self._matrices)
        square, cross, total = np.zeros((draws, 2, 2)), np.zeros((draws, 2, 2)), np.zeros((draws, 2))
        if complete:
            spread = _symmetric(whole[_XX : _YY + 1])
            mixed = _stack_matrix(a * sxx + b * sxy, a * sxy + b * syy, c * sxx + d * sxy, c * sxy + d * syy)
            off = a * c * xx + (a * d + b * c) * xy + b * d * yy
            inner = _stack_matrix(
                a * a * xx + 2.0 * a * b * xy + b * b * yy, off, off, c * c * xx + 2.0 * c * d * xy + d * d * yy
            )
            x, y = self._sums(_X, _Y + 1)
            square = half**2 * (spread + mixed + mixed.transpose(0, 2, 1) + inner)
            cross = half * (spread + mixed.transpose(0, 2, 1))
            total = half * (whole[_SX : _SY + 1] + np.stack([(a * x + b * y).sum(axis=1), (c * x + d * y).sum(axis=1)], axis=1))
        else:
            square[:, 0, 0] = half**2 * (size + 2.0 * linear + quadratic)
            cross[:, 0, 0] = half * (size + linear)
        return Guesses(error, square, cross, total, np.full(draws, np.nan))

    def lost(self) -> Floats:
        return self._lost_sectors[3] + self._cloud.at_origin

    def active_rows(self) -> Guesses:
        where, row, sums, _ = self._lost_sectors
        draws = len(self._matrices)
        rows = self._matrices[where, np.maximum(row, 0)]
        onto = rows[:, :, None] * rows[:, None, :] / (rows**2).sum(axis=1)[:, None, None] * (row >= 0)[:, None, None]
        spread = _symmetric(sums[:3].T)
        middle = sums[3:5].T
        whole = self._cloud.running[:, -1]

        def gather(per_sector: Floats) -> Floats:
            found = np.zeros((draws, *per_sector.shape[1:]))
            np.add.at(found, where, per_sector)
            return found

        short = spread - spread @ onto
        return Guesses(
            gather(np.trace(short, axis1=1, axis2=2)),
            _symmetric(whole[_XX : _YY + 1]) - gather(spread - onto @ spread @ onto),
            _symmetric(whole[_XX : _YY + 1]) - gather(short),
            whole[_SX : _SY + 1] - gather(middle - np.einsum("kij,kj->ki", onto, middle)),
            np.full(draws, np.nan),
        )

    def _matrix_entries(self, products: Floats) -> Floats:
        """One entry of M in every sector (D, n + 1), from its terms (D, n) in the order of edges; each edge turns a sign."""
        running = np.empty((len(products), products.shape[1] + 1))
        np.sum(products, axis=1, out=running[:, 0])
        np.multiply(products, -2.0, out=running[:, 1:])
        return np.cumsum(running, axis=1, out=running)

    def _sums(self, first: int, last: int) -> Floats:
        """Sums (last - first, D, n + 1) over the points in each sector."""
        running = self._cloud.running[first:last]
        up_to = np.take(running, self._at, axis=1, mode="clip")  # which saves a check
        sums = np.empty((*up_to.shape[:2], up_to.shape[2] + 1))
        sums[:, :, 0] = up_to[:, :, 0]
        np.subtract(up_to[:, :, 1:], up_to[:, :, :-1], out=sums[:, :, 1:-1])
        np.subtract(running[:, -1, None], up_to[:, :, -1], out=sums[:, :, -1])
        return sums

    @cached_property
    def _lost_sectors(self) -> tuple[Integers, Integers, Floats, Floats]:
        """Sectors with at most one active row: draw, that row or -1, sums of x x^T and x; and the points in all of a draw's."""
        draws, width, _ = self._matrices.shape
        sign = self._sign.take(self._order)
        index = self._order % width
        active = (self._sign > 0.0).sum(axis=1)[:, None] - np.cumsum(sign, axis=1)
        active = np.column_stack([(self._sign > 0.0).sum(axis=1), active])
        first = np.where(self._sign > 0.0, np.arange(width), 0).sum(axis=1)
        which = np.column_stack([first, first[:, None] - np.cumsum(sign * index, axis=1)])
        sums = self._sums(0, _SONE + 1)
        found = []
        for sigma in (1.0, -1.0):  # of the points; rows active at y are silent at -y
            count = active if sigma > 0.0 else width - active
            row = which if sigma > 0.0 else width * (width - 1) // 2 - which
            points = (sums[_ONE] + sigma * sums[_SONE]) / 2.0
            place = np.nonzero((count < 1.5) & (points > 0.5))
            here = sums[:, place[0], place[1]]
            spread = (here[_XX : _YY + 1] + sigma * here[_SXX : _SYY + 1]) / 2.0
            middle = (here[_SX : _SY + 1] + sigma * here[_X : _Y + 1]) / 2.0
            row = np.where(count[place] > 0.5, row[place], -1).astype(np.int64)
            found.append((place[0], row, np.vstack([spread, middle]), np.bincount(place[0], points[place], minlength=draws)))
        where, rows, parts, lost = zip(*found, strict=True)
        return np.concatenate(where), np.concatenate(rows), np.concatenate(parts, axis=1), np.asarray(lost[0] + lost[1])


def _symmetric(entries: Floats) -> Floats:
    """Matrices (..., 2, 2) from their entries (..., 3): upper left, off the diagonal, lower right."""
    return np.asarray(entries[..., [[0, 1], [1, 2]]])


def _stack_matrix(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Matrices (D, 2, 2) of the sums over sectors of their entries (D, n + 1)."""
    return np.stack([a.sum(axis=1), b.sum(axis=1), c.sum(axis=1), d.sum(axis=1)], axis=1).reshape(-1, 2, 2)
