"""Widths of a small network, layer by layer: a network of given widths, and a trained one narrowed to fewer channels."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from manifold.checks import Integers, check_count, fault
from manifold.nets.blocks.separable import InvertedResidual
from manifold.nets.cost.formula import Shape
from manifold.nets.training.family import SmallNet
from manifold.registry import choose

LEAST = 2
"""Channels that a layer keeps, or one fewer inside a block between two of so many."""


@dataclass(frozen=True)
class Widths:
    """Channels of each layer of a `SmallNet` of inverted residuals, the second of which halves the picture.

    Attributes
    ----------
    stem : int
        Of the stem, and inside the first block, which has no expansion.
    first, bottleneck : int
        Behind the first block, and behind each of the others, whose shortcuts tie them together.
    inner : tuple of int
        Inside the second block and those after it.
    head : int
    """

    stem: int = 16
    first: int = 8
    bottleneck: int = 8
    inner: tuple[int, ...] = (48,) * 5
    head: int = 64

    def __post_init__(self) -> None:
        """TypeError or ValueError in one sentence for what are no widths."""
        for name, width in self.layers().items():
            check_count(width, name, minimum=1)
        if not self.inner:
            raise fault(ValueError, "inner must have a width for the second block and those after it, got none")

    def layers(self) -> dict[str, int]:
        """Width of every layer that can be narrowed by itself, by its name: "stem", "first", "block-2", ..., "head"."""
        blocks = {f"block-{number}": width for number, width in enumerate(self.inner, 2)}
        return {"stem": self.stem, "first": self.first, **blocks, "bottleneck": self.bottleneck, "head": self.head}

    def with_layer(self, layer: str, width: int) -> Widths:
        """The same but for one layer; a block is never as wide inside as what enters, which would leave its expansion out."""
        choose(layer, self.layers(), "layer")
        if not layer.startswith("block-"):
            changed = replace(self, **{layer: width})  # type: ignore[arg-type]
        else:
            place = int(layer.removeprefix("block-")) - 2
            changed = replace(self, inner=(*self.inner[:place], width, *self.inner[place + 1 :]))
        return changed.with_expansions()

    def with_expansions(self) -> Widths:
        """The same, a channel fewer inside each block that has as many there as enter."""
        entries = (self.first, *(self.bottleneck,) * (len(self.inner) - 1))
        return replace(self, inner=tuple(w - (w == e) or w + 1 for w, e in zip(self.inner, entries, strict=True)))

    def scaled(self, factor: float) -> Widths:
        """Every width times a factor, rounded, at least `LEAST`."""

        def scale(width: int) -> int:
            return min(width, max(LEAST, round(factor * width)))

        stem, first, bottleneck, head = map(scale, (self.stem, self.first, self.bottleneck, self.head))
        return Widths(stem, first, bottleneck, tuple(map(scale, self.inner)), head).with_expansions()

    def network(self, shape: Shape, classes: int, *, stride: int = 1) -> SmallNet:
        """The network of these widths for pictures of `shape` (channels, height, width), its weights yet to be set."""
        blocks = [InvertedResidual(self.stem, self.first, 1, 1)]
        for place, inner in enumerate(self.inner):
            entry = self.bottleneck if place else self.first
            blocks.append(InvertedResidual(entry, self.bottleneck, 1 if place else 2, inner / entry))
        network: SmallNet = SmallNet(shape[0], classes, blocks, head=self.head, stride=stride).to(  # type: ignore[call-overload]
            memory_format=torch.channels_last  # a fifth quicker
        )
        return network

    def macs(self, shape: Shape, classes: int, *, stride: int = 1) -> int:
        """Multiplications of one picture."""
        with torch.device("meta"):  # nothing is computed
            return self.network(shape, classes, stride=stride).cost(shape).macs


CostOf = Callable[[Widths], float]
"""MACs, milliseconds: what a network of these widths costs; it does not fall where a layer becomes wider."""


class _Part(NamedTuple):
    """A layer with weights, the norm behind it, and the names of the channels that enter and leave it ("" is all there are)."""

    layer: nn.Conv2d | nn.Linear
    norm: nn.BatchNorm2d | None
    entering: str
    leaving: str


def _parts(network: SmallNet) -> list[_Part]:
    """All layers with weights, in order; a depthwise one takes its channels one by one, so that none enter by another name."""
    parts = [_Part(network.stem[0], network.stem[1], "", "stem")]
    entering = "stem"
    for number, block in enumerate(network.blocks, 1):
        leaving = "first" if number == 1 else "bottleneck"
        inside = f"block-{number}" if number > 1 else "stem"
        *chains, projection, norm = block.conv  # type: ignore[misc]
        for chain, source in zip(chains, (entering, "")[-len(chains) :], strict=True):
            parts.append(_Part(chain[0], chain[1], source, inside))
        parts.append(_Part(projection, norm, inside, leaving))
        entering = leaving
    parts.append(_Part(network.head[0], network.head[1], entering, "head"))
    return [*parts, _Part(network.classifier, None, "head", "")]


def widths_of(network: SmallNet) -> Widths:
    """The widths of a network that `Widths.network` or `bottleneck_net` has made.

    Raises
    ------
    ValueError
        For a network of other blocks, or one whose bottlenecks differ, so that no channel is prunable by these names.
    """
    blocks = list(network.blocks)
    alike = all(isinstance(block, InvertedResidual) for block in blocks) and len({block.oup for block in blocks[1:]}) == 1
    if not alike or blocks[0].depthwise or not all(block.depthwise for block in blocks[1:]):
        sentence = (
            "a network can be narrowed if it is made of two inverted residuals or more, all but the first with an expansion "
            "and as wide behind; got {kinds}"
        )
        raise fault(ValueError, sentence, kinds=", ".join(sorted({type(block).__name__ for block in blocks})) or "no blocks")
    inner = tuple(int(block.inner) for block in blocks[1:])  # type: ignore[arg-type]
    first, last = int(blocks[0].oup), int(blocks[1].oup)  # type: ignore[arg-type]
    return Widths(int(blocks[0].inp), first, last, inner, network.classifier.in_features)  # type: ignore[arg-type]


def channel_weights(network: SmallNet) -> dict[str, Tensor]:
    """How much each channel of each layer weighs: the norm of the filters that write it, the norm behind them folded in.

    sqrt(sum_l |w_lc|^2 g_lc^2 / (v_lc + eps)) of channel c, over the layers l that write it, with w its filter, g and v factor
    and variance of its batch norm. Yang et al. 2018 take |w|; with a batch norm behind it that has no scale of its own.
    """
    squares: dict[str, Tensor] = {}
    with torch.no_grad():
        for layer, norm, _, leaving in _parts(network):
            if norm is None or (isinstance(layer, nn.Conv2d) and layer.groups > 1):
                continue
            assert norm.running_var is not None
            written = layer.weight.flatten(1).square().sum(1) * norm.weight.square() / (norm.running_var + norm.eps)
            squares[leaving] = squares.get(leaving, torch.zeros(())) + written
    return {name: square.sqrt() for name, square in squares.items()}


def narrow(network: SmallNet, widths: Widths, shape: Shape, *, stride: int = 1) -> SmallNet:
    """A network of at most as many channels that keeps the heaviest of each layer, and their weights as they are.

    Parameters
    ----------
    network : SmallNet
        As for `widths_of`; it is not changed.
    widths : Widths
    shape : (channels, height, width)
        Of a picture.
    stride : int, default=1
        Of the stem.

    Returns
    -------
    SmallNet

    Raises
    ------
    ValueError
        If a layer would become wider.
    """
    before = widths_of(network).layers()
    for name, width in widths.layers().items():
        if name not in before or width > before[name]:
            sentence = "layer {name!r} has {before} channels and cannot be narrowed to {width}"
            raise fault(ValueError, sentence, name=name, before=before.get(name, 0), width=width)
    weights = channel_weights(network)
    chosen = {name: _heaviest(weights[name], width) for name, width in widths.layers().items()}
    smaller = widths.network(shape, network.classifier.out_features, stride=stride)
    with torch.no_grad():
        for old, new in zip(_parts(network), _parts(smaller), strict=True):
            _take(old, new, chosen)
    return smaller.eval()


def _heaviest(weights: Tensor, width: int) -> Integers:
    """Places of the largest, in their order; of equal ones the first."""
    order = np.argsort(-weights.numpy(), kind="stable")[:width]
    return np.sort(order)


def _take(old: _Part, new: _Part, chosen: Mapping[str, Integers]) -> None:
    """Copy the weights of the chosen channels."""
    entering, leaving = (torch.from_numpy(chosen[name]) if name else slice(None) for name in (old.entering, old.leaving))
    new.layer.weight.copy_(old.layer.weight[leaving][:, entering])
    if old.layer.bias is not None and new.layer.bias is not None:
        new.layer.bias.copy_(old.layer.bias[leaving])
    if old.norm is None or new.norm is None:
        return
    for name in ("weight", "bias", "running_mean", "running_var"):
        getattr(new.norm, name).copy_(getattr(old.norm, name)[leaving])
    assert new.norm.num_batches_tracked is not None
    assert old.norm.num_batches_tracked is not None
    new.norm.num_batches_tracked.copy_(old.norm.num_batches_tracked)


def uniform_widths(widths: Widths, budget: float, cost: CostOf) -> Widths:
    """The widest of `Widths.scaled` that costs at most `budget`.

    Raises
    ------
    ValueError
        If even the narrowest costs more.
    """
    check_budget(budget, cost(widths.scaled(0.0)))
    low, high = 0, 1000  # thousandths; cost rises with them
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if cost(widths.scaled(middle / 1000.0)) <= budget else (low, middle - 1)
    return widths.scaled(low / 1000.0)


def check_budget(budget: float, least: float) -> float:
    """`budget`, if it is no less than the smallest network costs."""
    if not math.isfinite(budget) or budget < least:
        sentence = "the budget of {budget:g} is below the smallest network, which costs {least:g}; take at least that"
        raise fault(ValueError, sentence, budget=budget, least=least)
    return budget
