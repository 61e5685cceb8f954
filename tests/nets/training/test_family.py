"""Small networks: their cost by formula and by running, and arms that cost the same."""

import pytest
import torch

from manifold.nets import formula_cost, measure_cost
from manifold.nets.training.family import MATCHED, bottleneck_net, match_macs, sandglass_net

SHAPE = (1, 8, 8)


NETS = [
    (bottleneck_net, {"width": 2}),
    (bottleneck_net, {"width": 8, "shortcut": "none", "depth": 3, "stride": 2}),
    (sandglass_net, {"width": 5, "inner": 20, "depth": 3}),
]


@pytest.mark.parametrize(("make", "options"), NETS)
def test_the_formula_of_cost_agrees_with_running(make, options):
    network = make(SHAPE, 10, **options)
    assert formula_cost(network, SHAPE) == measure_cost(network, SHAPE)


def test_bottlenecks_are_what_the_blocks_hand_on():
    network = bottleneck_net(SHAPE, 10, width=3, depth=4).eval()
    x = torch.rand(5, *SHAPE)
    outputs = network.bottlenecks(x)
    assert [tuple(each.shape[1:]) for each in outputs] == [(3, 8, 8), (3, 4, 4), (3, 4, 4), (3, 4, 4)]
    torch.testing.assert_close(network.classifier(network.head(outputs[-1]).mean((2, 3))), network(x))


def test_a_stem_of_stride_2_makes_a_picture_cost_like_one_of_half_its_side():
    large, small = (
        formula_cost(bottleneck_net(SHAPE, 10, width=4, stride=stride), (1, side, side)) for stride, side in ((2, 14), (1, 7))
    )
    assert (large.macs, large.parameters) == (small.macs, small.parameters)


def test_shortcuts_of_sandglasses_join_their_wide_ends():
    network = sandglass_net(SHAPE, 10, width=5, inner=20, depth=4)
    assert [block.adds_input for block in network.blocks] == [False, True, True, True]
    assert {block.oup for block in network.blocks} == {20}
    assert {block.inner for block in network.blocks} == {5}


def test_an_activation_at_the_bottleneck_costs_nothing():
    arms = [bottleneck_net(SHAPE, 10, width=4, bottleneck_activation=name) for name in ("linear", "relu6")]
    assert len({formula_cost(arm, SHAPE) for arm in arms}) == 1


@pytest.mark.parametrize("depth", [5, 9])
def test_inner_widths_match_macs(depth):
    """Against going through all widths."""
    make = lambda inner: bottleneck_net(SHAPE, 10, width=4, depth=depth, inner=inner)  # noqa: E731
    macs = formula_cost(bottleneck_net(SHAPE, 10, width=4), SHAPE).macs
    costs = {inner: formula_cost(make(inner), SHAPE).macs for inner in range(20, 120)}
    found = match_macs(make, macs, SHAPE)
    assert found == min(costs, key=lambda inner: abs(costs[inner] - macs))
    assert abs(costs[found] - macs) <= MATCHED * macs


def test_costs_that_cannot_be_matched_are_said():
    with pytest.raises(ValueError, match=r"no inner width comes within 2% of 1,000 MACs; the nearest, 1, costs [0-9,]+"):
        match_macs(lambda inner: bottleneck_net(SHAPE, 10, width=4, inner=inner), 1000, SHAPE)
