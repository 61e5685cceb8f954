"""Dense blocks: layers that read all that came before them and add a little (Huang et al. 2017, arXiv 1608.06993)."""

from __future__ import annotations

import math
import re

import torch
from torch import Tensor, nn

from manifold.checks import check_count
from manifold.nets.blocks.block import Block
from manifold.nets.blocks.layers import (
    check_survival,
    conv,
    inner_channels,
    stochastic_depth,
)
from manifold.nets.cost.formula import Cost, Shape, conv_cost, formula_cost, in_a_row


class DenseLayer(Block):
    """H of the paper, the maps that one layer adds: BN, ReLU, 1x1 to expand_ratio oup, BN, ReLU, 3x3 to oup.

    (N, inp, H, W) -> (N, oup, H, W). Section 3, "Bottleneck layers"; with expand_ratio 0 the plain form BN, ReLU, 3x3.

    Parameters
    ----------
    inp, oup : int
        Maps that come in, and maps that the layer adds: oup is the growth rate k.
    expand_ratio : int, default=4
        Width of the 1x1 in units of `oup`; 0 leaves it out.
    survival : float, default=1.0
        Probability that the layer takes part in a mini-batch of training; left out, its maps are 0. See `stochastic_depth`.
    """

    def __init__(self, inp: int, oup: int, expand_ratio: int = 4, *, survival: float = 1.0) -> None:
        super().__init__(inp, oup, survival=check_survival(survival, shortcut=True))
        inner = check_count(expand_ratio, "expand_ratio", minimum=0) * oup
        self.survival, self.inner = survival, inner
        self.norm1, self.relu1 = nn.BatchNorm2d(inp), nn.ReLU()
        self.conv1 = conv(inp, inner) if inner else conv(inp, oup, 3)
        if inner:
            self.norm2, self.relu2, self.conv2 = nn.BatchNorm2d(inner), nn.ReLU(), conv(inner, oup, 3)

    def rename_older(self, state: dict[str, Tensor], prefix: str) -> None:
        """Names of published files, norm.1, relu.1, conv.1."""
        for key in [key for key in state if key.startswith(prefix)]:
            state[prefix + re.sub(r"^(norm|conv)\.([12])\.", r"\1\2.", key.removeprefix(prefix))] = state.pop(key)

    def branch(self, x: Tensor) -> Tensor:
        """H(x)."""
        for layer in self.children():
            x = layer(x)
        return x

    def forward(self, x: Tensor) -> Tensor:
        """The new maps alone."""
        new = stochastic_depth(self.branch, x, survival=self.survival, training=self.training)
        return new.expand(x.shape[0], self.oup, x.shape[2], x.shape[3])

    def cost(self, shape: Shape) -> Cost:
        """Batch norm comes first: 2 inp parameters, and 2 inner before the second convolution."""
        first = conv_cost(self.inner or self.oup, 1 if self.inner else 3, 1, shape, norm=False)
        second = [conv_cost(self.oup, 3, 1, first.output, norm=False)] if self.inner else []
        both = in_a_row([first, *second])
        return Cost(both.parameters + 2 * self.inp + 2 * self.inner, both.macs, both.memory, both.output)


class DenseBlock(Block):
    """Dense layers in a row, each reading all maps before it: (N, inp, H, W) -> (N, inp + layers growth, H, W).

    Equation 2: x_l = H_l([x_0, ..., x_(l-1)]).

    Parameters
    ----------
    inp, growth : int
        Maps that come in, and maps that each layer adds.
    layers : int
    expand_ratio : int, default=4
    survival : float, default=1.0
        Both of every layer, see `DenseLayer`.
    """

    def __init__(self, inp: int, growth: int, layers: int, expand_ratio: int = 4, *, survival: float = 1.0) -> None:
        layers = check_count(layers, "layers", minimum=1)
        super().__init__(inp, inp + layers * check_count(growth, "growth", minimum=1))
        self.growth = growth
        for number in range(layers):
            layer = DenseLayer(inp + number * growth, growth, expand_ratio, survival=survival)
            self.add_module(f"denselayer{number + 1}", layer)

    def forward(self, x: Tensor) -> Tensor:
        """Everything that came in, and everything that was added."""
        maps = [x]
        for layer in self.children():
            maps.append(layer(torch.cat(maps, 1)))
        return torch.cat(maps, 1)

    def cost(self, shape: Shape) -> Cost:
        """All maps are kept until the end; each layer works on a copy of those so far, and the last copy is the output."""
        costs, pixels = [], shape[1] * shape[2]
        for layer in self.children():
            cost = formula_cost(layer, shape)
            costs.append(Cost(cost.parameters, cost.macs, shape[0] * pixels + cost.memory, cost.output))
            shape = (shape[0] + self.growth, *shape[1:])
        layers = in_a_row(costs)
        return Cost(layers.parameters, layers.macs, max(layers.memory, 2 * math.prod(shape)), shape)


class Transition(Block):
    """Between dense blocks: BN, ReLU, 1x1, average of 2x2. (N, inp, H, W) -> (N, oup, H // stride, W // stride).

    Section 3, "Pooling layers".

    Parameters
    ----------
    inp, oup : int
        The paper's -C nets keep oup = inp // 2.
    stride : {1, 2}, default=2
        Side of the squares that are averaged; at 1 none are.
    """

    def __init__(self, inp: int, oup: int, stride: int = 2) -> None:
        super().__init__(inp, oup, stride)
        self.norm, self.relu = nn.BatchNorm2d(inp), nn.ReLU()
        self.conv, self.pool = conv(inp, oup), nn.AvgPool2d(stride) if stride > 1 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Fewer maps, half the height and width."""
        return self.pool(self.conv(self.relu(self.norm(x))))  # type: ignore[no-any-return]

    def cost(self, shape: Shape) -> Cost:
        """Batch norm with 2 inp parameters, the 1x1, and where there is one the mean of its output."""
        projection = conv_cost(self.oup, 1, 1, shape, norm=False)
        output = (self.oup, shape[1] // self.stride, shape[2] // self.stride)
        pooled = math.prod(projection.output) + math.prod(output) if self.stride > 1 else 0
        return Cost(projection.parameters + 2 * self.inp, projection.macs, max(projection.memory, pooled), output)


class DenseStage(Block):
    """A dense block and the transition behind it, so that it has as many channels out as asked for.

    (N, inp, H, W) -> (N, oup, H // stride, W // stride). Huang et al. 2017 (DenseNet), arXiv 1608.06993, Figure 2.

    Parameters
    ----------
    inp, oup : int
    stride : {1, 2}, default=1
    expand_ratio : float, default=1/4
        Growth rate in units of `inp`.
    layers : int, default=4
    """

    def __init__(self, inp: int, oup: int, stride: int = 1, expand_ratio: float = 1 / 4, *, layers: int = 4) -> None:
        super().__init__(inp, oup, stride)
        self.dense = DenseBlock(inp, inner_channels(inp, expand_ratio), layers)
        self.transition = Transition(self.dense.oup, oup, stride)

    def forward(self, x: Tensor) -> Tensor:
        """All maps, then fewer."""
        return self.transition(self.dense(x))  # type: ignore[no-any-return]

    def cost(self, shape: Shape) -> Cost:
        """The dense block's, then the transition's on its maps."""
        dense = formula_cost(self.dense, shape)
        return in_a_row([dense, formula_cost(self.transition, dense.output)])
