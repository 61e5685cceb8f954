"""ReLU layers of the plane, measured without a product for every point: sums over sectors, from sums over points by angle.

It is the quick form of `by_point` for points that are the same in every draw; tests hold the two together.

A point x of the plane is sigma y with sigma = 1 or -1 and y in the upper half. From relu(z) = (z + |z|) / 2 and T^-1 T = 1,

    T^-1 relu(T x) = (x + T^-1 |T y|) / 2,

and |T y| = S T y with signs S that change one at a time where y crosses the line t_i.y = 0. So the half-plane falls into n + 1
sectors with one matrix M = T^-1 S T each, and every sum over points is a sum over sectors of M and of C = sum y y^T. C is a
difference of two running sums over the points in order of angle: n log N for a draw, however many points there are.

Symbols: a, b, c, d the entries of M = [[a, b], [c, d]]; xx, xy, yy those of sum y y^T in a sector, and sxx, sxy, syy those of
sum sigma y y^T; a draw has n edges, directions e in [0, pi) in which some t_i.y = 0, and a sector lies between two of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from manifold.checks import Floats, Integers, Mask, slices
from manifold.results import Result
from manifold.sweeps.fan import SONE, SX, SXX, SY, SYY, XX, YY, Fan, X, Y
from manifold.sweeps.sums import Guesses, join_draws

_BLOCK = 8_000  # rows of T at a time
_POINTS = 50_000  # points of all draws at a time, where they are looked at one by one


class SectorDraws:
    """Sums over the points in the sectors of D layers T (D, n, 2), some draws at a time, so that they stay in the cache."""

    def __init__(self, cloud: Fan, matrices: Floats) -> None:
        self._draws = slices(len(matrices), _BLOCK // matrices.shape[1])
        self._blocks = [_Sectors(cloud, matrices[draws]) for draws in self._draws]

    def linear(self, inverses: Floats, gain: float, *, needs: frozenset[str]) -> Guesses:
        """Sums of the guesses gain T^-1 relu(T x), T^-1 of shape (D, 2, n).

        Without "moments" among the needs only the trace of `square` and `cross`, without "worst" no largest error.
        """
        pairs = zip(self._blocks, self._draws, strict=True)
        return join_draws(block.linear(inverses[draws], gain, needs) for block, draws in pairs)

    def nearest(self, *, needs: frozenset[str]) -> Guesses:
        """Sums of the guesses of `active-rows`: x, but where one row is active x's shadow on it, where none, 0."""
        return join_draws(block.nearest(needs) for block in self._blocks)

    def best_error(self) -> Floats:
        """Sum of squared errors (D,) of the decoder `posterior`."""
        return np.concatenate([block.best_error() for block in self._blocks])

    def lost(self) -> Floats:
        """Numbers (D,) of points with fewer than two active rows."""
        return np.concatenate([block.lost() for block in self._blocks])


@dataclass(frozen=True, eq=False, repr=False)
class _LostSectors(Result):
    """Sectors with at most one active row and a point in them, all of shape (K,) but for the sums.

    Attributes
    ----------
    draw, row : ndarray of int
        Which draw, and its active row, or -1.
    sums : ndarray of shape (5, K)
        Of x x^T (three entries) and x over its points.
    side : ndarray of int
        0 for points with sigma = 1, 1 for the others.
    first, last : ndarray of int
        Its points in `Fan.sides[side]`.
    start, stop : ndarray
        The edges that it lies between, as angles of y.
    """

    draw: Integers
    row: Integers
    sums: Floats
    side: Integers
    first: Integers
    last: Integers
    start: Floats
    stop: Floats

    @property
    def count(self) -> Integers:
        """Points in each."""
        return self.last - self.first


class _Sectors:
    """The sectors of a block of draws, from the angle 0 on, and what `SectorDraws` says of them."""

    def __init__(self, cloud: Fan, matrices: Floats) -> None:
        draws, width, _ = matrices.shape
        x, y = matrices[:, :, 0], matrices[:, :, 1]
        edge = np.arctan2(-x, y)  # the direction in the upper half-plane in which t.y = 0
        edge += math.pi * (edge < 0.0)
        self._order = np.argsort(edge, axis=1) + width * np.arange(draws)[:, None]
        self._edge = edge.take(self._order)
        self._at = cloud.before(self._edge)
        self._cloud = cloud
        self._matrices = matrices
        self._sign = np.where(x > 0.0, 1.0, -1.0)  # of t.y before its edge

    def linear(self, inverses: Floats, gain: float, needs: frozenset[str]) -> Guesses:
        signed = (self._sign[:, :, None] * self._matrices).transpose(2, 0, 1)
        sx, sy = (column.take(self._order) for column in signed)
        entries = [
            self._matrix_entries(row.take(self._order) * column) for row in inverses.transpose(1, 0, 2) for column in (sx, sy)
        ]
        a, b, c, d = entries
        xx, xy, yy, sxx, sxy, syy = self._sums(XX, SYY + 1)
        whole = self._cloud.running[:, -1]
        half = gain / 2.0
        # |g - x|^2 with g = half (x + M y): the even terms in y go with sum y y^T, the odd ones with sum sigma y y^T
        size = whole[XX] + whole[YY]
        quadratic = ((a * a + c * c) * xx + 2.0 * (a * b + c * d) * xy + (b * b + d * d) * yy).sum(axis=1)
        linear = (a * sxx + (b + c) * sxy + d * syy).sum(axis=1)
        error = half**2 * (size + 2.0 * linear + quadratic) - 2.0 * half * (size + linear) + size
        draws = len(self._matrices)
        square, cross, total = np.zeros((draws, 2, 2)), np.zeros((draws, 2, 2)), np.zeros((draws, 2))
        if "moments" in needs:
            spread = _symmetric(whole[XX : YY + 1])
            mixed = _stack_matrix(a * sxx + b * sxy, a * sxy + b * syy, c * sxx + d * sxy, c * sxy + d * syy)
            off = a * c * xx + (a * d + b * c) * xy + b * d * yy
            inner = _stack_matrix(
                a * a * xx + 2.0 * a * b * xy + b * b * yy, off, off, c * c * xx + 2.0 * c * d * xy + d * d * yy
            )
            x, y = self._sums(X, Y + 1)
            square = half**2 * (spread + mixed + mixed.transpose(0, 2, 1) + inner)
            cross = half * (spread + mixed.transpose(0, 2, 1))
            total = half * (whole[SX : SY + 1] + np.stack([(a * x + b * y).sum(axis=1), (c * x + d * y).sum(axis=1)], axis=1))
        else:
            square[:, 0, 0] = half**2 * (size + 2.0 * linear + quadratic)
            cross[:, 0, 0] = half * (size + linear)
        worst = self._farthest(entries, half) if "worst" in needs else np.full(draws, np.nan)
        return Guesses(error, square, cross, total, worst)

    def _farthest(self, entries: list[Floats], half: float) -> Floats:
        """Largest |g - x| (D,), which is |(half - 1) x + half M y|; looked at for every point."""
        counts = np.diff(self._at, axis=1, prepend=0, append=len(self._cloud.angle))  # points in each sector
        own_x, own_y = (half - 1.0) * self._cloud.points
        x, y = half * self._cloud.upper
        farthest = np.zeros(len(counts))
        for draws in slices(len(counts), _POINTS // max(1, len(x))):
            shape = (draws.stop - draws.start, len(x))
            a, b, c, d = (np.repeat(entry[draws].ravel(), counts[draws].ravel()).reshape(shape) for entry in entries)
            a, c = a * x + b * y + own_x, c * x + d * y + own_y
            farthest[draws] = np.sqrt((a * a + c * c).max(axis=1, initial=0.0))
        return farthest

    def lost(self) -> Floats:
        at_origin = np.full(len(self._matrices), float(self._cloud.at_origin))
        lost = self._lost_sectors
        return at_origin + np.bincount(lost.draw, lost.count, minlength=len(self._matrices))

    def nearest(self, needs: frozenset[str]) -> Guesses:
        lost = self._lost_sectors
        rows = self._matrices[lost.draw, np.maximum(lost.row, 0)]
        lengths = (rows**2).sum(axis=1)[:, None, None]
        onto = rows[:, :, None] * rows[:, None, :] / lengths * (lost.row >= 0)[:, None, None]
        spread = _symmetric(lost.sums[:3].T)
        middle = lost.sums[3:5].T
        whole = self._cloud.running[:, -1]
        short = spread - spread @ onto
        return Guesses(
            self._by_draw(np.trace(short, axis1=1, axis2=2)),
            _symmetric(whole[XX : YY + 1]) - self._by_draw(spread - onto @ spread @ onto),
            _symmetric(whole[XX : YY + 1]) - self._by_draw(short),
            whole[SX : SY + 1] - self._by_draw(middle - np.einsum("kij,kj->ki", onto, middle)),
            self._farthest_lost() if "worst" in needs else np.full(len(self._matrices), np.nan),
        )

    def _by_draw(self, terms: Floats) -> Floats:
        """Sums (D, ...) over the lost sectors of each draw of terms (K, ...)."""
        sums = np.zeros((len(self._matrices), *terms.shape[1:]))
        np.add.at(sums, self._lost_sectors.draw, terms)
        return sums

    def _farthest_lost(self) -> Floats:
        """Largest |g - x| (D,) where g is x's shadow on the one active row, or 0."""
        farthest = np.zeros(len(self._matrices))
        for part, along, across in self._lost_points(np.ones(len(self._lost_sectors.row), dtype=bool)):
            lost = self._lost_sectors.row[part] < 0
            miss = np.where(np.repeat(lost, self._lost_sectors.count[part]), np.hypot(along, across), np.abs(across))
            starts = np.cumsum(self._lost_sectors.count[part]) - self._lost_sectors.count[part]
            np.maximum.at(farthest, self._lost_sectors.draw[part], np.maximum.reduceat(miss, starts))
        return farthest

    def best_error(self) -> Floats:
        """Sum of |g - x|^2 (D,), g the mean of all points of the disc that look like x.

        With one active row t these are a piece of the line t.x = z, in the sector and in the disc: from p tan(alpha) to p
        tan(beta), p being x's part along t, alpha and beta the angles from t to the sector's edges; cut at sqrt(R^2 - p^2).
        With none they are the sector of the disc, whose centroid lies 2 R sin(w) / (3 w) along its middle, w half its opening.
        """
        lost, radius = self._lost_sectors, self._cloud.radius
        error = np.zeros(len(self._matrices))
        middle, half = (lost.start + lost.stop) / 2.0, (lost.stop - lost.start) / 2.0
        none = lost.row < 0
        far = np.where(lost.side == 0, 1.0, -1.0) * 2.0 * radius * np.sin(half) / (3.0 * half)
        centroid = far * np.stack([np.cos(middle), np.sin(middle)])
        cells = lost.sums[0] + lost.sums[2] - 2.0 * (centroid * lost.sums[3:5]).sum(axis=0) + lost.count * far**2
        np.add.at(error, lost.draw[none], cells[none])
        if self._cloud.at_origin:  # where no row is active either
            error += self._cloud.at_origin * self._silent_centroids() ** 2
        towards = np.where(none, middle, self._row_angle(lost))
        turn = (middle - towards + math.pi / 2.0) % math.pi - math.pi / 2.0  # from t to the middle, at most a quarter
        low, high = np.tan(np.maximum(turn - half, -math.pi / 2.0)), np.tan(np.minimum(turn + half, math.pi / 2.0))
        for part, along, across in self._lost_points(~none):
            counts = lost.count[part]
            reach = np.sqrt(np.maximum(radius**2 - along**2, 0.0))
            first = np.maximum(along * np.repeat(low[part], counts), -reach)
            last = np.minimum(along * np.repeat(high[part], counts), reach)
            miss = across - (first + last) / 2.0
            np.add.at(error, lost.draw[part], np.add.reduceat(miss * miss, np.cumsum(counts) - counts))
        return error

    def _silent_centroids(self) -> Floats:
        """Distance (D,) from 0 of the centroid of the sector without an active row; 0 where there is none."""
        width, bounds, active = self._matrices.shape[1], self._bounds, self._active
        half = np.where((active < 0.5) | (active > width - 0.5), np.diff(bounds, axis=1) / 2.0, 0.0).max(axis=1)
        return np.asarray(2.0 * self._cloud.radius * np.sinc(half / math.pi) / 3.0 * (half > 0.0))

    def _row_angle(self, lost: _LostSectors) -> Floats:
        """Angle (K,) of the active row, or of any where there is none."""
        rows = self._matrices[lost.draw, np.maximum(lost.row, 0)]
        return np.arctan2(rows[:, 1], rows[:, 0])

    def _lost_points(self, wanted: Mask) -> Iterator[tuple[Integers, Floats, Floats]]:
        """Block by block, some of the wanted lost sectors, and all their points along and across the active row.

        Where no row is active, along and across any row.
        """
        lost = self._lost_sectors
        towards = self._row_angle(lost)
        cosine, sine = np.cos(towards), np.sin(towards)
        for side, sigma in enumerate((1.0, -1.0)):
            x, y = sigma * self._cloud.sides[side]
            sectors = np.flatnonzero(wanted & (lost.side == side))
            ends = np.cumsum(lost.count[sectors])
            cuts = np.searchsorted(ends, np.arange(_POINTS, ends[-1] if len(ends) else 0, _POINTS))
            for part in np.split(sectors, np.unique(cuts)):
                if not len(part):
                    continue
                counts = lost.count[part]
                shift = lost.first[part] - (np.cumsum(counts) - counts)
                points = np.arange(counts.sum()) + np.repeat(shift, counts)
                px, py, c, s = x[points], y[points], np.repeat(cosine[part], counts), np.repeat(sine[part], counts)
                yield part, px * c + py * s, py * c - px * s

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
    def _bounds(self) -> Floats:
        """Edges (D, n + 2) of the sectors, the first and the last of which go on beyond the half-plane."""
        return np.column_stack([self._edge[:, -1] - math.pi, self._edge, self._edge[:, 0] + math.pi])

    @cached_property
    def _active(self) -> Integers:
        """Rows (D, n + 1) that are active at y in each sector."""
        first = (self._sign > 0.0).sum(axis=1)[:, None]
        return np.hstack([first, first - np.cumsum(self._sign.take(self._order), axis=1)])

    @cached_property
    def _lost_sectors(self) -> _LostSectors:
        draws, width, _ = self._matrices.shape
        sign = self._sign.take(self._order)
        index = self._order % width
        active = self._active
        first = np.where(self._sign > 0.0, np.arange(width), 0).sum(axis=1)
        which = np.column_stack([first, first[:, None] - np.cumsum(sign * index, axis=1)])  # the sum of their numbers
        sums = self._sums(0, SONE + 1)
        bounds = self._bounds
        at = np.column_stack([np.zeros(draws, dtype=np.int64), self._at, np.full(draws, len(self._cloud.angle))])
        ahead = (at + self._cloud.running[SONE].take(at)) / 2.0  # points with sigma = 1 before each edge
        sides = []
        for side, sigma in enumerate((1.0, -1.0)):  # rows active at y are silent at -y
            count = active if side == 0 else width - active
            row = which if side == 0 else width * (width - 1) // 2 - which
            up_to = np.rint(ahead if side == 0 else at - ahead).astype(np.int64)
            place = np.nonzero((count < 1.5) & (up_to[:, 1:] > up_to[:, :-1]))
            here, after = sums[:, place[0], place[1]], (place[0], place[1] + 1)
            spread = (here[XX : YY + 1] + sigma * here[SXX : SYY + 1]) / 2.0
            middle = (here[SX : SY + 1] + sigma * here[X : Y + 1]) / 2.0
            row = np.where(count[place] > 0.5, row[place], -1).astype(np.int64)
            sums_here, ends = np.vstack([spread, middle]), (up_to[place], up_to[after], bounds[place], bounds[after])
            sides.append((place[0], row, sums_here, np.full(len(row), side), *ends))
        return _LostSectors(*(np.concatenate(parts, axis=-1) for parts in zip(*sides, strict=True)))


def _symmetric(entries: Floats) -> Floats:
    """Matrices (..., 2, 2) from their entries (..., 3): upper left, off the diagonal, lower right."""
    return np.asarray(entries[..., [[0, 1], [1, 2]]])


def _stack_matrix(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Matrices (D, 2, 2) of the sums over sectors of their entries (D, n + 1)."""
    return np.stack([a.sum(axis=1), b.sum(axis=1), c.sum(axis=1), d.sum(axis=1)], axis=1).reshape(-1, 2, 2)
