"""What a probe saw, site by site from input to output."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from manifold.plots.style import figure_bytes, styled
from manifold.text import explain, say

if TYPE_CHECKING:  # a figure of the spiral must not load torch
    from manifold.nets import Report

_BLUE, _RED, _GREY = "#0072b2", "#d55e00", "#555555"
_THRESHOLD = 1.0 / 6.0  # channels before an expansion by 6, over those behind it


@styled
def figure_probe(report: Report) -> Figure:
    """Four panels over depth: firing rates, active channels, what is lost, dimensions before and after.

    Parameters
    ----------
    report : Report
        Of `manifold.nets.probe`.
    """
    table = report.table
    figure = Figure(figsize=(7.0, 4.6), layout="constrained")
    axes = figure.subplots(2, 2, sharex=True).ravel()
    place = np.arange(1, len(table) + 1)
    firing, active, lost, dimension = axes
    firing.fill_between(place, table["firing_least"], table["firing_most"], color=_BLUE, alpha=0.18, linewidth=0)
    _line(firing, place, table["firing_mean"], _BLUE, "o-", "probe.firing-mean")
    _line(firing, place, table["dead"] / table["channels"], _RED, "s--", "probe.dead")
    _line(active, place, table["active_mean"], _BLUE, "o-", "probe.active-mean")
    _line(active, place, table["active_least"], _RED, "s--", "probe.active-least")
    active.axhline(_THRESHOLD, color=_GREY, linewidth=0.8, linestyle=":", label=say("probe.threshold"))
    wide = table["k"] < table["channels"]
    _line(lost, place, table["below_k"].where(wide), _BLUE, "o-", "probe.below-k")
    _line(lost, place, table["lost_variance"], _RED, "s--", "probe.lost-variance")
    _line(dimension, place, table["dimension_before"], _BLUE, "o-", "probe.dimension-before")
    _line(dimension, place, table["dimension_after"], _RED, "s--", "probe.dimension-after")
    for ax, name in zip(axes, ("firing", "active", "lost", "dimension"), strict=True):
        ax.set(title=say(f"probe.{name}"))
        ax.legend(fontsize=7.0)
    for ax in (firing, active, lost):
        ax.set(ylim=(-0.03, 1.03))
    for ax in (lost, dimension):
        ax.set(xlabel=say("probe.depth"))
    dimension.set(ylim=(0.0, None))
    return figure


def _line(ax: Axes, place: np.ndarray, values: object, color: str, look: str, label: str) -> None:
    ax.plot(place, np.asarray(values, dtype=np.float64), look, color=color, markersize=3.0, label=say(label))


def report_html(report: Report) -> str:
    """Verdicts, figure and table, as a notebook shows them."""
    svg = figure_bytes(figure_probe(report), "svg").decode()
    verdicts = "".join(f"<li>{escape(explain(verdict))}</li>" for verdict in report.verdicts)
    table = report.table.to_html(index=False, float_format="{:.3g}".format, na_rep="")
    return f"<ul>{verdicts}</ul>{svg[svg.index('<svg') :]}{table}"
