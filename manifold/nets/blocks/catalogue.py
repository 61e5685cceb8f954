"""All blocks by name, made alike: what menus, comparisons and tests go through."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from manifold.nets.blocks.block import Block
from manifold.nets.blocks.dense import DenseStage
from manifold.nets.blocks.layers import inner_channels
from manifold.nets.blocks.residual import PlainPair, ReducedBranch, ResidualBasic, ResidualBottleneck
from manifold.nets.blocks.separable import DepthwiseSeparable, InvertedResidual, InvertedResidualV3, Sandglass
from manifold.registry import Registry


@dataclass(frozen=True, eq=False)
class BlockKind:
    """A kind of block.

    Attributes
    ----------
    make : callable
        (inp, oup, stride, expand_ratio, **options) -> Block; `expand_ratio` is left out where `ratio` is None.
    title : str
        As readers know it.
    source : str
        Where it comes from.
    idea : str
        One sentence.
    ratio : float or None
        Its own expand_ratio; None where it has no inner width.
    switches : bool
        Whether it takes `bottleneck_activation`.
    """

    make: Callable[..., Block]
    title: str
    source: str
    idea: str
    ratio: float | None = None
    switches: bool = False

    def __call__(self, inp: int, oup: int, stride: int = 1, expand_ratio: float | None = None, **options: Any) -> Block:
        """A new block; errors are those of its class."""
        if self.ratio is None:
            return self.make(inp, oup, stride, **options)
        return self.make(inp, oup, stride, self.ratio if expand_ratio is None else expand_ratio, **options)


def _grouped(inp: int, oup: int, stride: int, expand_ratio: float, **options: Any) -> Block:
    """As many groups, up to the paper's 32, as divide the inner channels."""
    return ResidualBottleneck(inp, oup, stride, expand_ratio, groups=math.gcd(32, inner_channels(inp, expand_ratio)), **options)


BLOCKS: Registry[BlockKind] = Registry("block")

for _name, _kind in {
    "plain": BlockKind(PlainPair, "Plain pair", "VGG, 2014", "Two 3×3 convolutions over all channels."),
    "reduced": BlockKind(
        ReducedBranch,
        "1×1-reduced branch",
        "Inception, 2014",
        "A 1×1 convolution makes the large one cheap.",
        1 / 4,
    ),
    "residual": BlockKind(ResidualBasic, "Residual", "ResNet, 2015", "The plain pair learns only what to add to its input."),
    "bottleneck": BlockKind(
        ResidualBottleneck,
        "Residual bottleneck",
        "ResNet, 2015",
        "The 3×3 convolution works on a quarter of the channels; the shortcut joins the wide ends.",
        1 / 4,
    ),
    "grouped": BlockKind(
        _grouped,
        "Grouped bottleneck",
        "ResNeXt, 2016",
        "The 3×3 convolution falls into groups that do not see each other.",
        1 / 2,
    ),
    "separable": BlockKind(
        DepthwiseSeparable,
        "Depthwise separable",
        "MobileNetV1, 2017",
        "First each channel in space, then all channels at each place.",
    ),
    "inverted": BlockKind(
        InvertedResidual,
        "Inverted residual",
        "MobileNetV2, 2018",
        "Wide inside, narrow outside, and no activation at the narrow end; the shortcut joins the narrow ends.",
        6.0,
        switches=True,
    ),
    "inverted-v3": BlockKind(
        InvertedResidualV3,
        "Inverted residual V3",
        "MobileNetV3, 2019",
        "The same with h-swish, and a gate that weighs the channels by what the whole image holds.",
        6.0,
        switches=True,
    ),
    "sandglass": BlockKind(
        Sandglass,
        "Sandglass",
        "MobileNeXt, 2020",
        "Narrow inside, but space is filtered at the wide ends, and the shortcut joins those.",
        1 / 6,
        switches=True,
    ),
    "dense": BlockKind(
        DenseStage,
        "Dense block, transition",
        "DenseNet, 2017",
        "Every layer reads all maps before it and adds a few; a 1×1 convolution thins them out at the end.",
        1 / 4,
    ),
}.items():
    BLOCKS.add(_name, _kind)
