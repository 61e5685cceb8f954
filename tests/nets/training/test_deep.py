"""Deep stacks: equal parameters, what a dense layer takes from its sources, and depth that is left to chance."""

import numpy as np
import pytest
import torch

from manifold.nets import DenseBlock, exit_net, formula_cost, initialise, measure_cost
from manifold.nets.blocks.layers import coins
from manifold.nets.training.deep import (
    DEEP,
    count_branches,
    deep_net,
    forget_sources,
    layers_of,
    source_weights,
    stochastic_net,
    survivals,
)
from manifold.nets.training.family import MATCHED, v3_net

SHAPE = (1, 8, 8)


def test_kinds_have_the_same_number_of_parameters():
    costs = {kind: formula_cost(deep_net(kind, SHAPE, 10), SHAPE) for kind in DEEP}
    counts = [cost.parameters for cost in costs.values()]
    assert max(counts) - min(counts) <= MATCHED * max(counts)
    assert costs["dense"].macs == measure_cost(deep_net("dense", SHAPE, 10), SHAPE).macs


def test_the_map_of_weights_is_that_of_each_layer_and_source(rng):
    block = initialise(DenseBlock(5, 4, 3, 0), rng=rng)
    expected = np.full((3, 3), np.nan)  # (readers, sources)
    for layer, module in enumerate(layers_of(block)):
        weights = module.conv1.weight.detach().abs().double()
        expected[layer, 0] = weights[:, :5].mean()
        for source in range(1, layer + 1):
            expected[layer, source] = weights[:, 5 + 4 * (source - 1) : 5 + 4 * source].mean()
    np.testing.assert_allclose(source_weights(block), expected)


def test_the_map_of_a_network_goes_through_its_blocks_to_its_end():
    network = exit_net("dense", (1, 8, 8), 10, growth=2, exits=1)
    layer = network.stages[0][1].denselayer1.conv1  # the fifth layer: it reads 5 maps of the stem and 2 of each of 4 layers
    with torch.no_grad():
        for source in range(5):
            part = slice(0, 5) if source == 0 else slice(5 + 2 * (source - 1), 5 + 2 * source)
            layer.weight[:, part] = (-1.0) ** source * (source + 1.0)
    read = source_weights(network)
    assert read.shape == (13, 13)
    np.testing.assert_allclose(read[4, :5], [1, 2, 3, 4, 5])
    assert np.isnan(read[4, 5:]).all()
    assert not np.isnan(read[-1]).any()


def test_only_dense_networks_have_a_map():
    with pytest.raises(ValueError, match=r"only a network of dense layers .*; take exit_net\('dense', ...\)"):
        source_weights(exit_net("plain", (1, 8, 8), 10))


@pytest.mark.parametrize("older", [True, False])
def test_layers_forget_half_of_their_sources(older, rng):
    """Rounded down, so that the first layer keeps what enters."""
    block = initialise(DenseBlock(5, 4, 8, 0), rng=rng)
    forget_sources(block, older=older)
    kept = source_weights(block) > 0.0
    for layer in range(8):
        half = (layer + 1) // 2
        gone = range(half) if older else range(layer + 1 - half, layer + 1)
        assert [source for source in range(layer + 1) if not kept[layer, source]] == list(gone)


def test_survival_falls_in_a_line_and_its_sum_is_the_depth_that_is_computed():
    """Within 4 standard deviations of a sum of coins."""
    shares = np.array(survivals(8, 0.5))
    np.testing.assert_allclose(np.diff(shares), -0.5 / 8)
    assert shares.sum() == pytest.approx((3 * 8 - 1) / 4)
    network = stochastic_net(SHAPE, 10, survival=0.5, width=2).train()
    computed, rng, steps = count_branches(network), np.random.default_rng(0), 200
    with coins(lambda: rng), torch.no_grad():
        for _ in range(steps):
            network(torch.ones(2, *SHAPE))
    spread = np.sqrt(steps * (shares * (1.0 - shares)).sum())
    assert abs(computed() - steps * shares.sum()) < 4.0 * spread


def test_a_small_v3_has_its_activations_in_its_halves():
    network = v3_net(SHAPE, 10, first="relu", second="hardswish", squeeze_excite=True, depth=4)
    assert [block.options["activation"] for block in network.blocks] == ["relu", "relu", "hardswish", "hardswish"]
    assert all(block.squeezed for block in network.blocks)
    assert formula_cost(network, SHAPE) == measure_cost(network, SHAPE)
