"""Checks of what a caller passes, and the sentence each failure is told."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import manifold
from manifold.checks import MOST_COUNT, check_array, check_count, check_kind, check_number, check_real, check_rng, check_size

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.integers(), st.integers())
def test_a_count_comes_back_exactly_if_and_only_if_it_reaches_the_minimum(value, minimum):
    if value >= minimum:
        assert check_count(value, "n", minimum=minimum, maximum=None) == value
    else:
        with pytest.raises(ValueError, match=f"n must be >= {minimum}, got {value}"):
            check_count(value, "n", minimum=minimum)


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.uint32])
def test_numpy_integers_become_python_integers(kind):
    assert type(check_count(kind(3), "n", minimum=1)) is int


@pytest.mark.parametrize("value", [True, np.True_, 2.0, np.float64(2), "2", None, [2], 2j, np.array([1, 2])])
def test_what_is_no_integer_is_no_count(value):
    with pytest.raises(TypeError, match=r"^width must be an integer, got "):
        check_count(value, "width", minimum=1)


def test_the_reason_for_a_minimum_is_given():
    with pytest.raises(ValueError, match=r"^width must be >= 2 \(because\), got 1$"):
        check_count(1, "width", minimum=2, reason=" (because)")


@given(FINITE, FINITE, FINITE, st.booleans())
def test_a_number_comes_back_if_and_only_if_it_is_inside_the_bounds(value, above, below, inclusive):
    inside = value < below and (value > above or (inclusive and value == above))
    if inside:
        assert check_number(value, "x", above=above, below=below, inclusive=inclusive) == value
    else:
        with pytest.raises(ValueError, match="x must be finite and >"):
            check_number(value, "x", above=above, below=below, inclusive=inclusive)


@pytest.mark.parametrize(
    ("value", "bounds", "message"),
    [
        (0, {"above": 0}, r"^x must be finite and > 0, got 0$"),
        (-1, {"above": 0, "inclusive": True}, r"^x must be finite and >= 0, got -1$"),
        (50, {"above": 0, "below": 50}, r"^x must be finite and > 0 and < 50, got 50$"),
        (50, {"below": 50}, r"^x must be finite and < 50, got 50$"),
        (math.nan, {}, r"^x must be finite, got nan$"),
        (math.inf, {}, r"^x must be finite, got inf$"),
        (-math.inf, {}, r"^x must be finite, got -inf$"),
    ],
)
def test_a_number_out_of_bounds_is_told_the_bounds(value, bounds, message):
    with pytest.raises(ValueError, match=message):
        check_number(value, "x", **bounds)


@pytest.mark.parametrize("value", ["ten", None, [1.0, 2.0], 1j, np.complex128(1 + 2j), np.array([3.0]), np.array(1j)])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(TypeError, match=r"^noise must be a number, got "):
        check_number(value, "noise")


@given(npst.arrays(np.float32, npst.array_shapes(min_dims=2, max_dims=2), elements=st.floats(-9, 9, width=32)))
def test_a_finite_array_comes_back_as_float64_with_the_same_values(values):
    array = check_array(values, "points")
    assert array.dtype == np.float64
    np.testing.assert_array_equal(array, values)


@pytest.mark.parametrize("values", [[[1, 2], [3, 4]], ((1, 2), (3, 4)), np.array([[1, 2], [3, 4]], dtype=np.uint8)])
def test_lists_and_integers_become_arrays(values):
    np.testing.assert_array_equal(check_array(values, "points"), [[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(("shape", "axes"), [("(n,)", 1), ("(n, d)", 2), ("(N, n, d)", 3)])
def test_the_number_of_axes_is_read_off_the_shape(shape, axes):
    assert check_array(np.zeros((2,) * axes), "x", shape=shape).ndim == axes
    for other in {1, 2, 3} - {axes}:
        with pytest.raises(ValueError, match="x must have shape") as error:
            check_array(np.zeros((2,) * other), "x", shape=shape)
        assert f"shape {shape} with at least one entry on each axis, got {(2,) * other}" in str(error.value)


@pytest.mark.parametrize("shape", [(0, 2), (2, 0), (0, 0)])
def test_an_empty_array_is_refused(shape):
    with pytest.raises(ValueError, match=r"points must have shape \(n, d\) with at least one entry on each axis, got \("):
        check_array(np.zeros(shape), "points")


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_the_first_number_that_is_not_finite_is_located(bad):
    values = np.zeros((4, 3))
    values[2, 1] = values[3, 0] = bad
    with pytest.raises(
        ValueError, match=rf"^points must be finite, got {bad} at index \(2, 1\); drop or fill such rows first$"
    ):
        check_array(values, "points")


@pytest.mark.parametrize(
    "values", ["abc", [["a"]], [[1, 2], [3]], {1: 2}, object(), None, np.zeros((2, 2), "m8[s]"), np.zeros((2, 2), "M8[s]")]
)
def test_what_is_no_array_of_real_numbers_is_refused(values):
    with pytest.raises(TypeError, match=r"^points must be an array of numbers of shape \(N, d\), got "):
        check_array(values, "points", shape="(N, d)")


@pytest.mark.parametrize("value", [0, None, np.random.RandomState(0), np.random.SeedSequence(0), np.random.default_rng])
def test_only_a_numpy_generator_is_a_source_of_randomness(value):
    with pytest.raises(
        TypeError, match=r"^rng must be a numpy\.random\.Generator such as numpy\.random\.default_rng\(0\), got "
    ):
        check_rng(value)


@pytest.mark.parametrize("size", [0.0, 2e-70, 1.0, -5e69])
def test_an_array_whose_fourth_powers_float64_can_hold_comes_back_itself(size):
    array = np.array([0.0, size])
    assert check_size(array, "points") is array


@pytest.mark.parametrize("size", [5e-71, -5e-71, 2e70, -1e300])
def test_an_array_too_large_or_too_small_for_them_is_refused(size):
    with pytest.raises(ValueError, match=r"^points must be of a size between 1e-70 and 1e70, got .*; scale them first$"):
        check_size(np.array([0.0, size]), "points")


@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_lie_row_by_row_in_memory(order):
    assert check_array(np.ones((3, 2), order=order), "x").flags.c_contiguous


def test_a_generator_comes_back_itself(rng):
    assert check_rng(rng) is rng


def test_a_long_value_is_shortened_and_kept_on_one_line():
    with pytest.raises(TypeError, match="must be an integer") as error:
        check_count(np.arange(1000), "n", minimum=1)
    assert len(str(error.value)) < 100
    assert "\n" not in str(error.value)


def test_an_error_keeps_its_sentence_and_its_parts_beside_the_message():
    """Of a check, and of a room that says its own sentence."""
    with pytest.raises(ValueError, match=r"^width must be >= 2, got 1$") as refused:
        check_count(1, "width", minimum=2)
    assert refused.value.sentence.format(**refused.value.parts) == str(refused.value)
    assert refused.value.parts == {"name": "width", "minimum": 2, "reason": "", "count": 1}
    with pytest.raises(ValueError, match="needs points of dimension 2, got 3") as refused:
        manifold.recover(np.ones((4, 3)), width=5, decoder="posterior", rng=manifold.random_stream(0))
    assert refused.value.parts["dimension"] == 2


HUGE = {10**400: "an integer of 401 digits", -(10**5000): "an integer of 5001 digits"}


@pytest.mark.parametrize(("value", "said"), HUGE.items(), ids=HUGE.values())
def test_a_number_beyond_floats_is_told_by_its_length(value, said):
    """Python itself refuses to write more than 4300 digits."""
    with pytest.raises(ValueError, match=rf"^noise must be within \+-1\.8e308, got {said}$"):
        check_number(value, "noise")
    with pytest.raises(ValueError, match=rf"^x must be an array of numbers .* within \+-1\.8e308, got \[\[{said}\]\]$"):
        check_array([[value]], "x")
    with pytest.raises(ValueError, match=rf"^n must be [<>]= \d+, got {said}$"):
        check_count(value, "n", minimum=1)


def test_more_than_fits_any_memory_is_no_count():
    assert check_count(MOST_COUNT, "n", minimum=1) == MOST_COUNT
    with pytest.raises(ValueError, match=f"^n must be <= {MOST_COUNT}, got {MOST_COUNT + 1}$"):
        check_count(MOST_COUNT + 1, "n", minimum=1)


MASKED = np.ma.array([[1.0, 2.0], [3.0, 4.0]], mask=[[False, True], [False, False]])


@pytest.mark.parametrize("values", [MASKED, list(MASKED), tuple(MASKED), MASKED.astype(np.float32)])
def test_a_mask_is_not_lost(values):
    for check in (check_array, check_real):
        with pytest.raises(ValueError, match=r"^x must have no masked entries, got 1; drop or fill such rows first"):
            check(values, "x")


def test_an_array_whose_mask_hides_nothing_is_an_array():
    values = np.ma.array(MASKED.data)
    assert type(check_array(values, "x")) is np.ndarray
    np.testing.assert_array_equal(check_array(values, "x"), values.data)


@pytest.mark.parametrize("value", [np.ma.masked, np.ma.array(3, mask=True)])
def test_a_masked_number_is_none(value):
    with pytest.raises(TypeError, match=r"^n must be an integer, got masked"):
        check_count(value, "n", minimum=1)
    with pytest.raises(TypeError, match=r"^n must be a number, got masked"):
        check_number(value, "n")


@pytest.mark.parametrize("values", [[[1j]], np.array([[1j]]), np.ones((2, 2), dtype=np.complex64)])
def test_an_imaginary_part_is_not_lost_even_if_it_is_0(values):
    for check in (check_array, check_real):
        with pytest.raises(TypeError, match=r"^x must be real numbers, got complex ones; take \.real"):
            check(values, "x")


def test_a_gradient_is_not_lost():
    torch = pytest.importorskip("torch")
    for values in (torch.ones(2, 2, requires_grad=True), torch.ones(2, 2, dtype=torch.bfloat16)):
        with pytest.raises(TypeError, match=r"got tensor\(.*; give x\.detach\(\)\.cpu\(\)\.double\(\)\.numpy\(\)$"):
            check_array(values, "x")
        np.testing.assert_array_equal(check_array(values.detach().cpu().double().numpy(), "x"), np.ones((2, 2)))
    with pytest.raises(TypeError, match=r"^x must be a number, got tensor\(3\., requires_grad=True\)$"):
        check_number(torch.tensor(3.0, requires_grad=True), "x")
    assert check_number(torch.tensor(3.0), "x") == 3.0


def test_infinities_and_nan_are_real_but_not_finite():
    values = [[np.inf, np.nan, 1.0]]
    np.testing.assert_array_equal(check_real(values, "x"), values)


@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_may_lie_in_memory_as_they_came(order):
    values = np.ones((3, 2), order=order)
    assert check_array(values, "x", order="K") is values
    assert check_real(values, "x") is values


def test_what_is_of_another_type_is_refused():
    assert check_kind("a", "spec", str) == "a"
    with pytest.raises(TypeError, match=r"^spec must be of type str, got 3$"):
        check_kind(3, "spec", str)
