"""What `manifold.planes.panels` sends to the browser, and what it makes of the answer."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from streamlit.testing.v1 import AppTest

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


def page():
    import streamlit as st

    from manifold.planes.panels import planes

    words = {"play": "Play", "pause": "Pause", "width": "Width"}
    passed = st.number_input("passed", value=3)
    chosen = planes({"widths": [2, 3, 4], "width": passed, "extent": 1.0, "panels": [], "words": words}, key="planes")
    st.text(str(chosen))


def test_a_choice_holds_until_the_page_passes_another_width():
    app = AppTest.from_function(page).run()
    assert app.text[0].value == "None"
    app.session_state["planes"] = {"width": {"chosen": 4, "start": 3}}
    assert app.run().text[0].value == "4"
    assert app.number_input[0].set_value(2).run().text[0].value == "None"
