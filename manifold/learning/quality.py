"""How good a map of points is: by its neighbours, by its lengths, and against the true chart.

Scores of neighbours and against the chart are means of one number for each point, which the functions `point_...` give.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist

from manifold.checks import (
    Floats,
    Integers,
    Mask,
    check_array,
    check_count,
    check_finite,
    check_number,
    check_real,
    check_size,
    fault,
)
from manifold.learning.neighbours import nearest, penalty

_BLOCK = 1 << 20  # distances taken at a time


def trustworthiness(X: ArrayLike, embedded: ArrayLike, *, n_neighbors: int = 5) -> float:
    """Whether neighbours in the map are neighbours in truth: 1 if all are, 0 at worst.

    T(k) = 1 - 2 / (N k (2N - 3k - 1)) sum_i sum_(j in U_i) (r(i, j) - k), where U_i are the k nearest of i in the map that are
    not among its k nearest in X, and r(i, j) says how many points of X are nearer to i, j included (Venna, Kaski 2001). Only
    these intruders are ranked, by counting the points of a ball in a tree, or, for points whose intruders come from far away,
    by their distances to all.

    Where no two distances from a point are equal it is scikit-learn's number. Where some are, in X, the formula does not say
    which comes first. Here none does: a point as near as the k-th neighbour is no intruder, and only nearer points count, so
    that the number belongs to the points, not to the order of their rows. scikit-learn takes equal ones as its sort leaves
    them: its number is the same or lower, and another one for the same points in another order.

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
    return 1.0 - penalty(points, nearest(places, n_neighbors))


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
        "trustworthiness": 1.0 - penalty(points, mapped),
        "continuity": 1.0 - penalty(places, true),
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
    one, other = (_distances(given, name).ravel() for name, given in (("geodesics", geodesics), ("straight", straight)))
    if one.shape != other.shape:
        raise fault(
            ValueError,
            "geodesics and straight must be as many distances, got {count} and {other_count}",
            count=len(one),
            other_count=len(other),
        )
    if not len(one):
        raise fault(ValueError, "geodesics and straight must hold distances, got none")
    if np.ptp(one) == 0.0 or np.ptp(other) == 0.0:
        return 1.0
    means, products = np.array([[one.mean()], [other.mean()]]), np.zeros((2, 2))
    for start in range(0, len(one), _BLOCK):  # so that no copy of all is made
        centred = np.stack([one[start : start + _BLOCK], other[start : start + _BLOCK]]) - means
        products += centred @ centred.T
    return float(1.0 - products[0, 1] ** 2 / (products[0, 0] * products[1, 1]))


def distances_from(places: ArrayLike, landmarks: ArrayLike) -> Floats:
    """Straight distances (L, N) from the landmarks, numbers (L,) of places, to all places (N, m)."""
    every = check_array(places, "places", shape="(N, m)")
    return np.asarray(cdist(every[_numbers(landmarks, "landmarks", (), len(every))], every))


def distance_error(found: ArrayLike, true: ArrayLike) -> float:
    """Root of sum (found - true)^2 / sum true^2 over two arrays of distances: 0.1 is 10 per cent off."""
    one, other = _distances(found, "found"), _distances(true, "true")
    if one.shape != other.shape or not other.any():
        raise fault(
            ValueError,
            "found and true must have one shape, and a true distance above 0, got {shape} and {other_shape}",
            shape=one.shape,
            other_shape=other.shape,
        )
    return float(np.sqrt(((one - other) ** 2).sum() / (other**2).sum()))


def short_circuits(lines: ArrayLike, points: ArrayLike, chart: ArrayLike, *, factor: float = 2.0) -> Mask:
    """Which lines between points (E, 2) leave the manifold, (E,): their way in the isometric chart is much longer.

    Over `factor` times as long as the line, and over five times as long as the median line: noise brings near points nearer.
    """
    places, truth = check_array(points, "points", shape="(N, d)"), check_array(chart, "chart", shape="(N, k)")
    start, stop = _numbers(lines, "lines", (2,), min(len(places), len(truth))).T
    straight = np.linalg.norm(places[start] - places[stop], axis=1)
    far = np.maximum(check_number(factor, "factor", above=0.0) * straight, 5.0 * np.median(straight) if len(straight) else 0.0)
    return np.asarray(np.linalg.norm(truth[start] - truth[stop], axis=1) > far)


def _distances(values: ArrayLike, name: str) -> Floats:
    """A finite array of any shape."""
    return check_finite(check_real(values, name), name)


def _numbers(values: ArrayLike, name: str, each: tuple[int, ...], count: int) -> Integers:
    """Numbers of `count` points, in an array of which one entry has the shape `each`."""
    numbers = check_real(values, name)
    if numbers.shape != (len(np.atleast_1d(numbers)), *each) or not np.isin(numbers, np.arange(count)).all():
        raise fault(
            ValueError,
            "{name} must have shape {shape} and be numbers of points, from 0 to {last}",
            name=name,
            shape="(E, 2)" if each else "(L,)",
            last=count - 1,
        )
    return numbers.astype(np.int64)


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
