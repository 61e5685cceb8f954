"""Points and maps on their way to the browser: what is left out of many, and the way from the points to their map."""

import base64

import numpy as np
import pytest

from manifold.learning import procrustes_error
from manifold.planes.maps import MOST_LINES, MOST_POINTS, Drawing, Inks, few_points, map_data

CAMERA = (280.0, 20.0)


def numbers(packed):
    codes = np.frombuffer(base64.b64decode(packed["data"]), "<i2").reshape(packed["shape"])
    return np.where(codes == -32768, np.nan, codes * packed["scale"])


def shown(points, maps, **more):
    inks = ["#000000"] * len(points)
    return map_data(points, maps, [""] * len(maps), Inks(inks, inks), title="", camera=CAMERA, **more)


def test_the_way_to_one_map_ends_with_the_map_as_it_is_seen_from_the_camera():
    rng = np.random.default_rng(0)
    points, flat = rng.normal(size=(50, 3)), rng.normal(size=(50, 2))
    given, mapped = shown(points, {"map": flat})["panels"]
    first, last = numbers(given["points"])
    assert procrustes_error(first, points) < 1e-6
    around, up = np.radians(CAMERA)
    eye = np.array([np.cos(up) * np.cos(around), np.cos(up) * np.sin(around), np.sin(up)])
    assert np.ptp(last @ eye) < 1e-3  # it faces the camera
    assert procrustes_error(last, flat) < 1e-6
    assert procrustes_error(numbers(mapped["points"])[0], flat) < 1e-6


def test_several_maps_are_shown_one_after_another_under_their_names():
    rng = np.random.default_rng(0)
    data = shown(rng.normal(size=(9, 5)), {name: rng.normal(size=(9, 2)) for name in ("PCA", "Isomap", "t-SNE")})
    assert data["steps"] == ["PCA", "Isomap", "t-SNE"]
    assert [panel["points"]["shape"] for panel in data["panels"]] == [[1, 9, 3], [3, 9, 2]]


def test_of_many_points_few_are_kept_and_all_of_the_way_which_is_numbered_anew():
    path = np.array([7, 3, 40_001])
    drawing = Drawing(np.array([[7, 3], [3, 9], [7, 40_001]]), np.array([False, True, True]), path)
    kept = few_points(50_000, drawing)
    assert len(kept) <= MOST_POINTS + len(path)
    part = drawing.among(kept)
    np.testing.assert_array_equal(kept[part.path], path)
    np.testing.assert_array_equal(kept[part.lines], [[7, 3], [7, 40_001]])  # place 9 is left out
    assert part.short.tolist() == [False, True]


@pytest.mark.parametrize("count", [0, 1, MOST_LINES, MOST_LINES + 1, 5 * MOST_LINES])
def test_lines_between_neighbours_are_few_enough(count):
    sound = Drawing(np.zeros((count, 2), dtype=np.int64), np.zeros(count, dtype=bool)).sound()
    assert min(count, MOST_LINES) / 2 <= len(sound) <= MOST_LINES
