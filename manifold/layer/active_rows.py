"""The equations T_A x = z_A that the active rows A of a layer hold about each point, and their solution.

Symbols: N points of R^d; n rows of T; A the active rows at a point; R = T_A, T without the others; G = R^T R, of shape (d, d).
T is one matrix (n, d) for all points, or a stack (N, n, d) with one for each, as where the lost points of a thousand draws are
solved for at once.

T_A x = z_A has the shortest solution x = R^+ z_A = G^+ T^T z, where z is 0 on silent rows. G^+ comes from the quickest form
that is exact enough, and from an SVD of R elsewhere:

    |A| >= d     G^-1
    |A| < d      B B^T with B = R^T (R R^T)^-1, from the few rows there are
    d = 2        the adjugate of G over its determinant, at rank 1 G over its squared trace
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from manifold.checks import WELL_CONDITIONED, Floats, Integers, Mask, slices
from manifold.results import Result

_PRECISE = 1e-200  # fourth powers of lengths that float64 still holds to all its digits
_BLOCK = 8_000  # entries of the mask that are turned to numbers at a time


@dataclass(frozen=True, eq=False, repr=False)
class ActiveRows(Result):
    """Active sets of N points, factorised when first asked for.

    Attributes
    ----------
    active : ndarray of bool, shape (N, n)
    matrix : ndarray of shape (n, d) or (N, n, d)
        T, of all points or of each.
    """

    active: Mask
    matrix: Floats

    @property
    def rank(self) -> Integers:
        """rank(T_A) at each point, of shape (N,)."""
        return self._factors.rank

    def solve(self, values: Floats) -> Floats:
        """Shortest solution (N, d) of T_A x = z_A, from `values` (N, n): z on active rows, 0 elsewhere."""
        projected = values @ self.matrix if self.matrix.ndim == 2 else (values[:, None] @ self.matrix)[:, 0]  # T^T z
        x = np.asarray(np.einsum("ndk,nk->nd", self._factors.weights, projected))
        for points, inverse in self._factors.special:
            x[points] = values[points] @ inverse.T
        return x

    @cached_property
    def _factors(self) -> _Factors:
        dim, count = self.matrix.shape[-1], self.active.sum(axis=1)
        weights, rank = _planar_weights(_normal_matrices(self.active, self.matrix)) if dim == 2 else _weights(self, count)
        special = []
        for points, rows in self._uncertain(np.flatnonzero(rank < np.minimum(count, dim))):
            inverse, rank[points] = _inverse_and_rank(rows)
            special.append((points, inverse))
        return _Factors(weights, rank, special)

    def _uncertain(self, points: Integers) -> Iterator[tuple[Integers, Floats]]:
        """Points that have the same active set and T, and R (n, d) with zeros for silent rows."""
        if self.matrix.ndim == 3:
            for point in points:
                yield np.array([point]), self.active[point, :, None] * self.matrix[point]
        elif len(points):
            patterns, which = np.unique(self.active[points], axis=0, return_inverse=True)
            for place, pattern in enumerate(patterns):
                yield points[which.ravel() == place], pattern[:, None] * self.matrix

    def few(self, points: Integers) -> tuple[Floats, Mask]:
        """R (K, d - 1, d) of points with fewer than d active rows, filled up with rows of zeros, and which those are."""
        active = self.active[points]
        first = np.argsort(~active, axis=1, kind="stable")[:, : self.matrix.shape[-1] - 1]
        silent = ~np.take_along_axis(active, first, axis=1)
        rows = (
            self.matrix[first] if self.matrix.ndim == 2 else np.take_along_axis(self.matrix[points], first[:, :, None], axis=1)
        )
        return np.where(silent[:, :, None], 0.0, rows), silent


@dataclass(frozen=True, eq=False)
class _Factors:
    """G^+ (N, d, d) and rank (N,) of all points, but of `special` points R^+ (d, n) instead."""

    weights: Floats
    rank: Integers
    special: list[tuple[Integers, Floats]]


def _normal_matrices(active: Mask, matrix: Floats) -> Floats:
    """G (N, d, d) at every point: for one T a product of the mask with the outer products of its rows."""
    n, d = matrix.shape[-2:]
    if matrix.ndim == 3:
        rows = np.where(active[:, :, None], matrix, 0.0)
        return rows.transpose(0, 2, 1) @ rows
    table = (matrix[:, :, None] * matrix[:, None, :]).reshape(n, d * d)
    sums = np.empty((len(active), d * d))
    for block in slices(len(active), _BLOCK // n):  # whose numbers stay in the cache
        sums[block] = active[block].astype(np.float64) @ table
    return sums.reshape(-1, d, d)


def _weights(rows: ActiveRows, count: Integers) -> tuple[Floats, Integers]:
    """G^+ (N, d, d) and its rank (N,); a rank below min(|A|, d) says that it is not precise."""
    dim = rows.matrix.shape[-1]
    weights, rank = np.zeros((len(count), dim, dim)), np.zeros(len(count), dtype=np.int64)
    enough, few = np.flatnonzero(count >= dim), np.flatnonzero((count > 0) & (count < dim))
    if len(enough):
        matrix = rows.matrix if rows.matrix.ndim == 2 else rows.matrix[enough]
        weights[enough], sound = invert(_normal_matrices(rows.active[enough], matrix))
        rank[enough] = np.where(sound, dim, 0)
    if len(few):
        back, sound = right_inverses(*rows.few(few))
        weights[few] = back @ back.transpose(0, 2, 1)
        rank[few] = np.where(sound, count[few], 0)
    return weights, rank


def right_inverses(rows: Floats, silent: Mask) -> tuple[Floats, Mask]:
    """B = R^T (R R^T)^-1 (K, d, m) of R (K, m, d), whose `silent` rows (K, m) are 0, and where it is precise (K,)."""
    turned = rows.transpose(0, 2, 1)
    over, sound = invert(rows @ turned + silent[:, :, None] * np.eye(rows.shape[1]))
    return turned @ over, sound


def invert(matrices: Floats) -> tuple[Floats, Mask]:
    """Inverses (K, m, m), and where they are well conditioned (K,); nowhere if one of the matrices is singular."""
    try:
        inverses = np.asarray(np.linalg.inv(matrices), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.zeros_like(matrices), np.zeros(len(matrices), dtype=bool)
    condition = np.linalg.norm(matrices, axis=(1, 2)) * np.linalg.norm(inverses, axis=(1, 2))  # not below the true one
    return inverses, condition < 1.0 / WELL_CONDITIONED


def _planar_weights(gram: Floats) -> tuple[Floats, Integers]:
    """G^+ and its rank for d = 2: the adjugate over the determinant, or at rank 1 the matrix over its squared trace."""
    a, b, c = gram[:, 0, 0], gram[:, 0, 1], gram[:, 1, 1]
    divisor, size = a * c - b * b, (a + c) ** 2  # the product and the squared sum of the eigenvalues
    precise = size > _PRECISE
    regular = precise & (divisor > WELL_CONDITIONED * size)
    rank = np.full(len(gram), 2)
    if not regular.all():
        rank = np.where(regular, 2, precise)
        divisor = np.where(regular, divisor, np.where(precise, size, 1.0))
        a, b, c = np.where(regular, a, c), np.where(regular, b, -b), np.where(regular, c, a)  # its adjugate is the matrix
    over = 1.0 / divisor
    weights = np.empty_like(gram)
    weights[:, 0, 0] = c * over
    weights[:, 1, 1] = a * over
    weights[:, 0, 1] = weights[:, 1, 0] = -b * over
    return weights, rank


def _inverse_and_rank(rows: Floats) -> tuple[Floats, int]:
    """Pseudo-inverse (d, n) and rank of a matrix (n, d), at NumPy's own tolerance for ranks."""
    u, s, vt = np.linalg.svd(rows, full_matrices=False)
    rank = int((s > max(rows.shape) * np.finfo(np.float64).eps * s[0]).sum())
    return (vt[:rank].T / s[:rank]) @ u[:, :rank].T, rank


def row_spaces(matrices: Floats, *, flat: float) -> Floats:
    """R^+ R (N, d, d) of R (N, n, d), by singular values: what maps x to the shortest solution of R x' = R x.

    It is what `ActiveRows.solve` answers to R x, for rows that are not exactly 0 where they say nothing, as those of a
    Jacobian: singular values below the share `flat` of the largest of all count as 0.
    """
    _, sizes, axes = np.linalg.svd(matrices, full_matrices=False)
    visible = sizes > flat * max(float(sizes.max()), np.finfo(np.float64).tiny)
    return np.asarray(np.einsum("nki,nk,nkj->nij", axes, visible, axes))


def pseudo_inverses(matrices: Floats) -> Floats:
    """T^+ (D, d, n) of T (D, n, d): (T^T T)^-1 T^T, and by singular values where that would not be precise."""
    inverses, sound = (_planar_inverses if matrices.shape[2] == 2 else _normal_inverses)(matrices)
    if not sound.all():
        inverses[~sound] = np.linalg.pinv(matrices[~sound])
    return inverses


def _normal_inverses(matrices: Floats) -> tuple[Floats, Mask]:
    """(T^T T)^-1 T^T, and where it is precise (D,)."""
    turned = matrices.transpose(0, 2, 1)
    over, sound = invert(turned @ matrices)
    return over @ turned, sound


def _planar_inverses(matrices: Floats) -> tuple[Floats, Mask]:
    """`_normal_inverses` for d = 2 in closed form, by the adjugate."""
    x, y = matrices[:, :, 0], matrices[:, :, 1]
    a, b, c = (x * x).sum(axis=1), (x * y).sum(axis=1), (y * y).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        over = 1.0 / (a * c - b * b)
        a, b, c = (a * over)[:, None], (b * over)[:, None], (c * over)[:, None]
        inverses = np.stack([c * x - b * y, a * y - b * x], axis=1)
        sound = (a + c)[:, 0] ** 2 / over < 1.0 / WELL_CONDITIONED
    return inverses, sound
