"""Blocks with full convolutions: the plain pair, the reduced branch, and the residual blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor, nn

from manifold.nets.blocks.block import Block
from manifold.nets.blocks.layers import (
    ConvNorm,
    activation_module,
    check_survival,
    conv,
    inner_channels,
    stochastic_depth,
)
from manifold.nets.cost.formula import Cost, Shape, beside_shortcut, conv_cost, conv_costs, in_a_row


class PlainPair(Block):
    """Two 3x3 convolutions, each with batch norm and activation: inp -> oup -> oup.

    (N, inp, H, W) -> (N, oup, ceil(H / stride), ceil(W / stride)). Simonyan, Zisserman 2014 (VGG), arXiv 1409.1556, Table 1;
    the batch norm is later practice.

    Parameters
    ----------
    inp, oup : int
    stride : {1, 2}, default=1
        Of the first convolution.
    activation : str, default="relu"
    """

    def __init__(self, inp: int, oup: int, stride: int = 1, *, activation: str = "relu") -> None:
        super().__init__(inp, oup, stride, activation=activation)
        self.conv = nn.Sequential(
            ConvNorm(inp, oup, 3, stride, activation=activation), ConvNorm(oup, oup, 3, activation=activation)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Both convolutions."""
        return self.conv(x)  # type: ignore[no-any-return]

    def cost(self, shape: Shape) -> Cost:
        """Two 3x3 convolutions."""
        return in_a_row(conv_costs(shape, (self.oup, 3, self.stride, 1), (self.oup, 3, 1, 1)))


class ReducedBranch(Block):
    """A large convolution made cheap by a 1x1 before it: inp -> inner -> oup, inner = expand_ratio inp.

    (N, inp, H, W) -> (N, oup, ceil(H / stride), ceil(W / stride)). Szegedy et al. 2014 (Inception), arXiv 1409.4842, Figure 2b.

    Parameters
    ----------
    inp, oup : int
    stride : {1, 2}, default=1
    expand_ratio : float, default=1/12
        16 of 192 channels, as in the paper's 5x5 branch.
    kernel : int, default=5
    activation : str, default="relu"
    """

    def __init__(
        self, inp: int, oup: int, stride: int = 1, expand_ratio: float = 1 / 12, *, kernel: int = 5, activation: str = "relu"
    ) -> None:
        super().__init__(inp, oup, stride, kernel=kernel, activation=activation)
        self.inner = inner = inner_channels(inp, expand_ratio)
        self.conv = nn.Sequential(
            ConvNorm(inp, inner, activation=activation), ConvNorm(inner, oup, kernel, stride, activation=activation)
        )

    def forward(self, x: Tensor) -> Tensor:
        """1x1, then the large convolution."""
        return self.conv(x)  # type: ignore[no-any-return]

    def cost(self, shape: Shape) -> Cost:
        """1x1 to the inner channels, and the large convolution from those."""
        return in_a_row(conv_costs(shape, (self.inner, 1, 1, 1), (self.oup, self.options["kernel"], self.stride, 1)))


class ResidualBasic(Block):
    """Two 3x3 convolutions beside a shortcut, an activation after their sum: f(x + BN conv f(BN conv x)).

    (N, inp, H, W) -> (N, oup, ceil(H / stride), ceil(W / stride)). Where shapes differ the shortcut is a 1x1 convolution.
    He et al. 2015 (ResNet), arXiv 1512.03385, Figure 5 left.

    Parameters
    ----------
    inp, oup : int
    stride : {1, 2}, default=1
    activation : str, default="relu"
    survival : float, default=1.0
        Probability that the branch takes part in a mini-batch of training, see `stochastic_depth`.
    """

    def __init__(self, inp: int, oup: int, stride: int = 1, *, activation: str = "relu", survival: float = 1.0) -> None:
        super().__init__(inp, oup, stride, activation=activation, survival=check_survival(survival, shortcut=True))
        self.survival = survival
        self.conv1, self.bn1 = conv(inp, oup, 3, stride), nn.BatchNorm2d(oup)
        self.conv2, self.bn2 = conv(oup, oup, 3), nn.BatchNorm2d(oup)
        self.relu, self.relu_out = activation_module(activation), activation_module(activation)
        self.downsample = _projection(self)

    def branch(self, x: Tensor) -> Tensor:
        """BN conv f(BN conv x)."""
        inner = self.relu(self.bn1(self.conv1(x)))  # (N, oup, h, w)
        return self.bn2(self.conv2(inner))  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Tensor:
        """f(shortcut + branch)."""
        added = stochastic_depth(self.branch, x, survival=self.survival, training=self.training)
        return self.relu_out(self.downsample(x) + added)  # type: ignore[no-any-return]

    def cost(self, shape: Shape) -> Cost:
        """Two 3x3 convolutions beside the shortcut."""
        return _cost_beside_projection(self, conv_costs(shape, (self.oup, 3, self.stride, 1), (self.oup, 3, 1, 1)), shape)


class ResidualBottleneck(Block):
    """1x1, 3x3, 1x1 beside a shortcut, narrow inside: inp -> inner -> inner -> oup, inner = expand_ratio inp.

    (N, inp, H, W) -> (N, oup, ceil(H / stride), ceil(W / stride)). He et al. 2015 (ResNet), arXiv 1512.03385, Figure 5 right;
    with `groups` the block of Xie et al. 2016 (ResNeXt), arXiv 1611.05431, Figure 3c.

    Parameters
    ----------
    inp, oup : int
    stride : {1, 2}, default=1
        Of the 3x3 convolution.
    expand_ratio : float, default=1/4
    groups : int, default=1
        Of the 3x3 convolution; divides the inner channels.
    activation : str, default="relu"
    survival : float, default=1.0
        See `stochastic_depth`.
    """

    def __init__(
        self,
        inp: int,
        oup: int,
        stride: int = 1,
        expand_ratio: float = 1 / 4,
        *,
        groups: int = 1,
        activation: str = "relu",
        survival: float = 1.0,
    ) -> None:
        survival = check_survival(survival, shortcut=True)
        super().__init__(inp, oup, stride, groups=groups, activation=activation, survival=survival)
        inner = inner_channels(inp, expand_ratio)
        self.inner, self.survival = inner, survival
        self.conv1, self.bn1 = conv(inp, inner), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = conv(inner, inner, 3, stride, groups=groups), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = conv(inner, oup), nn.BatchNorm2d(oup)
        self.relu, self.relu2, self.relu_out = (activation_module(activation) for _ in range(3))
        self.downsample = _projection(self)

    def branch(self, x: Tensor) -> Tensor:
        """BN conv f(BN conv f(BN conv x))."""
        inner = self.relu(self.bn1(self.conv1(x)))  # (N, inner, H, W)
        inner = self.relu2(self.bn2(self.conv2(inner)))  # (N, inner, h, w)
        return self.bn3(self.conv3(inner))  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Tensor:
        """f(shortcut + branch)."""
        added = stochastic_depth(self.branch, x, survival=self.survival, training=self.training)
        return self.relu_out(self.downsample(x) + added)  # type: ignore[no-any-return]

    def cost(self, shape: Shape) -> Cost:
        """1x1, 3x3 in groups, 1x1 beside the shortcut."""
        inner = self.inner
        numbers = (inner, 1, 1, 1), (inner, 3, self.stride, self.options["groups"]), (self.oup, 1, 1, 1)
        return _cost_beside_projection(self, conv_costs(shape, *numbers), shape)


def _projection(block: Block) -> nn.Module:
    """The shortcut: x itself where shapes agree, otherwise a 1x1 convolution."""
    if block.stride == 1 and block.inp == block.oup:
        return nn.Identity()
    return ConvNorm(block.inp, block.oup, 1, block.stride, activation="linear")


def _cost_beside_projection(block: Block, branch: Sequence[Cost], shape: Shape) -> Cost:
    """The branch beside the input, or beside a 1x1 convolution of it that comes after the branch."""
    cost = beside_shortcut(branch, shape)
    if block.stride == 1 and block.inp == block.oup:
        return cost
    projection = conv_cost(block.oup, 1, block.stride, shape)
    memory = max(cost.memory, math.prod(cost.output) + projection.memory)
    return Cost(cost.parameters + projection.parameters, cost.macs + projection.macs, memory, cost.output)
