"""Plotly charts of points in space and on a map, with the lines between neighbours and a way along them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import to_hex

from manifold.checks import Floats, Integers, Mask
from manifold.planes.maps import Drawing
from manifold.plots import GROUP_COLORS, SHORT, STRAIGHT, WAY, color_ramp
from manifold.text import say
from manifold.ui.charts import FONT, LEGEND, Chart, chart, dark, plain, quiet_font, titled

_HEIGHT = 230
_ZOOM = 1.45  # of the longest side, so that the picture fills its place, also a narrow one


_PLACE = {"orientation": "h", "y": -0.02, "yanchor": "top", "x": 0.5, "xanchor": "center"}
_BELOW = {"legend": {"font": FONT, **_PLACE, "itemsizing": "constant"}, "showlegend": True}
"""A legend below the picture."""


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


def space_map(points: Floats, coloring: Coloring, drawing: Drawing, *, turn: float, tilt: float) -> Chart:
    """Points (N, 3) that can be turned with the mouse, seen at first from `turn` degrees around and `tilt` degrees up."""
    traces = []
    for name, marked, marker in _markers(points, coloring, size=3.0):
        look = {"mode": "markers", "marker": marker, "showlegend": bool(coloring.groups)}
        traces.append(_trace("scatter3d", points[marked].astype(np.float32), name, **look))
    for name, chosen, color, width in _segments(drawing):
        line = {"color": color, "width": width}
        traces.append(_trace("scatter3d", _broken(points, chosen), name, mode="lines", line=line))
    if len(drawing.path):
        ends = drawing.path[[0, -1]]
        ways = ((say("unrolling.ant"), drawing.path, WAY, "solid"), (say("unrolling.straight"), ends, STRAIGHT, "dash"))
        for name, passed, color, dash in ways:
            line = {"color": color, "width": 8, "dash": dash}
            traces.append(_trace("scatter3d", points[passed], name, mode="lines", line=line))
    return chart(traces, _HEIGHT, **_BELOW, scene=_scene(points, turn=turn, tilt=tilt))


def _scene(points: Floats, *, turn: float, tilt: float) -> dict[str, Any]:
    """No axes, all sides on one scale, and a camera."""
    hidden = {"visible": False}
    around, up = math.radians(turn), math.radians(tilt)
    eye = dict(zip("xyz", (math.cos(up) * math.cos(around), math.cos(up) * math.sin(around), math.sin(up)), strict=True))
    sides = np.ptp(points, axis=0) / (np.ptp(points, axis=0).max() or 1.0)
    ratio = {axis: _ZOOM * max(float(side), 0.01) for axis, side in zip("xyz", sides, strict=True)}
    scene = {"xaxis": hidden, "yaxis": hidden, "zaxis": hidden, "aspectmode": "manual", "aspectratio": ratio}
    return {**scene, "camera": {"eye": eye, "projection": {"type": "orthographic"}}}


def flat_map(mapped: Floats, coloring: Coloring, drawing: Drawing) -> Chart:
    """Places (N, 2) on equal axes."""
    traces = []
    for name, chosen, color, width in _segments(drawing):
        line = {"color": color, "width": max(width - 2, 0.6)}
        traces.append(_trace("scattergl", _broken(mapped, chosen), name, mode="lines", line=line))
    for name, marked, marker in _markers(mapped, coloring, size=5.0):
        look = {"mode": "markers", "marker": marker, "showlegend": bool(coloring.groups)}
        traces.append(_trace("scattergl", mapped[marked].astype(np.float32), name, **look))
    if len(drawing.path):
        line = {"color": WAY, "width": 4}
        traces.append(_trace("scattergl", mapped[drawing.path], say("unrolling.ant"), mode="lines", line=line))
    blank = {"showgrid": False, "zeroline": False, "showticklabels": False}
    return chart(traces, _HEIGHT, **_BELOW, xaxis=blank, yaxis={**blank, "scaleanchor": "x"})


def lengths_chart(pairs: Mapping[str, Floats]) -> Chart:
    """Lengths along the graph and straight ones against the true ones."""
    traces = []
    for name, color in (("straight", STRAIGHT), ("along", WAY)):
        label = say(f"unrolling.line.{name}", error=f"{float(pairs[f'{name}_error']):.0%}")
        marker = {"color": color, "size": 4, "opacity": 0.5}
        pair = np.column_stack([pairs["true"], pairs[name]])
        traces.append(_trace("scattergl", pair, label, mode="markers", marker=marker))
    top = float(pairs["true"].max())
    line = {"color": "gray", "width": 1.5, "dash": "dot"}
    diagonal = np.array([[0.0, 0.0], [top, top]])
    traces.append(_trace("scatter", diagonal, say("unrolling.line.equal"), mode="lines", line=line))
    across = titled(say("unrolling.axis.true"), constrain="domain", constraintoward="left")
    axes = {"xaxis": across, "yaxis": titled(say("unrolling.axis.measured"), scaleanchor="x")}
    return chart(traces, 360, **axes, legend={**LEGEND, "itemsizing": "constant"})


def _trace(kind: str, places: Floats, name: str, **look: Any) -> Chart:
    """Places (N, 2) or (N, 3), by a kind of Plotly's traces."""
    return {"type": kind, **dict(zip("xyz", places.T, strict=False)), "name": name, "hoverinfo": "skip", **look}


def _markers(points: Floats, coloring: Coloring, *, size: float) -> list[tuple[str, Mask, dict[str, Any]]]:
    """Name, points and look of every class; one nameless class where values are numbers."""
    if coloring.groups:
        colors = [GROUP_COLORS[group % len(GROUP_COLORS)] for group in range(len(coloring.groups))]
        looks = [{"size": size, "color": color} for color in colors]
        return [(plain(name), coloring.values == group, looks[group]) for group, name in enumerate(coloring.groups)]
    marker = {"size": size, "color": coloring.values, "colorscale": _scale(), "showscale": bool(coloring.quantity)}
    if coloring.quantity:
        title = {"text": say(f"unrolling.color.{coloring.quantity}"), "side": "right"}
        marker["colorbar"] = {"title": title, "thickness": 12, "len": 0.8, "tickfont": quiet_font()}
    return [(say("unrolling.points"), np.ones(len(points), dtype=bool), marker)]


def _scale() -> list[list[Any]]:
    """The project's colours along a chart, as `plots.chart_colors` has them."""
    shares = np.linspace(0.0, 1.0, 16)
    return [[share, to_hex(color)] for share, color in zip(shares, color_ramp(shares, on_dark=dark()), strict=True)]


def _segments(drawing: Drawing) -> list[tuple[str, Integers, str, float]]:
    """Lines between neighbours, at most 20,000 of them, and all short circuits."""
    segments = []
    if len(sound := drawing.sound()):
        segments.append((say("unrolling.joined"), sound, "#9a9a9a", 1.0))
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
