"""How many dimensions a cloud of points fills, counted from its singular values.

The rank itself says little of a cloud that passed a nonlinearity: it counts what is smaller than any noise. Both numbers here
are at most the rank, and differ in what they do with small singular values: one draws a line, the other weighs them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats, check_array, check_kind, check_number, check_size


def effective_rank(values: ArrayLike, *, centred: bool = False) -> float:
    """Exp of the entropy of the singular values s as shares: exp(-sum_k p_k log p_k), p_k = s_k / sum s.

    It is d if all d singular values are alike, 1 if there is but one, and never more than the rank. Values below the rounding
    of the largest count as 0. Roy, Vetterli 2007, "The effective rank: a measure of effective dimensionality"; Garrido et al.
    2023 (RankMe), arXiv 2210.02885, add 1e-7 to every share.

    Parameters
    ----------
    values : array-like of shape (N, d)
        A point per row.
    centred : bool, default=False
        Whether to count from the points' mean. Without, as in both papers, a mean far from 0 takes the largest share.

    Returns
    -------
    float
        From 1 to min(N, d); 0 if all values are 0, or all points the same and centred.

    Raises
    ------
    TypeError, ValueError
        If the values are no finite (N, d) array, or of a size whose fourth power a float cannot hold.
    """
    points, centred = _checked(values), check_kind(centred, "centred", bool)
    rounding = np.finfo(np.float64).eps * max(points.shape) * np.abs(points).max()  # all that is left of equal points, centred
    spectrum = np.linalg.svd(points - points.mean(axis=0) if centred else points, compute_uv=False)
    kept = spectrum[spectrum > rounding]
    shares = kept / kept.sum()
    return float(np.exp(-(shares * np.log(shares)).sum())) if len(kept) else 0.0


def numerical_rank(values: ArrayLike, *, tolerance: float = 0.01) -> int:
    """How many singular values are above `tolerance` times the largest.

    Parameters
    ----------
    values : array-like of shape (N, d)
        A point per row.
    tolerance : float, default=0.01
        At least 0, below 1. NumPy's own, max(N, d) times the rounding of a float, is near 1e-13: it counts dust.

    Returns
    -------
    int
        From 1 to min(N, d); 0 if all values are 0.

    Raises
    ------
    TypeError, ValueError
        If the values are no finite (N, d) array, or of a size whose fourth power a float cannot hold, or the tolerance is out
        of range.
    """
    limit = check_number(tolerance, "tolerance", above=0.0, below=1.0, inclusive=True)
    spectrum = np.linalg.svd(_checked(values), compute_uv=False)
    return int((spectrum > limit * spectrum[0]).sum())


def _checked(values: ArrayLike) -> Floats:
    return check_size(check_array(values, "values", shape="(N, d)"), "values")
