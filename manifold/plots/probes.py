"""What a probe saw, site by site from input to output."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from manifold.checks import Floats
from manifold.plots.page import PAPER, Page
from manifold.plots.palettes import Look
from manifold.plots.style import figure_bytes, muted, sized, styled
from manifold.text import explain, say

if TYPE_CHECKING:  # a figure of the spiral must not load torch, or pandas
    from pandas import DataFrame, Series

    from manifold.nets import Report

_FIRST, _SECOND = Look("#216fad", "o"), Look("#c2601d", "s", "--")
_THRESHOLD = 1.0 / 6.0  # channels before an expansion by 6, over those behind it
_PANELS = ("firing", "active", "lost", "dimension")


@styled
def figure_probe(report: Report, *, page: Page = PAPER) -> Figure:
    """Four panels over depth: firing rates, active channels, what is lost, dimensions before and after.

    Parameters
    ----------
    report : Report
        Of `manifold.nets.probe`.
    """
    rows, columns = page.grid(len(_PANELS), least=3.0)
    figure = page.figure(2.4 * rows)
    axes = figure.subplots(rows, columns, sharex=True, squeeze=False).ravel()
    for ax, name, draw in zip(axes, _PANELS, (_draw_firing, _draw_active, _draw_lost, _draw_dimension), strict=True):
        draw(ax, report.table)
        ax.set(title=say(f"probe.{name}"))
        ax.legend()
    figure.supxlabel(say("probe.depth"))
    return figure


def _draw_firing(ax: Axes, table: DataFrame) -> None:
    ax.fill_between(_depth(table), table["firing_least"], table["firing_most"], color=_FIRST.color, alpha=0.18, linewidth=0)
    _pair(ax, table["firing_mean"], say("probe.firing-mean"), table["dead"] / table["channels"], say("probe.dead"))
    ax.set(ylim=(-0.03, 1.03))


def _draw_active(ax: Axes, table: DataFrame) -> None:
    _pair(ax, table["active_mean"], say("probe.active-mean"), table["active_least"], say("probe.active-least"))
    ax.axhline(_THRESHOLD, color=muted(), linewidth=sized(0.8), linestyle=":", label=say("probe.threshold"))
    ax.set(ylim=(-0.03, 1.03))


def _draw_lost(ax: Axes, table: DataFrame) -> None:
    below = table["below_k"].where(table["k"] < table["channels"])
    _pair(ax, below, say("probe.below-k"), table["lost_variance"], say("probe.lost-variance"))
    ax.set(ylim=(-0.03, 1.03))


def _draw_dimension(ax: Axes, table: DataFrame) -> None:
    before, after = table["dimension_before"], table["dimension_after"]
    _pair(ax, before, say("probe.dimension-before"), after, say("probe.dimension-after"))
    ax.set(ylim=(0.0, None))


def _pair(ax: Axes, first: Series, first_label: str, second: Series, second_label: str) -> None:
    for values, look, label in ((first, _FIRST, first_label), (second, _SECOND, second_label)):
        ax.plot(_depth(values), values, look.marker + look.dash, color=look.color, label=label)


def _depth(rows: DataFrame | Series) -> Floats:
    return np.arange(1.0, len(rows) + 1.0)


def report_html(report: Report) -> str:
    """Verdicts, figure and table, as a notebook shows them."""
    svg = figure_bytes(figure_probe(report), "svg").decode()
    verdicts = "".join(f"<li>{escape(explain(verdict))}</li>" for verdict in report.verdicts)
    table = report.table.to_html(index=False, float_format="{:.3g}".format, na_rep="")
    return f"<ul>{verdicts}</ul>{svg[svg.index('<svg') :]}{table}"
