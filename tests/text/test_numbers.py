"""How numbers are written for readers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifold.plots import error_text
from manifold.text import error_number, map_error, percent, power_of_ten, share_number, small_share


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0%"), (1e-6, "< 1%"), (0.01, "1%"), (0.1875, "19%"), (0.99, "99%"), (0.999, "> 99%"), (1.0, "100%")],
)
def test_percent_writes_whole_percents(share, text):
    assert percent(share) == text


@pytest.mark.parametrize("points", [200, 500])
def test_percent_never_says_nothing_or_everything_of_what_is_neither(points):
    shares = np.arange(1, points) / points
    assert not {"0%", "100%"} & {percent(share) for share in shares}


@given(st.floats(-10.0, -1e-8))
def test_percent_of_less_than_nothing_is_not_written_as_zero(share):
    assert percent(share) not in ("0%", "-0%")


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "none"),
        (0.75, "75%"),
        (1.0 - 2.0**-16, "> 99%"),
        (13 / 4096, "0.32%"),
        (0.012, "1.2%"),
        (1 / 3400, "1 in 3,400"),
        (2.0**-38.9, "1 in 5.1 · 10¹¹"),
    ],
)
def test_a_share_is_written_so_that_it_can_be_said(share, words):
    assert small_share(share) == words


@given(st.floats(0.0, 100.0))
def test_errors_on_pages_are_written_as_in_figures(error):
    assert error_text(error) == f"NMSE {error_number(error)}"


def test_an_error_of_a_map_that_is_as_good_as_nothing_is_not_written_in_powers_of_ten():
    assert map_error(1e-7) == "< 0.0001"
    assert map_error(0.00039) == "0.00039"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0%"), (0.3125, "31%"), (13 / 4096, "0.32%"), (31 / 2.0**30, "2.9 × 10⁻⁸"), (9.96e-5, "1.0 × 10⁻⁴")],
)
def test_a_small_share_is_written_per_cent_and_one_as_good_as_nothing_as_a_power_of_ten(share, text):
    assert share_number(share) == text


@given(st.floats(1e-300, 1e-3))
def test_a_power_of_ten_has_two_digits_that_count(value):
    digits, power = power_of_ten(value).split(" × 10")
    written = float(digits) * 10.0 ** int(power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")))
    assert written == pytest.approx(value, rel=0.051)
    assert 1.0 <= float(digits) < 10.0
