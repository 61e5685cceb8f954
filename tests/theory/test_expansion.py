"""The exact decoder of an expansion: exact where enough channels are active, and what it misses elsewhere, |z| < 4."""

import numpy as np
import pytest

from manifold import random_stream
from manifold.theory import decode_expansion, expected_nmse, variance_lost


def prior(k, rng):
    """Mean and covariance of unequal, correlated channels."""
    root = rng.normal(size=(k, k)) * rng.uniform(0.2, 2.0, k)
    return rng.normal(size=k), root @ root.T


@pytest.mark.parametrize("high", [np.inf, 6.0])
def test_enough_active_channels_determine_x(high):
    rng = random_stream(51)
    weights, shift = rng.normal(size=(60, 5)), rng.normal(size=60)
    mean, covariance = prior(5, rng)
    x = rng.multivariate_normal(mean, covariance, 200)
    outputs = np.clip(x @ weights.T + shift, 0.0, high)
    enough = ((outputs > 0.0) & (outputs < high)).sum(axis=1) >= 5
    assert enough.mean() > 0.9
    found = decode_expansion(weights, shift, outputs, mean, covariance, high=high)
    np.testing.assert_allclose(found[enough], x[enough], atol=1e-6)
    lost = variance_lost(weights, (outputs > 0.0) & (outputs < high), covariance)
    assert lost[enough].max() < 1e-9
    assert lost[~enough].min(initial=1.0) > 1e-9


def test_without_active_channels_the_mean_is_the_answer_and_all_is_lost():
    mean, covariance = prior(3, random_stream(52))
    np.testing.assert_allclose(decode_expansion(np.eye(3), np.zeros(3), np.zeros((2, 3)), mean, covariance), [mean, mean])
    np.testing.assert_array_equal(variance_lost(np.eye(3), np.zeros((2, 3)), covariance), [1.0, 1.0])


def test_a_known_half_tells_of_the_other_what_their_correlation_says():
    """Of two channels of variance 1 and correlation r the second has r times the first, and misses 1 - r^2 of its variance."""
    r = 0.6
    covariance, x = np.array([[1.0, r], [r, 1.0]]), np.array([[0.7, -0.3]])
    found = decode_expansion(np.eye(2), np.zeros(2), np.maximum(x, 0.0), np.zeros(2), covariance)
    np.testing.assert_allclose(found, [[0.7, 0.7 * r]])
    assert variance_lost(np.eye(2), x > 0.0, covariance) == pytest.approx((1.0 - r**2) / 2.0)


@pytest.mark.parametrize("on", [1, 3, 6, 8])
def test_the_share_that_is_missed_where_x_does_not_choose_the_active_channels(on, z_scores):
    """Offsets so large that x cannot turn a channel; 5 layers of 12 channels that read 8, 2000 places: 20 cells in all."""
    for draw in range(5):
        rng = random_stream(53, draw)
        weights, shift = rng.normal(size=(12, 8)), np.where(np.arange(12) < on, 1e3, -1e3)
        mean, covariance = prior(8, rng)
        x = rng.multivariate_normal(mean, covariance, 2000)
        outputs = np.maximum(x @ weights.T + shift, 0.0)
        missed = ((decode_expansion(weights, shift, outputs, mean, covariance) - x) ** 2).sum(axis=1) / np.trace(covariance)
        lost = variance_lost(weights, outputs[:1] > 0.0, covariance)[0]
        assert missed.max() < 1e-12 if on == 8 else np.abs(z_scores(missed, lost)) < 4


@pytest.mark.parametrize(("width", "dim"), [(2, 2), (4, 4), (8, 5), (12, 8)])
def test_at_initialisation_the_missed_and_the_lost_share_are_the_closed_form(width, dim, z_scores):
    """Gaussian rows and an isotropic prior: 200 layers, 30 places each: two cells a shape, 8 in all."""
    missed, lost = [], []
    for draw in range(200):
        rng = random_stream(54, draw)
        weights, x = rng.normal(size=(width, dim)), rng.normal(size=(30, dim))
        outputs = np.maximum(x @ weights.T, 0.0)
        found = decode_expansion(weights, np.zeros(width), outputs, np.zeros(dim), np.eye(dim))
        missed.append(((found - x) ** 2).sum() / (30 * dim))
        lost.append(variance_lost(weights, outputs > 0.0, np.eye(dim)).mean())
    expected = expected_nmse(width, dim, decoder="active-rows")
    assert np.abs(z_scores(missed, expected)) < 4
    assert np.abs(z_scores(lost, expected)) < 4


def test_channels_without_variance_are_known_from_the_start():
    weights, covariance = random_stream(55).normal(size=(4, 3)), np.diag([1.0, 0.0, 2.0])
    x = np.array([[0.5, 7.0, -0.2]])
    shift = np.full(4, 100.0)
    found = decode_expansion(weights, shift, x @ weights.T + shift, [0.0, 7.0, 0.0], covariance)
    np.testing.assert_allclose(found, x, atol=1e-9)
    assert variance_lost(weights, np.array([[1, 1, 0, 0]]), covariance) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: decode_expansion(np.eye(2), np.zeros(3), np.zeros((1, 2)), np.zeros(2), np.eye(2)),
            r"^weights of shape \(2, 2\) need as many columns as the mean has entries",
        ),
        (
            lambda: variance_lost(np.eye(2), np.zeros((1, 3)), np.eye(2)),
            r"^active must have a column for each of 2 weights",
        ),
        (
            lambda: variance_lost(np.eye(2), np.ones((1, 2)), np.eye(3)),
            r"^covariance must be symmetric, of shape \(2, 2\)",
        ),
        (lambda: variance_lost(np.eye(2), np.ones((1, 2)), np.zeros((2, 2))), r"^covariance must have a positive variance"),
        (lambda: variance_lost(np.eye(2), np.ones((1, 2)), np.diag([1.0, -1.0])), r"^covariance must have a positive variance"),
        (
            lambda: decode_expansion(np.eye(2), np.zeros(2), np.ones((1, 2)), np.zeros(2), np.eye(2), high=0.0),
            r"^high must be finite and > 0, got 0$",
        ),
    ],
)
def test_wrong_calls_end_in_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
