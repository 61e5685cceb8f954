"""A ReLU6 at the narrow end of a block loses what the wide inside had kept; expansion repairs a part of it, width all.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, section 3.2 and Figure 6a; Lemma 2. The block is an inverted
residual before any training, without shortcut, and the same weights with and without the activation; batch norms take the
statistics of the points.
Output: for every bottleneck width and expansion, what is lost of a spiral inside the block (after its last ReLU6) and at its
end. Headline: medians over the draws at expansion 6.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import ACTIVATIONS, EMBEDDINGS, make_cloud, random_stream
from manifold.checks import fault
from manifold.metrics import lost_share, nmse
from manifold.nets import InvertedResidual, Signal, recover_arms
from manifold.nets.blocks.separable import SHORTCUTS
from manifold.plots import Page
from manifold.runs import told
from manifold.text import named, say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, real, whole

DRAWS = 50


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("spiral", "points in the plane: a name in `manifold.DATASETS`, with options, or a file")
    n_points: int = parameter(300, "number of points N")
    widths: Sequence[int] = parameter([2, 3, 4, 8, 16], "channels at the ends of the block", check=whole(2, 1000))
    expansions: Sequence[float] = parameter(
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "channels inside per channel at the ends, t", check=real(below=100.0)
    )
    embedding: str = parameter("gaussian", "law of T, by its name in `manifold.EMBEDDINGS`", check=one_of(EMBEDDINGS))
    shortcut: str = parameter(
        "none",
        "what is added to the output: none, or the input, by its name in `manifold.nets.SHORTCUTS`",
        check=one_of(SHORTCUTS),
    )


QUICK = {"draws": 5, "n_points": 150, "widths": [2, 4, 16], "expansions": [1, 2, 4, 6, 10]}
COLUMNS = ("width", "expansion", "activation", "draw", "lost_inside", "lost", "exact_nmse", "affine_nmse", "neighbours_nmse")


def check(parameters: Parameters) -> None:
    """The points lie in the plane, and every block can be made."""
    cloud = make_cloud(parameters.dataset, parameters.n_points, rng=random_stream(0))
    if cloud.points.shape[1] != 2:
        raise fault(
            ValueError,
            "dataset must lie in the plane, such as 'spiral' or 'thread', got {dataset!r}",
            dataset=parameters.dataset,
        )
    for width in parameters.widths:
        for expansion in parameters.expansions:
            InvertedResidual(width, width, 1, expansion, shortcut=parameters.shortcut)


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw, width, expansion and bottleneck activation."""
    rows = []
    for draw in told(draws):
        for width in parameters.widths:
            for expansion in parameters.expansions:
                rng = random_stream(seed, draw)
                points = make_cloud(parameters.dataset, parameters.n_points, rng=rng).points
                layer = EMBEDDINGS[parameters.embedding](width, 2, rng=rng)
                make = functools.partial(InvertedResidual, width, width, 1, expansion, shortcut=parameters.shortcut)
                for activation, signals in recover_arms(make, points, layer, rng=rng).items():
                    row = {"width": width, "expansion": expansion, "activation": activation, "draw": draw}
                    rows.append({**row, **_losses(signals)})
    return DataFrame(rows)


def _losses(signals: Sequence[Signal]) -> dict[str, float]:
    """Share of points lost inside and at the end, and the error of the two readouts that are fitted."""
    inside = next(signal for signal in signals if signal.place == "3×3 depthwise, relu6")
    end = signals[-1]
    return {
        "lost_inside": lost_share(inside.read("exact")),
        "lost": lost_share(end.read("exact")),
        "exact_nmse": nmse(end.read("exact")),
        "affine_nmse": nmse(end.read("affine")),
        "neighbours_nmse": nmse(end.read("neighbours")),
    }


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Medians at the expansion nearest to 6."""
    expansion = min(parameters.expansions, key=lambda value: abs(value - 6))
    numbers = {}
    for (width, activation), cell in rows[rows["expansion"] == expansion].groupby(["width", "activation"], sort=False):
        for column in ("lost", "affine_nmse", "neighbours_nmse"):
            numbers[f"median_{column}_width={width}_expansion={expansion}_activation={activation}"] = float(
                cell[column].median()
            )
    return numbers


_MEASURES = ("lost", "neighbours_nmse", "affine_nmse")


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Loss at the end of the block, linear beside ReLU6: a row for each measure, against expansion in a column for each width.

    With a single expansion one column, against width.
    """
    if len(parameters.expansions) == 1:
        columns, along = {say("figure.expansion.at-expansion", expansion=parameters.expansions[0]): rows}, "width"
    else:
        titles = {width: say("figure.expansion.at-width", width=width) for width in parameters.widths}
        columns, along = {title: rows[rows["width"] == width] for width, title in titles.items()}, "expansion"
    ticks = _few(parameters.widths if along == "width" else parameters.expansions)
    result = page.figure(4.6)
    axes = result.subplots(len(_MEASURES), len(columns), sharex=True, sharey="row", squeeze=False)
    for line, column in zip(axes, _MEASURES, strict=True):
        line[0].set(ylabel=say(f"figure.expansion.{column}"), ylim=(-0.03, 1.03))
        for ax, cells in zip(line, columns.values(), strict=True):
            for activation in ("relu6", "linear"):
                _draw_band(ax, cells[cells["activation"] == activation].groupby(along)[column], activation)
    for top, bottom, title in zip(axes[0], axes[-1], columns, strict=True):
        top.set_title(title)
        bottom.set(xlabel=say(f"figure.expansion.{along}"), xticks=ticks)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    result.legend(handles, labels, loc="outside lower center", ncols=2, title=say("figure.expansion.key"))
    return result


def _few(values: Sequence[float]) -> list[float]:
    """At most five of them, evenly chosen."""
    return list(values[:: max(1, -(-len(values) // 5))])


def _draw_band(ax: Axes, groups: Any, activation: str) -> None:
    """Median over the draws, and the range of the middle nine tenths."""
    middle, low, high = groups.median(), groups.quantile(0.05), groups.quantile(0.95)
    color, style = ACTIVATIONS[activation].color, {"linear": "o-", "relu6": "s--"}[activation]
    ax.fill_between(middle.index, low, high, color=color, alpha=0.2, linewidth=0)
    label = say("figure.expansion.end", activation=named(ACTIVATIONS, activation))
    ax.plot(middle.index, middle, style, color=color, markersize=2.5, label=label)
