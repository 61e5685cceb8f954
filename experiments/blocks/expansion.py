"""A ReLU6 at the narrow end of a block loses what the wide inside had kept; expansion repairs the lesser part, width all.

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
from manifold.plots import Page, activation_look, figure_legend, muted, sized
from manifold.runs import told
from manifold.text import named, say
from manifold.theory import collapsed_fraction

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


QUICK = {"draws": 5, "n_points": 100, "widths": [2, 4, 16], "expansions": [1, 3, 6, 10]}
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


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """Medians over the draws of what is lost at the end, ReLU6 and linear, for every width and expansion."""
    medians = rows.pivot_table(
        index=["width", "expansion"], columns="activation", values="lost", aggfunc="median"
    ).reset_index()
    names = {"width": say("figure.expansion.width"), "expansion": say("figure.expansion.expansion")}
    ends = {end: f"{say('figure.axis.lost')}, {_end(end)}" for end in _STYLES}
    return medians[["width", "expansion", *_STYLES]].rename(columns=names | ends)


_MEASURES = ("lost", "neighbours_nmse", "affine_nmse")
_STYLES = {"relu6": "--", "linear": "-"}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Loss at the end of the block, linear beside ReLU6: a panel for each measure and width, against expansion.

    With a single expansion a panel for each measure, against width. Widths stand side by side where the page has room.
    """
    if len(parameters.expansions) == 1:
        parts, along = {say("figure.expansion.at-expansion", expansion=parameters.expansions[0]): rows}, "width"
    else:
        titles = {width: say("figure.expansion.at-width", width=width) for width in parameters.widths}
        parts, along = {title: rows[rows["width"] == width] for width, title in titles.items()}, "expansion"
    measures = {column: say(f"figure.expansion.{column}") for column in _MEASURES}
    across = page.width / page.scale >= 1.05 * len(parts) > 1.05
    heads, sides = (list(parts), list(measures.values())) if across else (list(measures.values()), list(parts))
    result = page.figure((1.25 if across or len(parts) == 1 else 0.85) * len(sides) + 0.8)
    axes = result.subplots(len(sides), len(heads), sharex=True, sharey=True, squeeze=False)
    for column, line in zip(measures, axes if across else axes.T, strict=True):
        for ax, cells in zip(line, parts.values(), strict=True):
            _draw_measure(ax, cells, column, along, floor=column == "lost" and parameters.shortcut == "none")
    for ax, head in zip(axes[0], heads, strict=True):
        ax.set_title(head)
    for ax, side in zip(axes[:, 0], sides, strict=True):
        ax.set(ylabel=side, ylim=(-0.08, 1.15), yticks=[0.0, 0.5, 1.0])
    for ax in axes[-1]:
        ax.set(
            xlabel=say(f"figure.expansion.{along}"),
            xticks=_few(parameters.widths if along == "width" else parameters.expansions),
        )
    figure_legend(result, axes[0, 0])
    return result


def _few(values: Sequence[float]) -> list[float]:
    """At most five of them, evenly chosen."""
    return list(values[:: max(1, -(-len(values) // 5))])


def _end(activation: str) -> str:
    return say("figure.expansion.end", activation=named(ACTIVATIONS, activation))


def _draw_measure(ax: Axes, cells: DataFrame, column: str, along: str, *, floor: bool) -> None:
    """Medians without and with ReLU6, with the middle nine tenths of the draws, and what a ReLU layer loses of the plane."""
    for activation, dash in _STYLES.items():
        groups = cells[cells["activation"] == activation].groupby(along)[column]
        middle, look = groups.median(), activation_look(activation)
        ax.fill_between(middle.index, groups.quantile(0.05), groups.quantile(0.95), color=look.color, alpha=0.2, linewidth=0)
        ax.plot(
            middle.index,
            middle,
            color=look.color,
            linestyle=dash,
            marker=look.marker,
            markersize=sized(2.5),
            label=_end(activation),
        )
        if activation == "relu6":
            at = (middle.index[-1], middle.iloc[-1])
            style: dict[str, Any] = {"ha": "right", "color": look.color, "fontsize": sized(7.5)}
            ax.annotate(f"{at[1]:.2f}", at, (0.0, sized(4.0)), textcoords="offset points", **style)
    if floor:
        lost = [collapsed_fraction(int(width), 2) for width in cells.groupby(along)["width"].first()]
        ax.plot(middle.index, lost, ":", color=muted(), label=say("figure.expansion.floor"))
