"""The graph of neighbours: points joined to their nearest, its parts, and the fewest neighbours that connect all."""

from __future__ import annotations

from typing import NoReturn

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from sklearn.neighbors import NearestNeighbors

from manifold.checks import Floats, Integers, Mask, check_number
from manifold.learning.neighbours import STRICTLY, check_neighbours

_FLAT = 15  # coordinates up to which a tree finds neighbours faster than all distances do
_SMALL = 64  # neighbours of every point, up to which a graph takes little memory


class DisconnectedGraphError(ValueError):
    """Points fall into parts with no way between them.

    Attributes
    ----------
    components : ndarray of int, shape (N,)
        Number of the part of every point, for drawing.
    smallest_k : int
        The smallest number of neighbours that connects all.
    """

    def __init__(self, message: str, components: Integers, smallest_k: int) -> None:
        super().__init__(message)
        self.components = components
        self.smallest_k = smallest_k


def neighbour_graph(points: Floats, *, n_neighbors: int = 10, radius: float | None = None) -> csr_array:
    """Sparse lengths (N, N) of the lines from every point to its neighbours, both ways.

    Parameters
    ----------
    points : ndarray of shape (N, d)
    n_neighbors : int, default=10
        From 1 to N - 1.
    radius : float, optional
        All points within it, instead.
    """
    if radius is not None:
        reach = check_number(radius, "radius", above=0.0)
        graph = NearestNeighbors(radius=reach).fit(points).radius_neighbors_graph(mode="distance")
    else:
        graph = _nearest_graph(points, check_neighbours(n_neighbors, points))
    graph = csr_array(graph)
    graph.data = np.maximum(graph.data, np.finfo(np.float64).tiny)  # a line of length 0 between equal points is a line
    return csr_array(graph.maximum(graph.T))


def _nearest_graph(points: Floats, count: int) -> csr_array:
    """Lengths (N, N) of the lines from every point to its nearest `count` others."""
    if points.shape[1] > _FLAT:
        return csr_array(NearestNeighbors(n_neighbors=count).fit(points).kneighbors_graph(mode="distance"))
    lengths, ends = cKDTree(points).query(points, k=count + 1, workers=-1)
    own = ends == np.arange(len(points))[:, None]
    own[~own.any(axis=1), -1] = True  # so many equal points that it did not find itself
    starts = np.arange(0, count * len(points) + 1, count, dtype=np.int32)  # as SciPy's Dijkstra wants its indices
    return csr_array((lengths[~own], ends[~own].astype(np.int32), starts), shape=(len(points), len(points)))


def refuse_parts(points: Floats, parts: int, labels: Integers, joined: str) -> NoReturn:
    """Raise `DisconnectedGraphError` for points in `parts` parts, numbered by `labels` (N,), though `joined` joins them."""
    smallest = smallest_connecting_k(points)
    sizes = np.sort(np.bincount(labels))[::-1]
    shown = ", ".join(map(str, sizes[:3])) + (" ..." if parts > 3 else "")
    raise DisconnectedGraphError(
        f"with {joined} the points fall into {parts} parts ({shown} points) with no way between them; "
        f"the smallest n_neighbors that connects them is {smallest}",
        labels,
        smallest,
    )


def smallest_connecting_k(points: Floats) -> int:
    """The smallest number of neighbours whose graph is connected.

    Doubled until it is, then halved in between, while the graph is small; beyond, parts are joined one after the other, each
    time with the least number of neighbours with which a point of any of them reaches another part (Kruskal 1956).
    """
    low, high, last = 0, 1, len(points) - 1
    while (labels := _parts(points, high)).any():
        if high == last or high >= _SMALL:
            return _join_parts(points, high, labels)
        low, high = high, min(2 * high, last)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _parts(points, middle).any() else (low, middle)
    return high


def _parts(points: Floats, count: int) -> Integers:
    labels: Integers = connected_components(neighbour_graph(points, n_neighbors=count), directed=False)[1]
    return labels


def _join_parts(points: Floats, count: int, labels: Integers) -> int:
    """The smallest number of neighbours that connects the parts (N,) which `count` neighbours leave."""
    ways: dict[int, tuple[int, int]] = {}  # of every part, the fewest neighbours that lead out of it, and to which point
    while labels.any():
        for part in set(np.unique(labels).tolist()) - set(ways):
            ways[part] = _way_out(points, labels == part)
        count = max(count, min(rank for rank, _ in ways.values()))
        joined = [(part, int(labels[end])) for part, (rank, end) in ways.items() if rank <= count]
        new = connected_components(csr_array((np.ones(len(joined)), tuple(zip(*joined, strict=True))), [labels.max() + 1] * 2))[
            1
        ]
        kept = {int(new[part]): way for part, way in ways.items() if (new == new[part]).sum() == 1}
        labels, ways = new[labels], kept
    return count


def _way_out(points: Floats, inside: Mask) -> tuple[int, int]:
    """The fewest neighbours with which a point inside surely has one outside, and this one."""
    inner, outer = points[inside], np.nonzero(~inside)[0]
    lengths, ends = cKDTree(points[outer]).query(inner)
    ranks = cKDTree(inner).query_ball_point(inner, lengths / STRICTLY, return_length=True)  # itself for the one outside
    return int(ranks.min()), int(outer[ends[ranks.argmin()]])
