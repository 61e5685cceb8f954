"""Fully connected layers in a row, and weights for them."""

from __future__ import annotations

import itertools

import numpy as np
import torch
from torch import nn

from manifold.checks import check_count
from manifold.nets.blocks.layers import activation_module


def stack(widths: tuple[int, ...], activation: str) -> nn.Sequential:
    """Linear layers through these widths, with the activation between them."""
    for width in widths:
        check_count(width, "units of a layer", minimum=1)
    layers: list[nn.Module] = []
    for inp, oup in itertools.pairwise(widths):
        layers += [nn.Linear(inp, oup), activation_module(activation)]
    return nn.Sequential(*layers[:-1])


def draw_weights(network: nn.Module, *, rng: np.random.Generator) -> None:
    """New weights: Gaussian of variance 2 / fan-in (He et al. 2015, arXiv 1502.01852), offsets uniform as torch's."""
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, nn.Linear):
                shape = tuple(layer.weight.shape)
                layer.weight.copy_(torch.from_numpy(rng.normal(0.0, np.sqrt(2.0 / shape[1]), shape)))
                layer.bias.copy_(torch.from_numpy(rng.uniform(-1.0, 1.0, shape[0]) / np.sqrt(shape[1])))
