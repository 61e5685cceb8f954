"""What an exact decoder loses: formulas where they are known, and a decoder built by another route on other points."""

import numpy as np
import pytest

from manifold.nets.probing.lost_variance import lost_variance


def gaussian_layer(rng, count, inputs, channels):
    weights, offset = rng.normal(size=(channels, inputs)), rng.normal(size=channels)
    return rng.normal(size=(count, inputs)) @ weights.T + offset, weights, offset


def test_nothing_is_lost_where_enough_channels_are_active(rng):
    z, _, _ = gaussian_layer(rng, 300, 3, 12)
    assert lost_variance(z, np.ones(z.shape, dtype=bool)) == 0.0
    few = np.zeros(z.shape, dtype=bool)
    few[:, :3] = True
    assert lost_variance(z, few) == 0.0


def test_all_is_lost_where_no_channel_is_active(rng):
    z, _, _ = gaussian_layer(rng, 256, 3, 12)
    assert lost_variance(z, np.zeros(z.shape, dtype=bool)) == pytest.approx(255 / 256 * 256 / 255 * 1.0, rel=1 / 256 + 1e-9)


def test_of_independent_channels_the_inactive_ones_are_lost(rng, z_scores):
    """One of four is not known at any position: a quarter, in the mean of many samples; without the factor it would be less."""
    known = np.tile([True, True, True, False], (40, 1))
    shares = [lost_variance(rng.normal(size=(40, 4)), known) for _ in range(400)]
    assert abs(z_scores(np.array(shares), 0.25)[0]) < 4.0


@pytest.mark.parametrize(("inputs", "channels"), [(6, 8), (4, 5), (8, 30)])
def test_it_is_the_error_of_a_decoder_that_knows_the_true_law_on_other_points(rng, inputs, channels):
    """z_hat by the formula with the true S = W W^T, and its error on fresh points; both means over many positions."""
    ours, theirs = [], []
    for _ in range(40):
        z, weights, offset = gaussian_layer(rng, 2000, inputs, channels)
        active = z > 0.0
        ours.append(lost_variance(z, active))
        law = weights @ weights.T
        errors = []
        for row, known in zip(z[:256], active[:256], strict=True):
            decoded = offset + law[:, known] @ np.linalg.pinv(law[np.ix_(known, known)], rcond=1e-10) @ (row - offset)[known]
            errors.append(((decoded - row) ** 2).sum())
        theirs.append(np.mean(errors) / np.trace(law))
    difference = np.array(ours) - np.array(theirs)
    assert abs(difference.mean()) < 4.0 * difference.std(ddof=1) / np.sqrt(len(difference)) + 1e-12
    assert np.mean(theirs) > 1e-4


def test_single_precision_does_not_add_directions(rng):
    z, _, _ = gaussian_layer(rng, 500, 5, 40)
    active = z > 1.0
    assert lost_variance(z.astype(np.float32), active) == pytest.approx(lost_variance(z, active), rel=1e-3)


def test_too_few_positions_say_nothing(rng):
    z, _, _ = gaussian_layer(rng, 40, 30, 60)
    assert np.isnan(lost_variance(z, z > 0.0))
    assert np.isnan(lost_variance(rng.normal(size=(40, 30)), np.ones((40, 30), dtype=bool)))
    assert np.isnan(lost_variance(np.ones((40, 3)), np.ones((40, 3), dtype=bool)))
