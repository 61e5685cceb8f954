"""Each activation against PyTorch's, and the interval on which it can be read back."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from manifold import ACTIVATIONS, Activation

GRID = np.linspace(-8.0, 8.0, 3201)  # holds 0 and 6; below 8 every activation is well conditioned in float64
WIDE = np.concatenate([GRID, [-800.0, -100.0, -37.0, -20.0, 20.0, 37.0, 100.0, 800.0]])
TORCH = {"linear": lambda z: z}  # the others go by the same name there

every_activation = pytest.mark.parametrize("f", ACTIVATIONS.values(), ids=list(ACTIVATIONS))
FLOATS = st.floats(-1e6, 1e6)


@every_activation
def test_it_is_the_function_of_that_name_in_pytorch(f):
    theirs = TORCH.get(f.name) or getattr(torch.nn.functional, f.name)
    np.testing.assert_allclose(f(WIDE), theirs(torch.from_numpy(WIDE)).numpy(), rtol=1e-12, atol=1e-14)


@every_activation
def test_its_inverse_gives_back_z_between_low_and_high(f):
    z = GRID[(f.low < GRID) & (f.high > GRID)]
    np.testing.assert_allclose(f.inverse(f(z)), z, rtol=1e-8, atol=1e-12)


@every_activation
@given(FLOATS)
def test_the_preimage_of_an_output_has_that_output(f, z):
    """Also where float64 holds z to a few digits only, as for tanh near 19."""
    y = f(np.array([z]))
    active = f.active(y)
    x = f.preimage(y)
    np.testing.assert_allclose(f(x)[active], y[active], rtol=1e-12, atol=1e-14)
    assert (x[~active] == 0.0).all()


@every_activation
def test_exactly_the_pre_activations_between_low_and_high_are_active(f):
    np.testing.assert_array_equal(f.active(f(GRID)), (f.low < GRID) & (f.high > GRID))


@every_activation
@given(FLOATS)
def test_no_pre_activation_outside_the_interval_is_ever_active(f, z):
    assert f.low < z < f.high or not f.active(f(np.array([z]))).any()


@every_activation
def test_outputs_inside_the_interval_belong_to_one_pre_activation(f):
    """On the interval f increases strictly, and no pre-activation elsewhere has one of its outputs."""
    y, inside = f(GRID), (f.low < GRID) & (f.high > GRID)
    assert (np.diff(y[inside]) > 0.0).all()
    assert not ((y[~inside] > y[inside].min()) & (y[~inside] < y[inside].max())).any()


@every_activation
def test_the_interval_could_not_be_longer(f):
    """Just outside either end an output belongs to a second pre-activation: f - y has another root or is flat."""
    for end, side in [(f.low, -0.05), (f.high, 0.05)]:
        if np.isfinite(end):
            gap = f(WIDE) - f(end + side)
            assert (np.diff(np.sign(gap[np.argsort(WIDE)])) != 0).sum() >= 2 or (gap == 0.0).sum() > 1


@every_activation
def test_outside_the_interval_only_the_side_is_known_where_it_says_so(f):
    below, above = GRID[f.low >= GRID], GRID[f.high <= GRID]
    flat = all(np.ptp(f(part)) == 0.0 for part in (below, above) if len(part))
    assert f.only_side_elsewhere == flat


@every_activation
def test_preimages_are_0_where_no_single_one_exists(f):
    z = np.array([[1.0, 2.0], [9.0, -1.0], [-0.5, -40.0]])
    expected = np.where((f.low < z) & (z < f.high), z, 0.0)
    at_the_end_of_float64 = f.name in ("tanh", "elu") and np.abs(z) > 30.0
    np.testing.assert_allclose(f.preimage(f(z)), np.where(at_the_end_of_float64, 0.0, expected), rtol=1e-6)


@every_activation
def test_it_acts_on_each_coordinate_alone_and_leaves_its_argument(f):
    z = GRID[:24].copy()
    np.testing.assert_array_equal(f(z.reshape(2, 3, 4)), f(z).reshape(2, 3, 4))
    np.testing.assert_array_equal(z, GRID[:24])
    np.testing.assert_array_equal(f([1, -2]), f(np.array([1.0, -2.0])))
    assert f(np.int64(3)).dtype == np.float64


@every_activation
def test_nan_stays_nan_and_nothing_overflows(f):
    assert np.isnan(f(np.nan))
    assert np.isfinite(f(np.array([-1e300, 1e300]))).all()


@every_activation
def test_at_infinity_stands_the_limit(f):
    """As far out as float64 goes the function has come to its limit, or goes on along z (leaky: z / 100) without end."""
    limits = [limit if abs(limit) < 10.0 else np.copysign(np.inf, limit) for limit in f([-1e300, 1e300])]
    np.testing.assert_array_equal(f([-np.inf, np.inf]), limits)


@pytest.mark.parametrize("values", [1j, [1.0, 2j], np.ones(2, dtype=np.complex64), torch.ones(2, dtype=torch.complex128)])
def test_complex_numbers_are_refused_and_not_cut_to_their_real_part(values):
    with pytest.raises(TypeError, match=r"^values must be real numbers, got complex ones"):
        ACTIVATIONS["silu"](values)


def test_relu6_is_relu_under_a_ceiling_of_6():
    np.testing.assert_array_equal(ACTIVATIONS["relu6"](WIDE), np.minimum(ACTIVATIONS["relu"](WIDE), 6.0))


@pytest.mark.parametrize("name", ["linear", "relu", "leaky_relu"])
@given(z=st.floats(-1e3, 1e3), c=st.floats(0.0, 1e3))
def test_piecewise_linear_ones_commute_with_positive_factors(name, z, c):
    f = ACTIVATIONS[name]
    np.testing.assert_allclose(f(c * z), c * f(z), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_what_is_active_can_be_told_from_the_value_or_the_output(name):
    """From where float64 runs out to a thousand, on both sides; tanh rounds large values to its ends, and they are lost."""
    f = ACTIVATIONS[name]
    sizes = np.concatenate([np.geomspace(1e-300, 1e3, 500), [3.0, 6.0, 18.0, 20.0]])
    values = np.concatenate([-sizes, [0.0], sizes])
    np.testing.assert_array_equal(f.active_at(values), f.active(f(values)))


def test_an_entry_whose_formula_is_no_number_at_an_end_keeps_its_points():
    """-inf times 0 is NaN, which is more than no output; at -1e300 the formula is 0."""
    squashed = Activation(lambda z: z * (1.0 + np.tanh(z)), low=0.0)
    endless = Activation(lambda z: np.where(np.isinf(z), np.nan, z))
    assert squashed.active(squashed(np.array([0.5, 2.0]))).all()
    assert endless.outputs == (-1e300, 1e300)
    assert endless.active(np.array([-3.0, 0.0, 3.0])).all()


@pytest.mark.parametrize("name", ["silu", "gelu", "hardswish"])
def test_at_infinity_a_function_is_its_limit(name):
    np.testing.assert_array_equal(ACTIVATIONS[name]([-np.inf, np.inf]), [0.0, np.inf])
