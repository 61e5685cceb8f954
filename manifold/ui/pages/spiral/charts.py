"""Plotly charts of the page Spiral: numbers against the width, and a layer of three channels in space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from manifold import Recovery
from manifold.checks import Floats
from manifold.text import say
from manifold.ui.charts import FONT, Chart, chart, line_at, titled

Lines = Mapping[str, tuple[Floats, str, str]]
"""Lines of a chart by name: values (W,), colour, dash."""

_SHEET = 61  # places along the side of the sheet


def width_chart(widths: Sequence[int], lines: Lines, *, marked: int) -> Chart:
    """Lines against the width n. The width shown above is `marked`."""
    look = {"type": "scatter", "mode": "lines", "x": widths}
    traces = [
        {**look, "y": values, "name": name, "line": {"color": color, "width": 3, "dash": dash}}
        for name, (values, color, dash) in lines.items()
    ]
    shares = {"range": [0, 1.02], "tickformat": ".0%"}
    return chart(traces, 330, xaxis=titled(say("axis.channels")), yaxis=shares, shapes=line_at(marked))


def space_charts(recovery: Recovery, colors: list[str], scale: float) -> tuple[Chart, Chart]:
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


def _space(sheet: Floats, points: Floats, colors: list[str], reach: float) -> Chart:
    """A sheet and points in space, with the three channels as axes through the origin."""
    quiet = {"type": "scatter3d", "hoverinfo": "skip"}
    paint = {"opacity": 0.45, "showscale": False, "colorscale": [[0, "#8fb0c6"], [1, "#8fb0c6"]], "name": say("spiral.sheet")}
    dots = {"mode": "markers", "marker": {"size": 3, "color": colors}, "name": say("unrolling.points")}
    traces: list[Chart] = [
        {**quiet, "type": "surface", **dict(zip("xyz", np.moveaxis(sheet.astype(np.float32), -1, 0), strict=True)), **paint},
        {**quiet, **dict(zip("xyz", points.T, strict=True)), **dots},
    ]
    for k, end in enumerate(reach * np.eye(3)):
        ends = dict(zip("xyz", np.stack([-end, end]).T, strict=True))
        text = {"mode": "lines+text", "text": ["", say("spiral.axis", channel=k + 1)], "textfont": FONT}
        traces.append({**quiet, **ends, **text, "line": {"color": "gray", "width": 3}})
    return chart(traces, 360, scene=_scene(reach), showlegend=False)


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
