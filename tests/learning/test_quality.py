"""Scores of maps against other ways to compute them, what they mean, and for each point."""

import numpy as np
import pytest
from scipy.spatial import procrustes
from scipy.spatial.distance import cdist
from scipy.stats import pearsonr
from sklearn import manifold as theirs
from sklearn.datasets import make_swiss_roll

from manifold.learning import (
    affine_error,
    continuity,
    distance_error,
    neighbour_overlap,
    point_affine,
    point_continuity,
    point_neighbours,
    point_overlap,
    point_procrustes,
    point_trustworthiness,
    procrustes_error,
    residual_variance,
    short_circuits,
    trustworthiness,
)
from manifold.learning.quality import align, distances_from

NEIGHBOURS = {
    trustworthiness: point_trustworthiness,
    continuity: point_continuity,
    neighbour_overlap: point_overlap,
}
CHARTS = {procrustes_error: point_procrustes, affine_error: point_affine}
MIRROR = np.array([[0.6, 0.8], [0.8, -0.6]])


def name(function):
    return function.__name__


@pytest.mark.parametrize("axes", [0, 10])  # with more, all distances are counted, with fewer a tree is asked
@pytest.mark.parametrize("k", [1, 5, 12, 49])
@pytest.mark.parametrize("kind", ["random", "noisy", "projection"])
def test_it_is_scikit_learns(rng, kind, k, axes, monkeypatch):
    monkeypatch.setattr("manifold.learning.neighbours._MANY_AXES", axes)
    points = rng.normal(size=(120, 4))
    noisy = points + 0.3 * rng.normal(size=points.shape)
    embedded = {"random": rng.normal(size=(120, 2)), "noisy": noisy, "projection": points[:, :2]}
    ours = trustworthiness(points, embedded[kind], n_neighbors=k)
    assert ours == pytest.approx(theirs.trustworthiness(points, embedded[kind], n_neighbors=k), abs=1e-12)
    back = continuity(points, embedded[kind], n_neighbors=k)
    assert back == pytest.approx(theirs.trustworthiness(embedded[kind], points, n_neighbors=k), abs=1e-12)


def test_where_distances_are_equal_the_order_of_rows_plays_no_part_and_scikit_learns_is_no_higher(rng):
    points = np.stack(np.meshgrid(np.arange(9.0), np.arange(9.0)), axis=-1).reshape(-1, 2)
    places = rng.normal(size=points.shape)
    orders = [rng.permutation(81) for _ in range(10)]
    ours = [trustworthiness(points[order], places[order]) for order in orders]
    others = [theirs.trustworthiness(points[order], places[order]) for order in orders]
    np.testing.assert_allclose(ours, ours[0], atol=1e-12)
    assert max(others) > min(others) + 1e-6
    assert max(others) <= ours[0] + 1e-12


@pytest.mark.parametrize(
    "spoil", [lambda x: np.where(x == x[0], np.nan, x), lambda x: x + 1j, lambda x: np.ma.masked_equal(x, x[0])]
)
@pytest.mark.parametrize("score", [residual_variance, distance_error])
def test_nothing_is_lost_of_distances(rng, score, spoil):
    good = rng.random(9)
    for pair in ((spoil(good), good), (good, spoil(good))):
        with pytest.raises((TypeError, ValueError), match=r"must (be finite, got nan|be real numbers|have no masked entries)"):
            score(*pair)


def test_a_rotation_keeps_all_neighbours_and_a_fold_only_one_way(rng):
    points = rng.normal(size=(200, 2))
    turned = points @ np.array([[0.6, -0.8], [0.8, 0.6]]) * 3.0 + 5.0
    assert trustworthiness(points, turned) == continuity(points, turned) == 1.0
    folded = np.abs(points[:, :1]) * [[1.0, 0.0]] + points[:, 1:] * [[0.0, 1.0]]
    assert trustworthiness(points, folded) < continuity(points, folded)


@pytest.mark.parametrize("k", [1, 4, 11])
def test_overlap_is_the_share_of_common_neighbours(rng, k):
    points, places = rng.normal(size=(60, 3)), rng.normal(size=(60, 2))
    orders = [cdist(a, a).argsort(axis=1)[:, 1 : k + 1].tolist() for a in (points, places)]
    shares = [len(set(one) & set(other)) / k for one, other in zip(*orders, strict=True)]
    np.testing.assert_allclose(point_overlap(points, places, n_neighbors=k), shares, atol=1e-12)
    assert neighbour_overlap(points, places, n_neighbors=k) == pytest.approx(np.mean(shares), abs=1e-12)
    assert neighbour_overlap(points, -3.0 * points, n_neighbors=k) == 1.0


@pytest.mark.parametrize("whole", NEIGHBOURS, ids=name)
def test_a_score_of_neighbours_is_the_mean_over_the_points(rng, whole):
    points, places = rng.normal(size=(80, 3)), rng.normal(size=(80, 2))
    each = NEIGHBOURS[whole](points, places, n_neighbors=7)
    assert each.shape == (80,)
    assert whole(points, places, n_neighbors=7) == pytest.approx(each.mean(), abs=1e-12)
    assert np.ptp(each) > 0.1


@pytest.mark.parametrize("whole", CHARTS, ids=name)
def test_an_error_against_the_chart_is_the_mean_over_the_points(rng, whole):
    places, chart = rng.normal(size=(80, 3)), rng.normal(size=(80, 2))
    each = CHARTS[whole](places, chart)
    assert each.shape == (80,)
    assert (each >= 0.0).all()
    assert whole(places, chart) == pytest.approx(each.mean(), abs=1e-12)


@pytest.mark.parametrize("point", NEIGHBOURS.values(), ids=name)
@pytest.mark.parametrize("lost", [0, 17, 59])
def test_a_point_in_the_wrong_place_has_the_worst_score(rng, point, lost):
    """It goes to the farthest other point, where nobody is its neighbour; all others lose one or none."""
    points = rng.random((60, 2))
    places = points.copy()
    places[lost] = points[np.linalg.norm(points - points[lost], axis=1).argmax()] + 1e-3
    scores = point(points, places, n_neighbors=5)
    assert scores.argmin() == lost
    assert scores[lost] < np.delete(scores, lost).min() - 0.1


@pytest.mark.parametrize("point", CHARTS.values(), ids=name)
@pytest.mark.parametrize("lost", [0, 17, 59])
def test_a_point_in_the_wrong_place_has_the_largest_error(rng, point, lost):
    chart = rng.random((60, 2))
    places = 3.0 * chart @ MIRROR
    places[lost] += 5.0
    errors = point(places, chart)
    assert errors.argmax() == lost
    assert errors[lost] > 3.0 * np.delete(errors, lost).max()


@pytest.mark.parametrize("k", [1, 6, 20])
def test_one_search_gives_what_three_give(rng, k):
    points, places = rng.normal(size=(70, 4)), rng.normal(size=(70, 2))
    found = point_neighbours(points, places, n_neighbors=k)
    assert list(found) == ["trustworthiness", "continuity", "overlap"]
    for values, point in zip(found.values(), NEIGHBOURS.values(), strict=True):
        np.testing.assert_array_equal(values, point(points, places, n_neighbors=k))


def widened(array, columns):
    return np.pad(array, ((0, 0), (0, columns - array.shape[1])))


@pytest.mark.parametrize(("wide", "true"), [(2, 2), (3, 3), (2, 1), (1, 2), (5, 2), (1, 1)])
@pytest.mark.parametrize("noise", [0.01, 0.5, 100.0])
def test_procrustes_error_is_scipys(rng, wide, true, noise):
    chart = rng.normal(size=(50, true)) * np.arange(1.0, true + 1.0) + 4.0
    places = widened(chart, max(wide, true))[:, :wide] + noise * rng.normal(size=(50, wide))
    width = max(wide, true)
    disparity = procrustes(widened(chart, width), widened(places, width))[2]
    assert procrustes_error(places, chart) == pytest.approx(disparity, abs=1e-12)


@pytest.mark.parametrize(
    "change", [lambda m: m @ MIRROR, lambda m: 1e3 * m, lambda m: m - [7.0, 90.0], lambda m: widened(m, 6)]
)
def test_procrustes_error_does_not_see_how_the_map_lies(rng, change):
    chart = rng.normal(size=(50, 2))
    places = chart + 0.3 * rng.normal(size=(50, 2))
    found = procrustes_error(places, chart)
    assert 0.01 < found < 0.5
    np.testing.assert_allclose(point_procrustes(change(places), chart), point_procrustes(places, chart), atol=1e-10)
    assert procrustes_error(change(chart), chart) == pytest.approx(0.0, abs=1e-12)
    assert procrustes_error(places, change(chart)) == pytest.approx(found, abs=1e-10)


@pytest.mark.parametrize("places", [np.zeros((50, 2)), np.ones((50, 1))])
def test_a_map_of_one_place_is_wholly_wrong(rng, places):
    chart = rng.normal(size=(50, 2))
    assert procrustes_error(places, chart) == pytest.approx(1.0)
    assert affine_error(places, chart) == pytest.approx(1.0)


def test_the_angle_of_a_swiss_roll_is_no_isometric_chart():
    """The perfect unrolling (s, h) against scikit-learn's (t, h) on an even grid of the sheet: .635; a stretch mends most."""
    share, h = (a.ravel() for a in np.meshgrid((np.arange(400) + 0.5) / 400, 21.0 * (np.arange(100) + 0.5) / 100))
    t = 1.5 * np.pi * (1.0 + 2.0 * share)
    s = (t * np.sqrt(1.0 + t * t) + np.arcsinh(t)) / 2.0
    angle, length = np.column_stack([t, h]), np.column_stack([s, h])
    assert procrustes_error(length, angle) == pytest.approx(0.635, abs=2e-3)
    assert procrustes_error(angle, length) == pytest.approx(procrustes_error(length, angle), abs=1e-10)
    assert affine_error(length, angle) < 0.02
    points, drawn = make_swiss_roll(3000, random_state=0)
    arc = (drawn * np.sqrt(1.0 + drawn**2) + np.arcsinh(drawn)) / 2.0
    charts = (np.column_stack([first, points[:, 1]]) for first in (arc, drawn))
    assert procrustes_error(*charts) == pytest.approx(0.635, abs=0.02)


@pytest.mark.parametrize("seed", range(10))
def test_affine_error_forgives_every_affine_map_and_is_never_above_procrustes(seed):
    rng = np.random.default_rng(seed)
    chart = rng.normal(size=(40, 3))
    matrix = rng.normal(size=(3, 3)) + 3.0 * np.eye(3)
    assert affine_error(chart @ matrix + rng.normal(size=3), chart) == pytest.approx(0.0, abs=1e-12)
    width = 1 + seed % 4
    places = chart @ rng.normal(size=(3, width)) + rng.normal(size=(40, width))
    assert affine_error(places, chart) <= procrustes_error(places, chart) + 1e-12
    assert procrustes_error(chart @ np.diag([1.0, 3.0, 9.0]), chart) > 0.1


@pytest.mark.parametrize("width", [1, 2, 4])
def test_affine_error_is_that_of_a_fit_with_an_intercept(rng, width):
    places, chart = rng.normal(size=(50, width)) + 5.0, rng.normal(size=(50, 2)) - 3.0
    places[:, :1] += chart[:, :1]
    design = np.column_stack([places, np.ones(50)])
    rest = chart - design @ np.linalg.lstsq(design, chart)[0]
    total = ((chart - chart.mean(axis=0)) ** 2).sum()
    assert affine_error(places, chart) == pytest.approx((rest**2).sum() / total, abs=1e-12)
    np.testing.assert_allclose(point_affine(places, chart), 50 * (rest**2).sum(axis=1) / total, atol=1e-10)


def test_an_aligned_map_lies_like_the_chart_and_keeps_its_lengths(rng):
    chart = rng.normal(size=(50, 2))
    places = 2.0 * widened(chart, 3) @ np.linalg.qr(rng.normal(size=(3, 3)))[0] + 4.0
    found = align(places, chart)
    np.testing.assert_allclose(found, widened(2.0 * (chart - chart.mean(axis=0)), 3), atol=1e-10)
    line = align(chart[:, :1], chart)
    np.testing.assert_allclose(line, chart[:, :1] - chart[:, :1].mean())


def test_residual_variance_is_one_minus_the_squared_correlation(rng):
    one, other = rng.random((4, 30)), rng.random((4, 30))
    other += one
    assert residual_variance(one, other) == pytest.approx(1.0 - pearsonr(one.ravel(), other.ravel())[0] ** 2)
    assert residual_variance(one, 5.0 - 3.0 * one) == pytest.approx(0.0, abs=1e-12)
    assert residual_variance(one, np.ones((4, 30))) == residual_variance(np.ones((4, 30)), one) == 1.0


def test_distances_are_straight_and_from_the_landmarks(rng):
    places = rng.normal(size=(20, 3))
    np.testing.assert_allclose(distances_from(places, np.array([4, 0])), cdist(places[[4, 0]], places), atol=1e-12)


def test_distance_error_is_relative(rng):
    true = rng.random((3, 20)) + 0.1
    assert distance_error(true, true) == 0.0
    assert distance_error(1.1 * true, true) == pytest.approx(0.1)
    assert distance_error(0.5 * true, true) == pytest.approx(0.5)
    assert distance_error([3.0, 1.0], [0.0, 5.0]) == pytest.approx(1.0)


def test_lines_across_a_hairpin_are_short_circuits():
    """A strip bent back upon itself, places 0 to 15 along it, the two arms 1 apart; ways of 3 and 5 are no more than noise."""
    arm = np.arange(8.0)
    points = np.column_stack([np.append(arm, arm[::-1]), np.repeat([0.0, 1.0], 8)])
    chart = np.arange(16.0)[:, None]
    along, across = [[i, i + 1] for i in range(15)], [[6, 9], [5, 10], [4, 11], [11, 4], [0, 15]]
    lines = np.array(along + across)
    for factor, expected in ((2.0, [False, False, True, True, True]), (10.0, [False, False, False, False, True])):
        found = short_circuits(lines, points, chart, factor=factor)
        assert found.shape == (20,)
        assert not found[:15].any()
        assert found[15:].tolist() == expected
    np.testing.assert_array_equal(short_circuits(lines, points, chart), short_circuits(lines, points, chart, factor=2.0))
    np.testing.assert_array_equal(short_circuits(lines, 9.0 * points, 9.0 * chart), short_circuits(lines, points, chart))
    assert not short_circuits(lines, points, points, factor=1.01).any()


@pytest.mark.parametrize(
    ("shapes", "k", "message"),
    [
        (((10, 3), (9, 2)), 2, "X and embedded must have as many points, got 10 and 9"),
        (((10, 3), (10, 2)), 5, "n_neighbors must be less than half the number of points, 10, got 5"),
        (((10, 3), (10, 2)), 0, "n_neighbors must be >= 1, got 0"),
        (((10,), (10, 2)), 2, r"X must have shape \(N, d\)"),
    ],
)
def test_what_does_not_fit_is_refused(rng, shapes, k, message):
    with pytest.raises(ValueError, match=message):
        trustworthiness(*(rng.random(shape) for shape in shapes), n_neighbors=k)


@pytest.mark.parametrize("function", [*CHARTS, *CHARTS.values(), align], ids=name)
@pytest.mark.parametrize(
    ("places", "chart", "message"),
    [
        (np.ones((4, 2)), np.eye(3), "embedded and chart must have as many points, got 4 and 3"),
        (np.eye(3), np.ones((3, 2)), "chart must have at least two places, but all its points are the same"),
        (np.ones(3), np.eye(3), r"embedded must have shape \(N, m\)"),
        (1e200 * np.eye(3), np.eye(3), "embedded must be of a size between 1e-70 and 1e70, got 1e[+]200; scale them first"),
        (np.eye(3), 1e200 * np.eye(3), "chart must be of a size between 1e-70 and 1e70, got 1e[+]200; scale them first"),
        (np.eye(3), [[0.0], [np.inf], [1.0]], r"chart must be finite, got inf at index \(1, 0\)"),
    ],
)
def test_what_is_no_map_of_the_chart_is_refused(function, places, chart, message):
    with pytest.raises(ValueError, match=message):
        function(places, chart)


@pytest.mark.parametrize("function", [*NEIGHBOURS, *NEIGHBOURS.values(), point_neighbours], ids=name)
def test_every_score_of_neighbours_checks_its_arguments(rng, function):
    with pytest.raises(ValueError, match="n_neighbors must be less than half the number of points, 10, got 5"):
        function(rng.random((10, 3)), rng.random((10, 2)), n_neighbors=5)
    with pytest.raises(TypeError, match="n_neighbors must be an integer"):
        function(rng.random((10, 3)), rng.random((10, 2)), n_neighbors=2.5)
    for sizes in ((1e200, 1.0), (1.0, 1e200)):
        with pytest.raises(ValueError, match="must be of a size between 1e-70 and 1e70"):
            function(sizes[0] * rng.random((10, 3)), sizes[1] * rng.random((10, 2)), n_neighbors=2)


def test_distances_to_compare_are_as_many():
    with pytest.raises(ValueError, match="geodesics and straight must be as many distances, got 2 and 3"):
        residual_variance([1.0, 2.0], [1.0, 2.0, 3.0])
