"""Early exits on their way to the browser: every picture stands in one panel, and the curve in its frame."""

import base64

import numpy as np

from manifold.nets.training.departures import Departures
from manifold.planes.exits import exit_data, verdicts
from manifold.plots import accuracy_ticks

RIGHT = np.array([[True, True, True], [False, True, True], [True, True, False], [False, False, True]])
EXITS = np.array([[0, 0, 0, 0], [0, 1, 0, 2], [2, 2, 2, 2]])
DEPARTURES = Departures(np.array([0.0, 0.825, 1.0]), EXITS, RIGHT, np.array([1, 3, 6]))


def bits(packed):
    flags = np.unpackbits(np.frombuffer(base64.b64decode(packed["data"]), np.uint8), bitorder="little")
    return flags[: np.prod(packed["shape"])].reshape(packed["shape"]).astype(bool)


def test_every_picture_stands_in_the_panel_of_its_exit_and_wrong_ones_are_framed():
    data = exit_data(DEPARTURES, np.zeros((4, 8, 8)), step=1)
    shown = np.stack([bits(panel["pictures"]) for panel in data["panels"][:3]])
    np.testing.assert_array_equal(shown.argmax(axis=0), EXITS)
    assert (shown.sum(axis=0) == 1).all()
    framed = np.sum([bits(panel["wrong"]) for panel in data["panels"][:3]], axis=0)
    np.testing.assert_array_equal(framed.sum(axis=1), [2, 0, 1])
    assert (data["widths"], data["width"]) == ([0, 825, 1000], 825)


def test_the_numbers_and_the_verdict_follow_the_threshold():
    saved, accuracy, last, verdict = (
        number["values"] for number in exit_data(DEPARTURES, np.zeros((4, 8, 8)), step=0)["numbers"]
    )
    assert (saved, accuracy) == (["83%", "54%", "0%"], ["50.0%", "100.0%", "75.0%"])
    assert set(last) == {"75.0%"}
    assert verdict == verdicts(DEPARTURES) == ["25.0 points worse", "25.0 points better", "no saving"]


def test_the_curve_lies_between_the_axes():
    ticks = accuracy_ticks(DEPARTURES)
    assert ticks[0] < 0.5
    assert ticks[-1] >= 1.0
    curve = exit_data(DEPARTURES, np.zeros((4, 8, 8)), step=0)["panels"][3]
    codes = np.frombuffer(base64.b64decode(curve["points"]["data"]), "<i2").reshape(3, 2) * curve["points"]["scale"]
    low, high = np.array(curve["axes"]["corner"]), np.array(curve["axes"]["reach"])
    assert ((codes > low - 1e-3) & (codes < high + 1e-3)).all()
    assert codes[-1, 0] - high[0] < 1e-3  # all go to the last exit
