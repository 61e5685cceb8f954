"""Landmark Isomap against classical scaling, the true chart and scikit-learn."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.spatial import procrustes
from scipy.spatial.distance import cdist
from sklearn.manifold import Isomap
from sklearn.utils.estimator_checks import parametrize_with_checks

from manifold.learning import DisconnectedGraphError, LandmarkIsomap
from manifold.learning.graph import neighbour_graph
from manifold.learning.isomap import choose_landmarks
from manifold.learning.quality import residual_variance


def swiss_roll(count, rng):
    """Points of a swiss roll, and their true chart: arc length and height."""
    t = 1.5 * np.pi * (1.0 + 2.0 * rng.random(count))
    height = 21.0 * rng.random(count)
    length = (t * np.sqrt(1.0 + t * t) + np.arcsinh(t)) / 2.0
    return np.column_stack([t * np.cos(t), height, t * np.sin(t)]), np.column_stack([length, height])


BLOBS = "blobs of 15 points, farther from each other than each is wide"
APART = {
    "check_estimators_pickle": BLOBS,
    "check_pipeline_consistency": BLOBS,
    "check_transformer_data_not_an_array": BLOBS,
    "check_transformer_general": BLOBS,
    "check_transformer_preserve_dtypes": BLOBS,
    "check_positive_only_tag_during_fit": "Fisher's irises, of which one kind lies apart from the two others",
}
"""Checks of scikit-learn whose points fall into parts: a map of ways between all must refuse them, and says so."""


@parametrize_with_checks([LandmarkIsomap()])
def test_it_is_a_scikit_learn_estimator(estimator, check):
    if check.func.__name__ not in APART:
        check(estimator)
        return
    with pytest.raises((DisconnectedGraphError, AssertionError), match=r"no way between them|raised DisconnectedGraphError"):
        check(estimator)


@parametrize_with_checks([LandmarkIsomap(radius=1e6)])
def test_it_is_one_where_a_radius_joins_all(estimator, check):
    check(estimator)


@pytest.mark.parametrize("options", [{}, {"n_neighbors": 4}, {"radius": 6.0}, {"radius": 9.0, "n_neighbors": 1}])
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_the_map_of_the_fitted_points_is_the_map(rng, options, kind):
    """A neighbour's way and the line to it are no shorter than the point's own way; float32 rounds what comes out."""
    points = swiss_roll(400, rng)[0].astype(kind)
    model = LandmarkIsomap(**options).fit(points)
    assert model.embedding_.dtype == model.transform(points).dtype == model.fit_transform(points).dtype == kind
    np.testing.assert_allclose(model.transform(points), model.embedding_, atol=1e-9 if kind is np.float64 else 1e-4)


def test_float32_is_kept_where_scikit_learn_keeps_it(rng):
    points = swiss_roll(400, rng)[0]
    for fitted, fresh in ((np.float32, np.float32), (np.float64, np.float32), (np.float32, np.float64), (np.int64, np.int64)):
        theirs, ours = (model.fit(points.astype(fitted)) for model in (Isomap(n_neighbors=20), LandmarkIsomap(n_neighbors=20)))
        assert ours.embedding_.dtype == theirs.embedding_.dtype
        assert ours.transform(points.astype(fresh)).dtype == fresh if fresh is not np.int64 else np.float64


def test_where_there_are_fewer_points_than_neighbours_all_are_neighbours(rng):
    points = rng.random((8, 2))
    np.testing.assert_array_equal(LandmarkIsomap().fit_transform(points), LandmarkIsomap(n_neighbors=7).fit_transform(points))


def test_new_points_are_joined_to_all_within_the_radius_and_to_no_other():
    """On a line bent to a U the place of a point is the way along it: .1 to the next point, .3 across to the other arm.

    A new point has one neighbour on either side within .12, and needs both; of its ten nearest, some lie across.
    """
    along = np.linspace(0.0, 1.0, 11)
    side = np.array([[0.0, 0.1], [0.0, 0.2]])
    points = np.vstack([np.column_stack([along[::-1], 0.0 * along]), side, np.column_stack([along, 0.0 * along + 0.3])])
    model = LandmarkIsomap(1, radius=0.12).fit(points)
    slope, start = np.polyfit(0.1 * np.arange(len(points)), model.embedding_[:, 0], 1)
    assert abs(slope) == pytest.approx(1.0, abs=1e-9)
    fresh = along[1:-1] + 0.03
    places = model.transform(np.column_stack([fresh, 0.0 * fresh]))[:, 0]
    np.testing.assert_allclose(places, slope * (1.0 - fresh) + start, atol=1e-9)


def test_a_new_point_without_a_neighbour_is_refused(rng):
    model = LandmarkIsomap(radius=0.5).fit(rng.random((50, 2)))
    with pytest.raises(
        ValueError,
        match=r"^X must have a fitted point within radius=0\.5 of every point, got none near row 1; leave it out, or fit with",
    ):
        model.transform([[0.5, 0.5], [9.0, 0.5]])


def test_its_columns_have_names_and_a_frame_is_given_where_it_is_asked_for(rng):
    frame = pd.DataFrame(rng.random((50, 3)), columns=["x", "y", "z"])
    model = LandmarkIsomap().set_output(transform="pandas").fit(frame)
    names = ["landmarkisomap0", "landmarkisomap1"]
    assert model.get_feature_names_out().tolist() == names
    for places in (model.transform(frame), model.fit_transform(frame)):
        assert places.columns.tolist() == names
        np.testing.assert_allclose(places, model.embedding_, atol=1e-9)


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (lambda x: np.ma.masked_greater(x, 0.9), ValueError, "^X must have no masked entries, got "),
        (lambda x: x + 0j, ValueError, "^X must be real. Complex data not supported; take "),
        (lambda x: torch.tensor(x, requires_grad=True), TypeError, "^X must be an array of numbers .*; give X.detach"),
        (lambda x: np.zeros(x.shape, "m8[s]"), TypeError, "^X must be an array of numbers "),
        (lambda x: [[10**400, 1.0]] * 30, ValueError, "^X must be an array of numbers .* within "),
        (lambda x: np.where(x > 0.9, np.nan, x), ValueError, "^X must be finite, got NaN "),
    ],
)
def test_nothing_is_lost_of_what_it_maps(rng, spoil, error, message):
    points = rng.random((30, 2))
    model = LandmarkIsomap().fit(points)
    for call in (LandmarkIsomap().fit, model.transform):
        with pytest.raises(error, match=message):
            call(spoil(points))


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
