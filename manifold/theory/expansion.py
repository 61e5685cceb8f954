"""The exact decoder of an expansion y = relu(W x + b) to more channels, where x has a known mean and covariance.

Channels that are active hold equations of x. Where they are too few, or of too low a rank, x is not determined; but it is not
lost either, as far as the known part of x tells of the other. For Gaussian x ~ N(m, C), C = L L^T, x = m + L u with u standard
normal, and the active channels A say

    W_A L u = y_A - b_A - W_A m.

Of u they determine the projection P u onto the rows of W_A L, and nothing of the rest, which is independent of it and has mean
0. So the best answer that uses these equations is m + L P u, P u being their shortest solution, and what it misses has the
covariance L (1 - P) L^T. That the other channels are silent says a little more, by inequalities, which this decoder leaves out:
given an active set that does not depend on x the loss is exact, else a bound of the loss of the best decoder in the mean.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats, Mask, check_array, check_number, fault, slices
from manifold.layer.active_rows import ActiveRows, row_spaces

_BLOCK = 1 << 22  # numbers held at a time
_FLAT = 1e-9  # singular values below this share of the largest say nothing; of eigenvalues the square


def decode_expansion(
    weights: ArrayLike,
    shift: ArrayLike,
    outputs: ArrayLike,
    mean: ArrayLike,
    covariance: ArrayLike,
    *,
    high: float = math.inf,
) -> Floats:
    """What the active channels and a Gaussian prior say of x: m + L u, u the shortest solution of W_A L u = y_A - b_A - W_A m.

    Parameters
    ----------
    weights : array-like of shape (n, k)
        W, with the batch norm's factors in it.
    shift : array-like of shape (n,)
        b.
    outputs : array-like of shape (N, n)
        y = relu(W x + b), or relu6.
    mean : array-like of shape (k,)
        m.
    covariance : array-like of shape (k, k)
        C, symmetric and not indefinite.
    high : float, default=infinity
        Outputs count as active below it, and above 0; 6 for ReLU6.

    Returns
    -------
    ndarray of shape (N, k)

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit, or the covariance is none.
    """
    rows, offset = check_array(weights, "weights", shape="(n, k)"), check_array(shift, "shift", shape="(n,)")
    y, centre = check_array(outputs, "outputs", shape="(N, n)"), check_array(mean, "mean", shape="(k,)")
    if not len(rows) == len(offset) == y.shape[1] or rows.shape[1] != len(centre):
        raise fault(
            ValueError,
            "weights of shape {shape} need as many columns as the mean has entries, and as many rows as shift and outputs have",
            shape=rows.shape,
        )
    factor = _factor(covariance, rows.shape[1])
    active = (y > 0.0) & (y < (math.inf if high == math.inf else check_number(high, "high", above=0.0)))
    said = np.where(active, y - offset - rows @ centre, 0.0)
    seen = rows @ factor  # (n, r)
    found = np.empty((len(y), rows.shape[1]))
    for part in slices(len(y), _BLOCK // seen.shape[1] ** 2):
        found[part] = centre + ActiveRows(active[part], seen).solve(said[part]) @ factor.T
    return found


def variance_lost(weights: ArrayLike, active: ArrayLike, covariance: ArrayLike) -> Floats:
    """Share of the variance of x that active channels leave unknown: tr L (1 - P) L^T / tr L L^T, at every place.

    Parameters
    ----------
    weights : array-like of shape (n, k)
        W, with the batch norm's factors in it.
    active : array-like of bool, shape (N, n)
    covariance : array-like of shape (k, k)
        C = L L^T.

    Returns
    -------
    ndarray of shape (N,)
        0 where the active channels determine x, 1 where there are none.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit, or the covariance is none.
    """
    rows = check_array(weights, "weights", shape="(n, k)")
    mask: Mask = check_array(active, "active", shape="(N, n)") != 0.0
    if mask.shape[1] != len(rows):
        raise fault(
            ValueError, "active must have a column for each of {rows} weights, got {count}", rows=len(rows), count=mask.shape[1]
        )
    factor = _factor(covariance, rows.shape[1])
    seen, metric = rows @ factor, factor.T @ factor  # (n, r), (r, r)
    kept = np.empty(len(mask))
    for part in slices(len(mask), _BLOCK // seen.size):
        projections = row_spaces(np.where(mask[part][:, :, None], seen, 0.0), flat=_FLAT)
        kept[part] = np.einsum("nij,ij->n", projections, metric)
    return np.asarray(np.clip(1.0 - kept / np.trace(metric), 0.0, 1.0))


def _factor(covariance: ArrayLike, size: int) -> Floats:
    """L (k, r) with L L^T = C, r its rank."""
    c = check_array(covariance, "covariance", shape="(k, k)")
    if c.shape != (size, size) or not np.allclose(c, c.T, rtol=1e-6, atol=1e-9 * float(np.abs(c).max())):
        raise fault(
            ValueError, "covariance must be symmetric, of shape {shape}, got {other}", shape=(size, size), other=c.shape
        )
    spread, axes = np.linalg.eigh((c + c.T) / 2.0)
    if spread[-1] <= 0.0 or spread[0] < -1e-6 * spread[-1]:
        raise ValueError("covariance must have a positive variance, and none below 0; give that of at least two different rows")
    real = spread > _FLAT * spread[-1]
    return np.asarray(axes[:, real] * np.sqrt(spread[real]))
