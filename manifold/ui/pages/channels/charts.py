"""Plotly charts of the page How many channels: share lost and error against the width, and the paper's bound."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from manifold._validation import Floats
from manifold.curves import MOST_EXPANSION, WidthCurves
from manifold.plots import ACTIVATION_COLORS, ACTIVATION_TITLES, SMALLEST_ERROR, error_range
from manifold.theory import log2_collapsed_fraction, paper_bound_holds
from manifold.ui.charts import dark, layout
from manifold.ui.pages.channels.views import Channels

_HEIGHT = 380


def lost_chart(shown: Channels, activation: str, *, marked: int) -> go.Figure:
    """The mean share of points lost with its 95 per cent interval, on its closed form."""
    curves, color = shown.curves, ACTIVATION_COLORS[activation]
    figure = go.Figure()
    _add_formula(figure, curves, shown.losses, "formula")
    interval = {"type": "data", "array": curves.margin, "color": color}
    marker = {"size": 8, "color": color}
    name = f"{ACTIVATION_TITLES[activation]}, mean of {curves.draws:,} draws"
    figure.add_scatter(x=curves.widths, y=curves.lost, error_y=interval, mode="markers", marker=marker, name=name)
    _finish(figure, marked, {"range": [-0.02, 1.03], "tickformat": ".0%", "title": "points lost"})
    return figure


def error_chart(shown: Channels, activation: str, *, marked: int) -> go.Figure:
    """The error of the middle draw, the middle 90 per cent of the draws, and the mean with its closed form."""
    curves, color = shown.curves, ACTIVATION_COLORS[activation]
    low, median, high = (np.maximum(values, SMALLEST_ERROR) for values in (curves.low, curves.median, curves.high))
    figure = go.Figure()
    edge: dict[str, Any] = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    figure.add_scatter(x=curves.widths, y=high, showlegend=False, **edge)
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    figure.add_scatter(
        x=curves.widths, y=low, fill="tonexty", fillcolor=f"rgba({red},{green},{blue},0.22)", name="9 of 10 draws", **edge
    )
    line = {"color": color, "width": 3}
    figure.add_scatter(x=curves.widths, y=median, mode="lines+markers", line=line, marker={"size": 7}, name="median draw")
    if np.isfinite(shown.errors).any():
        known = np.isfinite(shown.errors) & (curves.mean > SMALLEST_ERROR)
        _add_formula(figure, curves, np.maximum(shown.errors, SMALLEST_ERROR), "mean, by formula")
        marker = {"symbol": "x-thin", "size": 8, "line": {"width": 2, "color": _ink()}}
        figure.add_scatter(
            x=curves.widths[known], y=curves.mean[known], mode="markers", marker=marker, name="mean of the draws"
        )
    floor, top = np.log10(error_range(curves))
    ticks = np.arange(np.ceil(floor), np.floor(top) + 0.5, max(1.0, np.ceil((top - floor) / 6.0)))
    names = ["none" if 10.0**tick < 2.0 * SMALLEST_ERROR else _power(int(tick)) for tick in ticks]
    axis = {"type": "log", "range": [floor, top], "tickvals": 10.0**ticks, "ticktext": names, "title": "error (NMSE)"}
    _finish(figure, marked, axis)
    return figure


def bound_chart(curves: WidthCurves, dim: int, *, marked: int) -> go.Figure:
    """The share lost as a power of 1/2 against the paper's bound n/2, with the widths at which the bound fails."""
    widths = np.arange(dim, MOST_EXPANSION * dim + 1)
    exact = np.array([-log2_collapsed_fraction(int(width), dim) for width in widths])
    holds = np.array([paper_bound_holds(int(width), dim) for width in widths])
    figure = go.Figure()
    for name, chosen, color in (("bound holds", holds, "#0072b2"), ("bound fails", ~holds, "#d55e00")):
        values = np.where(chosen, exact, np.nan)
        marker = {"size": 6, "color": color}
        figure.add_scatter(x=widths, y=values, mode="markers", marker=marker, name=f"exact, where the {name}")
    dash = {"color": _ink(), "width": 2, "dash": "dash"}
    figure.add_scatter(x=widths, y=widths / 2.0, mode="lines", line=dash, name="the paper's bound, n/2")
    seen = curves.lost > 0.0
    ring = {"symbol": "circle-open", "size": 12, "color": _ink(), "line": {"width": 2}}
    figure.add_scatter(x=curves.widths[seen], y=-np.log2(curves.lost[seen]), mode="markers", marker=ring, name="measured")
    _finish(figure, marked, {"title": "k, where 1 in 2ᵏ is lost", "rangemode": "tozero"})
    return figure


def _add_formula(figure: go.Figure, curves: WidthCurves, values: Floats, name: str) -> None:
    if np.isfinite(values).any():
        line = {"color": _ink(), "width": 2, "dash": "dash"}
        figure.add_scatter(x=curves.widths, y=values, mode="lines", line=line, name=name)


def _power(exponent: int) -> str:
    """10^exponent, as a number where that is short."""
    return f"{10.0**exponent:g}" if exponent >= -3 else f"10<sup>−{-exponent}</sup>"


def _finish(figure: go.Figure, marked: int, axis: dict[str, Any]) -> None:
    """Axes, and the line at the chosen width."""
    figure.add_vline(marked, line={"color": "gray", "width": 2, "dash": "dot"})
    figure.update_layout(**layout(height=_HEIGHT), xaxis={"title": "channels n"}, yaxis=axis)


def _ink() -> str:
    return "#dddddd" if dark() else "#333333"
