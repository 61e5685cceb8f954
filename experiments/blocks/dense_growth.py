"""Connecting every layer with every later one is cheap in weights: a dense layer needs O(l k k) of them, a plain one O(C C).

Source: Huang et al. 2017 (DenseNet), arXiv 1608.06993, section 3. All stacks end with C = stem + k depth channels on the same
image; the dense ones get there by adding k = growth channels a layer, plain and residual ones have C from the start, or the
number that `plain` sets. Output: weights and MACs of stacks of every depth: dense, dense with 1x1 bottlenecks, plain,
residual. Headline: all of them at the largest depth, and how often the plain stack is larger. Nothing is drawn at random, so
one draw is all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from pandas import DataFrame
from torch import nn

from manifold.checks import Floats, fault
from manifold.nets import DenseBlock, DenseLayer, PlainPair, ResidualBasic, formula_cost
from manifold.plots import Page, figure_legend, muted, sized, stack_look, tick_measured, wrap_words
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
    plain: int = parameter(0, "channels of plain and residual stacks; 0: as many as dense ones end with", check=whole(0, 4096))
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
        last = parameters.stem + parameters.growth * depth
        plain = parameters.plain or last
        with torch.device("meta"):  # weights are counted, not filled
            stacks = {
                "plain": nn.Sequential(*(PlainPair(plain, plain) for _ in range(depth // 2))),
                "residual": nn.Sequential(*(ResidualBasic(plain, plain) for _ in range(depth // 2))),
                "dense": DenseBlock(parameters.stem, parameters.growth, depth, 0),
                "dense, 1×1 first": DenseBlock(parameters.stem, parameters.growth, depth, 4),
            }
        for name, stack in stacks.items():
            inp, channels = (parameters.stem, last) if name.startswith("dense") else (plain, plain)
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


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """Everything of the deepest stacks."""
    deepest = rows[rows["depth"] == rows["depth"].max()]
    named: dict[str, Any] = {"stack": [say(f"figure.dense_growth.{name}") for name in deepest["stack"]]}
    named |= {
        column: deepest[column].to_numpy() for column in ("depth", "channels", "parameters", "macs", "last_layer_weights")
    }
    return DataFrame({say(f"figure.dense_growth.column.{column}"): values for column, values in named.items()})


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Weights of the whole stack, with its MACs, and of its last layer, against depth, with lines of their growth."""
    lines, columns = page.grid(2, least=3.0)
    result = page.figure(2.7 * lines + 0.2, layout=ConstrainedLayoutEngine(w_pad=0.08))
    of_stack, of_layer = result.subplots(lines, columns, squeeze=False).flat
    places = float(parameters.size * parameters.size)  # each weight is used once at every place
    rows = rows.assign(weights=rows["macs"] / places)
    k, depths = parameters.growth, np.array(sorted(set(rows["depth"])), dtype=np.float64)
    square = 9.0 * (k * depths) ** 2
    orders = {"line": 9.0 * k * k * depths, "square": square}, {"square-sum": square / 2.0, "cube": square * depths}
    layer, stack = ({}, {}) if parameters.plain else orders
    _draw_stacks(of_layer, rows, "last_layer_weights", layer)
    _draw_stacks(of_stack, rows, "weights", stack)
    macs = of_stack.secondary_yaxis("right", functions=(lambda weights: weights * places, lambda macs: macs / places))
    macs.set_ylabel(say("figure.dense_growth.macs", size=parameters.size))
    told = {"stem": parameters.stem, "growth": k, "plain": parameters.plain}
    channels = say(f"figure.dense_growth.channels{'.plain' if parameters.plain else ''}", **told)
    result.suptitle(wrap_words(channels, page.width, title=True))
    deepest = rows[rows["depth"] == rows["depth"].max()].set_index("stack")
    for ax, column, part in ((of_stack, "weights", "stack"), (of_layer, "last_layer_weights", "layer")):
        ratio = float(deepest.loc["plain", column] / deepest.loc["dense", column])
        title = say(f"figure.dense_growth.{part}", ratio=ratio, depth=int(rows["depth"].max()))
        ax.set(title=title, ylabel=say("figure.dense_growth.weights"))
    figure_legend(result, of_stack)
    return result


def _draw_stacks(ax: Axes, rows: DataFrame, column: str, guides: Mapping[str, Floats]) -> None:
    """A curve for every stack, and guide lines with their formulas."""
    depths = sorted(set(rows["depth"]))
    for place, (name, values) in zip((min(1, len(depths) - 1), len(depths) // 2), guides.items(), strict=False):
        ax.plot(depths, values, linestyle="--", color=muted(), linewidth=sized(0.9), zorder=1)
        style: dict[str, Any] = {"ha": "left", "va": "top", "color": muted()}
        ax.annotate(
            say(f"figure.dense_growth.{name}"),
            (depths[place], values[place]),
            (sized(3.0), -sized(4.0)),
            textcoords="offset points",
            **style,
        )
    for name in dict.fromkeys(rows["stack"]):
        stack, label = rows[rows["stack"] == name], say(f"figure.dense_growth.{name}")
        size = sized(6.0 if name == "residual" else 4.0)  # which lies on plain
        ax.plot(stack["depth"], stack[column], label=label, markersize=size, **stack_look(name).line)
    ax.set(xlabel=say("figure.axis.layers"), yscale="log")
    tick_measured(ax, depths)
