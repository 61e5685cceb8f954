"""Deep stacks of full convolutions: dense, residual and plain ones, and residual ones whose blocks are left out at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from manifold.checks import Floats, check_count, fault
from manifold.nets.blocks.block import Block
from manifold.nets.blocks.dense import DenseBlock, DenseLayer, Transition
from manifold.nets.blocks.layers import check_share
from manifold.nets.blocks.residual import PlainPair, ResidualBasic
from manifold.nets.cost.formula import Shape
from manifold.nets.training.exits import ExitNet
from manifold.nets.training.family import SmallNet
from manifold.registry import Registry

DEEP: Registry[Callable[[], list[Block]]] = Registry("kind of deep stack")
"""Sixteen 3x3 convolutions, the picture halved after eight; all three have about 18,000 parameters in a network."""


@DEEP.register("dense")
def _dense() -> list[Block]:
    """Two dense blocks of eight layers at growth rate 4, a transition to half the maps between them."""
    first = DenseBlock(5, 4, 8, 0)
    transition = Transition(first.oup, first.oup // 2)
    return [first, transition, DenseBlock(transition.oup, 4, 8, 0)]


@DEEP.register("residual")
def _residual() -> list[Block]:
    """Four residual blocks of 7 channels, four of 14."""
    return [*(ResidualBasic(7, 7) for _ in range(4)), ResidualBasic(7, 14, 2), *(ResidualBasic(14, 14) for _ in range(3))]


@DEEP.register("plain")
def _plain() -> list[Block]:
    """The same without shortcuts."""
    return [*(PlainPair(7, 7) for _ in range(4)), PlainPair(7, 14, 2), *(PlainPair(14, 14) for _ in range(3))]


def deep_net(kind: str, shape: Shape, classes: int, **options: Any) -> SmallNet:
    """A stack of `DEEP` for pictures of `shape`, with `options` of `SmallNet`."""
    return SmallNet(shape[0], classes, DEEP[kind](), head=32, activation="relu", **options)


def layers_of(block: DenseBlock) -> list[DenseLayer]:
    """Its layers, in order."""
    return [layer for layer in block.children() if isinstance(layer, DenseLayer)]


def source_weights(network: DenseBlock | ExitNet) -> Floats:
    """Mean |weight| with which each dense layer, and the 1x1 at a network's last exit, reads what each before it has made.

    Huang et al. 2017, arXiv 1608.06993, Figure 5.

    Returns
    -------
    ndarray of shape (readers, sources)
        Source 0 is what enters the first layer, source s the maps of layer s; NaN where a reader does not come after them.

    Raises
    ------
    ValueError
        If the network is not made of dense layers.
    """
    layers = [module for module in network.modules() if isinstance(module, DenseLayer)]
    if not layers:
        raise fault(ValueError, "only a network of dense layers has weights from every layer; take exit_net('dense', ...)")
    readers: list[nn.Module] = [layer.conv1 for layer in layers]
    if isinstance(network, ExitNet):
        readers.append(next(module for module in network.heads[-1].modules() if isinstance(module, nn.Conv2d)))
    sizes = [layers[0].inp, *(layer.oup for layer in layers)]
    means = np.full((len(readers), len(readers)), np.nan)
    for number, reader in enumerate(readers):
        weights: Any = reader.weight
        parts = torch.split(weights.detach().double().abs(), sizes[: number + 1], dim=1)  # (maps, read, height, width)
        means[number, : number + 1] = [float(part.mean()) for part in parts]
    return means


def forget_sources(block: DenseBlock, *, older: bool) -> None:
    """Set to 0, in place, what every layer takes from the older half of its sources, or from the younger half."""
    for number, layer in enumerate(layers_of(block)):
        weights = layer.conv1.weight  # (maps, read, 3, 3)
        half, read = (number + 1) // 2, weights.shape[1]
        entry = read - number * block.growth
        edge = entry + (half - 1) * block.growth if half else 0
        with torch.no_grad():
            weights[:, slice(0, edge) if older else slice(read - half * block.growth if half else read, read)] = 0.0


def survivals(depth: int, last: float) -> list[float]:
    """Linear decay, p_l = 1 - (l / L)(1 - p_L) for l = 1 .. L (Huang et al. 2016, arXiv 1603.09382, equation 4)."""
    check_share(last, "survival of the last block")
    return [1.0 - number / depth * (1.0 - last) for number in range(1, check_count(depth, "depth", minimum=1) + 1)]


def stochastic_net(shape: Shape, classes: int, *, survival: float, depth: int = 8, width: int = 12) -> SmallNet:
    """Stem that halves the picture, `depth` residual blocks of `width` channels, the last left out with 1 - `survival`."""
    blocks = [ResidualBasic(width, width, survival=share) for share in survivals(depth, survival)]
    return SmallNet(shape[0], classes, blocks, head=32, activation="relu", stride=2)


def count_branches(network: nn.Module) -> Callable[[], int]:
    """How many branches of residual blocks have been computed since, whenever it is asked."""
    computed = [0]

    def count(*_: Any) -> None:
        computed[0] += 1

    for block in network.modules():
        if isinstance(block, ResidualBasic):
            block.conv1.register_forward_hook(count)
    return lambda: computed[0]
