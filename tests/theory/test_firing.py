"""How channels of a trained layer fire: against SciPy, against simulated layers, and one route against the other.

Simulations draw layers from streams of fixed seeds; every |z| < 4, and each test says how many cells it has.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, multivariate_normal, norm, poisson_binom

from manifold import random_stream
from manifold.theory import common_correlation, count_law, count_moments, firing_rate, orthant_probability

CELLS = [(5, 0.1), (5, 0.9), (40, 0.05), (40, 0.5), (200, 0.3), (200, 0.95)]  # channels, correlation


def rates_of(channels):
    return random_stream(41, channels).uniform(0.02, 0.9, channels)


def one_factor(rates, correlation, count, rng):
    """A of `count` places."""
    common = rng.standard_normal((count, 1))
    own = rng.standard_normal((count, len(rates)))
    hidden = math.sqrt(correlation) * common + math.sqrt(1.0 - correlation) * own
    return (hidden > -norm.ppf(rates)).sum(axis=1)


# Rates


@pytest.mark.parametrize(("low", "high"), [(0.0, math.inf), (0.0, 6.0), (-1.0, 2.5)])
def test_a_channel_behind_a_batch_norm_fires_as_often_as_its_offset_and_factor_say(low, high, z_scores):
    """40 channels, 20,000 places each: 40 cells an interval, 120 in all."""
    rng = random_stream(42)
    shift, scale = rng.uniform(-2.0, 2.0, 40), rng.choice([-1.0, 1.0], 40) * rng.uniform(1.0, 4.0, 40)
    z = shift + scale * rng.standard_normal((20_000, 40))
    scores = z_scores((low < z) & (z < high), firing_rate(shift, scale, low=low, high=high))
    assert np.abs(scores).max() < 4


def test_rates_far_out_keep_their_digits_and_a_still_channel_is_on_its_side():
    assert firing_rate([-20.0], [1.0]) == pytest.approx(norm.sf(20.0), rel=1e-12)
    assert firing_rate([20.0], [-1.0], high=6.0) == pytest.approx(norm.sf(14.0), rel=1e-9)
    np.testing.assert_array_equal(firing_rate([1.0, 0.0, -1.0, 7.0], np.zeros(4), high=6.0), [1.0, 0.0, 0.0, 0.0])
    assert firing_rate(np.ones((2, 3)), np.ones((2, 3))).shape == (2, 3)


# The number of active channels


@pytest.mark.parametrize("channels", [1, 5, 40, 200])
def test_independent_channels_have_scipys_laws(channels):
    numbers = np.arange(channels + 1)
    np.testing.assert_allclose(count_law(np.full(channels, 0.3)), binom(channels, 0.3).pmf(numbers), rtol=1e-10)
    rates = rates_of(channels)
    np.testing.assert_allclose(count_law(rates), poisson_binom(rates).pmf(numbers), atol=1e-13)


@pytest.mark.parametrize(("channels", "correlation"), CELLS)
def test_one_factor_gives_the_law_of_simulated_layers(channels, correlation, z_scores):
    """Shares below 8 numbers of channels, 20,000 places a layer: 8 cells each, 48 in all."""
    rates = rates_of(channels)
    counts = one_factor(rates, correlation, 20_000, random_stream(43, channels))
    limits = np.unique(np.quantile(counts, np.linspace(0.05, 0.95, 8)).astype(int))
    below = count_law(rates, correlation).cumsum()[limits - 1] * (limits > 0)
    assert np.abs(z_scores(counts[:, None] < limits, below)).max() < 4


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=9), st.floats(0.0, 0.99))
def test_every_law_adds_up_to_1_and_has_the_mean_of_its_rates(rates, correlation):
    law = count_law(rates, correlation)
    assert law.min() >= 0.0
    assert law.sum() == pytest.approx(1.0, abs=1e-9)
    assert law @ np.arange(len(law)) == pytest.approx(sum(rates), abs=1e-6)


@pytest.mark.parametrize(("channels", "correlation"), CELLS)
def test_the_fitted_correlation_is_that_of_the_law(channels, correlation):
    rates = rates_of(channels)
    law, numbers = count_law(rates, correlation), np.arange(channels + 1)
    variance = law @ numbers**2 - (law @ numbers) ** 2
    assert common_correlation(rates, variance) == pytest.approx(correlation, abs=1e-6)
    assert common_correlation(rates, 0.5 * (rates * (1.0 - rates)).sum()) == 0.0


# From means and covariances


def layer(channels, rng):
    """Mean and covariance of the pre-activations of a layer that reads four numbers and a little noise."""
    weights = rng.normal(size=(channels, 4)) * rng.uniform(0.2, 3.0, (channels, 1))
    return rng.normal(size=channels), weights @ weights.T + 0.1 * np.eye(channels)


@pytest.mark.parametrize("channels", [2, 10, 60])
def test_mean_and_variance_of_the_number_of_active_channels_by_orthants(channels, z_scores):
    """Four layers of each width, 20,000 places: mean and variance, 8 cells each, 24 in all."""
    for draw in range(4):
        rng = random_stream(44, draw, channels)
        mean, covariance = layer(channels, rng)
        active = (rng.multivariate_normal(mean, covariance, 20_000) > 0.0).sum(axis=1)
        expected, variance = count_moments(mean, covariance)
        assert np.abs(z_scores(active, expected)) < 4
        assert np.abs(z_scores((active - expected) ** 2, variance)) < 4


@pytest.mark.parametrize(("channels", "correlation"), CELLS)
def test_equal_correlations_are_one_factor(channels, correlation):
    rates = rates_of(channels)
    law, numbers = count_law(rates, correlation), np.arange(channels + 1)
    mean, variance = count_moments(
        norm.ppf(rates), correlation * np.ones((channels, channels)) + (1.0 - correlation) * np.eye(channels)
    )
    assert mean == pytest.approx(law @ numbers)
    assert variance == pytest.approx(law @ numbers**2 - mean**2, rel=1e-6)


def test_channels_that_do_not_move_count_whole_or_not_at_all():
    assert count_moments([1.0, -1.0, 0.5], np.zeros((3, 3))) == (2.0, 0.0)
    assert count_moments([1.0, 0.0], [[0.0, 0.0], [0.0, 4.0]]) == pytest.approx((1.5, 0.25))


@pytest.mark.parametrize("correlation", [-0.999, -0.7, -0.1, 0.0, 0.3, 0.9, 0.999])
def test_orthants_are_scipys(correlation):
    ends = [-3.0, -0.4, 0.0, 0.5, 2.0]
    for h in ends:
        expected = [multivariate_normal([0.0, 0.0], [[1.0, correlation], [correlation, 1.0]]).cdf([h, k]) for k in ends]
        np.testing.assert_allclose(orthant_probability(h, ends, correlation), expected, atol=2e-6)


def test_orthants_at_their_ends():
    r = np.linspace(-1.0, 1.0, 41)
    np.testing.assert_allclose(orthant_probability(0.0, 0.0, r), 0.25 + np.arcsin(r) / (2.0 * np.pi), atol=1e-12)
    np.testing.assert_allclose(orthant_probability([1.0, -1.0], [0.5, 2.0], 1.0), norm.cdf([0.5, -1.0]), rtol=1e-12)
    np.testing.assert_allclose(
        orthant_probability([1.0, -1.0], [0.5, 0.5], -1.0), [norm.cdf(1) - norm.cdf(-0.5), 0.0], atol=1e-15
    )
    np.testing.assert_allclose(orthant_probability([np.inf, -np.inf, np.inf], [0.3, 0.3, np.inf], 0.4), [norm.cdf(0.3), 0, 1])


# Wrong calls


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: firing_rate([0.0], [1.0, 2.0]), r"^shift and scale must have one shape, got \(1,\) and \(2,\)$"),
        (lambda: firing_rate([np.nan], [1.0]), r"^shift must be finite, got nan"),
        (lambda: firing_rate([0.0], [1.0], low=6.0, high=6.0), r"^low must be below high, got 6 and 6$"),
        (lambda: count_law([0.5, 1.5]), r"^rates must be from 0 to 1, got 0.5 to 1.5$"),
        (lambda: count_law([0.5], 1.0), r"^correlation must be finite and >= 0 and < 1, got 1$"),
        (lambda: count_law(np.full(10_001, 0.5)), r"^rates must be at most 10000, got 10001$"),
        (lambda: common_correlation([0.5, 0.5], 2.0), r"^variance must be at most 0.9\d+ with these rates, where all"),
        (lambda: count_moments([0.0], [[1.0, 0.0], [0.0, 1.0]]), r"^covariance must be symmetric, of shape \(1, 1\), with"),
        (
            lambda: count_moments([0.0, 0.0], [[1.0, 0.5], [0.0, 1.0]]),
            r"^covariance must be symmetric, of shape \(2, 2\)",
        ),
        (lambda: orthant_probability(np.ones(2), np.ones(3), 0.1), r"^first, second and correlation must have shapes that fit"),
        (lambda: orthant_probability(0.0, 0.0, 1.1), r"^correlation must be from -1 to 1, and no value NaN$"),
    ],
)
def test_wrong_calls_end_in_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
