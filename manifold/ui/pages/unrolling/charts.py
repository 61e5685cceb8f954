"""Plotly charts of points in space and on a map, with the lines between neighbours and a way along them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import plotly.graph_objects as go
from matplotlib.colors import to_hex

from manifold.checks import Floats, Integers, Mask
from manifold.plots import GROUP_COLORS, SHORT, STRAIGHT, WAY, color_ramp
from manifold.text import say
from manifold.ui.charts import FONT, dark, layout
from manifold.ui.pages.unrolling.views import Walk

_MOST_LINES = 20_000
_ZOOM = 1.45  # of the longest side, so that the picture fills its place, also a narrow one


@dataclass(frozen=True, eq=False)
class Coloring:
    """What colours points.

    Attributes
    ----------
    values : ndarray of shape (N,)
    quantity : str
        What the values are, by its id among the colours of the page; no scale of colours where it is empty.
    groups : tuple of str
        Names of the classes 0, 1, 2, ... where `values` are classes.
    """

    values: Floats
    quantity: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is drawn beside the points: lines (E, 2) between them, which are short circuits (E,), and a way (P,)."""

    lines: Integers = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    short: Mask = field(default_factory=lambda: np.empty(0, dtype=bool))
    path: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @classmethod
    def of(cls, walk: Walk, view: str) -> Drawing:
        """What the page draws in a view: "way", "lines" or nothing."""
        if view == "lines":
            return cls(lines=walk.lines, short=walk.short)
        return cls(path=walk.path) if view == "way" else cls()


def space_map(points: Floats, coloring: Coloring, drawing: Drawing, *, turn: float, tilt: float) -> go.Figure:
    """Points (N, 3) that can be turned with the mouse, seen at first from `turn` degrees around and `tilt` degrees up."""
    figure = go.Figure()
    for name, marked, marker in _markers(points, coloring, size=3.0):
        x, y, z = points[marked].astype(np.float32).T
        look = {"mode": "markers", "marker": marker, "showlegend": bool(coloring.groups), "hoverinfo": "skip"}
        figure.add_scatter3d(x=x, y=y, z=z, name=name, **look)
    for name, chosen, color, width in _segments(drawing):
        x, y, z = _broken(points, chosen).T
        figure.add_scatter3d(x=x, y=y, z=z, mode="lines", line={"color": color, "width": width}, name=name, hoverinfo="skip")
    if len(drawing.path):
        ends = drawing.path[[0, -1]]
        ways = ((say("unrolling.ant"), drawing.path, WAY, "solid"), (say("unrolling.straight"), ends, STRAIGHT, "dash"))
        for name, passed, color, dash in ways:
            x, y, z = points[passed].T
            line = {"color": color, "width": 8, "dash": dash}
            figure.add_scatter3d(x=x, y=y, z=z, mode="lines", line=line, name=name, hoverinfo="skip")
    figure.update_layout(**_legend_below(380), scene=_scene(points, turn=turn, tilt=tilt))
    return figure


def _scene(points: Floats, *, turn: float, tilt: float) -> dict[str, Any]:
    """No axes, all sides on one scale, and a camera."""
    hidden = {"visible": False}
    around, up = math.radians(turn), math.radians(tilt)
    eye = dict(zip("xyz", (math.cos(up) * math.cos(around), math.cos(up) * math.sin(around), math.sin(up)), strict=True))
    sides = np.ptp(points, axis=0) / (np.ptp(points, axis=0).max() or 1.0)
    ratio = {axis: _ZOOM * max(float(side), 0.01) for axis, side in zip("xyz", sides, strict=True)}
    scene = {"xaxis": hidden, "yaxis": hidden, "zaxis": hidden, "aspectmode": "manual", "aspectratio": ratio}
    return {**scene, "camera": {"eye": eye, "projection": {"type": "orthographic"}}}


def flat_map(mapped: Floats, coloring: Coloring, drawing: Drawing) -> go.Figure:
    """Places (N, 2) on equal axes."""
    figure = go.Figure()
    for name, chosen, color, width in _segments(drawing):
        x, y = _broken(mapped, chosen).T
        line = {"color": color, "width": max(width - 2, 0.6)}
        figure.add_scattergl(x=x, y=y, mode="lines", line=line, name=name, hoverinfo="skip")
    for name, marked, marker in _markers(mapped, coloring, size=5.0):
        x, y = mapped[marked].astype(np.float32).T
        figure.add_scattergl(
            x=x, y=y, mode="markers", marker=marker, name=name, showlegend=bool(coloring.groups), hoverinfo="skip"
        )
    if len(drawing.path):
        x, y = mapped[drawing.path].T
        line = {"color": WAY, "width": 4}
        figure.add_scattergl(x=x, y=y, mode="lines", line=line, name=say("unrolling.ant"), hoverinfo="skip")
    blank = {"showgrid": False, "zeroline": False, "showticklabels": False}
    figure.update_layout(**_legend_below(380), xaxis=blank, yaxis={**blank, "scaleanchor": "x"})
    return figure


def lengths_chart(pairs: Mapping[str, Floats]) -> go.Figure:
    """Lengths along the graph and straight ones against the true ones."""
    figure = go.Figure()
    for name, color in (("straight", STRAIGHT), ("along", WAY)):
        label = say(f"unrolling.line.{name}", error=f"{float(pairs[f'{name}_error']):.0%}")
        marker = {"color": color, "size": 4, "opacity": 0.5}
        figure.add_scattergl(x=pairs["true"], y=pairs[name], mode="markers", marker=marker, name=label, hoverinfo="skip")
    top = float(pairs["true"].max())
    line = {"color": "gray", "width": 1.5, "dash": "dot"}
    figure.add_scatter(x=[0.0, top], y=[0.0, top], mode="lines", line=line, name=say("unrolling.line.equal"), hoverinfo="skip")
    figure.update_layout(
        **layout(height=360), xaxis_title=say("unrolling.axis.true"), yaxis_title=say("unrolling.axis.measured")
    )
    figure.update_layout(legend_itemsizing="constant")
    return figure


def _legend_below(height: int) -> dict[str, Any]:
    legend = {
        "font": FONT,
        "orientation": "h",
        "y": -0.02,
        "yanchor": "top",
        "x": 0.5,
        "xanchor": "center",
        "itemsizing": "constant",
    }
    return {**layout(height=height), "legend": legend, "showlegend": True}


def _markers(points: Floats, coloring: Coloring, *, size: float) -> list[tuple[str, Mask, dict[str, Any]]]:
    """Name, points and look of every class; one nameless class where values are numbers."""
    if coloring.groups:
        colors = [GROUP_COLORS[group % len(GROUP_COLORS)] for group in range(len(coloring.groups))]
        looks = [{"size": size, "color": color} for color in colors]
        return [(name, coloring.values == group, looks[group]) for group, name in enumerate(coloring.groups)]
    marker = {"size": size, "color": coloring.values, "colorscale": _scale(), "showscale": bool(coloring.quantity)}
    if coloring.quantity:
        title = {"text": say(f"unrolling.color.{coloring.quantity}"), "side": "right"}
        marker["colorbar"] = {"title": title, "thickness": 12, "len": 0.8, "tickfont": FONT}
    return [(say("unrolling.points"), np.ones(len(points), dtype=bool), marker)]


def _scale() -> list[list[Any]]:
    """The project's colours along a chart, as `plots.chart_colors` has them."""
    shares = np.linspace(0.0, 1.0, 16)
    return [[share, to_hex(color)] for share, color in zip(shares, color_ramp(shares, on_dark=dark()), strict=True)]


def _segments(drawing: Drawing) -> list[tuple[str, Integers, str, float]]:
    """Lines between neighbours, at most 20,000 of them, and all short circuits."""
    segments = []
    sound = drawing.lines[~drawing.short]
    if len(sound):
        shown = sound[:: -(-len(sound) // _MOST_LINES)]
        segments.append((say("unrolling.joined"), shown, "#9a9a9a", 1.0))
    if drawing.short.any():
        name = say("unrolling.short", count=int(drawing.short.sum()))
        segments.append((name, drawing.lines[drawing.short], SHORT, 6.0))
    return segments


def _broken(points: Floats, lines: Integers) -> Floats:
    """Places of one broken line through all `lines` (E, 2): start, stop, gap."""
    dim = points.shape[1]
    corners = np.full((len(lines), 3, dim), np.nan)
    corners[:, :2] = points[lines]
    return np.asarray(corners.reshape(-1, dim))
