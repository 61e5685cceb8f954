"""What experiments on single layers of the trained network claim, each on few and small crops."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from experiments.networks import _networks, active_count, bottleneck_ablation, exact_expansion, positive_channels
from experiments.networks._networks import bootstrap_interval, crops, make_network
from manifold import random_stream
from manifold.nets import norms_before


def measured(experiment, draws=1, **changes):
    small = {key: value for key, value in experiment.QUICK.items() if key != "draws"}
    parameters = replace(experiment.Parameters(), **small | changes)
    rows = experiment.measure(range(draws), seed=0, parameters=parameters)
    return rows, experiment.headline(rows, parameters)


@pytest.fixture(scope="module")
def channels():
    return measured(positive_channels)


def test_batch_norms_foretell_how_many_channels_are_positive(channels):
    """The error of the layer means is .024 on large crops, where they go from .1 to .8; four times that is the margin."""
    _, numbers = channels
    assert numbers["mean_correlation_layers_weights=trained"] > 0.95
    assert numbers["mean_error_layers_weights=trained"] < 0.1
    assert numbers["largest_positive_weights=trained"] - numbers["least_positive_weights=trained"] > 0.4
    assert numbers["largest_positive_weights=normed"] - numbers["least_positive_weights=normed"] < 0.1


def test_numbers_of_single_channels_together_are_those_of_the_layers_put_together(channels):
    """The correlation over all channels is composed of layers; here from the channels themselves, of two layers made up."""
    rng = random_stream(0)
    layers = [(rng.random(30), rng.random(30)), (0.3 + rng.random(50), rng.random(50) ** 2)]
    rows = positive_channels.DataFrame(
        {
            "channels": [len(first) for first, _ in layers],
            "positive": [first.mean() for first, _ in layers],
            "expected": [second.mean() for _, second in layers],
            "rate_sd": [first.std() for first, _ in layers],
            "expected_sd": [second.std() for _, second in layers],
            "correlation": [np.corrcoef(first, second)[0, 1] for first, second in layers],
            "channel_error": [np.abs(first - second).mean() for first, second in layers],
        }
    )
    first, second = (np.concatenate(side) for side in zip(*layers, strict=True))
    numbers = positive_channels._agreement(rows)
    assert numbers["correlation_channels"] == pytest.approx(np.corrcoef(first, second)[0, 1], abs=1e-12)
    assert numbers["error_channels"] == pytest.approx(np.abs(first - second).mean(), abs=1e-12)


def test_each_activation_is_held_against_its_own_batch_norm(channels):
    """With new norms whose offset is the layer's number, each site is expected where that norm has it."""
    network = make_network("new", torch.zeros(1, 3, 32, 32), rng=random_stream(0))
    norms = norms_before(network)
    own = {path: norms[path] for path, module in network.named_modules() if isinstance(module, nn.ReLU6)}
    assert len(set(map(id, own.values()))) == len(own) == 33
    assert norms["features.3.conv.1.2"] is network.features[3].conv[1][1]


def test_one_factor_tells_how_often_too_few_channels_are_active_and_independent_channels_do_not():
    """Block 12, fewer than 112 of 672: .36 on large crops, by rates alone .01; by one factor .35. A fifth is the margin."""
    rows, numbers = measured(active_count, crops=12, sites=["features.12.conv.0.2"])
    trained = rows[rows["weights"] == "trained"].iloc[0]
    assert trained["below"] > 0.05
    assert trained["below_independent"] < 0.2 * trained["below"]
    assert abs(trained["below_one_factor"] - trained["below"]) < 0.2 * trained["below"]
    assert numbers["ratio_variance_least_weights=trained"] > 4.0 > numbers["ratio_variance_most_weights=normed"]


@pytest.fixture(scope="module")
def ablation():
    return measured(bottleneck_ablation)


def test_a_shortcut_around_relu6_saves_the_logits(ablation):
    """The ends of the intervals over crops lie apart, for the same blocks with the shortcut around and inside."""
    _, numbers = ablation
    raw = "cosine_one_activation=relu6_repair=none_shortcut"
    assert numbers[f"bound_low_{raw}=around"] > numbers[f"bound_high_{raw}=inside"]
    assert numbers[f"bound_low_{raw}=around"] > numbers[f"bound_high_{raw}=none"]


def test_most_of_the_damage_is_undone_by_a_factor_and_an_offset(ablation):
    """Of the cosine lost by ReLU6 where no shortcut is, an affine repair brings back half and more; raw is far below."""
    _, numbers = ablation
    for shortcut in ("inside", "none"):
        raw, affine = (
            numbers[f"mean_cosine_one_activation=relu6_repair={kind}_shortcut={shortcut}"] for kind in ("none", "affine")
        )
        assert affine - raw > 0.5 * (1.0 - raw)


def test_crops_that_are_scored_lie_in_other_halves_than_those_that_fit(monkeypatch):
    """Photographs whose halves are black and white, side by side and one above the other."""
    halves = np.zeros((240, 480, 3), np.uint8)
    halves[:, 240:] = 255
    monkeypatch.setattr(_networks, "photographs", lambda: [halves, halves.transpose(1, 0, 2)])
    for draw in range(5):
        fitted, scored = _networks.halves(6, 4, 100, rng=random_stream(0, draw))
        for picture in (0, 1):
            values = [side[picture::2].unique() for side in (fitted, scored)]
            assert [len(value) for value in values] == [1, 1]
            assert values[0] != values[1]


def test_too_few_crops_for_a_linear_repair_are_told_before_anything_is_measured():
    with pytest.raises(ValueError, match=r"^fitted must be at least 33 for a linear repair of block 16, got 32$"):
        bottleneck_ablation.check(bottleneck_ablation.Parameters(fitted=32))


def test_missing_equations_are_not_missing_variance():
    """Block 12: at a fifth of the positions equations are missing, at most a tenth of the share in variance."""
    _, numbers = measured(exact_expansion, crops=16, scored=8, blocks=[12])
    assert numbers["mean_below_block=12"] > 0.02
    assert numbers["mean_variance_lost_block=12"] < 0.2 * numbers["mean_below_block=12"]


def test_the_weights_of_an_expansion_are_those_that_the_network_uses_and_in_general_position():
    images = crops(1, 64, rng=random_stream(0))
    network = make_network("trained", images, rng=random_stream(0))
    entering = exact_expansion._inputs(network, images, [12, 17])
    for block, layer in ((12, network.features[12].conv[0]), (17, network.features[17])):
        weights, shift = exact_expansion._expansion(network, block)
        x = entering[block][0].flatten(1).T.double().numpy()
        y = layer(entering[block])[0].flatten(1).T.detach().numpy()
        np.testing.assert_allclose(np.clip(x @ weights.T + shift, 0.0, 6.0), y, atol=1e-4)
        inputs = weights.shape[1]
        few = random_stream(0).choice(len(weights), inputs, replace=False)
        assert np.linalg.matrix_rank(weights[few]) == inputs


def test_an_interval_of_a_mean_holds_it_as_often_as_it_says():
    """Of 400 means of 64 normal numbers 95 per cent, but for a hundredth at this N, with 4 standard errors of that share."""
    draws = random_stream(0).normal(size=(400, 64))
    ends = np.array([bootstrap_interval(values, times=500) for values in draws])
    inside = ((ends[:, 0] < 0.0) & (ends[:, 1] > 0.0)).mean()
    assert abs(inside - 0.94) < 4.0 * np.sqrt(0.95 * 0.05 / 400)
