"""Nearest neighbours, and how far down the true order of nearness those in a map come."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from manifold.checks import Floats, Integers, check_count, fault

STRICTLY = 1.0 - 1e-12  # of a distance: what lies nearer, rounding aside
_FAR, _FEW = 8.0, 2  # balls of so many times the true neighbours' reach are slow to count in a tree; with more than two of them
_BLOCK = 1 << 20  # distances held at a time by each thread
_FEW_POINTS = 1000  # for which threads take longer to start than to count
_MANY_AXES = 10  # with more, all distances of few points are counted sooner than a tree is asked


def check_neighbours(n_neighbors: object, points: Floats) -> int:
    """`n_neighbors` as an int of at least 1 and less than the number of points (N, d)."""
    count = check_count(n_neighbors, "n_neighbors", minimum=1)
    if count >= len(points):
        raise fault(
            ValueError,
            "n_neighbors must be less than the number of points, {count}, got {other_count}",
            count=len(points),
            other_count=count,
        )
    return count


def nearest(points: Floats, k: int) -> Integers:
    """The k nearest other points of every point, (N, k)."""
    found: Integers = NearestNeighbors(n_neighbors=k).fit(points).kneighbors(return_distance=False)
    return found


def penalty(points: Floats, mapped: Integers) -> Floats:
    """What each point (N,), its neighbours in the map being `mapped` (N, k), takes from trustworthiness, times N."""
    count, k = mapped.shape
    few = count <= _FEW_POINTS
    tree, workers = None if few and points.shape[1] > _MANY_AXES else cKDTree(points), 1 if few else -1
    reach = _reach(points, tree, k, workers)
    lengths = np.linalg.norm(points[mapped] - points[:, None], axis=2)  # (N, k)
    intruders = lengths > reach / STRICTLY
    lost = (lengths > _FAR * reach).sum(axis=1) > _FEW  # whose balls are so large that all points are counted sooner
    excess = np.zeros(count)
    if tree is None:
        lost[:] = True
    else:
        who = np.nonzero(intruders & ~lost[:, None])[0]
        near = lengths[intruders & ~lost[:, None]] * STRICTLY
        rank = tree.query_ball_point(points[who], near, return_length=True, workers=workers)
        excess += np.bincount(who, weights=rank - k, minlength=count)
    excess[lost] = _count_all(points, np.nonzero(lost)[0], np.where(intruders, lengths * STRICTLY, np.nan), k)
    return np.asarray(excess * 2.0 / (k * (2.0 * count - 3.0 * k - 1.0)))


def _reach(points: Floats, tree: cKDTree | None, k: int, workers: int) -> Floats:
    """How far the k nearest other points of every point go, (N, 1)."""
    if tree is None:
        return np.asarray(np.partition(cdist(points, points), k, axis=1)[:, k : k + 1])
    return np.asarray(tree.query(points, k=[k + 1], workers=workers)[0])


def _count_all(points: Floats, who: Integers, lengths: Floats, k: int) -> Floats:
    """Of points `who`: sum over their `lengths` (N, k) of the number of points nearer, less k; NaN counts for nothing."""
    rows = max(1, _BLOCK // len(points))
    blocks = [who[start : start + rows] for start in range(0, len(who), rows)]

    def count(block: Integers) -> Floats:
        distances = cdist(points[block], points)
        columns = (distances < column[:, None] for column in lengths[block].T)
        nearer = [[np.count_nonzero(row) for row in column] for column in columns]  # in half the time of an axis
        return np.asarray(np.sum(nearer, axis=0) - k * np.isfinite(lengths[block]).sum(axis=1), dtype=np.float64)

    if len(blocks) < 2:
        return np.concatenate([np.empty(0), *map(count, blocks)])
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return np.concatenate([np.empty(0), *threads.map(count, blocks)])
