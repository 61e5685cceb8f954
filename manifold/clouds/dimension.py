"""How many dimensions a cloud of points fills: of the flat space that holds it, and of the manifold itself.

The rank itself says little of a cloud that passed a nonlinearity: it counts what is smaller than any noise. Three numbers here
are at most the rank, and differ in what they do with small singular values: one draws a line, the others weigh them. A curve
that winds through all directions is one-dimensional all the same; that is told by near neighbours (`two_nn`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats, check_array, check_count, check_kind, check_number, check_rng, check_size, slices

_BLOCK = 1 << 22  # distances held at a time
_CANDIDATES = 6  # points whose distances are measured exactly, for each point: the two nearest are among them


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


def participation_ratio(values: ArrayLike) -> float:
    """(sum l)^2 / sum l^2 over the eigenvalues l of the points' covariance: d if all d are alike, 1 if there is but one.

    Parameters
    ----------
    values : array-like of shape (N, d)
        A point per row.

    Returns
    -------
    float
        From 1 to min(N - 1, d); 0 if all points are the same.

    Raises
    ------
    TypeError, ValueError
        If the values are no finite (N, d) array, or of a size whose fourth power a float cannot hold.
    """
    points = _checked(values)
    centred = points - points.mean(axis=0)
    rounding = np.finfo(np.float64).eps * max(points.shape) * np.abs(points).max()  # all that is left of equal points
    if np.abs(centred).max() <= rounding:
        return 0.0
    centred /= np.abs(centred).max()
    gram = centred @ centred.T if len(points) < points.shape[1] else centred.T @ centred
    return float(np.trace(gram) ** 2 / (gram**2).sum())  # the squares of all entries add up to those of the eigenvalues


def two_nn(values: ArrayLike) -> float:
    """Intrinsic dimension by the two nearest neighbours of every point (Facco et al. 2017, arXiv 1803.06992).

    Where the density hardly changes from a point to its second neighbour, mu = r2 / r1 has the law F(mu) = 1 - mu^-d. So
    -log(1 - F) over log mu is a line through 0 with slope d, fitted here by least squares with F = (i - 1) / N for the i-th
    smallest mu. Points that are the same count once. Above about ten dimensions it says too little, however many points there
    are: see `two_nn_calibration`.

    Parameters
    ----------
    values : array-like of shape (N, d)
        A point per row; not on a grid, where first and second neighbours are equally far.

    Returns
    -------
    float
        0 where fewer than three points differ, infinite where all second neighbours are as near as the first.

    Raises
    ------
    TypeError, ValueError
        If the values are no finite (N, d) array, or of a size whose fourth power a float cannot hold.
    """
    points = np.unique(_checked(values), axis=0)
    if len(points) < 3:
        return 0.0
    distances = _two_distances(points)
    distances = distances[distances[:, 0] > 0.0]  # a difference so small that its square is 0
    x = np.sort(np.log(distances[:, 1] / distances[:, 0]))
    y = -np.log1p(-np.arange(len(x)) / len(x))
    squares = float(x @ x)
    return float(x @ y) / squares if squares else math.inf


def two_nn_calibration(
    n_points: int, dimensions: Sequence[int] = (2, 5, 10, 20, 40, 80), *, draws: int = 4, rng: np.random.Generator
) -> Floats:
    """What `two_nn` says in the mean of n_points standard normal points in each of these dimensions.

    Parameters
    ----------
    n_points : int
        N, at least 3.
    dimensions : sequence of int, default=(2, 5, 10, 20, 40, 80)
        Each at least 1.
    draws : int, default=4
        Clouds of each dimension.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float, one for each dimension

    Raises
    ------
    TypeError, ValueError
        If a number is no integer or out of range.
    """
    count = check_count(n_points, "n_points", minimum=3)
    each = check_count(draws, "draws", minimum=1)
    sizes = [(count, check_count(dimension, "dimensions", minimum=1)) for dimension in dimensions]
    check_rng(rng)
    return np.array([np.mean([two_nn(rng.standard_normal(size)) for _ in range(each)]) for size in sizes])


def _two_distances(points: Floats) -> Floats:
    """Distances (N, 2) to the two nearest others; the candidates come from one product, and are then measured exactly."""
    centred = points - points.mean(axis=0)
    squares = (centred**2).sum(axis=1)
    few = min(_CANDIDATES, len(points) - 1)
    nearest = np.empty((len(points), 2))
    for part in slices(len(points), _BLOCK // len(points)):
        away = squares - 2.0 * centred[part] @ centred.T
        away[np.arange(len(away)), np.arange(len(points))[part]] = np.inf
        candidates = np.argpartition(away, few - 1, axis=1)[:, :few]
        exact = [np.linalg.norm(points[part] - points[column], axis=1) for column in candidates.T]
        nearest[part] = np.sort(np.stack(exact, axis=1), axis=1)[:, :2]
    return nearest


def _checked(values: ArrayLike) -> Floats:
    return check_size(check_array(values, "values", shape="(N, d)"), "values")
