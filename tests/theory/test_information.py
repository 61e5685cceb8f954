"""What is kept near a point: closed forms against numerical derivatives and integrals, simulation, and tight examples.

Simulations draw layers from streams of fixed seeds; each mean must lie within 4 of its standard errors from the formula.
"""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import psi
from scipy.stats import binom

from manifold import ACTIVATIONS, random_stream
from manifold.layer.activations import LEAKY_SLOPE
from manifold.theory import (
    LIPSCHITZ_LIMITS,
    expected_entropy_loss,
    expected_information_share,
    leaky_lower_bound,
    linear_noise_nmse,
    relu6_active_probability,
)

every_activation = pytest.mark.parametrize("activation", ACTIVATIONS)
KINKS = [-3.0, 0.0, 3.0, 6.0]


def slope(activation, z, step=1e-6):
    f = ACTIVATIONS[activation]
    return (f(z + step) - f(z - step)) / (2 * step)


# Fisher information


@every_activation
@pytest.mark.parametrize("size", [0.1, 1.0, 4.0, 20.0])
def test_the_share_is_the_mean_squared_slope(activation, size):
    """The slope from differences of the function itself, the mean by SciPy's quadrature between the kinks."""
    for dim in (None, 1, 2, 7):
        weight = 0.0 if dim is None else 1 / dim

        def density(z, weight=weight):
            g = z / size
            return (1 + weight * (g * g - 1)) * math.exp(-g * g / 2) / (size * math.sqrt(2 * math.pi))

        ends = [-10 * size, *[k for k in KINKS if abs(k) < 10 * size], 10 * size]
        parts = [
            quad(lambda z: float(slope(activation, np.array(z)) ** 2) * density(z), a, b, limit=200)[0]
            for a, b in itertools.pairwise(ends)
        ]
        assert expected_information_share(activation, size, dim=dim) == pytest.approx(sum(parts), abs=1e-5)


@every_activation
def test_the_trace_of_the_information_over_random_layers_has_that_mean(activation, z_scores):
    """J from differences of x -> f(T x): 3 cells of 3000 layers of 4 rows an activation, 27 in all."""
    f, step = ACTIVATIONS[activation], 1e-6
    for dim, size in [(1, 2.0), (2, 5.0), (3, 1.0)]:
        shares = []
        for draw in range(3000):
            rng = random_stream(51, draw)
            t, x = rng.standard_normal((4, dim)), rng.standard_normal(dim)
            x *= size / np.linalg.norm(x)
            jacobian = (f((x + step * np.eye(dim)) @ t.T) - f((x - step * np.eye(dim)) @ t.T)) / (2 * step)  # (d, n)
            shares.append((jacobian**2).sum() / (4 * dim))
        assert np.abs(z_scores(shares, expected_information_share(activation, size, dim=dim))) < 4


@given(st.floats(1e-3, 1e3), st.one_of(st.none(), st.integers(1, 50)))
def test_relu_keeps_exactly_half_at_every_size_and_leaky_relu_its_slope_more(size, dim):
    assert expected_information_share("linear", size, dim=dim) == pytest.approx(1.0, abs=1e-14)
    assert expected_information_share("relu", size, dim=dim) == 0.5
    assert expected_information_share("leaky_relu", size, dim=dim) == pytest.approx((1 + LEAKY_SLOPE**2) / 2, abs=1e-14)


@given(st.floats(1e-3, 1e3))
def test_relu6_keeps_the_share_of_rows_between_its_ends(size):
    assert expected_information_share("relu6", size) == pytest.approx(relu6_active_probability(size), abs=1e-13)


@every_activation
def test_small_inputs_see_the_slope_at_0_and_large_ones_the_slopes_far_out(activation):
    """But for tanh and ReLU6, flat far out, every one keeps all of half of the rows."""
    at_0 = (slope(activation, np.array(1e-5)) ** 2 + slope(activation, np.array(-1e-5)) ** 2) / 2
    assert expected_information_share(activation, 1e-200) == pytest.approx(at_0, abs=1e-4)
    far = {"linear": 1.0, "tanh": 0.0, "relu6": 0.0, "leaky_relu": (1 + LEAKY_SLOPE**2) / 2}.get(activation, 0.5)
    assert expected_information_share(activation, 1e200) == pytest.approx(far, abs=1e-12)


# Entropy


@pytest.mark.parametrize(("width", "dim"), [(2, 1), (8, 1), (3, 2), (6, 2), (20, 2), (7, 3), (24, 4)])
def test_the_entropy_lost_is_the_mean_change_of_volume(width, dim, z_scores):
    """7 cells of 4000 layers at a fixed x; the rows at which it is not lost."""
    losses = []
    for draw in range(4000):
        t = random_stream(52, draw).standard_normal((width, dim))
        active = t[t @ np.arange(1, dim + 1) > 0]
        if len(active) >= dim:
            losses.append((np.linalg.slogdet(t.T @ t)[1] - np.linalg.slogdet(active.T @ active)[1]) / (2 * math.log(2)))
    assert np.abs(z_scores(losses, expected_entropy_loss(width, dim))) < 4


@given(st.integers(1, 12), st.integers(0, 150))
def test_it_is_a_sum_of_scipys_digamma_functions(dim, more):
    width, rows = dim + more, np.arange(dim, dim + more + 1)
    volume = psi((rows[:, None] - np.arange(dim)) / 2).sum(axis=1) / (2 * math.log(2))
    weight = binom.pmf(rows, width, 0.5)
    assert expected_entropy_loss(width, dim) == pytest.approx(volume[-1] - weight @ volume / weight.sum(), abs=1e-10)


@pytest.mark.parametrize("dim", [1, 2, 5, 10])
def test_half_a_bit_per_dimension_is_lost_in_wide_layers_and_none_where_every_row_is_needed(dim):
    assert expected_entropy_loss(dim, dim) == 0.0
    assert expected_entropy_loss(1000, dim) == pytest.approx(dim / 2, rel=0.02)
    assert expected_entropy_loss(2000, dim) - dim / 2 < 0.6 * (expected_entropy_loss(1000, dim) - dim / 2)


# Distances


def test_the_limits_are_the_ends_of_the_ratio_over_all_angles():
    """E (relu(g) - relu(h))^2 of unit normals g, h at an angle by integration, over the squared distance of x and y."""
    ratios = []
    for angle in np.linspace(0.01, math.pi, 300):
        product = quad(lambda t, a=angle: math.cos(t) * math.cos(t - a), angle - math.pi / 2, math.pi / 2)[0] / math.pi
        ratios.append(math.sqrt((1 - 2 * product) / (2 - 2 * math.cos(angle))))
    lower, upper = LIPSCHITZ_LIMITS
    assert min(ratios) == ratios[-1] == pytest.approx(lower)
    assert max(ratios) == ratios[0] == pytest.approx(upper, abs=0.01)
    assert upper / lower == pytest.approx(math.sqrt(2))


def test_pairs_through_a_wide_layer_keep_to_the_limits_and_opposite_points_attain_the_lower(rng):
    """One layer of 100,000 rows, 300 pairs of any lengths: within 2 per cent."""
    t, x, y = rng.standard_normal((100_000, 3)), rng.standard_normal((300, 3)), rng.standard_normal((300, 3))
    y[:20] = -x[:20]
    y[20:40] = 1.01 * x[20:40]
    images = [np.maximum(t @ p.T, 0) for p in (x, y)]
    ratios = np.linalg.norm(images[0] - images[1], axis=0) / np.linalg.norm(x - y, axis=1) / math.sqrt(len(t))
    assert (np.array(LIPSCHITZ_LIMITS) * [0.98, 1.02])[0] < ratios.min() < ratios.max() < 1.02 * LIPSCHITZ_LIMITS[1]
    np.testing.assert_allclose(ratios[:20], LIPSCHITZ_LIMITS[0], rtol=0.02)
    np.testing.assert_allclose(ratios[20:40], LIPSCHITZ_LIMITS[1], rtol=0.02)


@given(st.integers(1, 4), st.integers(0, 6), st.floats(1e-3, 3.0), st.integers(0, 2**32))
def test_leaky_relu_brings_no_pair_closer_than_the_bound(dim, more, slope, seed):
    rng = random_stream(seed)
    t, x, y = rng.standard_normal((dim + more, dim)), rng.standard_normal((50, dim)), rng.standard_normal((50, dim))
    images = [np.where(p @ t.T > 0, p @ t.T, slope * p @ t.T) for p in (x, y)]
    ratios = np.linalg.norm(images[0] - images[1], axis=1) / np.linalg.norm(x - y, axis=1)
    assert ratios.min() >= leaky_lower_bound(t, slope) * (1 - 1e-9)


@pytest.mark.parametrize("slope", [0.01, 0.25, 1.0])
@pytest.mark.parametrize("dim", [1, 2, 5])
def test_where_no_row_is_active_a_square_layer_attains_it(slope, dim, rng):
    t = rng.standard_normal((dim, dim))
    x = np.linalg.solve(t, -np.ones(dim))
    y = x + 1e-3 * np.linalg.svd(t)[2][-1]
    assert (t @ y < 0).all()
    assert np.linalg.norm(slope * t @ (x - y)) / np.linalg.norm(x - y) == pytest.approx(leaky_lower_bound(t, slope), rel=1e-6)


def test_the_bound_is_0_for_relu_for_too_few_rows_and_for_rows_that_do_not_span():
    assert leaky_lower_bound([[1.0, 0.0], [0.0, 2.0]], 0.0) == 0.0
    assert leaky_lower_bound([[1.0, 2.0]]) == 0.0
    assert leaky_lower_bound([[1.0, 2.0], [2.0, 4.0]]) == pytest.approx(0.0, abs=1e-15)
    assert leaky_lower_bound([[3.0, 0.0], [0.0, 2.0]]) == pytest.approx(2.0 * LEAKY_SLOPE)
    assert leaky_lower_bound([[3.0, 0.0], [0.0, 2.0]], 5.0) == pytest.approx(2.0)


# Noise


@pytest.mark.parametrize("noise", [0.1, 1.0, 3.0])
def test_ridge_regression_errs_by_the_trace_of_the_posterior_and_anything_near_it_by_more(noise, z_scores):
    """20,000 points through one layer of 5 rows in 3 dimensions: 3 cells."""
    rng = random_stream(53)
    t, x = rng.standard_normal((5, 3)), rng.standard_normal((20_000, 3))
    y = x @ t.T + noise * rng.standard_normal((20_000, 5))
    ridge = np.linalg.solve(t.T @ t + noise**2 * np.eye(3), t.T)
    errors = ((y @ ridge.T - x) ** 2).sum(axis=1)
    assert np.abs(z_scores(errors / 3, linear_noise_nmse(t, noise))) < 4
    assert ((y @ (1.1 * ridge).T - x) ** 2).sum() > errors.sum()


def test_noise_that_is_small_is_divided_by_the_layer_and_large_noise_leaves_nothing():
    t = np.diag([2.0, 4.0])
    assert linear_noise_nmse(t, 1e-6) == pytest.approx(1e-12 * (1 / 4 + 1 / 16) / 2)
    assert linear_noise_nmse(t, 1e9) == pytest.approx(1.0)
    assert linear_noise_nmse(np.zeros((4, 3)), 0.5) == 1.0
    assert linear_noise_nmse(t, 2.0) == pytest.approx((1 / 2 + 1 / 5) / 2)


# Errors


def test_what_is_no_activation_no_size_or_no_slope_is_refused():
    with pytest.raises(ValueError, match=r"unknown activation 'rleu'\. Did you mean 'relu'\?"):
        expected_information_share("rleu")
    with pytest.raises(ValueError, match="size must be finite and > 0, got 0"):
        expected_information_share("relu", 0.0)
    with pytest.raises(ValueError, match="slope must be finite and >= 0, got -1"):
        leaky_lower_bound(np.eye(2), -1.0)
    with pytest.raises(ValueError, match="noise must be finite and > 0, got 0"):
        linear_noise_nmse(np.eye(2), 0.0)
    for function in (leaky_lower_bound, linear_noise_nmse):
        with pytest.raises(ValueError, match=r"matrix must have shape \(n, d\)"):
            function(np.ones(3), 0.1)


def test_a_layer_narrower_than_d_has_no_entropy_to_speak_of():
    with pytest.raises(ValueError, match=r"width must be >= 3 \(dim, 3: fewer rows lose every point\), got 2"):
        expected_entropy_loss(2, 3)
    with pytest.raises(TypeError, match=r"width must be an integer, got 4\.5"):
        expected_entropy_loss(4.5, 2)
