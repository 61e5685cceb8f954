"""The graph of neighbours: which parts it has, and the fewest neighbours that connect them."""

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

from manifold.learning import DisconnectedGraphError, LandmarkIsomap, graph
from manifold.learning.graph import neighbour_graph, smallest_connecting_k


@pytest.mark.parametrize("gap", [3.0, 30.0])
def test_points_that_do_not_hang_together_are_named_with_the_smallest_k_that_joins_them(rng, gap):
    points = np.vstack([rng.random((12, 2)), rng.random((20, 2)) + gap])
    with pytest.raises(DisconnectedGraphError, match=r"fall into 2 parts \(20, 12 points\) with no way between them") as caught:
        LandmarkIsomap(n_neighbors=5).fit(points)
    assert len(np.unique(caught.value.components[:12])) == len(np.unique(caught.value.components[12:])) == 1
    smallest = caught.value.smallest_k
    assert smallest == 12
    assert LandmarkIsomap(n_neighbors=smallest).fit(points).embedding_.shape == (32, 2)
    with pytest.raises(DisconnectedGraphError, match=f"with n_neighbors={smallest - 1} the points fall into 2 parts"):
        LandmarkIsomap(n_neighbors=smallest - 1).fit(points)


def test_the_smallest_connecting_k_is_the_smallest(rng):
    for _ in range(10):
        points = np.vstack([rng.normal(size=(int(size), 2)) + 12.0 * rng.normal(size=2) for size in rng.integers(2, 9, size=4)])
        smallest = smallest_connecting_k(points)
        connects = [len(set(labels(points, k))) == 1 for k in range(1, len(points))]
        assert connects.index(True) + 1 == smallest


def labels(points, k):
    return connected_components(neighbour_graph(points, n_neighbors=k), directed=False)[1]


def clusters(rng, *, repeat=False):
    """Up to five clusters of 1 to 8 points in the plane or in space, far or near; with `repeat`, many points twice or more."""
    dim = int(rng.integers(2, 4))
    sizes = rng.integers(1, 9, size=int(rng.integers(2, 6)))
    points = np.vstack([rng.normal(size=(int(size), dim)) + rng.uniform(2.0, 20.0) * rng.normal(size=dim) for size in sizes])
    points = points[rng.integers(len(points), size=2 * len(points))] if repeat else points
    return points if len(points) > 2 else clusters(rng, repeat=repeat)


def least_k(points):
    """By the ranks of all distances: k is enough for a line whose one end is among the k nearest of the other."""
    order = np.argsort(np.where(np.eye(len(points)), -1.0, cdist(points, points)), axis=1)
    ranks = np.argsort(order, axis=1)
    need = np.minimum(ranks, ranks.T)
    return next(k for k in range(1, len(points)) if connected_components((need <= k) & (need > 0), directed=False)[0] == 1)


@pytest.mark.parametrize("small", [1, 2, 64])
def test_the_smallest_connecting_k_is_the_smallest_by_either_way(rng, monkeypatch, small):
    monkeypatch.setattr(graph, "_SMALL", small)
    found = [(smallest_connecting_k(points), least_k(points)) for points in (clusters(rng) for _ in range(120))]
    assert len({k for k, _ in found}) > 5
    assert all(ours == brute for ours, brute in found)


@pytest.mark.parametrize("small", [1, 2, 64])
def test_the_smallest_connecting_k_is_the_smallest_where_points_coincide(rng, monkeypatch, small):
    monkeypatch.setattr(graph, "_SMALL", small)
    for _ in range(25):
        points = clusters(rng, repeat=True)
        connects = [len(set(labels(points, k))) == 1 for k in range(1, len(points))]
        assert smallest_connecting_k(points) == connects.index(True) + 1


@pytest.mark.parametrize(("side", "gap"), [(10, 9), (12, 10), (12, 11)])
def test_the_smallest_connecting_k_connects_two_regular_grids(side, gap):
    """From an edge the other grid is as far as a row of the own one: which of them is the nearer is not to be told."""
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2)
    points = np.vstack([grid, grid + np.array([side - 1 + gap, 0])]).astype(float)
    assert len(set(labels(points, smallest_connecting_k(points)))) == 1


@pytest.mark.parametrize("dim", [2, 3])
def test_two_large_clusters_are_joined_by_as_many_neighbours_as_the_smaller_has(rng, dim):
    """The clusters are so far apart that every point has all of its own nearer; 3000 each are 18 million lines."""
    points = np.vstack([rng.random((3000, dim)), rng.random((3100, dim)) + 50.0])
    assert smallest_connecting_k(points) == 3000
    assert smallest_connecting_k(points[::-1]) == 3000


def test_many_parts_are_named_by_size(rng):
    points = np.vstack([rng.random((size, 2)) + 50.0 * place for place, size in enumerate((5, 9, 7, 6))])
    with pytest.raises(
        DisconnectedGraphError, match=r"radius=5 the points fall into 4 parts \(9, 7, 6 \.\.\. points\)"
    ) as caught:
        LandmarkIsomap(radius=5.0).fit(points)
    assert sorted(np.bincount(caught.value.components)) == [5, 6, 7, 9]
    assert caught.value.smallest_k == least_k(points)
