"""The layers that blocks are built of: padding, activations and their names, chains, the branch that may be left out."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from manifold import ACTIVATIONS, Activation
from manifold.nets import ConvNorm, InvertedResidual, stochastic_depth
from manifold.nets.blocks.layers import Chain, SameConv2d, activation_module, activation_name, conv


@pytest.mark.parametrize("size", [(6, 7), (7, 6), (9, 9)])
@pytest.mark.parametrize("kernel", [3, 5])
def test_same_padding_puts_the_odd_pixel_right_and_below(size, kernel, fill, noise):
    """At stride 2: ceil(H / 2) outputs need 2 (ceil(H / 2) - 1) + k - H more pixels; for odd H that is k - 1, as symmetric."""
    image, layer = noise(0, (2, 4, *size)), fill(conv(4, 4, kernel, 2, groups=2, padding="same"))
    pad = kernel // 2
    left, above = (pad if side % 2 else pad - 1 for side in reversed(size))
    padded = functional.pad(image, (left, pad, above, pad))
    expected = functional.conv2d(padded, layer.weight, None, 2, groups=2)
    assert isinstance(layer, SameConv2d)
    torch.testing.assert_close(layer(image), expected)
    assert expected.shape[2:] == tuple(-(-side // 2) for side in size)


def test_same_padding_is_symmetric_at_stride_1_and_moves_the_image_at_stride_2(fill, noise):
    image = noise(0, (1, 4, 8, 8))
    for stride in (1, 2):
        symmetric, same = (fill(InvertedResidual(4, 4, stride, padding=padding)) for padding in ("symmetric", "same"))
        assert torch.allclose(same(image), symmetric(image)) == (stride == 1)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_in_torch_are_the_activations_in_numpy(name, noise):
    values = noise(0, (1000,)) * 5
    expected = ACTIVATIONS[name](values.numpy())
    np.testing.assert_allclose(activation_module(name)(values), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_module_of_an_activation_is_known_by_its_name(name):
    assert activation_name(activation_module(name)) == (None if name == "linear" else name)


def test_other_modules_have_no_name_and_settings_tell_activations_of_a_class_apart(monkeypatch):
    assert activation_name(nn.Conv2d(1, 1, 1)) is activation_name(nn.PReLU()) is None
    assert activation_name(nn.ReLU6(inplace=True)) == "relu6"
    assert activation_name(nn.LeakyReLU(0.2)) == "leaky_relu"
    monkeypatch.setitem(ACTIVATIONS._entries, "leaky_relu 0.2", Activation(abs, module=lambda: nn.LeakyReLU(0.2)))
    assert activation_name(nn.LeakyReLU(0.2, inplace=True)) == activation_name(nn.LeakyReLU(0.2)) == "leaky_relu 0.2"
    assert activation_name(nn.LeakyReLU()) == "leaky_relu"


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_block_takes_every_activation_and_linear_adds_no_module(activation, fill, noise):
    layer = fill(ConvNorm(4, 4, activation=activation))
    assert len(layer) == (2 if activation == "linear" else 3)
    plain = fill(ConvNorm(4, 4, activation="linear"))
    x = noise(3, (2, 4, 5, 5)) * 5
    expected = ACTIVATIONS[activation](plain(x).detach().numpy())
    np.testing.assert_allclose(layer(x).detach(), expected, rtol=1e-12, atol=1e-12)


def test_a_slice_of_a_chain_is_a_chain_and_a_place_is_the_layer(noise):
    chain = ConvNorm(4, 4).double().eval()
    assert isinstance(chain[:2], Chain)
    assert chain[:2][1] is chain[1] is chain[-2]
    x = noise(1, (2, 4, 5, 5))
    torch.testing.assert_close(chain[2](chain[:2](x)), chain(x))


@pytest.mark.parametrize("survival", [0.05, 0.5, 0.9])
def test_a_branch_survives_as_often_as_asked_and_is_not_computed_otherwise(survival, seed):
    """4000 coins: z = (kept / 4000 - p) / sqrt(p (1 - p) / 4000), |z| < 4."""
    seed(2)
    calls, draws, x = [], 4000, torch.ones(2, 1, 1, 1)
    outputs = [stochastic_depth(lambda x: calls.append(x) or 5 * x, x, survival=survival, training=True) for _ in range(draws)]
    kept = [output.max() == 5 for output in outputs]
    assert sum(kept) == len(calls)
    assert all(torch.equal(x + output, x * (6 if k else 1)) for output, k in zip(outputs, kept, strict=True))
    z = (len(calls) / draws - survival) / math.sqrt(survival * (1 - survival) / draws)
    assert abs(z) < 4
