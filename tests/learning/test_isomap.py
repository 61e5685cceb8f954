"""Landmark Isomap against classical scaling, the true chart and scikit-learn, and where points do not hang together."""

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components
from scipy.spatial import procrustes
from scipy.spatial.distance import cdist
from sklearn.manifold import Isomap
from sklearn.utils.estimator_checks import parametrize_with_checks

from manifold.learning import DisconnectedGraphError, LandmarkIsomap, isomap
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
    landmarks, lengths = choose_landmarks(graph, 12, 5)
    for k in range(1, 12):
        nearest = lengths[:k].min(axis=0)
        assert nearest[landmarks[k]] == nearest.max()
    assert len(set(landmarks)) == 12


def test_the_first_landmark_is_the_point_farthest_from_the_mean(rng):
    points, _ = swiss_roll(300, rng)
    assert LandmarkIsomap().fit(points).landmarks_[0] == np.linalg.norm(points - points.mean(axis=0), axis=1).argmax()


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
    monkeypatch.setattr(isomap, "_SMALL", small)
    found = [(smallest_connecting_k(points), least_k(points)) for points in (clusters(rng) for _ in range(120))]
    assert len({k for k, _ in found}) > 5
    assert all(ours == brute for ours, brute in found)


@pytest.mark.parametrize("small", [1, 2, 64])
def test_the_smallest_connecting_k_is_the_smallest_where_points_coincide(rng, monkeypatch, small):
    monkeypatch.setattr(isomap, "_SMALL", small)
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


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_the_map_of_a_plane_is_the_plane_and_new_points_land_in_it(rng, dimensions):
    """Straight lines are the shortest ways where all are neighbours; a few neighbours make them a little longer."""
    basis = np.linalg.qr(rng.normal(size=(5, 5)))[0][:dimensions]
    fitted, fresh = rng.random((600, dimensions)), 0.1 + 0.8 * rng.random((100, dimensions))
    model = LandmarkIsomap(dimensions, n_neighbors=12).fit(fitted @ basis)
    np.testing.assert_allclose(model.transform(fitted @ basis), model.embedding_, atol=1e-9)
    design = np.column_stack([fitted, np.ones(600)])
    onto = np.linalg.lstsq(design, model.embedding_)[0]
    wrong = np.linalg.norm(model.transform(fresh @ basis) - np.column_stack([fresh, np.ones(100)]) @ onto, axis=1)
    assert wrong.max() < 0.15
    np.testing.assert_allclose(np.linalg.svd(onto[:-1])[1], 1.0, atol=0.15)


def test_a_new_point_far_outside_is_no_trouble_and_comes_to_its_own_side(rng):
    points = rng.random((300, 2))
    model = LandmarkIsomap().fit(points)
    far = model.transform([[3.0, 0.5]])[0]
    right = points[:, 0].argsort()[-20:]
    left = points[:, 0].argsort()[:20]
    to_right, to_left = (np.linalg.norm(model.embedding_[side].mean(axis=0) - far) for side in (right, left))
    assert to_right + 0.5 < to_left


def test_a_path_of_one_point_is_that_point_and_goes_back_as_it_came(rng):
    model = LandmarkIsomap(n_neighbors=6).fit(rng.random((100, 2)))
    assert model.path(5, 5).tolist() == [5]
    assert model.path(0, 99).tolist() == model.path(99, 0)[::-1].tolist()


@pytest.mark.parametrize(
    ("start", "stop", "message"),
    [
        (-1, 3, "start must be >= 0, the number of a point, got -1"),
        (3, -1, "stop must be >= 0, the number of a point, got -1"),
        (30, 0, "start must be <= 29, got 30"),
        (0, 30, "stop must be <= 29, got 30"),
    ],
)
def test_a_path_joins_points_that_there_are(rng, start, stop, message):
    model = LandmarkIsomap().fit(rng.random((30, 3)))
    with pytest.raises(ValueError, match=message):
        model.path(start, stop)


@pytest.mark.parametrize("method", ["path", "transform"])
def test_what_is_not_fitted_yet_is_refused(method):
    with pytest.raises(ValueError, match="not fitted"):
        getattr(LandmarkIsomap(), method)(*((0, 1) if method == "path" else ([[0.0, 1.0]],)))


def test_the_map_does_not_depend_on_the_unit(rng):
    points = swiss_roll(300, rng)[0]
    one, other = (LandmarkIsomap().fit_transform(size * points) / size for size in (1.0, 1e-12))
    np.testing.assert_allclose(one, other, atol=1e-8)


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
        ({"n_components": 4}, ValueError, "n_components must be at most the number of coordinates, n_features=3, got 4"),
        ({"n_landmarks": 2}, ValueError, "n_landmarks must be >= 3, one more than n_components, got 2"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(rng, options, error, message):
    with pytest.raises(error, match=message):
        LandmarkIsomap(**options).fit(rng.random((30, 3)))


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([[1.0, 2.0]] * 3 + [[1.0, np.nan]], r"^X must be finite, got NaN at index \(3, 1\); drop or fill such rows first$"),
        ([[0.0, 1.0], [-np.inf, 0.0]], r"^X must be finite, got -inf at index \(1, 0\); drop or fill such rows first$"),
        ([[1.0, 2.0]], "^X must have at least two points to draw a map, got 1 sample; give more rows$"),
        (
            1e200 * np.arange(40.0).reshape(20, 2),
            "^X must be of a size between 1e-70 and 1e70, got 3.9e[+]201; scale them first$",
        ),
    ],
)
def test_what_is_no_cloud_is_refused_in_one_sentence(points, message):
    """Coordinates whose squares overflow would end the whole process, inside SciPy's tree."""
    with pytest.raises(ValueError, match=message):
        LandmarkIsomap().fit(points)


def test_a_new_point_is_finite(rng):
    model = LandmarkIsomap().fit(rng.random((30, 2)))
    with pytest.raises(ValueError, match=r"^X must be finite, got NaN at index \(0, 1\)"):
        model.transform([[0.5, np.nan]])
