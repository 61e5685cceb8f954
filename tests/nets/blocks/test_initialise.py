"""New weights: their law, in place, repeatably."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

import manifold
from manifold.nets import BLOCKS, Chain, initialise, take_statistics

EVERY = pytest.mark.parametrize("name", BLOCKS)


@pytest.mark.parametrize("name", ["plain", "inverted", "inverted-v3", "grouped", "dense"])
def test_weights_are_gaussian_of_variance_2_over_fan_out(name):
    """n numbers: |z| < 4 for z = (sum w^2 / s^2 - n) / sqrt(2 n), and for sum w / (s sqrt(n)); fan-out counts one group."""
    block = initialise(BLOCKS[name](32, 32), rng=manifold.random_stream(11))
    for layer in block.modules():
        if isinstance(layer, nn.Conv2d):
            outputs = layer.kernel_size[0] ** 2 * layer.out_channels // layer.groups
            drawn = layer.weight.detach().double().flatten() * np.sqrt(outputs / 2)
            n = len(drawn)
            assert abs(float((drawn**2).sum()) - n) < 4 * np.sqrt(2 * n)
            assert abs(float(drawn.sum())) < 4 * np.sqrt(n)
            assert layer.bias is None or not layer.bias.any()


@EVERY
def test_a_block_is_initialised_in_place_and_repeatably(name, fill):
    block = fill(BLOCKS[name](8, 12))
    assert initialise(block, rng=manifold.random_stream(2)) is block
    fresh = initialise(BLOCKS[name](8, 12).double(), rng=manifold.random_stream(2))
    assert all(map(torch.equal, block.state_dict().values(), fresh.state_dict().values()))
    other = initialise(copy.deepcopy(block), rng=manifold.random_stream(3))
    assert not any(map(torch.equal, weights(block), weights(other)))
    for layer in block.modules():
        if isinstance(layer, nn.BatchNorm2d):
            assert all((value == number).all() for value, number in zip(numbers(layer), (0, 1, 1, 0), strict=True))


def weights(block):
    return [layer.weight for layer in block.modules() if isinstance(layer, nn.Conv2d)]


def numbers(norm):
    return norm.running_mean, norm.running_var, norm.weight, norm.bias


def test_only_a_generator_draws_weights():
    with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator"):
        initialise(Chain(nn.Conv2d(1, 1, 1)), rng=3)


def test_norms_take_the_statistics_of_what_reaches_them_and_nothing_else_changes(noise):
    """The second norm sees what the first one, with the statistics of these images already, lets through."""
    network = nn.Sequential(nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3), nn.ReLU(), nn.Dropout(), nn.BatchNorm2d(3, momentum=0.2))
    network.double().train()[3].eval()
    images = 2.0 + 3.0 * noise(0, (5, 2, 4, 4))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    modes = [module.training for module in network.modules()]
    assert take_statistics(network, images) is network
    assert [module.training for module in network.modules()] == modes
    assert [network[place].momentum for place in (1, 4)] == [0.1, 0.2]
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {f"{place}.{name}" for place in (1, 4) for name in ("running_mean", "running_var", "num_batches_tracked")}
    first = network[0](images)
    mean, variance = first.mean((0, 2, 3), keepdim=True), first.var((0, 2, 3), correction=0, keepdim=True)
    second = torch.relu((first - mean) / (variance + 1e-5).sqrt())
    for place, values in ((1, first), (4, second)):
        torch.testing.assert_close(network[place].running_mean, values.mean((0, 2, 3)))
        torch.testing.assert_close(network[place].running_var, values.var((0, 2, 3)))


def test_statistics_come_from_images():
    with pytest.raises(TypeError, match=r"^images must be of type Tensor, got array"):
        take_statistics(nn.BatchNorm2d(1), np.ones((1, 1, 2, 2)))
    norm = nn.BatchNorm2d(3).eval()
    with pytest.raises(RuntimeError, match="running_mean should contain 4 elements not 3"):
        take_statistics(norm, torch.ones(2, 4, 2, 2))
    assert (norm.training, norm.momentum) == (False, 0.1)
