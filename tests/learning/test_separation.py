"""Lifts and planes: what a plane separates against linear programming, and what more dimensions make of it."""

import numpy as np
import pytest
from scipy.optimize import linprog

from manifold import PointCloud, make_cloud, random_stream
from manifold.learning import LIFTS, relu_layer, separate, two_classes
from manifold.text import named


def rings(count=200, **options):
    return make_cloud(",".join(["two rings", *(f"{k}={v}" for k, v in options.items())]), count, rng=random_stream(1))


def lifted(name, cloud, *, width=12, seed=0):
    return LIFTS[name].make(width, np.random.default_rng(seed))(cloud.points, cloud.chart)


def widest_gap(features, labels):
    """The largest t with y_i (w . h_i + b) >= t for |w_j| <= 1, h of unit variance: above 0 if a plane separates."""
    h = (features - features.mean(axis=0)) / features.std(axis=0)
    sign = np.where(labels > 0, 1.0, -1.0)
    rows = np.column_stack([-sign[:, None] * h, -sign, np.ones(len(h))])
    bounds = [(-1.0, 1.0)] * h.shape[1] + [(None, None), (None, 1.0)]
    return linprog(np.append(np.zeros(h.shape[1] + 1), -1.0), A_ub=rows, b_ub=np.zeros(len(h)), bounds=bounds).x[-1]


def is_feasible(features, labels):
    """Whether y_i (w . h_i + b) >= 1 for all i has a solution."""
    sign = np.where(labels > 0, 1.0, -1.0)
    rows = -sign[:, None] * np.column_stack([features, np.ones(len(features))])
    found = linprog(np.zeros(rows.shape[1]), A_ub=rows, b_ub=-np.ones(len(rows)), bounds=(None, None))
    return found.status == 0


def random_case(seed):
    """Normal points in 1 to 11 dimensions, their classes random, or by a plane with some noise."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(int(rng.integers(6, 40)), int(rng.integers(1, 12))))
    side = features @ rng.normal(size=features.shape[1]) + (seed % 3) * rng.normal(size=len(features))
    labels = (side > np.median(side)).astype(int)
    return features * 10.0 ** rng.uniform(-3.0, 3.0) + rng.normal(size=features.shape[1]), labels


def test_a_plane_is_found_if_and_only_if_there_is_one():
    """Against linear programming, on 200 clouds; but for gaps below a hundredth of the cloud, which the loss may sacrifice."""
    seen = []
    for features, labels in map(random_case, range(200)):
        possible = is_feasible(features, labels)
        if possible and widest_gap(features, labels) < 0.02:
            continue
        seen.append(possible)
        assert (separate(features, labels).accuracy == 1.0) == possible
    assert 40 < sum(seen) < len(seen) - 40


@pytest.mark.parametrize("width", [1, 3, 8])
def test_a_relu_layer_is_its_formula(rng, width):
    points = rng.normal(size=(30, 3))
    layer = relu_layer(width, 3, rng=np.random.default_rng(5))
    assert layer(points).shape == (30, width)
    offsets = np.maximum(layer(np.zeros((1, 3)))[0], 0.0)
    assert ((offsets >= 0.0) & (offsets <= 1.0)).all()
    other, draws = np.random.default_rng(5), []
    for _ in range(width):
        draws.append((other.standard_normal(3), other.uniform(-1.0, 1.0)))
    expected = np.column_stack([np.maximum(points @ w + b, 0.0) for w, b in draws])
    np.testing.assert_allclose(layer(points), expected, atol=1e-12)


def test_the_weights_of_a_relu_layer_are_standard_normal_and_its_offsets_uniform(z_scores):
    """Slopes far out in the two directions of an axis, and values at 0, of 4000 units."""
    layer = relu_layer(4000, 1, rng=np.random.default_rng(0))
    far = layer(np.array([[1e9], [-1e9]])) / 1e9
    slopes = far[0] - far[1]
    assert abs(z_scores(slopes, 0.0)).max() < 4.0
    assert abs(z_scores(slopes**2, 1.0)).max() < 4.0
    at_zero = layer(np.zeros((1, 1)))[0]
    assert abs(z_scores(at_zero, 0.25)).max() < 4.0
    assert abs(z_scores(at_zero > 0.0, 0.5)).max() < 4.0
    assert at_zero.max() <= 1.0


@pytest.mark.parametrize("narrow", [1, 4, 9])
def test_a_wider_layer_begins_with_the_narrower_one(rng, narrow):
    points = rng.normal(size=(20, 2))
    small, large = (relu_layer(width, 2, rng=np.random.default_rng(7))(points) for width in (narrow, 10))
    np.testing.assert_allclose(large[:, :narrow], small, atol=1e-14)
    cloud = rings()
    np.testing.assert_allclose(lifted("relu", cloud, width=10)[:, :narrow], lifted("relu", cloud, width=narrow), atol=1e-14)


@pytest.mark.parametrize("name", ["two rings", "two moons", "two spirals"])
def test_what_is_separated_stays_separated_as_units_are_added(name):
    """And units help: accuracy may fall by chance where it is low, because the loss is not the accuracy, but not on average."""
    cloud = make_cloud(name, 150, rng=random_stream(1))
    widths = (1, 2, 4, 8, 16, 32, 64)
    shares = []
    for seed in range(8):
        features = lifted("relu", cloud, width=64, seed=seed)
        shares.append([separate(features[:, :width], two_classes(cloud)).accuracy for width in widths])
        whole = [share == 1.0 for share in shares[-1]]
        assert whole == sorted(whole)
        assert shares[-1][-1] == 1.0
    assert (np.diff(np.mean(shares, axis=0)) > -0.02).all()
    assert np.mean(shares, axis=0)[0] < 0.9


@pytest.mark.parametrize("dim", [1, 2, 7])
def test_the_plane_lies_between_classes_that_a_plane_separates(rng, dim):
    normal = rng.normal(size=dim)
    features = rng.normal(size=(100, dim)) * 50.0 - 300.0
    sides = (features + 300.0) @ normal
    features += 10.0 * np.sign(sides)[:, None] * normal
    labels = (sides > 0.0).astype(int)
    found = separate(features, labels)
    assert found.accuracy == 1.0
    assert found.correct.all()
    assert found.weights.shape == (dim,)
    np.testing.assert_array_equal(found.heights(features) > 0.0, labels == 1)
    np.testing.assert_allclose(found.heights(features), features @ found.weights + found.offset)
    assert np.array_equal(separate(features, 1 - labels).heights(features) > 0.0, labels == 0)


@pytest.mark.parametrize("name", ["two rings", "two moons"])
def test_correct_points_and_accuracy_say_the_same_as_heights(name):
    cloud = make_cloud(name, 150, rng=random_stream(1))
    labels = two_classes(cloud)
    found = separate(cloud.points, labels)
    np.testing.assert_array_equal(found.correct, (found.heights(cloud.points) > 0.0) == (labels == 1))
    shares = [found.correct[labels == side].mean() for side in (0, 1)]
    assert found.accuracy == pytest.approx(np.mean(shares))


@pytest.mark.parametrize("few", [5, 20, 60])
def test_both_classes_count_alike_however_many_points_they_have(rng, few):
    """Classes drawn from overlapping normals: many points more of one neither move the plane nor raise the accuracy."""
    features = np.vstack([rng.normal(size=(few, 1)) - 1.0, rng.normal(size=(20 * few, 1)) + 1.0])
    labels = np.repeat([0, 1], [few, 20 * few])
    found = separate(features, labels)
    assert abs(found.offset / found.weights[0]) < 1.0
    assert found.accuracy < 1.0
    twice = separate(np.vstack([features, features[few:]]), np.append(labels, labels[few:]))
    assert twice.accuracy == pytest.approx(found.accuracy, abs=0.02)
    assert twice.offset / twice.weights[0] == pytest.approx(found.offset / found.weights[0], abs=0.02)


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_guessing_gets_half(share):
    """Each place has as large a share of the one class as of the other, so that no plane tells anything."""
    places = np.tile(np.arange(10.0), 100)[:, None]
    labels = (np.repeat(np.arange(100), 10) < 100 * share).astype(int)
    assert separate(places, labels).accuracy == pytest.approx(0.5)


@pytest.mark.parametrize("share", [0.02, 0.5])
def test_features_that_say_nothing_get_half(share):
    assert separate(np.zeros((500, 2)), np.arange(500) < 500 * share).accuracy == 0.5


def test_features_without_variance_play_no_part(rng):
    features, labels = rng.normal(size=(60, 2)), np.repeat([0, 1], 30)
    one, other = separate(features, labels), separate(np.column_stack([features, np.full(60, 9.0)]), labels)
    np.testing.assert_allclose(other.heights(np.column_stack([features, np.full(60, 9.0)])), one.heights(features), atol=1e-6)


@pytest.mark.parametrize("inner", [0.3, 0.5, 0.8])
def test_a_bowl_separates_rings_and_the_plane_does_not(inner):
    """The bowl's third coordinate is the squared radius, the plane a height between the two."""
    cloud = rings(inner=inner)
    labels = two_classes(cloud)
    assert set(labels[np.linalg.norm(cloud.points, axis=1) < (1.0 + inner) / 2.0]) == {1}
    assert separate(lifted("none", cloud), labels).accuracy < 0.6
    found = separate(lifted("bowl", cloud), labels)
    assert found.accuracy == 1.0
    assert inner**2 < -found.offset / found.weights[2] < 1.0
    assert np.abs(found.weights[:2]).max() < 0.05 * abs(found.weights[2])


def test_a_thread_lifts_one_end_of_a_spiral_off_the_table():
    cloud = make_cloud("spiral", 200, rng=random_stream(1))
    labels = two_classes(cloud)
    assert separate(cloud.points, labels).accuracy < 0.9
    assert separate(lifted("thread", cloud), labels).accuracy == 1.0
    np.testing.assert_allclose(lifted("thread", cloud)[:, 2], np.linspace(0.0, 1.0, 200), atol=1e-9)


@pytest.mark.parametrize(("name", "columns"), [("none", 2), ("bowl", 3), ("thread", 3), ("relu", 12)])
def test_every_lift_gives_its_features(name, columns):
    cloud = rings(80)
    before = cloud.points.copy()
    found = lifted(name, cloud)
    assert found.shape == (80, columns)
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(cloud.points, before)
    np.testing.assert_array_equal(found, lifted(name, cloud))
    if name in ("bowl", "thread"):
        np.testing.assert_array_equal(found[:, :2], cloud.points)
    if name == "bowl":
        np.testing.assert_allclose(found[:, 2], np.linalg.norm(cloud.points, axis=1) ** 2)
    other = lifted(name, PointCloud(cloud.points, cloud.chart[::-1] ** 2, cloud.component))
    assert np.array_equal(found, other) != LIFTS[name].knows_chart


def test_lifts_are_told_apart_by_title_and_idea():
    assert list(LIFTS) == ["none", "bowl", "thread", "relu"]
    assert len({named(LIFTS, name) for name in LIFTS}) == len({named(LIFTS, name, "idea") for name in LIFTS}) == 4
    assert [name for name, lift in LIFTS.items() if lift.knows_chart] == ["thread"]
    with pytest.raises(ValueError, match=r"unknown lift 'bowls'\. Did you mean 'bowl'"):
        LIFTS["bowls"]


def test_a_chart_of_one_place_lifts_nothing():
    assert (LIFTS["thread"].make(3, np.random.default_rng(0))(np.ones((4, 2)), np.full((4, 1), 7.0))[:, 2] == 0.0).all()


def test_classes_are_the_two_curves_or_else_the_halves_of_the_one():
    moons, spiral = (make_cloud(name, 100, rng=random_stream(1)) for name in ("two moons", "spiral"))
    np.testing.assert_array_equal(two_classes(moons), moons.component)
    np.testing.assert_array_equal(two_classes(spiral), np.repeat([0, 1], 50))
    three = PointCloud(np.zeros((6, 2)), np.array([[5.0], [0.0], [4.0], [1.0], [3.0], [2.0]]), np.array([0, 0, 1, 1, 2, 2]))
    assert two_classes(three).tolist() == [1, 0, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("features", "labels", "error", "message"),
    [
        (np.eye(3), [0, 1], ValueError, "features and labels must have as many points, got 3 and 2"),
        (np.eye(3), [0, 0, 0], ValueError, "labels must be 0 and 1, both of them, got 0$"),
        (np.eye(3), [1, 2, 1], ValueError, "labels must be 0 and 1, both of them, got 1, 2$"),
        (np.eye(3), [0, 1, 2], ValueError, "labels must be 0 and 1, both of them, got 0, 1, 2$"),
        (np.eye(3), [0, 0.5, 1], ValueError, "labels must be 0 and 1, both of them, got 0, 0.5, 1$"),
        (np.ones(3), [0, 1, 1], ValueError, r"features must have shape \(N, n\)"),
        (np.eye(3), np.eye(3), ValueError, r"labels must have shape \(N,\)"),
        ([[np.nan]], [0], ValueError, r"features must be finite, got nan at index \(0, 0\)"),
        (np.eye(2), ["a", "b"], TypeError, "labels must be an array of numbers"),
    ],
)
def test_what_are_no_classes_of_points_is_refused(features, labels, error, message):
    with pytest.raises(error, match=message):
        separate(features, labels)


@pytest.mark.parametrize(
    ("width", "dim", "error", "message"),
    [
        (0, 2, ValueError, "width must be >= 1, got 0"),
        (3, 0, ValueError, "dim must be >= 1, got 0"),
        (2.5, 2, TypeError, r"width must be an integer, got 2\.5"),
    ],
)
def test_a_layer_has_units_and_inputs(rng, width, dim, error, message):
    with pytest.raises(error, match=message):
        relu_layer(width, dim, rng=rng)
    with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator"):
        relu_layer(3, 2, rng=0)
