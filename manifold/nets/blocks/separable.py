"""Blocks with depthwise convolutions: separable, inverted residual (MobileNetV2 and V3), sandglass."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from manifold.nets.blocks.block import Block, keeps_shape
from manifold.nets.blocks.layers import (
    Chain,
    ConvNorm,
    Norm,
    SqueezeExcite,
    activation_layers,
    check_survival,
    conv,
    inner_channels,
    round_channels,
    stochastic_depth,
)
from manifold.nets.cost.formula import Cost, Shape, beside_shortcut, conv_costs, formula_cost, in_a_row
from manifold.registry import Registry


class Shortcut(NamedTuple):
    """What a shortcut goes around: the block where stride is 1 and inp = oup, or the depthwise convolution at stride 1."""

    block: bool = False
    depthwise: bool = False


SHORTCUTS: Registry[Shortcut] = Registry("shortcut")
SHORTCUTS.add("bottleneck", Shortcut(block=True))
SHORTCUTS.add("expansion", Shortcut(depthwise=True))
SHORTCUTS.add("none", Shortcut())


class DepthwiseSeparable(Block):
    """A 3x3 convolution in two steps, space then channels: depthwise 3x3, then 1x1.

    (N, inp, H, W) -> (N, oup, ceil(H / stride), ceil(W / stride)). Howard et al. 2017 (MobileNetV1), arXiv 1704.04861,
    Figure 3. Xception (Chollet 2016, arXiv 1610.02357) has no activation between the two: `inner_activation="linear"`.

    Parameters
    ----------
    inp, oup : int
    stride : {1, 2}, default=1
    kernel : int, default=3
    activation, inner_activation : str, default="relu"
        After the 1x1, and between the two.
    """

    def __init__(
        self,
        inp: int,
        oup: int,
        stride: int = 1,
        *,
        kernel: int = 3,
        activation: str = "relu",
        inner_activation: str = "relu",
    ) -> None:
        super().__init__(inp, oup, stride, kernel=kernel, activation=activation, inner_activation=inner_activation)
        self.conv = Chain(
            ConvNorm(inp, inp, kernel, stride, groups=inp, activation=inner_activation),
            ConvNorm(inp, oup, activation=activation),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Space, then channels."""
        return self.conv(x)  # type: ignore[no-any-return]

    def cost(self, shape: Shape) -> Cost:
        """H' w' inp (kernel^2 + oup) MACs."""
        return in_a_row(conv_costs(shape, (self.inp, self.options["kernel"], self.stride, self.inp), (self.oup, 1, 1, 1)))


class InvertedResidual(Block):
    """Expand, filter each channel in space, project without activation: inp -> inner -> inner -> oup.

    (N, inp, H, W) -> (N, oup, ceil(H / stride), ceil(W / stride)). Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381,
    Table 1. Inner channels are round(expand_ratio inp); where that is inp itself there is no expansion.

    Parameters
    ----------
    inp, oup : int
        Channels of the two bottlenecks.
    stride : {1, 2}, default=1
    expand_ratio : float, default=6
        t of the paper.
    kernel : int, default=3
        Of the depthwise convolution.
    activation : str, default="relu6"
        After the expansion and after the depthwise convolution.
    bottleneck_activation : str, default="linear"
        After the projection, where the paper has none: its Figure 6a compares that with "relu6".
    shortcut : {"bottleneck", "expansion", "none"}, default="bottleneck"
        The three arms of the paper's Figure 6b. "expansion" is read as: around the depthwise convolution.
    survival : float, default=1.0
        See `stochastic_depth`; for `shortcut="bottleneck"` only.
    padding : {"symmetric", "same"}, default="symmetric"
        See `conv`.
    norm : callable, default=torch.nn.BatchNorm2d
    """

    def __init__(
        self,
        inp: int,
        oup: int,
        stride: int = 1,
        expand_ratio: float = 6,
        *,
        kernel: int = 3,
        activation: str = "relu6",
        bottleneck_activation: str = "linear",
        shortcut: str = "bottleneck",
        survival: float = 1.0,
        padding: str = "symmetric",
        norm: Norm = nn.BatchNorm2d,
    ) -> None:
        around = SHORTCUTS[shortcut]
        adds_input = keeps_shape(inp, oup, stride) and around.block
        super().__init__(
            inp,
            oup,
            stride,
            kernel=kernel,
            activation=activation,
            bottleneck_activation=bottleneck_activation,
            shortcut=shortcut,
            survival=check_survival(survival, shortcut=adds_input),
            padding=padding,
        )
        inner = inner_channels(inp, expand_ratio)
        expansion = [] if inner == inp else [ConvNorm(inp, inner, activation=activation, norm=norm)]
        self.conv = Chain(
            *expansion,
            ConvNorm(inner, inner, kernel, stride, groups=inner, padding=padding, activation=activation, norm=norm),
            conv(inner, oup),
            norm(oup),
            *activation_layers(bottleneck_activation),
        )
        self.inner, self.survival = inner, survival
        self.depthwise = len(expansion)  # its index in the sequence
        self.adds_input, self.adds_expansion = adds_input, around.depthwise and stride == 1

    def rename_older(self, state: dict[str, Tensor], prefix: str) -> None:
        """The flat layout of the code that most tutorials quote: conv.0, .1, .3, .4, .6, .7."""
        if f"{prefix}conv.0.weight" not in state:
            return
        expands = f"{prefix}conv.6.weight" in state
        renamed = (
            {"0": "0.0", "1": "0.1", "3": "1.0", "4": "1.1", "6": "2", "7": "3"}
            if expands
            else {"0": "0.0", "1": "0.1", "3": "1", "4": "2"}
        )
        own = [key for key in state if key.startswith(f"{prefix}conv.")]
        for key, value in {key: state.pop(key) for key in own}.items():  # out first: conv.7 becomes conv.3
            index, _, leaf = key.removeprefix(f"{prefix}conv.").partition(".")
            state[f"{prefix}conv.{renamed.get(index, index)}.{leaf}"] = value

    def branch(self, x: Tensor) -> Tensor:
        """Everything but the shortcut around it."""
        if not self.adds_expansion:
            return self.conv(x)  # type: ignore[no-any-return]
        for index, layer in enumerate(self.conv):
            x = x + layer(x) if index == self.depthwise else layer(x)
        return x

    def forward(self, x: Tensor) -> Tensor:
        """The branch, beside a shortcut where there is one."""
        if not self.adds_input:
            return self.branch(x)
        return x + stochastic_depth(self.branch, x, survival=self.survival, training=self.training)

    def cost(self, shape: Shape) -> Cost:
        """H w inp inner + h' w' inner (kernel^2 + oup) MACs; the paper's h w d' t (d' + k^2 + d'') at stride 1."""
        costs = conv_costs(shape, *_inverted_numbers(self, self.inner))
        return beside_shortcut(costs, shape) if self.adds_input else in_a_row(costs)


class InvertedResidualV3(Block):
    """MobileNetV3's form: between depthwise convolution and projection, a squeeze-excite gate; h-swish.

    (N, inp, H, W) -> (N, oup, ceil(H / stride), ceil(W / stride)). Howard et al. 2019, arXiv 1905.02244, Figure 4. The gate
    comes after the depthwise convolution's activation; public code that has it before has the same weights and another
    function.

    Parameters
    ----------
    inp, oup : int
    stride : {1, 2}, default=1
    expand_ratio : float, default=6
        Inner channels are round(expand_ratio inp); the published nets give them directly.
    kernel : int, default=3
    squeeze_excite : bool, default=True
        The gate squeezes to a quarter of the inner channels, rounded to a multiple of 8.
    activation : str, default="hardswish"
    bottleneck_activation : str, default="linear"
    survival : float, default=1.0
        See `stochastic_depth`.
    norm : callable, default=torch.nn.BatchNorm2d
    """

    def __init__(
        self,
        inp: int,
        oup: int,
        stride: int = 1,
        expand_ratio: float = 6,
        *,
        kernel: int = 3,
        squeeze_excite: bool = True,
        activation: str = "hardswish",
        bottleneck_activation: str = "linear",
        survival: float = 1.0,
        norm: Norm = nn.BatchNorm2d,
    ) -> None:
        adds_input = keeps_shape(inp, oup, stride)
        super().__init__(
            inp,
            oup,
            stride,
            kernel=kernel,
            activation=activation,
            bottleneck_activation=bottleneck_activation,
            survival=check_survival(survival, shortcut=adds_input),
        )
        inner = inner_channels(inp, expand_ratio)
        expansion = [] if inner == inp else [ConvNorm(inp, inner, activation=activation, norm=norm)]
        squeezed = round_channels(inner // 4) if squeeze_excite else 0
        gate = [SqueezeExcite(inner, squeezed)] if squeezed else []
        self.block = Chain(
            *expansion,
            ConvNorm(inner, inner, kernel, stride, groups=inner, activation=activation, norm=norm),
            *gate,
            ConvNorm(inner, oup, activation=bottleneck_activation, norm=norm),
        )
        self.inner, self.squeezed, self.survival, self.adds_input = inner, squeezed, survival, adds_input

    def rename_older(self, state: dict[str, Tensor], prefix: str) -> None:
        """ValueError for the layout of public code in which gate and activation change places."""
        if any(f"{prefix}conv.{index}.fc.0.weight" in state for index in range(9)):
            raise ValueError(
                "these weights are of code whose squeeze-excite comes before the activation: the shapes are the same, the "
                "function is not; use torchvision's file"
            )

    def forward(self, x: Tensor) -> Tensor:
        """The branch, beside a shortcut where stride is 1 and inp = oup."""
        if not self.adds_input:
            return self.block(x)  # type: ignore[no-any-return]
        return x + stochastic_depth(self.block, x, survival=self.survival, training=self.training)

    def cost(self, shape: Shape) -> Cost:
        """That of `InvertedResidual`, and of the gate between depthwise convolution and projection."""
        *costs, projection = conv_costs(shape, *_inverted_numbers(self, self.inner))
        gates = [formula_cost(layer, costs[-1].output) for layer in self.block if isinstance(layer, SqueezeExcite)]
        costs = [*costs, *gates, projection]
        return beside_shortcut(costs, shape) if self.adds_input else in_a_row(costs)


def _inverted_numbers(block: Block, inner: int) -> list[tuple[int, int, int, int]]:
    """Channels out, kernel, stride and groups of the convolutions of an inverted residual."""
    expansion = [] if inner == block.inp else [(inner, 1, 1, 1)]
    return [*expansion, (inner, block.options["kernel"], block.stride, inner), (block.oup, 1, 1, 1)]


class Sandglass(Block):
    """Wide ends, narrow middle, and space filtered at the ends: depthwise, 1x1 down, 1x1 up, depthwise.

    (N, inp, H, W) -> (N, oup, ceil(H / stride), ceil(W / stride)). Zhou et al. 2020 (MobileNeXt), arXiv 2007.02269, Figure 3c.
    No activation after the reduction nor at the end.

    Parameters
    ----------
    inp, oup : int
        The wide ends.
    stride : {1, 2}, default=1
        Of the second depthwise convolution.
    expand_ratio : float, default=1/6
        Inner channels are round(expand_ratio inp).
    kernel : int, default=3
    activation : str, default="relu6"
        After the first depthwise convolution and after the 1x1 up.
    bottleneck_activation : str, default="linear"
        After the reduction.
    survival : float, default=1.0
        See `stochastic_depth`.
    """

    def __init__(
        self,
        inp: int,
        oup: int,
        stride: int = 1,
        expand_ratio: float = 1 / 6,
        *,
        kernel: int = 3,
        activation: str = "relu6",
        bottleneck_activation: str = "linear",
        survival: float = 1.0,
    ) -> None:
        adds_input = keeps_shape(inp, oup, stride)
        super().__init__(
            inp,
            oup,
            stride,
            kernel=kernel,
            activation=activation,
            bottleneck_activation=bottleneck_activation,
            survival=check_survival(survival, shortcut=adds_input),
        )
        inner = inner_channels(inp, expand_ratio)
        self.conv = Chain(
            ConvNorm(inp, inp, kernel, groups=inp, activation=activation),
            ConvNorm(inp, inner, activation=bottleneck_activation),
            ConvNorm(inner, oup, activation=activation),
            ConvNorm(oup, oup, kernel, stride, groups=oup, activation="linear"),
        )
        self.inner, self.survival, self.adds_input = inner, survival, adds_input

    def forward(self, x: Tensor) -> Tensor:
        """The branch, beside a shortcut where stride is 1 and inp = oup."""
        if not self.adds_input:
            return self.conv(x)  # type: ignore[no-any-return]
        return x + stochastic_depth(self.conv, x, survival=self.survival, training=self.training)

    def cost(self, shape: Shape) -> Cost:
        """Depthwise at both ends, two 1x1 between them."""
        kernel = self.options["kernel"]
        down, up = (self.inner, 1, 1, 1), (self.oup, 1, 1, 1)
        costs = conv_costs(shape, (self.inp, kernel, 1, self.inp), down, up, (self.oup, kernel, self.stride, self.oup))
        return beside_shortcut(costs, shape) if self.adds_input else in_a_row(costs)
