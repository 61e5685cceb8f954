"""Figures of blocks: what they cost, how they are built, what they keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from manifold.checks import Floats, check_number
from manifold.metrics import lost_share, nmse
from manifold.plots.diagrams import Box, diagram_height, draw_diagram, find_boxes
from manifold.plots.page import PAPER, Page
from manifold.plots.palettes import BAR
from manifold.plots.panels import draw_cloud
from manifold.plots.style import faint, muted, sized, styled
from manifold.text import error_number, percent, say

if TYPE_CHECKING:  # a figure of the spiral must not load torch
    from manifold.nets import Cost, Graph, Reading

COSTS = ("parameters", "macs", "memory")
"""What a `Cost` counts; the texts call it cost.NAME."""

_CHEAPEST = "D"  # mark
_ROUNDING = 1e-12
_HANGUL = 0x1100  # the first of its letters
_MARGIN = 0.06  # beside a diagram, in its units
_LETTERS = {"Inside": "B", "Narrow": "C", "Output": "D"}
"""Of the places in a block, after that of the points, A."""


def lettered_boxes(graph: Graph, other: Graph | None = None) -> tuple[list[Box], dict[int, str]]:
    """The boxes of a block, and letters for the bands after them: of the points, inside, at its narrow place and at its end.

    `other` is the same block with another activation at its narrow place, where the first box differs; without one, no letters.
    """
    boxes = find_boxes(graph)
    if other is None:
        return boxes, {}
    pairs = zip(boxes, find_boxes(other), strict=True)
    narrow = next(place for place, (one, two) in enumerate(pairs) if one.lines != two.lines)
    return boxes, {-1: "A", boxes[narrow].sources[0][0]: "B", narrow: "C", len(boxes) - 1: "D"}


@styled
def figure_block(
    boxes: Sequence[Box],
    marks: Mapping[int, str],
    readings: Mapping[str, Reading],
    colors: Floats,
    *,
    medians: Mapping[str, Mapping[str, float]] | None = None,
    page: Page = PAPER,
) -> Figure:
    """The block's diagram, and below it the points and what was read of them at several places in the block.

    Parameters
    ----------
    boxes : sequence of Box
    marks : mapping from int to str
        Letters of the places, see `lettered_boxes`; may be empty.
    readings : mapping from str to Reading
        By place, as `recover_kind` calls it; all of the same points (N, 2).
    colors : ndarray of shape (N, 4)
        Colour along the manifold, see `chart_colors`.
    medians : mapping from str to mapping, optional
        Of "nmse" and "lost" over many draws, by place, to stand beside those of this one.
    """
    rows, columns = page.grid(len(readings) + 1, least=1.1)
    boxes = [replace(box, narrow=page.width / page.scale <= len(boxes) + 1) for box in boxes]
    heights = diagram_height(boxes) + 0.1, rows * (min(page.width / page.scale / columns, 1.5) + 0.5)
    figure = page.figure(sum(heights))
    parts: Any = figure.subfigures(2, 1, height_ratios=heights)
    above, below = parts
    diagram = draw_diagram(above.subplots(), boxes, marks=marks)
    diagram.set_xlim(-_MARGIN, diagram.get_xlim()[1] + diagram.get_xlim()[0] + _MARGIN)
    axes = below.subplots(rows, columns, squeeze=False).T.ravel()  # without and with an activation one below the other
    for ax in axes[len(readings) + 1 :]:
        ax.set_axis_off()
    points = next(iter(readings.values())).points
    draw_cloud(axes[0], points, colors).set(title=_lettered("A" if marks else "", say("blocks.points")))
    axes[0].set_xlabel(say("figure.points", count=len(points)))
    for ax, (place, reading) in zip(axes[1:], readings.items(), strict=False):
        draw_cloud(ax, reading.recovered, colors, lost=reading.rank < 2)
        ax.set_title(_lettered(_LETTERS[place.partition(",")[0]] if marks else "", say(f"blocks.place.{place}")))
        ax.set_xlabel(_numbers(reading, medians[place] if medians else {}))
    return figure


def _numbers(reading: Reading, medians: Mapping[str, float]) -> str:
    """Error and share lost, each with its median if that is known."""
    error, share = _error(nmse(reading)), percent(lost_share(reading))
    if medians:
        error = say("figure.with-median", number=error, median=_error(medians["nmse"]))
        share = say("figure.with-median", number=share, median=percent(medians["lost"]))
    return say("figure.block.numbers", error=error, lost=share)


def _error(value: float) -> str:
    """An NMSE, 0 where it is rounding."""
    return "0" if value < _ROUNDING else error_number(value)


def _lettered(letter: str, title: str) -> str:
    """A title behind its letter, which is bold but beside Korean ones, as no font of formulas has these."""
    if not letter:
        return title
    return rf"$\mathbf{{{letter}}}$  {title}" if max(map(ord, title)) < _HANGUL else f"{letter}  {title}"


@styled
def figure_costs(costs: Mapping[str, Cost], *, title: str = "", page: Page = PAPER) -> Figure:
    """A dot for each block on a logarithmic axis for every kind of cost, the block of fewest parameters first.

    Parameters
    ----------
    costs : mapping from str to Cost
        By the block's title.
    title : str, optional
        Above all.
    """
    rows, columns = page.grid(len(COSTS), least=1.6)
    figure = page.figure(rows * (0.175 * len(costs) + 0.75) + 0.5, layout=ConstrainedLayoutEngine(w_pad=0.1))
    figure.suptitle(title)
    axes = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    ordered = dict(sorted(costs.items(), key=lambda entry: entry[1].parameters))
    for ax, column in zip(axes, COSTS, strict=False):
        _draw_costs(ax, {name: getattr(cost, column) for name, cost in ordered.items()})
        ax.set_title(say(f"cost.{column}"))
    for ax in axes[len(COSTS) :]:
        ax.set_axis_off()
    axes[0].invert_yaxis()
    marks: dict[str, Any] = {"marker": _CHEAPEST, "linestyle": "", "color": BAR}
    figure.legend(handles=[Line2D([], [], label=say("figure.costs.cheapest"), **marks)], loc="outside lower center")
    return figure


def _draw_costs(ax: Axes, values: Mapping[str, int]) -> None:
    """A dot for each name with its number, on a logarithmic axis; below it how far they are apart."""
    least, most = min(values.values()), max(values.values())
    for name, value in values.items():
        best = value == least
        ax.plot(value, name, _CHEAPEST if best else "o", color=BAR if best else muted(), markersize=sized(5.0 if best else 3.5))
        ax.plot([least, value], [name, name], color=faint(), linewidth=sized(0.8), zorder=0)
        style: dict[str, Any] = {"va": "center", "weight": "bold" if best else "normal"}
        ax.annotate(short_number(value), (value, name), (sized(5.0), 0.0), textcoords="offset points", **style)
    apart = max(most / least, 2.0)
    ax.set(xscale="log", xlim=(least / apart**0.08, most * apart**0.6), xlabel=say("figure.costs.apart", ratio=most / least))
    ticks = 10.0 ** np.arange(np.ceil(np.log10(least)), np.floor(np.log10(most)) + 1.0)
    ax.set_xticks(ticks, [short_number(tick).replace(".00", "").replace(".0", "") for tick in ticks])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)


def short_number(value: float) -> str:
    """Three digits and a unit: 1234567 as "1.23 M"."""
    rounded = float(f"{check_number(value, 'value'):.3g}")
    size, unit = next(((size, unit) for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")) if rounded >= size), (1.0, ""))
    return f"{rounded / size:#.3g}{unit}".replace(". ", " ") if unit else f"{rounded:g}"
