"""New weights: their law, in place, repeatably."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

import manifold
from manifold.nets import BLOCKS, Chain, initialise

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
