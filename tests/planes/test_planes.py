"""What `manifold.planes.panels` sends to the browser, and what it makes of the answer."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from manifold.planes import panels
from manifold.planes.packing import Packed, pack, pack_bits


def unpack(packed: Packed) -> np.ndarray:
    codes = np.frombuffer(base64.b64decode(packed["data"]), dtype="<i2")
    return codes.reshape(packed["shape"])


@given(arrays(np.float64, array_shapes(), elements=st.floats(-1e6, 1e6, width=32)))
def test_round_trip_is_exact_within_half_a_unit(array):
    packed = pack(array)
    error = np.abs(packed["scale"] * unpack(packed) - array)
    assert error.max() <= 0.5 * packed["scale"] * (1 + 1e-6)


def test_bits_round_trip():
    flags = np.random.default_rng(0).random((3, 13)) < 0.5
    packed = pack_bits(flags)
    codes = np.frombuffer(base64.b64decode(packed["data"]), dtype=np.uint8)
    bits = [codes[i // 8] >> (i % 8) & 1 for i in range(flags.size)]
    assert packed["shape"] == [3, 13]
    np.testing.assert_array_equal(np.reshape(bits, (3, 13)), flags)


def test_a_sample_is_packed_as_the_browsers_test_unpacks_it():
    sample = json.loads((Path(__file__).parents[1] / "planes" / "packed.json").read_text())
    assert pack(np.array(sample["points"]["array"], dtype=np.float64)) == sample["points"]["packed"]
    assert pack_bits(sample["bits"]["array"]) == sample["bits"]["packed"]


def test_values_beyond_the_limit_and_nan_take_the_extreme_codes():
    codes = unpack(pack([5.0, -5.0, np.inf, -np.inf, np.nan, 0.0], limit=2.0))
    assert codes.tolist() == [32767, -32767, 32767, -32767, -32768, 0]


@pytest.mark.parametrize("limit", [0.0, -1.0, np.nan, np.inf])
def test_limit_must_be_positive(limit):
    with pytest.raises(ValueError, match=r"limit must be a positive number, got .*; leave it out"):
        pack([1.0], limit=limit)


@pytest.fixture
def show(monkeypatch):
    """Function: pass a width; gives what the browser is passed (width, number of moves), and how it reports."""
    state, shown = {"n": 3}, {}
    monkeypatch.setattr(panels.st, "session_state", state)
    monkeypatch.setattr(panels, "_mount", lambda **given: shown.update(given) or state.setdefault(given["key"], {}))

    def show(width=None):
        state["n"] = width or state["n"]
        panels.planes({"width": state["n"]}, key="planes", on_width=lambda chosen: state.update(n=chosen))
        return shown["data"]["width"], shown["data"]["moves"]

    def report(chosen, moves):
        state["planes"] = {"width": {"chosen": chosen, "moves": moves}}
        shown["on_width_change"]()
        return state["n"]

    show.report, show.leave = report, lambda: state.pop("planes")
    return show


def test_what_the_browser_has_chosen_changes_nothing_of_what_it_is_passed(show):
    assert show() == show() == (3, 1)
    assert show.report(4, moves=1) == 4
    assert show() == show() == (3, 1)
    assert show(3) == (3, 2)  # the page moves the slider back
    assert show(5) == (5, 3)


def test_a_report_that_was_on_its_way_when_the_page_moved_the_slider_counts_for_nothing(show):
    assert show() == (3, 1)
    assert show(5) == (5, 2)
    assert show.report(4, moves=1) == 5
    assert show() == (5, 2)


def test_who_comes_back_to_a_page_finds_the_slider_where_it_was_left(show):
    show()
    show.report(4, moves=1)
    show.leave()
    assert show() == (4, 2)
