"""The equations T_A x = z_A that the active rows A of a layer hold about each point, and their solution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from manifold._validation import Floats, Integers, Mask

_WELL_CONDITIONED = 1e-6  # ratio of Gram eigenvalues above which the normal equations err by less than about 1e-9
_CODED_WIDTH = 52  # bits a float64 holds exactly


@dataclass(frozen=True, eq=False)
class ActiveRows:
    """Active sets of N points, one factorisation for each distinct set.

    Attributes
    ----------
    active : ndarray of bool, shape (N, n)
    matrix : ndarray of shape (n, d)
        T.
    which : ndarray of int, shape (N,)
        The number of each point's set among the P distinct ones.
    ranks : ndarray of int, shape (P,)
        rank(T_A) of each set.
    weights : ndarray of shape (P, d, d)
        (T_A^T T_A)^+ of each set, except where `pseudo` holds its inverse.
    pseudo : dict of int to ndarray of shape (d, n)
        (T_A)^+ of the sets that are too ill-conditioned for `weights`, by number.
    """

    active: Mask
    matrix: Floats
    which: NDArray[np.intp]
    ranks: Integers
    weights: Floats
    pseudo: dict[int, Floats]


def find_active_rows(active: Mask, matrix: Floats) -> ActiveRows:
    """Factorise T_A for every distinct row of `active`, a mask of shape (N, n).

    Normal equations are fast but square the condition number, so a set goes through an SVD, which also decides its rank, unless
    min(|A|, d) eigenvalues of T_A^T T_A are well above 0.
    """
    n, d = matrix.shape
    patterns, which = _distinct_rows(active)
    gram = (patterns @ (matrix[:, :, None] * matrix[:, None, :]).reshape(n, d * d)).reshape(-1, d, d)
    spectrum, axes = np.linalg.eigh(gram)  # (P, d) ascending, (P, d, d)
    kept = spectrum > _WELL_CONDITIONED * spectrum[:, -1:]
    ranks = kept.sum(axis=1)
    scale = np.divide(1.0, spectrum, out=np.zeros_like(spectrum), where=kept)
    weights = (axes * scale[:, None, :]) @ axes.transpose(0, 2, 1)
    pseudo = {}
    for p in np.flatnonzero(ranks < np.minimum(patterns.sum(axis=1), d)):
        pseudo[int(p)], ranks[p] = _pseudo_inverse(patterns[p][:, None] * matrix)
    return ActiveRows(active, matrix, which, ranks, weights, pseudo)


def solve(rows: ActiveRows, values: Floats) -> Floats:
    """Shortest solution (N, d) of T_A x = z_A for every point, x = (T_A^T T_A)^+ T_A^T z_A.

    `values` (N, n) holds z on active rows and 0 elsewhere, so that T_A^T z_A is one product with T for all points.
    """
    x = np.asarray(np.einsum("ndk,nk->nd", rows.weights[rows.which], values @ rows.matrix))
    for p, inverse in rows.pseudo.items():
        chosen = rows.which == p
        x[chosen] = values[chosen] @ inverse.T
    return x


def _pseudo_inverse(rows: Floats) -> tuple[Floats, int]:
    """Pseudo-inverse (d, n) and rank of a matrix (n, d), at NumPy's own tolerance for ranks."""
    u, s, vt = np.linalg.svd(rows, full_matrices=False)
    rank = int((s > max(rows.shape) * np.finfo(np.float64).eps * s[0]).sum())
    return (vt[:rank].T / s[:rank]) @ u[:, :rank].T, rank


def _distinct_rows(active: Mask) -> tuple[Floats, NDArray[np.intp]]:
    """Distinct rows (P, n) of a mask (N, n) as 0 and 1, and which of them each row is (N,)."""
    if active.shape[1] <= _CODED_WIDTH:  # a row read as a binary number is one float to sort by
        codes = active @ 2.0 ** np.arange(active.shape[1])
        _, first, which = np.unique(codes, return_index=True, return_inverse=True)
    else:
        packed = np.packbits(active, axis=1)
        _, first, which = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    return active[first].astype(np.float64), which.ravel()
