"""Topology of a cloud of points: how many parts it falls into, and how many holes it goes round."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse.csgraph import connected_components, shortest_path
from scipy.spatial.distance import cdist

from manifold.checks import Floats, Integers, Mask, check_array, check_count, check_number, check_size
from manifold.learning.isomap import neighbour_graph


def betti_numbers(points: ArrayLike, *, scale: float, n_neighbors: int | None = None) -> tuple[int, int]:
    """Parts b0 and holes b1 of a cloud, seen at one scale: a ring has (1, 1), a disc (1, 0), a figure eight (1, 2).

    Points at most `scale` apart are joined by a line, and three that are all joined by a triangle (the Vietoris-Rips complex).
    b0 counts the parts of what arises, b1 the loops, counted modulo 2, that no triangles fill. With `n_neighbors` the distance
    of two points is the number of lines on the shortest way between them, every point being joined to its nearest ones, so that
    a scale means the same whatever the unit, as behind the layers of a network: Naitzat, Zhitnikov, Lim 2020, arXiv 2004.06093,
    section 5.

    Parameters
    ----------
    points : array-like of shape (N, d)
        Equal points count as one. A few hundred take milliseconds where they have a shape; noise in many dimensions takes long.
    scale : float
        Above 0. Where it is less than the gaps the cloud falls to pieces; a hole is seen until three points that far apart can
        go round it, on a circle at a third of the way round.
    n_neighbors : int, optional
        k, at least 1 and less than N: count lines between neighbours. Otherwise straight distances.

    Returns
    -------
    int, int
        b0, from 1 to N, and b1.

    Raises
    ------
    TypeError, ValueError
        If the points are no finite (N, d) array, or a number is out of range.

    See Also
    --------
    clique_betti_numbers : of any graph.
    """
    there = check_size(check_array(points, "points", shape="(N, d)"), "points")
    reach = check_number(scale, "scale", above=0.0)
    distances = _lines(there, n_neighbors) if n_neighbors is not None else cdist(there, there)
    return clique_betti_numbers(distances <= reach)


def clique_betti_numbers(joined: ArrayLike) -> tuple[int, int]:
    """Parts b0 and holes b1 of a graph in which every three points that are all joined are a filled triangle.

    b1 = E - (V - b0) - r for V points, E lines and r the rank, modulo 2, of the matrix that gives every triangle its three
    lines. First, a point whose neighbours are all neighbours of one of them is taken away, and so on: that changes neither
    number (a strong collapse: Barmak, Minian 2012, arXiv 0907.2954) and mostly leaves few points.

    Parameters
    ----------
    joined : array-like of shape (N, N)
        Whether two points are joined; symmetric. The diagonal plays no part.

    Returns
    -------
    int, int
        b0 and b1.

    Raises
    ------
    TypeError, ValueError
        If the array is not square, or not symmetric.
    """
    lines = check_array(joined, "joined", shape="(N, N)") != 0.0
    if lines.shape[0] != lines.shape[1]:
        raise ValueError(f"joined must be square, a row and a column for every point, got {lines.shape}")
    if (lines != lines.T).any():
        raise ValueError("joined must be symmetric, the same lines seen from both ends; try joined | joined.T")
    kept = _collapse(lines)
    core = lines[np.ix_(kept, kept)]
    parts = int(connected_components(core, directed=False)[0])
    ends = np.argwhere(np.triu(core, 1))
    loops = len(ends) - (len(core) - parts)
    return parts, loops - _filled(core, ends, loops)


def _lines(points: Floats, n_neighbors: int) -> Floats:
    """Lines (M, M) on the shortest way between any two of the M different points."""
    count = check_count(n_neighbors, "n_neighbors", minimum=1)
    if count >= len(points):
        raise ValueError(f"n_neighbors must be less than the number of points, {len(points)}, got {count}")
    different = np.unique(points, axis=0)  # else the neighbours of equal points would all be equal points
    if len(different) <= count:
        return 1.0 - np.eye(len(different))
    return np.asarray(shortest_path(neighbour_graph(different, n_neighbors=count), unweighted=True))


def _collapse(joined: Mask) -> list[int]:
    """Points that are left when no point's neighbours are all neighbours of one of them."""
    rows = np.packbits(joined | np.eye(len(joined), dtype=bool), axis=1, bitorder="little")
    near = [int.from_bytes(row.tobytes(), "little") for row in rows]  # bit j of near[i]: whether i and j are joined
    left = (1 << len(near)) - 1
    waiting = list(range(len(near)))
    while waiting:
        point = waiting.pop()
        own = near[point] & left
        others = _bits(own & ~(1 << point)) if left >> point & 1 else []
        if any(own & ~near[other] == 0 for other in others):
            left &= ~(1 << point)
            waiting += others
    return _bits(left)


def _bits(number: int) -> list[int]:
    """Places of its ones."""
    found = []
    while number:
        found.append((number & -number).bit_length() - 1)
        number &= number - 1
    return found


def _filled(joined: Mask, ends: Integers, most: int) -> int:
    """Rank modulo 2 of the triangles of a graph, as sums of its lines from `ends` (E, 2); known to be `most` or less."""
    number = np.zeros(joined.shape, dtype=np.int64)
    number[ends[:, 0], ends[:, 1]] = np.arange(len(ends))
    reduced: dict[int, int] = {}  # by the highest line of each
    for first, second in ends:
        for third in np.nonzero(joined[first] & joined[second])[0]:
            if len(reduced) == most:
                return most
            if third > second:
                lines = sum(1 << int(number[pair]) for pair in ((first, second), (first, third), (second, third)))
                while lines and lines.bit_length() in reduced:
                    lines ^= reduced[lines.bit_length()]
                if lines:
                    reduced[lines.bit_length()] = lines
    return len(reduced)
