"""Connecting every layer with every later one is cheap in weights: a dense layer needs O(l k k) of them, a plain one O(C C).

Source: Huang et al. 2017 (DenseNet), arXiv 1608.06993, section 3. All stacks end with C = stem + k depth channels on the same
image; the dense ones get there by adding k = growth channels a layer, plain and residual ones have C from the start. Output:
weights and MACs of stacks of every depth: dense, dense with 1x1 bottlenecks, plain, residual. Headline: all of them at the
largest depth, and how often the plain stack is larger. Nothing is drawn at random, so one draw is all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from pandas import DataFrame
from torch import nn

from manifold.checks import fault
from manifold.nets import DenseBlock, DenseLayer, PlainPair, ResidualBasic, formula_cost
from manifold.plots import Page
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import Check, parameter, whole

DRAWS = 1


def _even(value: Any, name: str) -> int:
    depth: int = whole(2, 1000)(value, name)
    if depth % 2:
        raise fault(
            ValueError,
            "depths must be even, as plain and residual blocks hold two convolutions, got {depth}",
            depth=depth,
        )
    return depth


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    stem: int = parameter(16, "channels before the first layer", check=whole(1, 4096))
    growth: int = parameter(12, "channels that a dense layer adds, k", check=whole(1, 4096))
    depths: Sequence[int] = parameter(
        [2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40], "numbers of layers, even ones", check=Check("even, from 2", _even)
    )
    size: int = parameter(32, "height and width of the input", unit="pixels", check=whole(1, 4096))


QUICK: dict[str, Any] = {}
COLUMNS = ("stack", "depth", "draw", "channels", "parameters", "macs", "last_layer_weights")


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per stack and depth, in 3x3 convolutions."""
    rows = []
    for depth in parameters.depths:
        channels = parameters.stem + parameters.growth * depth
        with torch.device("meta"):  # weights are counted, not filled
            stacks = {
                "plain": nn.Sequential(*(PlainPair(channels, channels) for _ in range(depth // 2))),
                "residual": nn.Sequential(*(ResidualBasic(channels, channels) for _ in range(depth // 2))),
                "dense": DenseBlock(parameters.stem, parameters.growth, depth, 0),
                "dense, 1×1 first": DenseBlock(parameters.stem, parameters.growth, depth, 4),
            }
        for name, stack in stacks.items():
            inp = parameters.stem if name.startswith("dense") else channels
            cost = formula_cost(stack, (inp, parameters.size, parameters.size))
            row = {"stack": name, "depth": depth, "draw": 0, "channels": channels}
            rows.append({**row, "parameters": cost.parameters, "macs": cost.macs, "last_layer_weights": _last_layer(stack)})
    return DataFrame(rows)


def _last_layer(stack: nn.Module) -> int:
    """Weights of the last layer: of one 3x3 convolution, and of the 1x1 before it where there is one."""
    kind = DenseLayer if isinstance(stack, DenseBlock) else nn.Conv2d
    *_, last = (layer for layer in stack.modules() if isinstance(layer, kind))
    return sum(weights.numel() for weights in last.parameters() if weights.ndim == 4)


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Everything at the largest depth."""
    deepest = rows[rows["depth"] == rows["depth"].max()].set_index("stack")
    depth = rows["depth"].max()
    numbers = {
        f"count_{column}_stack={name}_depth={depth}": float(deepest.loc[name, column])
        for column in ("parameters", "macs")
        for name in deepest.index
    }
    ratio = deepest.loc["plain", "parameters"] / deepest.loc["dense", "parameters"]
    return {**numbers, f"ratio_parameters_plain_over_dense_depth={depth}": float(ratio)}


_STYLES = {
    "plain": ("#d55e00", "o-"),
    "residual": ("#000000", "x"),
    "dense": ("#0072b2", "s-"),
    "dense, 1×1 first": ("#009e73", "^-"),
}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Parameters and MACs of the whole stack, and the weights of its last layer, against depth."""
    result = page.figure(3.0, layout=ConstrainedLayoutEngine(w_pad=0.12))
    of_stack, of_layer = result.subplots(1, 2)
    for name, (color, style) in _STYLES.items():
        stack = rows[rows["stack"] == name]
        label = say(f"figure.dense_growth.{name}")
        of_stack.plot(stack["depth"], stack["parameters"], style, color=color, label=label, markersize=4)
        of_layer.plot(stack["depth"], stack["last_layer_weights"], style, color=color, markersize=4)
    places = float(parameters.size * parameters.size)  # each weight is used once at every place
    macs = of_stack.secondary_yaxis("right", functions=(lambda weights: weights * places, lambda macs: macs / places))
    macs.set_ylabel(say("figure.dense_growth.macs"))
    title = say("figure.dense_growth.stack", growth=parameters.growth, size=parameters.size)
    of_stack.set(title=title, ylabel=say("figure.dense_growth.parameters"))
    of_layer.set(title=say("figure.dense_growth.layer"), ylabel=say("blocks.axis.weights"))
    for ax in (of_stack, of_layer):
        ax.set(xlabel=say("figure.axis.layers"), xscale="log", yscale="log")
        ax.set_xticks([2, 5, 10, 20, 40], ["2", "5", "10", "20", "40"])
        ax.minorticks_off()
    result.legend(*of_stack.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return result
