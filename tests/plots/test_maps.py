"""Maps: points in space and laid flat, on equal axes, none of them outside, and the way along them."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.art3d import Line3DCollection
from scipy.spatial.distance import pdist

from manifold import make_cloud, random_stream
from manifold.plots import Beside, Page, chart_colors, draw_map, figure_maps, shadow
from manifold.plots.maps import SHORT, STRAIGHT, WAY, draw_space

PATH = np.array([0, 7, 3, 12])


@pytest.fixture
def roll():
    return make_cloud("swiss roll", 50, rng=random_stream(0))


@pytest.fixture
def places(rng):
    return rng.normal(size=(50, 2)) * [5.0, 0.5] + [3.0, -40.0]


def space_axes():
    return Figure().add_subplot(projection="3d")


def lines_by_color(ax):
    return {line.get_color(): line for line in ax.lines}


def assert_inside(points, *limits):
    for coordinate, (low, high) in zip(points.T, limits, strict=True):
        rounding = 1e-9 * (high - low)
        assert low - rounding <= coordinate.min()
        assert coordinate.max() <= high + rounding


# -- the shadow


def test_the_shadow_of_points_in_space_is_themselves(roll):
    np.testing.assert_array_equal(shadow(roll.points), roll.points)


def test_the_shadow_of_points_in_the_plane_lies_on_the_floor(places):
    found = shadow(places)
    np.testing.assert_array_equal(found[:, :2], places)
    assert (found[:, 2] == 0.0).all()


def test_the_shadow_of_a_turned_sheet_keeps_all_distances(roll, rng):
    turn = np.linalg.qr(rng.normal(size=(8, 8)))[0][:3]
    np.testing.assert_allclose(pdist(shadow(roll.points @ turn + 4.0)), pdist(roll.points), rtol=1e-9)


def test_the_shadow_of_few_points_of_many_coordinates_is_that_of_many_points(rng):
    """Turned into 12,000 coordinates, whose square no memory holds, eight points keep their distances."""
    few = rng.normal(size=(8, 3)) * [4.0, 2.0, 1.0]
    turn, _ = np.linalg.qr(rng.normal(size=(12_000, 3)))
    np.testing.assert_allclose(pdist(shadow(few @ turn.T)), pdist(few), rtol=1e-9)
    assert shadow(np.eye(2, 9)).shape == (2, 3)


def test_the_shadow_shows_the_three_widest_directions_the_widest_first(rng):
    widths = np.array([0.01, 5.0, 0.02, 3.0, 9.0, 0.03])
    found = shadow(rng.normal(size=(400, 6)) * widths)
    np.testing.assert_allclose(found.std(axis=0), [9.0, 5.0, 3.0], rtol=0.2)
    np.testing.assert_allclose(found.mean(axis=0), 0.0, atol=1e-9)


# -- points in space and on a map


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_one_unit_in_space_is_as_long_along_every_axis_and_all_points_are_inside(roll, size):
    points = size * roll.points * [1.0, 4.0, 1.0] + [0.0, 3.0 * size, 0.0]
    ax = draw_space(space_axes(), points, "k")
    limits = ax.get_xlim(), ax.get_ylim(), ax.get_zlim()
    np.testing.assert_allclose(np.ptp(limits, axis=1), np.ptp(limits, axis=1)[0])
    assert_inside(points, *limits)
    assert not ax.axison


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_a_map_has_equal_axes_in_a_square_and_all_points_are_inside(places, size):
    ax = draw_map(Figure().subplots(), size * places, "k")
    assert ax.get_aspect() == 1.0
    assert np.ptp(ax.get_xlim()) == pytest.approx(np.ptp(ax.get_ylim()))
    assert_inside(size * places, ax.get_xlim(), ax.get_ylim())
    np.testing.assert_allclose(ax.collections[0].get_offsets(), size * places)


def test_points_at_one_place_still_have_a_frame():
    ax = draw_map(Figure().subplots(), np.ones((4, 2)), "k")
    assert np.ptp(ax.get_xlim()) > 0.0


def test_the_way_is_drawn_through_its_points_and_the_straight_line_between_its_ends(roll, places):
    space = lines_by_color(draw_space(space_axes(), roll.points, "k", path=PATH))
    np.testing.assert_allclose(np.transpose(space[WAY].get_data_3d()), roll.points[PATH])
    np.testing.assert_allclose(np.transpose(space[STRAIGHT].get_data_3d()), roll.points[PATH[[0, -1]]])
    assert space[STRAIGHT].get_linestyle() == "--"
    flat = lines_by_color(draw_map(Figure().subplots(), places, "k", path=PATH))
    assert list(flat) == [WAY]
    np.testing.assert_allclose(flat[WAY].get_xydata(), places[PATH])


def test_without_a_way_no_line_is_drawn(roll, places):
    assert not draw_space(space_axes(), roll.points, "k").lines
    assert not draw_map(Figure().subplots(), places, "k").lines


def test_short_circuits_are_drawn_between_their_points_and_only_where_they_are(roll, places):
    lines = np.array([[0, 7], [3, 12]])
    space, flat = (
        draw_space(space_axes(), roll.points, "k", lines=lines),
        draw_map(Figure().subplots(), places, "k", lines=lines),
    )
    (jumps,) = (drawn for drawn in flat.collections if isinstance(drawn, LineCollection))
    np.testing.assert_allclose(jumps.get_segments(), places[lines])
    assert to_hex(jumps.get_color()[0]) == SHORT
    assert [isinstance(drawn, Line3DCollection) for drawn in space.collections].count(True) == 1
    assert len(draw_map(Figure().subplots(), places, "k").collections) == 1


# -- whole figures


def test_classes_are_named_beside_their_colours(roll, places):
    beside = Beside(names={"inner": "#0072b2", "outer": "#e69f00"})
    figure = figure_maps(roll.points, "k", {"PCA": places}, {"PCA": "trust 1"}, beside=beside)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["inner", "outer"]
    assert figure.axes[1].get_xlabel() == "trust 1"
    assert not figure_maps(roll.points, "k", {"PCA": places}, {"PCA": ""}).legends


def test_an_unrolling_shows_the_points_and_their_map_under_titles(roll, places):
    figure = figure_maps(roll.points, chart_colors(roll), {"Isomap": places}, {"Isomap": ""}, beside=Beside(PATH))
    left, right = figure.axes
    assert (left.get_title(), right.get_title()) == ("50 points of 3 coordinates", "Isomap")
    np.testing.assert_allclose(right.collections[0].get_offsets(), places)
    assert len(left.lines) == 2
    assert len(right.lines) == 1


def test_points_of_many_coordinates_are_shown_by_their_shadow(rng, places):
    points = rng.normal(size=(50, 64))
    left, _ = figure_maps(points, "k", {"PCA": places}, {"PCA": ""}).axes
    assert left.get_title() == "50 points of 64 coordinates"
    limits = left.get_xlim(), left.get_ylim(), left.get_zlim()
    assert_inside(shadow(points), *limits)


@pytest.mark.parametrize(("width", "columns"), [(3.35, 2), (7.16, 5)])
def test_every_map_has_its_title_and_its_caption(roll, places, width, columns):
    maps = {name: factor * places for factor, name in enumerate("abcd", 1)}
    captions = {name: f"error of {name}" for name in maps}
    figure = figure_maps(roll.points, chart_colors(roll), maps, captions, page=Page(width=width))
    first, *others = figure.axes
    assert first.get_title() == "50 points"
    assert [ax.get_title() for ax in others] == list(maps)
    assert [ax.get_xlabel() for ax in others] == list(captions.values())
    for ax, shown in zip(others, maps.values(), strict=True):
        np.testing.assert_allclose(ax.collections[0].get_offsets(), shown)
        assert ax.get_aspect() == 1.0
    assert {ax.get_gridspec().ncols for ax in others} == {columns}
