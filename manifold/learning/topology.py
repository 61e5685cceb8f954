"""Topology of a cloud of points: how many parts it falls into, and how many holes it goes round."""

from __future__ import annotations

import numpy as np
from gudhi import SimplexTree
from numpy.typing import ArrayLike
from scipy.sparse.csgraph import shortest_path
from scipy.spatial.distance import cdist

from manifold.checks import Floats, check_array, check_number, check_size, fault
from manifold.learning.graph import neighbour_graph
from manifold.learning.neighbours import check_neighbours


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
        Equal points count as one.
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
    cloud = check_size(check_array(points, "points", shape="(N, d)"), "points")
    reach = check_number(scale, "scale", above=0.0)
    distances = _lines(cloud, n_neighbors) if n_neighbors is not None else cdist(cloud, cloud)
    return clique_betti_numbers(distances <= reach)


def clique_betti_numbers(joined: ArrayLike) -> tuple[int, int]:
    """Parts b0 and holes b1 of a graph in which every three points that are all joined are a filled triangle.

    b1 = E - (V - b0) - r for V points, E lines and r the rank, modulo 2, of the matrix that gives every triangle its three
    lines. GUDHI counts them. First it takes away lines that change neither number, which mostly leaves few triangles (edge
    collapse: Boissonnat, Pritam 2020, Edge Collapse and Persistence of Flag Complexes).

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
        raise fault(ValueError, "joined must be square, a row and a column for every point, got {shape}", shape=lines.shape)
    if (lines != lines.T).any():
        raise ValueError("joined must be symmetric, the same lines seen from both ends; try joined | joined.T")
    flags = SimplexTree.create_from_array(np.where(lines | np.eye(len(lines), dtype=bool), 0.0, 1.0), max_filtration=0.5)
    flags.collapse_edges()
    flags.expansion(2)  # up to triangles: what is larger changes neither number
    flags.compute_persistence(homology_coeff_field=2, persistence_dim_max=True)
    parts, holes = [*flags.betti_numbers(), 0][:2]  # without a line the list ends at b0
    return parts, holes


def _lines(points: Floats, n_neighbors: int) -> Floats:
    """Lines (M, M) on the shortest way between any two of the M different points."""
    count = check_neighbours(n_neighbors, points)
    different = np.unique(points, axis=0)  # else the neighbours of equal points would all be equal points
    if len(different) <= count:
        return 1.0 - np.eye(len(different))
    return np.asarray(shortest_path(neighbour_graph(different, n_neighbors=count), unweighted=True))
