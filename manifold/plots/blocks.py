"""Figures of blocks: what they cost, how they are built, what they keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from manifold.checks import Floats, check_number
from manifold.metrics import lost_share, nmse
from manifold.plots.diagrams import draw_diagram
from manifold.plots.page import PAPER, Page
from manifold.plots.palettes import BAR
from manifold.plots.panels import draw_cloud
from manifold.plots.recoveries import error_and_lost
from manifold.plots.style import styled
from manifold.text import say

if TYPE_CHECKING:  # a figure of the spiral must not load torch
    from manifold.nets import Cost, Graph, Reading

COSTS = ("parameters", "macs", "memory")
"""What a `Cost` counts; the texts call it cost.NAME."""


@styled
def figure_block(graph: Graph, readings: Mapping[str, Reading], colors: Floats, *, page: Page = PAPER) -> Figure:
    """The block's diagram, and below it the points and what was read of them at several places in the block.

    Parameters
    ----------
    graph : Graph
    readings : mapping from str to Reading
        By title; all of the same points (N, 2).
    colors : ndarray of shape (N, 4)
        Colour along the manifold, see `chart_colors`.
    """
    columns = len(readings) + 1
    figure = page.figure(4.2)
    parts = figure.subfigures(2, 1, height_ratios=(1.0, 1.25), squeeze=False).ravel()
    draw_diagram(parts[0].subplots(), graph)
    axes = parts[1].subplots(1, columns)
    first = next(iter(readings.values()))
    count = say("figure.points", count=len(first.points))
    draw_cloud(axes[0], first.points, colors).set(title=say("blocks.points"), xlabel=count)
    for ax, (title, reading) in zip(axes[1:], readings.items(), strict=True):
        draw_cloud(ax, reading.recovered, colors, lost=reading.rank < 2)
        ax.set(title=title, xlabel=error_and_lost(nmse(reading), lost_share(reading)))
    return figure


@styled
def figure_costs(costs: Mapping[str, Cost], *, title: str = "", page: Page = PAPER) -> Figure:
    """Bars for every kind of cost, a line for each block.

    Parameters
    ----------
    costs : mapping from str to Cost
        By the block's title.
    title : str, optional
        Above all.
    """
    figure = page.figure(0.26 * len(costs) + 0.95, layout=ConstrainedLayoutEngine(w_pad=0.1))
    axes = figure.subplots(1, len(COSTS), sharey=True)
    figure.suptitle(title)
    for ax, column in zip(axes, COSTS, strict=True):
        values = [getattr(cost, column) for cost in costs.values()]
        bars = ax.barh(list(costs), values, color=BAR, height=0.7)
        ax.bar_label(bars, [short_number(value) for value in values], padding=2)
        ax.set(title=say(f"cost.{column}"), xlim=(0.0, 1.25 * max(values)), xticks=[])
        ax.spines[["top", "right", "bottom"]].set_visible(False)
    axes[0].invert_yaxis()
    return figure


def short_number(value: float) -> str:
    """Three digits and a unit: 1234567 as "1.23 M"."""
    rounded = float(f"{check_number(value, 'value'):.3g}")
    size, unit = next(((size, unit) for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")) if rounded >= size), (1.0, ""))
    return f"{rounded / size:#.3g}{unit}".replace(". ", " ") if unit else f"{rounded:g}"
