"""How good a map of points is."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree
from sklearn.neighbors import NearestNeighbors

from manifold._validation import Floats, check_array, check_count

_STRICTLY = 1.0 - 1e-12  # of a distance: what lies nearer, rounding aside


def trustworthiness(X: ArrayLike, embedded: ArrayLike, *, n_neighbors: int = 5) -> float:
    """Whether neighbours in the map are neighbours in truth: 1 if all are, 0 at worst.

    T(k) = 1 - 2 / (N k (2N - 3k - 1)) sum_i sum_(j in U_i) (r(i, j) - k), where U_i are the k nearest of i in the map that are
    not among its k nearest in X, and r(i, j) says how many points of X are nearer to i, j included (Venna, Kaski 2001). Equal
    to scikit-learn's; but only these intruders are ranked, each by counting the points of a ball in a tree.

    Parameters
    ----------
    X : array-like of shape (N, d)
    embedded : array-like of shape (N, m)
    n_neighbors : int, default=5
        k, less than N / 2.

    Returns
    -------
    float

    Raises
    ------
    ValueError, TypeError
        If shapes or k do not fit.
    """
    return float(1.0 - _penalty(*_checked(X, embedded, n_neighbors), n_neighbors).mean())


def continuity(X: ArrayLike, embedded: ArrayLike, *, n_neighbors: int = 5) -> float:
    """Whether neighbours in truth are neighbours in the map: `trustworthiness` with the two changed over."""
    points, places = _checked(X, embedded, n_neighbors)
    return float(1.0 - _penalty(places, points, n_neighbors).mean())


def _checked(X: ArrayLike, embedded: ArrayLike, n_neighbors: int) -> tuple[Floats, Floats]:
    points, places = check_array(X, "X", shape="(N, d)"), check_array(embedded, "embedded", shape="(N, m)")
    if len(points) != len(places):
        raise ValueError(f"X and embedded must have as many points, got {len(points)} and {len(places)}")
    if check_count(n_neighbors, "n_neighbors", minimum=1) >= len(points) / 2:
        raise ValueError(f"n_neighbors must be less than half the number of points, {len(points)}, got {n_neighbors}")
    return points, places


def _penalty(points: Floats, places: Floats, k: int) -> Floats:
    """What each point (N,) takes from trustworthiness, times N."""
    count = len(points)
    mapped = NearestNeighbors(n_neighbors=k).fit(places).kneighbors(return_distance=False)  # (N, k)
    tree = cKDTree(points)
    reach = tree.query(points, k=[k + 1])[0]  # (N, 1): how far the true neighbours go
    lengths = np.linalg.norm(points[mapped] - points[:, None], axis=2)  # (N, k)
    intruders = lengths > reach / _STRICTLY
    who = np.nonzero(intruders)[0]
    rank = tree.query_ball_point(points[who], lengths[intruders] * _STRICTLY, return_length=True, workers=-1)
    excess = np.bincount(who, weights=rank - k, minlength=count)
    return np.asarray(excess * 2.0 / (k * (2.0 * count - 3.0 * k - 1.0)), dtype=np.float64)
