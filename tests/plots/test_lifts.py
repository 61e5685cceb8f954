"""Lifts: where the separating plane stands, what is painted, and that nothing is outside."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

from manifold import make_cloud, random_stream
from manifold.learning import LIFTS, separate, two_classes
from manifold.plots import CLASS_COLORS, EXTENT, SIDE_COLORS, axes_ranges, figure_lift, levelled, plane_corners
from manifold.plots.lifts import draw_lifted, draw_sides


def plane_of(rng, count):
    return SimpleNamespace(weights=rng.normal(size=count), offset=0.7)


def signed(features, plane):
    """Distances (N,) from the plane, positive above it."""
    return (features @ plane.weights + plane.offset) / np.linalg.norm(plane.weights)


def rings(lift):
    cloud = make_cloud("two rings", 60, rng=random_stream(0))
    labels = two_classes(cloud)
    features = LIFTS[lift].make(6, random_stream(0, 1))(cloud.points, cloud.chart)
    return cloud.points, labels, features, separate(features, labels)


# -- the plane


@pytest.mark.parametrize("count", [4, 5, 20])
def test_of_many_features_the_plane_is_level_and_heights_are_distances_from_it(rng, count):
    features, plane = rng.normal(size=(70, count)), plane_of(rng, count)
    places, normal, offset = levelled(features, plane)
    np.testing.assert_array_equal(normal, [0.0, 0.0, 1.0])
    assert offset == 0.0
    np.testing.assert_allclose(places[:, 2], signed(features, plane), atol=1e-12)


def test_across_are_the_widest_directions_along_the_plane(rng):
    features = rng.normal(size=(500, 6)) * [7.0, 0.1, 3.0, 0.1, 0.1, 50.0]
    plane = SimpleNamespace(weights=np.eye(6)[5] * 2.0, offset=1.0)  # the widest direction of all is across the plane
    places, _, _ = levelled(features, plane)
    np.testing.assert_allclose(places[:, :2].std(axis=0), [7.0, 3.0], rtol=0.15)
    np.testing.assert_allclose(np.abs(np.corrcoef(places[:, 0], features[:, 0])[0, 1]), 1.0, atol=0.01)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_up_to_three_features_stay_where_they_are_and_keep_their_distances(rng, count):
    features, plane = rng.normal(size=(40, count)), plane_of(rng, count)
    places, normal, offset = levelled(features, plane)
    np.testing.assert_array_equal(places[:, :count], features)
    assert (places[:, count:] == 0.0).all()
    np.testing.assert_allclose((places @ normal + offset) / np.linalg.norm(normal), signed(features, plane), atol=1e-12)


@pytest.mark.parametrize("count", [2, 3, 7])
def test_the_corners_lie_on_the_plane_and_make_a_square(rng, count):
    features = 3.0 * rng.normal(size=(60, count)) + 2.0
    places, normal, offset = levelled(features, plane_of(rng, count))
    corners = plane_corners(places, normal, offset)
    np.testing.assert_allclose(corners @ normal + offset, 0.0, atol=1e-9)
    sides = np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(sides, axis=1)
    np.testing.assert_allclose(lengths, 1.1 * np.ptp(places, axis=0).max())
    np.testing.assert_allclose([a @ b for a, b in zip(sides, np.roll(sides, 1, axis=0), strict=True)], 0.0, atol=1e-9)


def test_the_corners_are_opposite_the_middle_of_the_points(rng):
    places, normal = rng.normal(size=(30, 3)), np.array([1.0, -2.0, 0.5])
    middle = (places.min(axis=0) + places.max(axis=0)) / 2.0
    across = plane_corners(places, normal, 4.0).mean(axis=0) - middle
    np.testing.assert_allclose(np.cross(across, normal), 0.0, atol=1e-9)


def test_without_a_plane_the_corners_are_one_point_in_the_middle():
    corners = plane_corners(np.array([[0.0, 0.0, 0.0], [2.0, 4.0, 6.0]]), np.zeros(3), 0.3)
    np.testing.assert_array_equal(corners, [[1.0, 2.0, 3.0]] * 4)


@pytest.mark.parametrize(("flat", "share"), [(0.01, 0.3), (1.0, 0.15)])
def test_above_a_level_plane_heights_are_seen_and_the_plane_is_in_the_middle(rng, flat, share):
    places = rng.normal(size=(200, 3)) * [1.0, 1.0, flat]
    ranges = axes_ranges(places, level=True)
    np.testing.assert_allclose(ranges[2].sum(), 0.0, atol=1e-12)
    assert np.abs(places[:, 2]).max() > share * np.ptp(ranges[2])
    assert np.ptp(ranges[2]) <= np.ptp(ranges[0]) == pytest.approx(np.ptp(ranges[1]))


def test_axes_of_up_to_three_features_have_one_scale(rng):
    ranges = axes_ranges(rng.normal(size=(200, 3)) * [1.0, 1.0, 0.01], level=False)
    np.testing.assert_allclose(np.ptp(ranges, axis=1), np.ptp(ranges[0]))


def test_without_heights_a_level_plane_still_has_a_frame(rng):
    assert (np.ptp(axes_ranges(rng.normal(size=(9, 3)) * [1.0, 1.0, 0.0], level=True), axis=1) > 0.0).all()


# -- the panels


def test_the_plane_is_painted_by_the_sign_of_the_heights_from_below():
    heights = np.full((5, 5), -1.0)
    heights[0] = 2.0  # the lowest row of the square
    points, labels, _, _ = rings("bowl")
    ax = draw_sides(Figure().subplots(), points, labels, heights)
    (image,) = ax.images
    np.testing.assert_array_equal(image.get_array(), heights > 0.0)
    assert image.origin == "lower"
    assert image.get_extent() == [-EXTENT, EXTENT, -EXTENT, EXTENT]
    assert [to_rgb(image.cmap(image.norm(value))) for value in (0, 1)] == [to_rgb(color) for color in SIDE_COLORS]


def test_points_have_the_colour_of_their_class_and_are_inside():
    points, labels, _, _ = rings("none")
    ax = draw_sides(Figure().subplots(), points, labels, None)
    assert not ax.images
    (dots,) = ax.collections
    np.testing.assert_allclose(dots.get_offsets(), points)
    expected = np.array([to_rgba(color) for color in CLASS_COLORS])[labels]
    np.testing.assert_allclose(dots.get_facecolors(), expected)
    assert ax.get_aspect() == 1.0
    assert ax.get_xlim() == ax.get_ylim() == (-EXTENT, EXTENT)
    assert np.abs(points).max() < EXTENT


@pytest.mark.parametrize("lift", LIFTS)
def test_lifted_points_are_inside_equal_axes_with_their_plane(lift):
    _, labels, features, plane = rings(lift)
    ax = draw_lifted(Figure().add_subplot(projection="3d"), features, labels, plane)
    places, _, _ = levelled(features, plane)
    limits = np.array([ax.get_xlim(), ax.get_ylim(), ax.get_zlim()])
    equal = 2 if features.shape[1] > 3 else 3
    np.testing.assert_allclose(np.ptp(limits[:equal], axis=1), np.ptp(limits, axis=1)[0])
    assert (limits[:, 0] <= places.min(axis=0)).all()
    assert (places.max(axis=0) <= limits[:, 1]).all()
    (drawn,) = (collection for collection in ax.collections if isinstance(collection, Poly3DCollection))
    assert drawn.get_alpha() < 1.0  # the points behind it are seen


def test_the_figure_has_both_panels_with_title_and_caption():
    points, labels, features, plane = rings("relu")
    figure = figure_lift(points, labels, np.ones((3, 3)), features, plane, name="Six units")
    left, right = figure.axes
    assert left.get_title() == "in the plane"
    assert left.get_xlabel() == f"{plane.accuracy:.0%} on the right side"
    assert right.get_title() == f"Six units, {features.shape[1]} dimensions"
    assert len(left.images) == 1
