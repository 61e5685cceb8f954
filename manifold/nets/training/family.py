"""Small networks made of the papers' blocks, so that arms of a comparison differ in one thing and cost the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from manifold.checks import check_count, fault
from manifold.nets.blocks.block import Block
from manifold.nets.blocks.layers import ConvNorm
from manifold.nets.blocks.separable import InvertedResidual, InvertedResidualV3, Sandglass
from manifold.nets.cost.formula import Cost, Shape, formula_cost, in_a_row

MATCHED = 0.02
"""MACs of two arms differ by at most this share."""


class SmallNet(nn.Module):
    """Stem, blocks, 1x1, mean over the picture, classifier: (N, channels, H, W) -> (N, classes).

    Parameters
    ----------
    channels, classes : int
    blocks : sequence of Block
        Each takes what the one before gives.
    head : int, default=64
        Channels of the 1x1.
    activation : str, default="relu6"
        Of stem and head.
    stride : int, default=1
        Of the stem; 2 makes a picture of 14 x 14 cost as much as one of 7 x 7.
    """

    def __init__(
        self,
        channels: int,
        classes: int,
        blocks: Sequence[Block],
        *,
        head: int = 64,
        activation: str = "relu6",
        stride: int = 1,
    ) -> None:
        super().__init__()
        self.inp = check_count(channels, "channels", minimum=1)
        self.stem = ConvNorm(channels, blocks[0].inp, 3, stride, activation=activation)
        self.blocks = nn.Sequential(*blocks)
        self.head = ConvNorm(blocks[-1].oup, head, activation=activation)
        self.classifier = nn.Linear(head, check_count(classes, "classes", minimum=2))

    def forward(self, x: Tensor) -> Tensor:
        """One score a class."""
        maps: Tensor = self.head(self.blocks(self.stem(x)))  # (N, head, h, w)
        return self.classifier(maps.mean((2, 3)))  # type: ignore[no-any-return]

    def bottlenecks(self, x: Tensor) -> list[Tensor]:
        """What comes out of each block, (N, width, h, w)."""
        x, outputs = self.stem(x), []
        for block in self.blocks:
            outputs.append(x := block(x))
        return outputs

    def cost(self, shape: Shape) -> Cost:
        """The sum over its parts; the mean costs no MACs."""
        costs = [formula_cost(self.stem, shape)]
        for part in (*self.blocks, self.head):
            costs.append(formula_cost(part, costs[-1].output))
        return in_a_row([*costs, formula_cost(self.classifier, (self.classifier.in_features,))])


def bottleneck_net(
    shape: Shape,
    classes: int,
    *,
    width: int,
    bottleneck_activation: str = "linear",
    shortcut: str = "bottleneck",
    inner: int = 48,
    depth: int = 6,
    entry: int = 16,
    **options: Any,
) -> SmallNet:
    """MobileNetV2 in small: stem of `entry` channels, then inverted residuals between bottlenecks of `width` channels.

    Parameters
    ----------
    shape : (channels, height, width)
        Of a picture.
    classes, width : int
    bottleneck_activation, shortcut : str
        See `InvertedResidual`.
    inner : int, default=48
        Channels inside each block, whatever the bottleneck's width.
    depth : int, default=6
        Blocks; the first has no expansion, the second halves the picture.
    entry : int, default=16
    **options
        Of `SmallNet`.
    """
    chosen: dict[str, Any] = {"bottleneck_activation": bottleneck_activation, "shortcut": shortcut}
    blocks = [InvertedResidual(entry, width, 1, 1, **chosen)]
    for number in range(1, check_count(depth, "depth", minimum=1)):
        stride = 2 if number == 1 else 1
        blocks.append(InvertedResidual(width, width, stride, inner / width, **chosen))
    return SmallNet(shape[0], classes, blocks, **options)


def sandglass_net(shape: Shape, classes: int, *, width: int, inner: int = 48, depth: int = 6, **options: Any) -> SmallNet:
    """MobileNeXt in small: stem, then sandglasses of `inner` channels, their shortcuts there, with `width` in the middle.

    Parameters
    ----------
    shape : (channels, height, width)
        Of a picture.
    classes, width : int
    inner : int, default=48
        Channels at the wide ends, and of the stem.
    depth : int, default=6
        Blocks; the first halves the picture.
    **options
        Of `SmallNet`.
    """
    strides = [2, *[1] * (check_count(depth, "depth", minimum=1) - 1)]
    return SmallNet(shape[0], classes, [Sandglass(inner, inner, stride, width / inner) for stride in strides], **options)


def v3_net(
    shape: Shape,
    classes: int,
    *,
    first: str = "hardswish",
    second: str = "hardswish",
    squeeze_excite: bool = False,
    width: int = 8,
    inner: int = 48,
    depth: int = 6,
    stride: int = 1,
) -> SmallNet:
    """MobileNetV3 in small: stem of 16 channels, then its inverted residuals, the second of which halves the picture.

    Parameters
    ----------
    shape : (channels, height, width)
        Of a picture.
    classes : int
    first, second : str, default="hardswish"
        Activation of the first and the second half of the blocks; stem and head have the second, as in the paper's tables.
    squeeze_excite : bool, default=False
        Whether every block has a gate.
    width, inner, depth : int
        See `bottleneck_net`.
    stride : int, default=1
        Of the stem.
    """
    blocks = []
    for number in range(check_count(depth, "depth", minimum=2)):
        entry, ratio = (width, inner / width) if number else (16, 1)
        chosen = first if 2 * number < depth else second
        blocks.append(
            InvertedResidualV3(entry, width, 2 if number == 1 else 1, ratio, squeeze_excite=squeeze_excite, activation=chosen)
        )
    return SmallNet(shape[0], classes, blocks, activation=second, stride=stride)


def match_macs(make: Callable[[int], nn.Module], macs: int, shape: Shape, *, most: int = 1024) -> int:
    """The inner width at which `make(inner)` costs nearest to `macs` on a picture of `shape`.

    Raises
    ------
    ValueError
        If no width comes within `MATCHED`.
    """

    def cost(inner: int) -> int:
        with torch.device("meta"):  # nothing is computed
            return formula_cost(make(inner), shape).macs

    low, high = 1, check_count(most, "most", minimum=1)
    while low < high:  # cost rises with the width
        middle = (low + high) // 2
        low, high = (low, middle) if cost(middle) >= macs else (middle + 1, high)
    best = min({low, max(1, low - 1)}, key=lambda inner: abs(cost(inner) - macs))
    if abs(cost(best) - macs) > MATCHED * macs:
        sentence = "no inner width comes within {share:.0%} of {macs:,} MACs; the nearest, {best}, costs {cost:,}; change depth"
        raise fault(ValueError, sentence, share=MATCHED, macs=macs, best=best, cost=cost(best))
    return best
