"""Plotly charts of points in space and on a map, with the lines between neighbours and a way along them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import plotly.graph_objects as go
from matplotlib.colors import to_hex

from manifold._validation import Floats, Integers, Mask
from manifold.plots import GROUP_COLORS, SHORT, STRAIGHT, WAY, color_ramp
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
    title : str
        Beside the scale of colours; none where it is empty.
    groups : tuple of str
        Names of the classes 0, 1, 2, ... where `values` are classes.
    """

    values: Floats
    title: str = ""
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
        figure.add_scatter3d(
            x=x, y=y, z=z, mode="markers", marker=marker, name=name, showlegend=bool(coloring.groups), hoverinfo="skip"
        )
    for name, chosen, color, width in _segments(drawing):
        x, y, z = _broken(points, chosen).T
        figure.add_scatter3d(x=x, y=y, z=z, mode="lines", line={"color": color, "width": width}, name=name, hoverinfo="skip")
    if len(drawing.path):
        ends = drawing.path[[0, -1]]
        for name, places, color in (("the ant's way", drawing.path, WAY), ("straight line", ends, STRAIGHT)):
            x, y, z = points[places].T
            line = {"color": color, "width": 8, "dash": "solid" if color == WAY else "dash"}
            figure.add_scatter3d(x=x, y=y, z=z, mode="lines", line=line, name=name, hoverinfo="skip")
    hidden = {"visible": False}
    around, up = math.radians(turn), math.radians(tilt)
    eye = dict(zip("xyz", (math.cos(up) * math.cos(around), math.cos(up) * math.sin(around), math.sin(up)), strict=True))
    sides = np.ptp(points, axis=0) / (np.ptp(points, axis=0).max() or 1.0)
    ratio = {axis: _ZOOM * max(float(side), 0.01) for axis, side in zip("xyz", sides, strict=True)}
    scene = {"xaxis": hidden, "yaxis": hidden, "zaxis": hidden, "aspectmode": "manual", "aspectratio": ratio}
    camera = {"eye": eye, "projection": {"type": "orthographic"}}
    figure.update_layout(**_place(380), scene={**scene, "camera": camera})
    return figure


def flat_map(places: Floats, coloring: Coloring, drawing: Drawing) -> go.Figure:
    """Places (N, 2) on equal axes."""
    figure = go.Figure()
    for name, chosen, color, width in _segments(drawing):
        x, y = _broken(places, chosen).T
        line = {"color": color, "width": max(width - 2, 0.6)}
        figure.add_scattergl(x=x, y=y, mode="lines", line=line, name=name, hoverinfo="skip")
    for name, marked, marker in _markers(places, coloring, size=5.0):
        x, y = places[marked].astype(np.float32).T
        figure.add_scattergl(
            x=x, y=y, mode="markers", marker=marker, name=name, showlegend=bool(coloring.groups), hoverinfo="skip"
        )
    if len(drawing.path):
        x, y = places[drawing.path].T
        line = {"color": WAY, "width": 4}
        figure.add_scattergl(x=x, y=y, mode="lines", line=line, name="the ant's way", hoverinfo="skip")
    blank = {"showgrid": False, "zeroline": False, "showticklabels": False}
    figure.update_layout(**_place(380), xaxis=blank, yaxis={**blank, "scaleanchor": "x"})
    return figure


def lengths_chart(pairs: Mapping[str, Floats]) -> go.Figure:
    """Lengths along the graph and straight ones against the true ones."""
    figure = go.Figure()
    lines = (("straight", "straight through space", STRAIGHT), ("along", "along the graph", WAY))
    for name, title, color in lines:
        label = f"{title}: {float(pairs[f'{name}_error']):.0%} off"
        marker = {"color": color, "size": 4, "opacity": 0.5}
        figure.add_scattergl(x=pairs["true"], y=pairs[name], mode="markers", marker=marker, name=label, hoverinfo="skip")
    top = float(pairs["true"].max())
    line = {"color": "gray", "width": 1.5, "dash": "dot"}
    figure.add_scatter(x=[0.0, top], y=[0.0, top], mode="lines", line=line, name="equal", hoverinfo="skip")
    figure.update_layout(**layout(height=360), xaxis_title="true length of the way", yaxis_title="found length")
    figure.update_layout(legend_itemsizing="constant")
    return figure


def _place(height: int) -> dict[str, Any]:
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
        found = []
        for group, name in enumerate(coloring.groups):
            color = GROUP_COLORS[group % len(GROUP_COLORS)]
            found.append((name, coloring.values == group, {"size": size, "color": color}))
        return found
    marker = {"size": size, "color": coloring.values, "colorscale": _scale(), "showscale": bool(coloring.title)}
    if coloring.title:
        marker["colorbar"] = {"title": {"text": coloring.title, "side": "right"}, "thickness": 12, "len": 0.8, "tickfont": FONT}
    return [("points", np.ones(len(points), dtype=bool), marker)]


def _scale() -> list[list[Any]]:
    """The project's colours along a chart, as `plots.chart_colors` has them."""
    shares = np.linspace(0.0, 1.0, 16)
    return [[share, to_hex(color)] for share, color in zip(shares, color_ramp(shares, on_dark=dark()), strict=True)]


def _segments(drawing: Drawing) -> list[tuple[str, Integers, str, float]]:
    """Lines between neighbours, at most 20,000 of them, and all short circuits."""
    found = []
    sound = drawing.lines[~drawing.short]
    if len(sound):
        shown = sound[:: -(-len(sound) // _MOST_LINES)]
        found.append(("neighbours", shown, "#9a9a9a", 1.0))
    if drawing.short.any():
        found.append((f"short circuits: {drawing.short.sum()}", drawing.lines[drawing.short], SHORT, 6.0))
    return found


def _broken(points: Floats, lines: Integers) -> Floats:
    """Places of one broken line through all `lines` (E, 2): start, stop, gap."""
    dim = points.shape[1]
    places = np.full((len(lines), 3, dim), np.nan)
    places[:, :2] = points[lines]
    return np.asarray(places.reshape(-1, dim))
