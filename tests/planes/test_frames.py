"""Panels as the browser takes them: what lies outside is said, as in figures, and lost points keep their true places."""

import base64

import numpy as np
import pytest

from manifold.planes.frames import lost_points, panel
from manifold.plots import EXTENT


def numbers(packed, kind="<i2"):
    return packed["scale"] * np.frombuffer(base64.b64decode(packed["data"]), kind).reshape(packed["shape"])


@pytest.mark.parametrize(("count", "note"), [(0, ""), (1, ", 1% outside"), (50, ", 50% outside")])
def test_a_caption_says_what_lies_outside_of_its_panel(count, note):
    points = np.zeros((100, 2))
    points[:count, 1] = 2.0 * 1.001 * EXTENT * (-1.0) ** np.arange(count)
    inside = np.full((100, 2), 2.0 * 0.999 * EXTENT)
    assert panel("", [points, inside], 2.0, ["first", "second"])["captions"] == [f"first{note}", "second"]
    assert panel("", [points], 2.0, ["first", "second"])["captions"] == [f"first{note}", f"second{note}"]


def test_lost_points_keep_their_true_places():
    points = np.random.default_rng(0).normal(size=(8, 2))
    sent = lost_points(points, np.stack([np.arange(8) % 3 < 2, np.zeros(8, dtype=bool)]), 2.0)
    truth = numbers(sent["truth"])
    np.testing.assert_allclose(truth[0], points / 2.0, atol=sent["truth"]["scale"])
    bits = np.unpackbits(np.frombuffer(base64.b64decode(sent["lost"]["data"]), np.uint8), bitorder="little").reshape(2, 8)
    np.testing.assert_array_equal(bits, [[1, 1, 0, 1, 1, 0, 1, 1], [0] * 8])
