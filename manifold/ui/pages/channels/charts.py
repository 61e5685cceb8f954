"""Plotly charts of the page How many channels: share lost and error against the width, and the paper's bound."""

from __future__ import annotations

from typing import Any

import numpy as np

from manifold import ACTIVATIONS
from manifold.checks import Floats, Integers
from manifold.plots import SMALLEST_ERROR, VERDICTS, activation_look, decoder_look, error_range
from manifold.sweeps.curves import MOST_EXPANSION, WidthCurves
from manifold.text import named, say, say_lost
from manifold.theory import log2_collapsed_fraction, paper_bound_holds
from manifold.ui.charts import SYMBOLS, Chart, chart, dark, faint, line_at, titled
from manifold.ui.pages.channels.views import Channels

_HEIGHT = 240


def lost_chart(shown: Channels, activation: str, *, marked: int) -> Chart:
    """The mean share of points lost with its 95 per cent interval, on its closed form."""
    curves, color = shown.curves, activation_look(activation).color
    traces: list[Chart] = []
    _add_formula(traces, curves, shown.losses, say("channels.line.formula"))
    ends = {"array": curves.lost_high - curves.lost, "arrayminus": curves.lost - curves.lost_low}
    interval = {"type": "data", "symmetric": False, **ends, "color": color}
    look = {"mode": "markers", "marker": {"size": 8, "color": color}, "error_y": interval}
    name = say("channels.line.mean", activation=named(ACTIVATIONS, activation), count=curves.draws)
    traces.append(_trace(curves.widths, curves.lost, name=name, **look))
    title = say_lost("channels.axis.lost", known=ACTIVATIONS[activation].only_side_elsewhere)
    return _chart(traces, marked, titled(title, range=[-0.02, 1.03], tickformat=".0%"))


def error_chart(shown: Channels, decoder: str, *, marked: int) -> Chart:
    """The error of the middle draw, the middle 90 per cent of the draws, and the mean with its closed form."""
    curves, color = shown.curves, decoder_look(decoder).color
    traces: list[Chart] = []
    _add_band(traces, curves, color)
    median = np.maximum(curves.median, SMALLEST_ERROR)
    look = {"mode": "lines+markers", "line": {"color": color, "width": 3}, "marker": {"size": 7}}
    traces.append(_trace(curves.widths, median, name=say("channels.line.median"), **look))
    if np.isfinite(shown.errors).any():
        known = np.isfinite(shown.errors) & (curves.mean > SMALLEST_ERROR)
        _add_formula(traces, curves, np.maximum(shown.errors, SMALLEST_ERROR), say("channels.line.mean-formula"))
        marker = {"symbol": "x-thin", "size": 8, "line": {"width": 2, "color": _ink()}}
        look = {"mode": "markers", "marker": marker, "name": say("channels.line.mean-measured")}
        traces.append(_trace(curves.widths[known], curves.mean[known], **look))
    return _chart(traces, marked, _error_axis(curves))


def _add_band(traces: list[Chart], curves: WidthCurves, color: str) -> None:
    """The middle 90 per cent of the draws."""
    low, high = (np.maximum(values, SMALLEST_ERROR) for values in (curves.low, curves.high))
    edge: dict[str, Any] = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "name": say("channels.line.band")}
    traces.append(_trace(curves.widths, high, showlegend=False, **edge))
    fill = {"fill": "tonexty", "fillcolor": faint(color, 0.22)}
    traces.append(_trace(curves.widths, low, **fill, **edge))


def _error_axis(curves: WidthCurves) -> Chart:
    """Powers of ten, and "none" for errors that are no more than rounding."""
    floor, top = np.log10(error_range(curves))
    ticks = np.arange(np.ceil(floor), np.floor(top) + 0.5, max(1.0, np.ceil((top - floor) / 6.0)))
    none = say("channels.tick.none")
    names = [none if 10.0**tick < 2.0 * SMALLEST_ERROR else _power(int(tick)) for tick in ticks]
    return titled(say("channels.axis.error"), type="log", range=[floor, top], tickvals=10.0**ticks, ticktext=names)


def bound_chart(curves: WidthCurves, dim: int, *, marked: int) -> Chart:
    """The share lost as a power of 1/2 against the paper's bound n/2, with the widths at which the bound fails."""
    widths = np.arange(dim, MOST_EXPANSION * dim + 1)
    exact = np.array([-log2_collapsed_fraction(int(width), dim) for width in widths])
    holds = np.array([paper_bound_holds(int(width), dim) for width in widths])
    traces: list[Chart] = []
    for verdict, name in ((True, say("channels.line.holds")), (False, say("channels.line.fails"))):
        values, look = np.where(holds == verdict, exact, np.nan), VERDICTS[verdict]
        marker = {"size": 6, "color": look.color, "symbol": SYMBOLS[look.marker]}
        traces.append(_trace(widths, values, mode="markers", marker=marker, name=name))
    dash = {"color": _ink(), "width": 2, "dash": "dash"}
    traces.append(_trace(widths, widths / 2.0, mode="lines", line=dash, name=say("channels.line.bound")))
    seen = curves.lost > 0.0
    ring = {"symbol": "circle-open", "size": 12, "color": _ink(), "line": {"width": 2}}
    measured = {"mode": "markers", "marker": ring, "name": say("channels.line.measured")}
    traces.append(_trace(curves.widths[seen], -np.log2(curves.lost[seen]), **measured))
    return _chart(traces, marked, titled(say("channels.axis.bound"), rangemode="tozero"))


def _add_formula(traces: list[Chart], curves: WidthCurves, values: Floats, name: str) -> None:
    if np.isfinite(values).any():
        line = {"color": _ink(), "width": 2, "dash": "dash"}
        traces.append(_trace(curves.widths, values, mode="lines", line=line, name=name))


def _power(exponent: int) -> str:
    """10^exponent, as a number where that is short."""
    return f"{10.0**exponent:g}" if exponent >= -3 else f"10<sup>−{-exponent}</sup>"


def _trace(x: Floats | Integers, y: Floats, **look: Any) -> Chart:
    return {"type": "scatter", "x": x, "y": y, **look}


def _chart(traces: list[Chart], marked: int, axis: Chart) -> Chart:
    """Lines against the width, with one at the chosen width."""
    return chart(traces, _HEIGHT, xaxis=titled(say("axis.channels")), yaxis=axis, shapes=line_at(marked, 2))


def _ink() -> str:
    return "#dddddd" if dark() else "#333333"
