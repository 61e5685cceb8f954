"""Landmark Isomap against classical scaling, the true chart and scikit-learn, and where points do not hang together."""

import numpy as np
import pytest
from scipy.spatial import procrustes
from scipy.spatial.distance import cdist
from sklearn.manifold import Isomap
from sklearn.utils.estimator_checks import parametrize_with_checks

from manifold.learning import DisconnectedGraphError, LandmarkIsomap
from manifold.learning.isomap import choose_landmarks, neighbour_graph, smallest_connecting_k
from manifold.learning.quality import residual_variance


def swiss_roll(count, rng):
    """Points of a swiss roll, and their true chart: arc length and height."""
    t = 1.5 * np.pi * (1.0 + 2.0 * rng.random(count))
    height = 21.0 * rng.random(count)
    length = (t * np.sqrt(1.0 + t * t) + np.arcsinh(t)) / 2.0
    return np.column_stack([t * np.cos(t), height, t * np.sin(t)]), np.column_stack([length, height])


@parametrize_with_checks([LandmarkIsomap(radius=1e6)])
def test_it_is_a_scikit_learn_estimator(estimator, check):
    """The checks' clouds are disjoint blobs; a large radius joins them."""
    check(estimator)


@pytest.mark.parametrize(("dimensions", "landmarks"), [(2, 3), (2, 10), (3, 4), (5, 50)])
def test_where_all_are_neighbours_distances_in_the_map_are_the_true_ones(rng, dimensions, landmarks):
    """Classical scaling is exact for straight distances, and so is placing a point by its distances to landmarks."""
    points = rng.normal(size=(40, dimensions))
    found = LandmarkIsomap(dimensions, radius=100.0, n_landmarks=landmarks).fit_transform(points)
    np.testing.assert_allclose(cdist(found, found), cdist(points, points), atol=1e-8)


def test_a_swiss_roll_is_unrolled_as_well_as_by_isomap(rng):
    """Procrustes error to the true chart, 1500 points: 50 landmarks lose nothing against all."""
    points, chart = swiss_roll(1500, rng)
    ours = procrustes(chart, LandmarkIsomap().fit_transform(points))[2]
    theirs = procrustes(chart, Isomap(n_neighbors=10).fit_transform(points))[2]
    assert ours < 2e-3
    assert ours < 1.2 * theirs


def test_too_many_neighbours_short_circuit_the_roll(rng):
    points, chart = swiss_roll(1500, rng)
    errors = [procrustes(chart, LandmarkIsomap(n_neighbors=k).fit_transform(points))[2] for k in (10, 150)]
    assert errors[1] > 20 * errors[0]


def test_a_new_point_comes_to_where_it_would_have_been(rng):
    points, _ = swiss_roll(800, rng)
    model = LandmarkIsomap().fit(points)
    np.testing.assert_allclose(model.transform(points[:100]), model.embedding_[:100], atol=1e-9)
    between = (points[:50] + points[model._neighbours.kneighbors(points[:50], 2, return_distance=False)[:, 1]]) / 2.0
    assert np.linalg.norm(model.transform(between) - model.embedding_[:50], axis=1).max() < 3.0


def test_landmarks_are_each_farthest_from_those_before(rng):
    graph = neighbour_graph(rng.random((200, 2)), n_neighbors=8)
    landmarks, lengths = choose_landmarks(graph, 12)
    for k in range(1, 12):
        nearest = lengths[:k].min(axis=0)
        assert nearest[landmarks[k]] == nearest.max()
    assert len(set(landmarks)) == 12


def test_a_path_is_as_long_as_the_geodesic_and_goes_from_neighbour_to_neighbour(rng):
    points, _ = swiss_roll(400, rng)
    model = LandmarkIsomap().fit(points)
    start = int(model.landmarks_[3])
    path = model.path(start, 17)
    steps = np.linalg.norm(np.diff(points[path], axis=0), axis=1)
    assert (path[0], path[-1]) == (start, 17)
    assert steps.sum() == pytest.approx(model.geodesics_[3, 17])
    assert (model.graph_.toarray()[path[:-1], path[1:]] > 0.0).all()


def test_residual_variance_is_small_for_a_roll_and_large_for_a_ball(rng):
    roll = LandmarkIsomap().fit(swiss_roll(1500, rng)[0]).residual_variance_
    ball = LandmarkIsomap().fit(rng.normal(size=(800, 6))).residual_variance_
    assert roll < 0.01 < 0.2 < ball
    assert residual_variance([1.0, 2.0, 3.0], [2.0, 4.0, 6.0]) == pytest.approx(0.0)


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
    from scipy.sparse.csgraph import connected_components

    return connected_components(neighbour_graph(points, n_neighbors=k), directed=False)[1]


def test_equal_points_and_constant_columns_are_no_trouble(rng):
    points = np.repeat(np.column_stack([rng.random((30, 2)), np.ones(30)]), 3, axis=0)
    found = LandmarkIsomap(n_neighbors=30).fit_transform(points)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[::3], found[1::3], atol=1e-9)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_neighbors": 0}, ValueError, "n_neighbors must be >= 1, got 0"),
        ({"n_neighbors": 30}, ValueError, "n_neighbors must be less than the number of points, 30, got 30"),
        ({"n_neighbors": 2.5}, TypeError, "n_neighbors must be an integer"),
        ({"radius": -1.0}, ValueError, "radius must be finite and > 0, got -1"),
        ({"n_components": 0}, ValueError, "n_components must be >= 1, got 0"),
        ({"n_landmarks": 2}, ValueError, "n_landmarks must be >= 3, one more than n_components, got 2"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(rng, options, error, message):
    with pytest.raises(error, match=message):
        LandmarkIsomap(**options).fit(rng.random((30, 3)))


@pytest.mark.parametrize("points", [[[1.0, np.nan]] * 5, [[1.0, 2.0]], [[np.inf, 0.0]] * 4])
def test_what_is_no_cloud_is_refused(points):
    with pytest.raises(ValueError, match=r"NaN|infinity|minimum of 2"):
        LandmarkIsomap().fit(points)
