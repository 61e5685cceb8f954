"""How good a map of points is: by its neighbours, by its lengths, and against the true chart.

Scores of neighbours and against the chart are means of one number for each point, which the functions `point_...` give.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from manifold.checks import Floats, Integers, Mask, check_array, check_count, check_size, fault

STRICTLY = 1.0 - 1e-12  # of a distance: what lies nearer, rounding aside
_FAR, _FEW = 8.0, 2  # balls of so many times the true neighbours' reach are slow to count in a tree; with more than two of them
_BLOCK = 1 << 20  # distances held at a time by each thread


def trustworthiness(X: ArrayLike, embedded: ArrayLike, *, n_neighbors: int = 5) -> float:
    """Whether neighbours in the map are neighbours in truth: 1 if all are, 0 at worst.

    T(k) = 1 - 2 / (N k (2N - 3k - 1)) sum_i sum_(j in U_i) (r(i, j) - k), where U_i are the k nearest of i in the map that are
    not among its k nearest in X, and r(i, j) says how many points of X are nearer to i, j included (Venna, Kaski 2001). Equal
    to scikit-learn's; but only these intruders are ranked, by counting the points of a ball in a tree, or, for points whose
    intruders come from far away, by their distances to all.

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
    return float(point_trustworthiness(X, embedded, n_neighbors=n_neighbors).mean())


def point_trustworthiness(X: ArrayLike, embedded: ArrayLike, *, n_neighbors: int = 5) -> Floats:
    """`trustworthiness` of every point's own neighbours, shape (N,); below 0 for a point that is worse than all may be."""
    points, places = _checked(X, embedded, n_neighbors)
    return 1.0 - _penalty(points, nearest(places, n_neighbors))


def continuity(X: ArrayLike, embedded: ArrayLike, *, n_neighbors: int = 5) -> float:
    """Whether neighbours in truth are neighbours in the map: `trustworthiness` with the two changed over."""
    return trustworthiness(embedded, X, n_neighbors=n_neighbors)


def point_continuity(X: ArrayLike, embedded: ArrayLike, *, n_neighbors: int = 5) -> Floats:
    """`continuity` of every point's own neighbours, shape (N,)."""
    return point_trustworthiness(embedded, X, n_neighbors=n_neighbors)


def neighbour_overlap(X: ArrayLike, embedded: ArrayLike, *, n_neighbors: int = 5) -> float:
    """Share of the k nearest in X that are among the k nearest in the map, the mean over all points (Lee, Verleysen 2009)."""
    return float(point_overlap(X, embedded, n_neighbors=n_neighbors).mean())


def point_overlap(X: ArrayLike, embedded: ArrayLike, *, n_neighbors: int = 5) -> Floats:
    """`neighbour_overlap` of every point, shape (N,)."""
    points, places = _checked(X, embedded, n_neighbors)
    return _shared(nearest(points, n_neighbors), nearest(places, n_neighbors))


def point_neighbours(X: ArrayLike, embedded: ArrayLike, *, n_neighbors: int = 5) -> dict[str, Floats]:
    """Trustworthiness, continuity and overlap of every point, each of shape (N,), by one search for neighbours."""
    points, places = _checked(X, embedded, n_neighbors)
    true, mapped = nearest(points, n_neighbors), nearest(places, n_neighbors)
    return {
        "trustworthiness": 1.0 - _penalty(points, mapped),
        "continuity": 1.0 - _penalty(places, true),
        "overlap": _shared(true, mapped),
    }


def procrustes_error(embedded: ArrayLike, chart: ArrayLike) -> float:
    """How far the map is from the true chart, turned, moved, mirrored and scaled onto it as well as can be: 0 to 1.

    sum_i |c_i - s R y_i|^2 / sum_i |c_i|^2, both centred, least over all scales s and orthogonal R (Schoenemann 1966; equal to
    SciPy's `procrustes`). Where the two have different numbers of coordinates, the narrower gets zeros.
    """
    return float(point_procrustes(embedded, chart).mean())


def point_procrustes(embedded: ArrayLike, chart: ArrayLike) -> Floats:
    """`procrustes_error` of every point, shape (N,)."""
    places, truth = _padded(*_checked_chart(embedded, chart))
    u, spectrum, v = np.linalg.svd(places.T @ truth)
    size = float((places**2).sum())
    fitted = places @ u @ v * (spectrum.sum() / size if size else 0.0)
    return _relative(fitted, truth)


def align(embedded: ArrayLike, chart: ArrayLike) -> Floats:
    """The map (N, m), centred, and turned and mirrored to lie like the chart (N, k) where m >= k; sizes stay."""
    places, truth = _checked_chart(embedded, chart)
    if places.shape[1] < truth.shape[1]:
        return places
    u, _, v = np.linalg.svd(places.T @ _padded(places, truth)[1])
    return np.asarray(places @ u @ v)


def affine_error(embedded: ArrayLike, chart: ArrayLike) -> float:
    """As `procrustes_error`, but the map may be stretched in any direction: fair to methods that do not keep lengths."""
    return float(point_affine(embedded, chart).mean())


def point_affine(embedded: ArrayLike, chart: ArrayLike) -> Floats:
    """`affine_error` of every point, shape (N,)."""
    places, truth = _checked_chart(embedded, chart)
    return _relative(places @ np.linalg.lstsq(places, truth)[0], truth)


def residual_variance(geodesics: ArrayLike, straight: ArrayLike) -> float:
    """1 - R^2, R the linear correlation of two arrays of distances (Tenenbaum et al. 2000, note 42)."""
    one, other = np.ravel(geodesics), np.ravel(straight)
    if one.shape != other.shape:
        raise fault(
            ValueError,
            "geodesics and straight must be as many distances, got {count} and {other_count}",
            count=len(one),
            other_count=len(other),
        )
    if np.ptp(one) == 0.0 or np.ptp(other) == 0.0:
        return 1.0
    means, products = np.array([[one.mean()], [other.mean()]]), np.zeros((2, 2))
    for start in range(0, len(one), _BLOCK):  # so that no copy of all is made
        centred = np.stack([one[start : start + _BLOCK], other[start : start + _BLOCK]]) - means
        products += centred @ centred.T
    return float(1.0 - products[0, 1] ** 2 / (products[0, 0] * products[1, 1]))


def distances_from(places: ArrayLike, landmarks: Integers) -> Floats:
    """Straight distances (L, N) from the landmarks to all places (N, m)."""
    there = np.asarray(places)
    return np.asarray(cdist(there[landmarks], there))


def distance_error(found: ArrayLike, true: ArrayLike) -> float:
    """Root of sum (found - true)^2 / sum true^2 over two arrays of distances: 0.1 is 10 per cent off."""
    one, other = np.asarray(found, dtype=np.float64), np.asarray(true, dtype=np.float64)
    if one.shape != other.shape or not other.any():
        raise fault(
            ValueError,
            "found and true must have one shape, and a true distance above 0, got {shape} and {other_shape}",
            shape=one.shape,
            other_shape=other.shape,
        )
    return float(np.sqrt(((one - other) ** 2).sum() / (other**2).sum()))


def short_circuits(lines: Integers, points: ArrayLike, chart: ArrayLike, *, factor: float = 2.0) -> Mask:
    """Which lines between points (E, 2) leave the manifold, (E,): their way in the isometric chart is much longer.

    Over `factor` times as long as the line, and over five times as long as the median line: noise brings near points nearer.
    """
    start, stop = np.asarray(lines).T
    there, truth = np.asarray(points), np.asarray(chart)
    straight = np.linalg.norm(there[start] - there[stop], axis=1)
    return np.asarray(
        np.linalg.norm(truth[start] - truth[stop], axis=1) > np.maximum(factor * straight, 5.0 * np.median(straight))
    )


def nearest(points: Floats, k: int) -> Integers:
    """The k nearest other points of every point, (N, k)."""
    found: Integers = NearestNeighbors(n_neighbors=k).fit(points).kneighbors(return_distance=False)
    return found


def _checked(X: ArrayLike, embedded: ArrayLike, n_neighbors: int) -> tuple[Floats, Floats]:
    points = check_size(check_array(X, "X", shape="(N, d)"), "X")
    places = check_size(check_array(embedded, "embedded", shape="(N, m)"), "embedded")
    if len(points) != len(places):
        raise fault(
            ValueError,
            "X and embedded must have as many points, got {count} and {other_count}",
            count=len(points),
            other_count=len(places),
        )
    if check_count(n_neighbors, "n_neighbors", minimum=1) >= len(points) / 2:
        raise fault(
            ValueError,
            "n_neighbors must be less than half the number of points, {count}, got {n_neighbors}",
            count=len(points),
            n_neighbors=n_neighbors,
        )
    return points, places


def _checked_chart(embedded: ArrayLike, chart: ArrayLike) -> tuple[Floats, Floats]:
    """Both centred."""
    places = check_size(check_array(embedded, "embedded", shape="(N, m)"), "embedded")
    truth = check_size(check_array(chart, "chart", shape="(N, k)"), "chart")
    if len(places) != len(truth):
        raise fault(
            ValueError,
            "embedded and chart must have as many points, got {count} and {other_count}",
            count=len(places),
            other_count=len(truth),
        )
    if not np.ptp(truth, axis=0).any():
        raise ValueError("chart must have at least two places, but all its points are the same")
    return places - places.mean(axis=0), truth - truth.mean(axis=0)


def _padded(places: Floats, truth: Floats) -> tuple[Floats, Floats]:
    """Both with as many columns, the narrower one filled up with zeros."""
    width = max(places.shape[1], truth.shape[1])
    places, truth = (np.pad(a, ((0, 0), (0, width - a.shape[1]))) for a in (places, truth))
    return places, truth


def _relative(fitted: Floats, truth: Floats) -> Floats:
    """Squared distances (N,) in units of their mean for a map of one place."""
    return np.asarray(((fitted - truth) ** 2).sum(axis=1) / (truth**2).sum(axis=1).mean())


def _shared(true: Integers, mapped: Integers) -> Floats:
    return np.asarray((true[:, :, None] == mapped[:, None, :]).any(axis=2).mean(axis=1))


def _penalty(points: Floats, mapped: Integers) -> Floats:
    """What each point (N,), its neighbours in the map being `mapped` (N, k), takes from trustworthiness, times N."""
    count, k = mapped.shape
    tree = cKDTree(points)
    reach = tree.query(points, k=[k + 1], workers=-1)[0]  # (N, 1): how far the true neighbours go
    lengths = np.linalg.norm(points[mapped] - points[:, None], axis=2)  # (N, k)
    intruders = lengths > reach / STRICTLY
    lost = (lengths > _FAR * reach).sum(axis=1) > _FEW  # whose balls are so large that all points are counted sooner
    excess = np.zeros(count)
    who = np.nonzero(intruders & ~lost[:, None])[0]
    near = lengths[intruders & ~lost[:, None]] * STRICTLY
    rank = tree.query_ball_point(points[who], near, return_length=True, workers=-1)
    excess += np.bincount(who, weights=rank - k, minlength=count)
    excess[lost] = _count_all(points, np.nonzero(lost)[0], np.where(intruders, lengths * STRICTLY, np.nan), k)
    return np.asarray(excess * 2.0 / (k * (2.0 * count - 3.0 * k - 1.0)))


def _count_all(points: Floats, who: Integers, lengths: Floats, k: int) -> Floats:
    """Of points `who`: sum over their `lengths` (N, k) of the number of points nearer, less k; NaN counts for nothing."""
    rows = max(1, _BLOCK // len(points))
    blocks = [who[start : start + rows] for start in range(0, len(who), rows)]

    def count(block: Integers) -> Floats:
        distances = cdist(points[block], points)
        columns = (distances < column[:, None] for column in lengths[block].T)
        nearer = [[np.count_nonzero(row) for row in column] for column in columns]  # in half the time of an axis
        return np.asarray(np.sum(nearer, axis=0) - k * np.isfinite(lengths[block]).sum(axis=1), dtype=np.float64)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return np.concatenate([np.empty(0), *threads.map(count, blocks)])
