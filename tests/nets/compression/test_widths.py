"""Widths of a small network: what each costs, and a trained one narrowed."""

import itertools

import pytest
import torch

from manifold import random_stream
from manifold.nets import bottleneck_net, formula_cost, initialise, measure_cost
from manifold.nets.compression.widths import (
    LEAST,
    Widths,
    _parts,
    channel_weights,
    narrow,
    uniform_widths,
    widths_of,
)
from manifold.nets.training.family import sandglass_net

SHAPE = (1, 8, 8)
SMALL = Widths(7, 5, 6, (9, 11), 10)


@pytest.fixture(scope="module")
def network():
    """Random weights, and norms that differ from channel to channel, as after training."""
    made, rng = initialise(SMALL.network(SHAPE, 4), rng=random_stream(0)), random_stream(1)
    for norm in (module for module in made.modules() if isinstance(module, torch.nn.BatchNorm2d)):
        for values in (norm.weight, norm.running_var, norm.running_mean, norm.bias):
            values.data.copy_(torch.from_numpy(rng.uniform(0.2, 2.0, len(values))))
    made.classifier.weight.data.copy_(torch.from_numpy(rng.normal(size=tuple(made.classifier.weight.shape))))
    return made.eval()


def test_the_network_of_widths_has_them_and_costs_what_running_it_measures(network):
    assert widths_of(network) == SMALL
    assert widths_of(bottleneck_net(SHAPE, 10, width=8)) == Widths()
    assert SMALL.macs(SHAPE, 4) == measure_cost(network, SHAPE).macs == formula_cost(network, SHAPE).macs


@pytest.mark.parametrize(
    ("layer", "width"), [("stem", 4), ("first", 3), ("block-2", 4), ("block-3", 5), ("bottleneck", 2), ("head", 3)]
)
def test_a_narrowed_network_is_the_one_in_which_nobody_reads_the_channels_that_go(network, layer, width):
    """The other route: weights from these channels set to 0 in the wide network, by whatever layer reads them."""
    smaller = narrow(network, SMALL.with_layer(layer, width), SHAPE)
    kept = channel_weights(network)[layer].topk(width).indices
    wide = SMALL.network(SHAPE, 4).eval()
    wide.load_state_dict(network.state_dict())
    gone = [channel for channel in range(SMALL.layers()[layer]) if channel not in kept]
    readers = [part.layer for part in _parts(wide) if part.entering == layer]
    assert readers
    for reader in readers:
        reader.weight.data[:, gone] = 0.0
    x = torch.rand(3, *SHAPE, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(smaller(x), wide(x))
        assert not torch.allclose(smaller(x), network(x))
    assert widths_of(smaller) == SMALL.with_layer(layer, width)


def test_a_channel_weighs_what_its_filter_does_with_the_norm_folded_in(network):
    """Three routes: the stem's response to one bright pixel, and both blocks that write the bottleneck."""
    network.stem[1].bias.data.zero_()
    network.stem[1].running_mean.zero_()
    x = torch.zeros(1, *SHAPE)
    x[0, 0, 4, 4] = 1.0
    with torch.no_grad():
        response = network.stem[1](network.stem[0](x)).flatten(2).norm(dim=2)[0]
    weights = channel_weights(network)
    torch.testing.assert_close(weights["stem"], response)
    squares = sum(
        (block.conv[2].weight.flatten(1).norm(dim=1) * block.conv[3].weight / (block.conv[3].running_var + 1e-5).sqrt()) ** 2
        for block in network.blocks[1:]
    )
    torch.testing.assert_close(weights["bottleneck"], squares.sqrt().detach())


def test_uniform_widths_fit_the_budget_and_the_next_wider_ones_do_not():
    def cost(widths):
        return sum((1 + place) * width for place, width in enumerate(widths.layers().values()))

    for share in (0.5, 0.2, 1.0):
        budget = share * cost(Widths())
        found = uniform_widths(Widths(), budget, cost)
        assert cost(found) <= budget
        wider = [
            widths for widths in (Widths().scaled(factor / 1000.0) for factor in range(1001)) if cost(widths) > cost(found)
        ]
        assert cost(wider[0]) > budget if share < 1.0 else not wider


def test_a_block_never_loses_its_expansion():
    """As wide inside as what enters, an inverted residual would have none, and its weights nowhere to go."""
    for layer, width in itertools.product(SMALL.layers(), range(LEAST, 6)):
        widths = SMALL.with_layer(layer, width)
        assert widths_of(widths.network(SHAPE, 4)) == widths


def test_what_cannot_be_narrowed_is_told(network):
    with pytest.raises(ValueError, match=r"a network can be narrowed if it is made of two inverted residuals.*got Sandglass"):
        widths_of(sandglass_net(SHAPE, 10, width=4, depth=2))
    with pytest.raises(ValueError, match="layer 'head' has 10 channels and cannot be narrowed to 11"):
        narrow(network, SMALL.with_layer("head", 11), SHAPE)
    with pytest.raises(KeyError, match=r"unknown layer 'heads'\. Did you mean 'head'"):
        SMALL.with_layer("heads", 3)
    with pytest.raises(ValueError, match="the budget of 10 is below the smallest network, which costs 56; take at least that"):
        uniform_widths(SMALL, 10, lambda widths: 8 * sum(widths.layers().values()) - 24)
