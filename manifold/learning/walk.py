"""What an ant on the points sees: the lines between neighbours, those that leave the surface, and a way along them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from manifold.checks import Floats, Integers, Mask
from manifold.clouds.cloud import PointCloud
from manifold.learning.isomap import LandmarkIsomap
from manifold.learning.quality import distances_from, short_circuits

_NEAR = 0.1  # of the longest straight distance: nearer ends count as so far apart, or ways of two steps would be the longest


@dataclass(frozen=True, eq=False)
class Walk:
    """The graph of neighbours, and ways along it.

    Attributes
    ----------
    lines : ndarray of int, shape (E, 2)
        Pairs of joined points.
    short : ndarray of bool, shape (E,)
        Which of them leave the surface; none where the truth does not know lengths.
    landmarks : ndarray of int, shape (L,)
    geodesics : ndarray of shape (L, N)
        Lengths of ways along the graph.
    embedding : ndarray of shape (N, 2)
        Landmark Isomap's map.
    path : ndarray of int, shape (P,)
        The ant's way: between the two points whose way is longest against the straight line.
    along, straight : float
        Its length, and that of the straight line.
    true : float or None
        Its length in the true chart.
    """

    lines: Integers
    short: Mask
    landmarks: Integers
    geodesics: Floats
    embedding: Floats
    path: Integers
    along: float
    straight: float
    true: float | None


def walk_cloud(cloud: PointCloud, *, n_neighbors: int = 10) -> Walk:
    """The graph that joins every point to its nearest, and the ant's way; DisconnectedGraphError where it falls into parts."""
    centred = cloud.points - cloud.points.mean(axis=0)  # as `unroll` has them, to the last bit: equal distances are no choice
    model = LandmarkIsomap(n_neighbors=n_neighbors).fit(centred)
    lines = np.column_stack(model.graph_.nonzero())
    lines = lines[lines[:, 0] < lines[:, 1]]
    isometric = cloud.truth == "lengths"
    short = short_circuits(lines, cloud.points, cloud.chart) if isometric else np.zeros(len(lines), dtype=bool)
    straight = distances_from(cloud.points, model.landmarks_)
    start, stop = np.unravel_index((model.geodesics_ / np.maximum(straight, _NEAR * straight.max())).argmax(), straight.shape)
    ends = int(model.landmarks_[start]), int(stop)
    return Walk(
        lines,
        short,
        model.landmarks_,
        model.geodesics_,
        model.embedding_,
        model.path(*ends),
        float(model.geodesics_[start, stop]),
        float(straight[start, stop]),
        float(np.linalg.norm(cloud.chart[ends[0]] - cloud.chart[ends[1]])) if isometric else None,
    )
