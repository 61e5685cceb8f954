"""The equations T_A x = z_A that the active rows A of a layer hold about each point, and their solution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from manifold.checks import Floats, Integers, Mask

_WELL_CONDITIONED = 1e-6  # ratio of Gram eigenvalues above which the normal equations err by less than about 1e-9

_PRECISE = 1e-200  # fourth powers of lengths that float64 still holds to all its digits
_BLOCK = 8_000  # entries of the mask that are turned to numbers at a time


@dataclass(frozen=True, eq=False)
class ActiveRows:
    """Active sets of N points.

    Attributes
    ----------
    active : ndarray of bool, shape (N, n)
    matrix : ndarray of shape (n, d)
        T.
    rank : ndarray of int, shape (N,)
        rank(T_A) at each point.
    weights : ndarray of shape (N, d, d)
        (T_A^T T_A)^+ at each point, good enough unless the point is in `special`.
    special : list of (indices, ndarray of shape (d, n))
        Points whose T_A is ill-conditioned or of lower rank than its shape allows, with their (T_A)^+.
    """

    active: Mask
    matrix: Floats
    rank: Integers
    weights: Floats
    special: list[tuple[Integers, Floats]]


def find_active_rows(active: Mask, matrix: Floats) -> ActiveRows:
    """Factorise T_A for every row of `active`, a mask of shape (N, n).

    All normal matrices T_A^T T_A are one product of the mask with the outer products of the rows. They square the condition
    number, so an active set goes through an SVD, which also decides its rank, unless min(|A|, d) eigenvalues are well above 0.
    """
    n, d = matrix.shape
    table = np.column_stack([(matrix[:, :, None] * matrix[:, None, :]).reshape(n, d * d), np.ones(n)])
    sums = np.empty((len(active), d * d + 1))
    step = max(1, _BLOCK // n)
    for start in range(0, len(active), step):  # blocks whose numbers stay in the cache
        sums[start : start + step] = active[start : start + step].astype(np.float64) @ table
    gram, count = sums[:, :-1].reshape(-1, d, d), sums[:, -1]
    weights, rank = (_invert_planar if d == 2 else _invert)(gram, count)
    special = []
    uncertain = np.flatnonzero(rank < np.minimum(count, d))
    if len(uncertain):
        patterns, which = np.unique(active[uncertain], axis=0, return_inverse=True)
        for p, pattern in enumerate(patterns):
            points = uncertain[which.ravel() == p]
            inverse, rank[points] = _pseudo_inverse(pattern[:, None] * matrix)
            special.append((points, inverse))
    return ActiveRows(active, matrix, rank, weights, special)


def solve(rows: ActiveRows, values: Floats) -> Floats:
    """Shortest solution (N, d) of T_A x = z_A for every point, x = (T_A^T T_A)^+ T_A^T z_A.

    `values` (N, n) holds z on active rows and 0 elsewhere, so that T_A^T z_A is one product with T for all points.
    """
    x = np.asarray(np.einsum("ndk,nk->nd", rows.weights, values @ rows.matrix))
    for points, inverse in rows.special:
        x[points] = values[points] @ inverse.T
    return x


def _invert(gram: Floats, count: Floats) -> tuple[Floats, Integers]:
    """Pseudo-inverses of symmetric matrices (N, d, d) from their well-conditioned part, and its rank (N,)."""
    spectrum, axes = np.linalg.eigh(gram)  # (N, d) ascending, (N, d, d)
    kept = spectrum > _WELL_CONDITIONED * spectrum[:, -1:]
    scale = np.divide(1.0, spectrum, out=np.zeros_like(spectrum), where=kept)
    return (axes * scale[:, None, :]) @ axes.transpose(0, 2, 1), kept.sum(axis=1)


def _invert_planar(gram: Floats, count: Floats) -> tuple[Floats, Integers]:
    """`_invert` for d = 2 in closed form: the adjugate over the determinant, or at rank 1 the matrix over its squared trace."""
    a, b, c = gram[:, 0, 0], gram[:, 0, 1], gram[:, 1, 1]
    divisor, size = a * c - b * b, (a + c) ** 2  # the product and the squared sum of the eigenvalues
    precise = size > _PRECISE
    regular = precise & (divisor > _WELL_CONDITIONED * size)
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


def _pseudo_inverse(rows: Floats) -> tuple[Floats, int]:
    """Pseudo-inverse (d, n) and rank of a matrix (n, d), at NumPy's own tolerance for ranks."""
    u, s, vt = np.linalg.svd(rows, full_matrices=False)
    rank = int((s > max(rows.shape) * np.finfo(np.float64).eps * s[0]).sum())
    return (vt[:rank].T / s[:rank]) @ u[:, :rank].T, rank
