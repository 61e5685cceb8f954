"""Plotly charts of the page Spiral: numbers against the width, and a layer of three channels in space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from manifold import Recovery
from manifold.checks import Floats
from manifold.text import say
from manifold.ui.charts import FONT, layout

Lines = Mapping[str, tuple[Floats, str, str]]
"""Lines of a chart by name: values (W,), colour, dash."""

_SHEET = 61  # places along the side of the sheet


def width_chart(widths: Sequence[int], lines: Lines, *, marked: int) -> go.Figure:
    """Lines against the width n. The width shown above is `marked`."""
    figure = go.Figure()
    for name, (values, color, dash) in lines.items():
        figure.add_scatter(x=widths, y=values, name=name, mode="lines", line={"color": color, "width": 3, "dash": dash})
    figure.add_vline(marked, line={"color": "gray", "width": 1.5, "dash": "dot"})
    shares = {"range": [0, 1.02], "tickformat": ".0%"}
    figure.update_layout(**layout(height=330), xaxis_title=say("axis.channels"), yaxis=shares)
    return figure


def space_charts(recovery: Recovery, colors: list[str], scale: float) -> tuple[go.Figure, go.Figure]:
    """A layer of three channels: the plane as a sheet in space with the points on it, before and after the activation."""
    along = np.linspace(-1.0, 1.0, _SHEET)
    sheet = np.stack(np.meshgrid(along, along), axis=-1) @ recovery.matrix.T * scale  # (side, side, 3)
    before = recovery.points @ recovery.matrix.T
    f = recovery.activation
    reach = float(np.abs(sheet).max())
    return (
        _space(sheet, before, colors, reach),
        _space(f(sheet), recovery.hidden, colors, reach),
    )


def _space(sheet: Floats, points: Floats, colors: list[str], reach: float) -> go.Figure:
    """A sheet and points in space, with the three channels as axes through the origin."""
    figure = go.Figure()
    x, y, z = np.moveaxis(sheet.astype(np.float32), -1, 0)
    look = {"opacity": 0.45, "showscale": False, "colorscale": [[0, "#8fb0c6"], [1, "#8fb0c6"]]}
    figure.add_surface(x=x, y=y, z=z, hoverinfo="skip", **look)
    x, y, z = points.T
    figure.add_scatter3d(x=x, y=y, z=z, mode="markers", marker={"size": 3, "color": colors}, hoverinfo="skip")
    for k, end in enumerate(reach * np.eye(3)):
        x, y, z = np.stack([-end, end]).T
        text = ["", say("spiral.axis", channel=k + 1)]
        line = {"color": "gray", "width": 3}
        figure.add_scatter3d(x=x, y=y, z=z, mode="lines+text", line=line, text=text, textfont=FONT, hoverinfo="skip")
    figure.update_layout(scene=_scene(reach), showlegend=False, **layout(height=420))
    return figure


def _scene(reach: float) -> dict[str, Any]:
    hidden = {"visible": False, "range": [-1.15 * reach, 1.15 * reach]}
    view = {"eye": {"x": 1.0, "y": 1.0, "z": 0.6}, "projection": {"type": "orthographic"}}
    return {
        "xaxis": hidden,
        "yaxis": hidden,
        "zaxis": hidden,
        "aspectmode": "manual",
        "aspectratio": dict.fromkeys("xyz", 2.0),
        "camera": view,
    }
