"""All blocks by name, made alike: what menus, comparisons and tests go through."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from manifold.nets.blocks.block import Block
from manifold.nets.blocks.dense import DenseStage
from manifold.nets.blocks.layers import inner_channels
from manifold.nets.blocks.residual import PlainPair, ReducedBranch, ResidualBasic, ResidualBottleneck
from manifold.nets.blocks.separable import DepthwiseSeparable, InvertedResidual, InvertedResidualV3, Sandglass
from manifold.nets.cost.formula import formula_cost
from manifold.registry import Registry

_MOST_INNER = 64  # channels inside for each one in


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
        Where it comes from, and one sentence on it, where `manifold.text` has none; so for the title.
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

    def ratio_for(self, inp: int, oup: int, stride: int, *, size: int, macs: int) -> float | None:
        """The expand_ratio at which it costs nearest to `macs` on images (inp, size, size), by halving; None without one."""
        if self.ratio is None:
            return None

        def cost(inner: int) -> int:
            with torch.device("meta"):  # nothing is computed
                return formula_cost(self(inp, oup, stride, inner / inp), (inp, size, size)).macs

        inner = bisect.bisect_left(range(_MOST_INNER * inp), macs, lo=1, key=cost)
        return min((inner, max(1, inner - 1)), key=lambda each: abs(cost(each) - macs)) / inp


def _grouped(inp: int, oup: int, stride: int, expand_ratio: float, **options: Any) -> Block:
    """As many groups, up to the paper's 32, as divide the inner channels."""
    return ResidualBottleneck(inp, oup, stride, expand_ratio, groups=math.gcd(32, inner_channels(inp, expand_ratio)), **options)


BLOCKS: Registry[BlockKind] = Registry("block", BlockKind)

for _name, _kind in {
    "plain": BlockKind(PlainPair),
    "reduced": BlockKind(ReducedBranch, ratio=1 / 4),
    "residual": BlockKind(ResidualBasic),
    "bottleneck": BlockKind(ResidualBottleneck, ratio=1 / 4),
    "grouped": BlockKind(_grouped, ratio=1 / 2),
    "separable": BlockKind(DepthwiseSeparable),
    "inverted": BlockKind(InvertedResidual, ratio=6.0, switches=True),
    "inverted-v3": BlockKind(InvertedResidualV3, ratio=6.0, switches=True),
    "sandglass": BlockKind(Sandglass, ratio=1 / 6, switches=True),
    "dense": BlockKind(DenseStage, ratio=1 / 4),
}.items():
    BLOCKS.add(_name, _kind)
