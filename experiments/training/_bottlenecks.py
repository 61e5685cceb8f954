"""Networks without and with ReLU6 at their bottlenecks, alike in all else, and how each is trained."""

from __future__ import annotations

from typing import Any

import torch

from manifold.nets import Recipe, SmallNet, Split, Training, bottleneck_net

from ._pairs import batch_seed, begin

ACTED = ("linear", "relu6")
"""What stands at the bottleneck: nothing, as in the paper, or ReLU6."""

SHORTCUTS = ("bottleneck", "none")

LARGEST = 8
"""Pixels of a side up to which the stem keeps the picture; it halves larger ones."""


def make_arm(split: Split, parameters: Any, *, width: int, activation: str, shortcut: str) -> SmallNet:
    """The network of an arm, for the pictures of a split."""
    return bottleneck_net(
        picture_shape(split),
        len(split.train.names),
        width=width,
        bottleneck_activation=activation,
        shortcut=shortcut,
        inner=parameters.inner,
        depth=parameters.depth,
        stride=stem_stride(split),
    )


def picture_shape(split: Split) -> tuple[int, int, int]:
    """Channels, height, width."""
    channels, height, width = split.train.images.shape[1:]
    return channels, height, width


def stem_stride(split: Split) -> int:
    """2 for pictures of more than `LARGEST` pixels a side, else 1."""
    return 2 if max(split.train.images.shape[2:]) > LARGEST else 1


def begin_arm(network: SmallNet, split: Split, parameters: Any, *, seed: int, draw: int) -> Training:
    """Its training, with the weights and the order of pictures of the draw."""
    recipe = Recipe(parameters.steps, parameters.batch, rate=parameters.rate, seed=batch_seed(seed, draw))
    laid_out: SmallNet = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a fifth quicker
    return begin(laid_out, split, recipe, seed=seed, draw=draw)


def arm_cost(network: SmallNet, split: Split) -> dict[str, int]:
    """Its parameters and MACs."""
    cost = network.cost(picture_shape(split))
    return {"parameters": cost.parameters, "macs": cost.macs}
