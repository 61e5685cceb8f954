"""All blocks by name, made alike: what menus, comparisons and tests go through."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from manifold._registry import Registry
from manifold.embeddings import Embedding
from manifold.nets.blocks.dense import DenseStage
from manifold.nets.blocks.layers import Block, inner_channels
from manifold.nets.blocks.residual import PlainPair, ReducedBranch, ResidualBasic, ResidualBottleneck
from manifold.nets.blocks.separable import DepthwiseSeparable, InvertedResidual, InvertedResidualV3, Sandglass
from manifold.nets.probing.block_recovery import Signal, initialise, recover_arms, recover_block


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


def recover_kind(
    kind: BlockKind,
    inp: int,
    oup: int,
    points: ArrayLike,
    embedding: Embedding,
    *,
    stride: int = 1,
    expand_ratio: float | None = None,
    rng: np.random.Generator,
) -> dict[str, Signal]:
    """What a new block keeps of points at the places that tell most.

    Parameters
    ----------
    kind : BlockKind
    inp, oup : int
    points, embedding
        As for `recover_block`.
    stride : {1, 2}, default=1
    expand_ratio : float, optional
        By default the kind's own.
    rng : numpy.random.Generator
        Draws the weights.

    Returns
    -------
    dict
        Signals by title: of a block with a narrow place "Inside", before the convolution to it, and there and at the block's
        output "linear" and "ReLU6", with the same weights; of any other block after its first and its last activation, and at
        its output.
    """
    if not kind.switches:
        block = kind(inp, oup, stride, expand_ratio)
        initialise(block, rng=rng)
        signals = recover_block(block, points, embedding)
        acted = [signal for signal in signals if ", " in signal.place]
        return {"After the first activation": acted[0], "After the last activation": acted[-1], "Output": signals[-1]}
    arms = recover_arms(functools.partial(kind, inp, oup, stride, expand_ratio), points, embedding, rng=rng)
    linear, relu6 = arms["linear"], arms["relu6"]
    places = [signal.place for signal in linear]
    k = next(k for k, signal in enumerate(relu6) if k == len(places) or signal.place != places[k])
    narrow = {"Inside": linear[k - 2], "Narrow, linear": linear[k - 1], "Narrow, ReLU6": relu6[k]}
    return {**narrow, "Output, linear": linear[-1], "Output, ReLU6": relu6[-1]}


def shown_places(titles: Iterable[str], bottleneck_activation: str) -> list[str]:
    """Of the titles of `recover_kind`, those of a block with this activation at its narrow place, in order."""
    other = "linear" if bottleneck_activation == "relu6" else "ReLU6"
    return [title for title in titles if not title.endswith(f", {other}")]


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
