"""A known manifold through a network: what can be read of it, and how many dimensions it has, against depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from manifold.plots.page import PAPER, Page
from manifold.plots.style import faint, ground, ink, sized, styled
from manifold.text import say

if TYPE_CHECKING:  # a figure of the spiral must not load torch, or pandas
    from pandas import DataFrame

    from manifold.nets import Trace

ARM_COLORS: Mapping[str, str] = {"trained": "#0072b2", "normed": "#d55e00", "new": "#7a7a7a"}
"""Colours of trained weights; of random ones with the batch norms set; and of random ones with the norms as new."""

_MARKS = {"before": ("o", 1.8), "after": ("o", 1.8), "block": ("s", 3.2)}
_SCORES = ("knn_r2", "ridge_r2", "two_nn")
_DIMENSIONS = (1, 2, 5, 10, 20, 50, 100, 200)


@styled
def figure_trace(traces: Trace | Mapping[str, Trace], *, page: Page = PAPER) -> Figure:
    """Three panels over depth: both readouts of the chart, and the dimension.

    Parameters
    ----------
    traces : Trace, or mapping from str to Trace
        Of one network; or of several by what the legend calls them, at most three.
    """
    named = {"": traces} if not isinstance(traces, Mapping) else traces
    lines, columns = page.grid(len(_SCORES), least=2.2)
    result = page.figure(2.2 * lines + 0.4)
    axes = result.subplots(lines, columns, squeeze=False).ravel()
    for ax in axes[len(_SCORES) :]:
        ax.remove()
    for ax, score in zip(axes, _SCORES, strict=False):
        for front, (label, color, trace) in enumerate(zip(named, ARM_COLORS.values(), named.values(), strict=False)):
            draw_depth(ax, trace.table, score, color=color, label=label, front=5 - front)
        ax.set(title=say(f"networks.{score}"), xlabel=say("networks.depth"))
    _finish(list(axes), named.values())
    sides = [side for side in _MARKS if any((trace.table["kind"] == side).any() for trace in named.values())]
    handles = [line for line in axes[0].lines if line.get_label() in named and line.get_label()]
    result.legend(
        handles=[*handles, *map(_mark, sides)], loc="outside lower center", ncols=max(2, int(page.width / page.scale / 1.4))
    )
    return result


def _finish(axes: list[Axes], traces: Any) -> None:
    """Readouts on one scale from the least that is read; dimensions on a logarithmic one, with a line at the chart's own."""
    least = min(float(trace.table[["knn_r2", "ridge_r2"]].min().min()) for trace in traces)
    for ax in axes[:2]:
        ax.set(ylim=(min(0.0, max(least, -0.55)) - 0.03, 1.05))
        ax.axhline(0.0, color=faint(), linewidth=sized(0.5), zorder=0)
    dimension = axes[2]
    dimension.set(yscale="log")
    dimension.set_yticks(_DIMENSIONS, [f"{tick}" for tick in _DIMENSIONS], minor=False)
    dimension.minorticks_off()
    values = [value for trace in traces for value in trace.table["two_nn"] if value > 0.0]
    own = max(trace.chart.shape[1] for trace in traces)
    dimension.set_ylim(0.8 * min([own, *values]), 1.25 * max([own, *values]))
    dimension.axhline(own, color=faint(), linewidth=sized(0.8), zorder=0)


def _mark(side: str) -> Line2D:
    """What a mark means."""
    look, size = _MARKS[side]
    face = ground() if side == "before" else ink()
    options: dict[str, Any] = {
        "color": ink(),
        "markerfacecolor": face,
        "markersize": sized(size + 1.0),
        "markeredgewidth": sized(0.5),
    }
    return Line2D([], [], linestyle="", marker=look, label=say(f"networks.side.{side}"), **options)


def place_title(place: str) -> str:
    """A place of a trace as readers know it: pixels, logits, a block by its number, or by its name where it has none."""
    if place in ("input", "output"):
        return say(f"networks.{place}")
    number = place.rpartition(".")[2]
    return say("networks.block", number=number) if number.isdecimal() else number


def draw_depth(ax: Axes, rows: DataFrame, score: str, *, color: str, label: str = "", front: int = 3) -> Axes:
    """A score against depth: before activations hollow, behind them filled, behind blocks squares.

    Parameters
    ----------
    ax : Axes
    rows : DataFrame
        `Trace.table`; or rows of several draws, whose means are drawn with bands from least to most: with columns `step`, the
        number of the place, and `side` for `kind`.
    score : str
        A column.
    color, label : str
    front : int, default=3
        What is drawn upon what.
    """
    if "step" not in rows:
        rows = rows.assign(step=range(len(rows)), side=rows["kind"])
    table: Any = rows.groupby("step")[score].agg(["mean", "min", "max"])
    sides = rows.drop_duplicates("step").set_index("step")["side"]
    ax.fill_between(table.index, table["min"], table["max"], color=color, alpha=0.2, linewidth=0, zorder=front)
    ax.plot(table.index, table["mean"], color=color, linewidth=sized(0.8), label=label, zorder=front)
    for side, (look, size) in _MARKS.items():
        some = table[sides == side]["mean"]
        face = ground() if side == "before" else color
        marks: dict[str, Any] = {"markerfacecolor": face, "markersize": sized(size), "markeredgewidth": sized(0.5)}
        ax.plot(some, look, color=color, zorder=front, **marks)
    return ax
