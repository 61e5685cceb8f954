"""Decimal signs: every number that Python writes is read with its own sign, and what may be two numbers is refused."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifold import read_points
from manifold.clouds.decimals import find_decimal, is_number, parse_number


def points_of(text, **options):
    return read_points(io.BytesIO(text.encode()), **options).points.tolist()


@given(st.floats(allow_nan=False))
def test_a_number_with_either_sign_comes_back_exactly(number):
    assert parse_number(repr(number)) == number
    assert parse_number(repr(number).replace(".", ","), ",") == number


@given(st.integers(1_000, 10**12), st.sampled_from(["", "-", "+"]), st.integers(0, 99))
def test_thousands_may_be_parted(whole, sign, cents):
    value = float(f"{sign}{whole}.{cents:02}")
    assert parse_number(f"{sign}{whole:,}.{cents:02}") == value
    assert parse_number(f"{sign}{whole:_}".replace("_", ".") + f",{cents:02}", ",") == value


@pytest.mark.parametrize(
    "cell", ["", "a", "1_000", "1,5", "1.2.3", "0,123", "12,34", "1,2345", "1e", ".", ",", "-", "0x10", "1 2"]
)
def test_what_is_no_number_with_a_decimal_point_is_none(cell):
    assert not is_number(cell)


def test_with_a_decimal_comma_a_point_can_only_part_thousands():
    assert parse_number("1.234", ",") == 1234.0
    assert parse_number("1,234", ",") == 1.234
    assert [is_number(cell, ",") for cell in ("1.5", "0.123", "12.34", "1.234.567", "1.234,5", "nan", "-inf", "7")] == [
        *[False] * 3,
        *[True] * 5,
    ]


@pytest.mark.parametrize(
    ("cells", "sign"),
    [
        (["1", "a", "1e5"], "."),
        (["0.5"], "."),
        (["1,5"], ","),
        (["1.234", "0,5"], ","),  # so the point parts thousands
        (["1,234", "0.5"], "."),
        (["1.234.567"], ","),
        (["1,234.5"], "."),
        (["0.123"], "."),  # no thousand starts with 0
        (["0,123"], ","),
    ],
)
def test_one_cell_shows_the_sign_of_all(cells, sign):
    assert find_decimal(cells, "it", point=False) == sign


@pytest.mark.parametrize(
    ("text", "points", "others"),
    [
        ("1.234;2\n", [[1.234, 2.0]], [[1234.0, 2.0]]),
        ("x;y\n1.234;-12.500\n", [[1.234, -12.5]], [[1234.0, -12500.0]]),
        ("1,234;2\n", [[1234.0, 2.0]], [[1.234, 2.0]]),
        ("x\ty\n1,234\t2\n", [[1234.0, 2.0]], [[1.234, 2.0]]),
        ('x,y\n"1,234",2\n', [[1234.0, 2.0]], [[1.234, 2.0]]),
    ],
)
def test_a_thousand_or_three_decimals_is_for_the_caller_to_say(text, points, others):
    with pytest.raises(ValueError, match=r"^the file has .*: three decimals, or a thousand; say which with decimal="):
        points_of(text)
    assert points_of(text, decimal=".") == points
    assert points_of(text, decimal=",") == others


def test_where_no_semicolon_says_otherwise_a_point_is_a_decimal_sign_as_in_pandas():
    for mark in ",\t ":
        assert points_of(f"1.234{mark}2\n") == [[1.234, 2.0]]


def test_both_signs_in_one_file_are_refused():
    with pytest.raises(ValueError, match=r"^the file has 1\.5 and 2,5: a decimal point and a decimal comma; say which"):
        points_of("1.5;2\n3;2,5\n")
    with pytest.raises(ValueError, match=r"^line 1 of the file has '1\.5', which is not a number"):
        points_of("1.5;2\n3;2,5\n", decimal=",")


def test_the_sign_is_that_of_the_whole_file_whichever_rows_are_taken():
    text = "\n".join(["1.234\t2"] * 5 + ["0,5\t2"] + ["1.234\t2"] * 5)
    np.testing.assert_array_equal(points_of(text, max_points=2), [[1234.0, 2.0]] * 2)
