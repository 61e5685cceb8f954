"""Curves of your own: their text and back, what is left of many places, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifold import make_cloud, random_stream
from manifold.clouds.drawn import EXAMPLE, MOST_CORNERS, MOST_CURVES, SIDE, read_path, simplify, write_path

places = st.tuples(st.integers(0, SIDE), st.integers(0, SIDE))
lines = st.lists(places, min_size=2, max_size=8).filter(lambda line: max(np.hypot(*np.subtract(line, line[0]).T)) > 2)


def distance(place, curve):
    """Of a place from the nearest of a curve."""
    starts, ways = curve[:-1], np.diff(curve, axis=0)
    along = np.clip(((place - starts) * ways).sum(axis=1) / np.maximum((ways**2).sum(axis=1), 1e-12), 0.0, 1.0)
    return np.linalg.norm(starts + along[:, None] * ways - place, axis=1).min()


def text_of(curves):
    return "_".join("".join(f"x{x}y{y}" for x, y in curve) for curve in curves)


@given(st.lists(lines, min_size=1, max_size=4))
def test_what_is_written_is_read_and_written_again_as_it_was(curves):
    path = write_path([np.array(curve) for curve in curves])
    assert len(read_path(path)) == len(curves)
    assert write_path(read_path(path)) == path
    for curve, corners in zip(curves, read_path(path), strict=True):
        np.testing.assert_array_equal(corners[0], curve[0])


@given(st.lists(lines, min_size=1, max_size=4))
def test_a_path_is_read_corner_by_corner(curves):
    for corners, curve in zip(read_path(text_of(curves)), curves, strict=True):
        np.testing.assert_array_equal(corners, curve)


def test_a_hundred_thousand_places_leave_a_short_path_near_the_curve():
    share = np.linspace(0.0, 1.0, 100_000)
    angle = 30.0 * share
    curve = 500.0 + 450.0 * share[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    path = write_path([curve])
    (corners,) = read_path(path)
    assert MOST_CORNERS / 3 < len(corners) <= MOST_CORNERS
    assert max(distance(place, corners) for place in curve[::997]) < 4.0
    scrawl = write_path([random_stream(0).uniform(0.0, SIDE, (100_000, 2))])
    assert len(read_path(scrawl)[0]) == MOST_CORNERS
    assert len(scrawl) <= 8 * MOST_CORNERS


def test_the_corner_that_is_farthest_stays_and_those_on_a_line_do_not():
    line = np.array([[0.0, 0.0], [50.0, 1.0], [100.0, 0.0], [100.0, 80.0], [100.0, 100.0]])
    (left,) = simplify([line], tolerance=2.0, most=9)
    np.testing.assert_array_equal(left, [[0, 0], [100, 0], [100, 100]])
    (few,) = simplify([np.array([[0.0, 0.0], [10.0, 40.0], [50.0, 90.0], [99.0, 0.0]])], tolerance=0.0, most=3)
    np.testing.assert_array_equal(few, [[0, 0], [50, 90], [99, 0]])


def test_points_lie_evenly_along_the_curve_in_the_unit_disc_and_lengths_are_true():
    corners = np.array(
        [[100.0, 100.0], [400.0, 100.0], [400.0, 500.0]]
    )  # sides 300 and 400: its box has half a diagonal of 250
    cloud = make_cloud(f"drawn,path={write_path([corners])}", 71, scale=2.0, rng=random_stream(0))
    ends = 2.0 * (corners - [250.0, 300.0]) / 250.0
    np.testing.assert_allclose(cloud.points[[0, 30, 70]], ends, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(np.diff(cloud.points, axis=0), axis=1), 2.0 * 10.0 / 250.0)
    assert cloud.chart[-1, 0] == pytest.approx(2.0 * 700.0 / 250.0)


def test_a_curve_that_ends_near_its_start_is_closed_and_two_curves_are_two_components():
    angle = np.linspace(0.0, 6.25, 200)
    ring = 500.0 + 300.0 * np.column_stack([np.cos(angle), np.sin(angle)])
    path = write_path([ring, [[0, 0], [999, 999]]])
    closed, line = read_path(path)
    np.testing.assert_array_equal(closed[0], closed[-1])
    np.testing.assert_array_equal(line, [[0, 0], [999, 999]])
    assert set(make_cloud(f"drawn,path={path}", 50, rng=random_stream(0)).component) == {0, 1}
    assert write_path([[[3, 3]], [[0, 0], [9, 9]]]) == "x0y0x9y9"  # a dot beside a line


def test_a_small_ring_beside_a_scrawl_that_takes_all_corners_is_left_out():
    scrawl = random_stream(0).uniform(0.0, SIDE, (400, 2))
    path = write_path([scrawl, [[5, 5], [9, 5], [9, 9], [5, 5]]])
    assert len(read_path(path)) == 1


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "a drawn path is written x0y10x250y400, with whole numbers"),
        ("12", "a drawn path is written"),
        ("x1y2_", "a drawn path is written"),
        ("x1y2x3y1000", "a drawn path is written"),
        ("x1y2<b>", r"got 'x1y2<b>'"),
        ("x5y5", "must have two different places, got 'x5y5'; draw a line, not a dot"),
        ("x5y5x5y5", "must have two different places"),
        ("_".join(["x1y2x3y4"] * (MOST_CURVES + 1)), f"at most {MOST_CURVES} curves, got {MOST_CURVES + 1}"),
        ("x1y2x3y4" * 50_000, f"at most {MOST_CORNERS} corners, got 100,000; shorten it by manifold.clouds.drawn.write_path"),
    ],
    ids=lambda value: value[:12],
)
def test_what_is_no_path_is_refused_in_a_sentence(path, message):
    with pytest.raises(ValueError, match=message) as raised:
        make_cloud(f"drawn,path={path}", 20, rng=random_stream(0)) if path and path != "12" else read_path(path)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    ("curves", "message"),
    [
        ([], "two different places"),
        ([[[5, 5]]], "draw a line, not a dot"),
        ([[[0, 0], [1000, 0]]], "pairs from 0 to 999, got"),
        ([[[0, 0], [-1, 0]]], "pairs from 0 to 999"),
        ([[[0, 0, 0], [1, 0, 0]]], "pairs from 0 to 999"),
        ([[[0, 0], [np.nan, 0]]], "curves must be finite"),
        ([[[0, 0], [9, 9]]] * (MOST_CURVES + 1), "draw fewer"),
    ],
    ids=str,
)
def test_what_is_no_drawing_is_refused_in_a_sentence(curves, message):
    with pytest.raises(ValueError, match=message):
        write_path(curves)


def test_the_example_fits():
    (corners,) = read_path(EXAMPLE)
    assert 10 < len(corners) < MOST_CORNERS
