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
    ratio : float, optional
        Its own expand_ratio; None where it has no inner width.
    switches : bool, default=False
        Whether it takes `bottleneck_activation`.
    title : str
        As readers know it; the name unless given.
    source, idea : str, default=""
        Where it comes from, and one sentence on it.
    name : str
        Its name in `BLOCKS`, which enters it.
    """

    make: Callable[..., Block]
    ratio: float | None = None
    switches: bool = False
    title: str = ""
    source: str = ""
    idea: str = ""
    name: str = ""

    def __call__(self, inp: int, oup: int, stride: int = 1, expand_ratio: float | None = None, **options: Any) -> Block:
        """A new block; errors are those of its class."""
        if self.ratio is None:
            return self.make(inp, oup, stride, **options)
        return self.make(inp, oup, stride, self.ratio if expand_ratio is None else expand_ratio, **options)


def _grouped(inp: int, oup: int, stride: int, expand_ratio: float, **options: Any) -> Block:
    """As many groups, up to the paper's 32, as divide the inner channels."""
    return ResidualBottleneck(inp, oup, stride, expand_ratio, groups=math.gcd(32, inner_channels(inp, expand_ratio)), **options)


BLOCKS: Registry[BlockKind] = Registry("block", BlockKind)

for _name, _kind in {
    "plain": BlockKind(
        PlainPair,
        title="Plain pair",
        source="VGG, 2014",
        idea="Two 3×3 convolutions over all channels.",
    ),
    "reduced": BlockKind(
        ReducedBranch,
        title="1×1-reduced branch",
        source="Inception, 2014",
        idea="A 1×1 convolution makes the large one cheap.",
        ratio=1 / 4,
    ),
    "residual": BlockKind(
        ResidualBasic,
        title="Residual",
        source="ResNet, 2015",
        idea="The plain pair learns only what to add to its input.",
    ),
    "bottleneck": BlockKind(
        ResidualBottleneck,
        title="Residual bottleneck",
        source="ResNet, 2015",
        idea="The 3×3 convolution works on a quarter of the channels; the shortcut joins the wide ends.",
        ratio=1 / 4,
    ),
    "grouped": BlockKind(
        _grouped,
        title="Grouped bottleneck",
        source="ResNeXt, 2016",
        idea="The 3×3 convolution falls into groups that do not see each other.",
        ratio=1 / 2,
    ),
    "separable": BlockKind(
        DepthwiseSeparable,
        title="Depthwise separable",
        source="MobileNetV1, 2017",
        idea="First each channel in space, then all channels at each place.",
    ),
    "inverted": BlockKind(
        InvertedResidual,
        title="Inverted residual",
        source="MobileNetV2, 2018",
        idea="Wide inside, narrow outside, and no activation at the narrow end; the shortcut joins the narrow ends.",
        ratio=6.0,
        switches=True,
    ),
    "inverted-v3": BlockKind(
        InvertedResidualV3,
        title="Inverted residual V3",
        source="MobileNetV3, 2019",
        idea="The same with h-swish, and a gate that weighs the channels by what the whole image holds.",
        ratio=6.0,
        switches=True,
    ),
    "sandglass": BlockKind(
        Sandglass,
        title="Sandglass",
        source="MobileNeXt, 2020",
        idea="Narrow inside, but space is filtered at the wide ends, and the shortcut joins those.",
        ratio=1 / 6,
        switches=True,
    ),
    "dense": BlockKind(
        DenseStage,
        title="Dense block, transition",
        source="DenseNet, 2017",
        idea="Every layer reads all maps before it and adds a few; a 1×1 convolution thins them out at the end.",
        ratio=1 / 4,
    ),
}.items():
    BLOCKS.add(_name, _kind)
