"""Plotly charts of a lift: the plane by sides, the lifted points in space with the separating plane, a training played back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from manifold.checks import Floats, Integers
from manifold.plots import (
    ALONG,
    CLASS_COLORS,
    EXTENT,
    SIDE_COLORS,
    SIDE_COLORS_ON_DARK,
    axes_ranges,
    levelled,
    plane_corners,
    shape_look,
)
from manifold.text import percent, say
from manifold.ui.charts import FONT, LEGEND, SYMBOLS, Chart, chart, dark, faint, line_at, titled
from manifold.ui.pages.lifting.views import UNITS, Lifted

_MS = 160  # of a moment when a training is played back
_HEIGHT = 440
_HALF = 0.47  # of the width, for one of two pictures
_FINEST = 32_000  # what the largest height is sent as, in whole numbers
_SAME_DOTS = {**LEGEND, "itemsizing": "constant"}
_PLANE: Chart = {"range": [-EXTENT, EXTENT], "constrain": "domain", "showgrid": False, "zeroline": False}
_PLANE |= {"showticklabels": False, "ticks": ""}


def plane_chart(points: Floats, labels: Integers, lifted: Lifted) -> Chart:
    """The plane painted by sides, the points (N, 2) of both classes, and a ring around those on the wrong side."""
    traces = [trace for trace in _plane_traces(points, labels, lifted) if trace.get("showlegend", True)]
    return chart(traces, _HEIGHT, xaxis=_PLANE, yaxis={**_PLANE, "scaleanchor": "x"}, legend=_SAME_DOTS)


def _plane_traces(points: Floats, labels: Integers, lifted: Lifted) -> list[Chart]:
    """The sides, if every place has features, both classes, and the rings, of which there may be none."""
    traces: list[Chart] = []
    if lifted.heights is not None:
        codes = np.rint(lifted.heights * (_FINEST / np.abs(lifted.heights).max())).astype(np.int16)
        traces.append({"type": "contour", "x": ALONG, "y": ALONG, "z": codes, **_sides()})
    quiet = {"type": "scatter", "mode": "markers", "hoverinfo": "skip"}
    for label, color in enumerate(CLASS_COLORS):
        x, y = points[labels == label].T
        look = {"marker": {"size": 7, "color": color}, "name": say("lifting.class", label=label)}
        traces.append({**quiet, "x": x, "y": y, **look})
    wrong = ~lifted.separation.correct
    x, y = points[wrong].T
    ring = {"size": 11, "color": "rgba(0,0,0,0)", "line": {"color": "#888888", "width": 1.5}}
    name = say("lifting.wrong", count=int(wrong.sum()))
    traces.append({**quiet, "x": x, "y": y, "marker": ring, "name": name, "showlegend": bool(wrong.any())})
    return traces


def _sides() -> dict[str, Any]:
    """Two colours that meet where the height is 0."""
    below, above = SIDE_COLORS_ON_DARK if dark() else SIDE_COLORS
    return {
        "zmin": -1,
        "zmax": 1,
        "autocontour": False,
        "contours": {"start": 0, "end": 0, "size": 2, "coloring": "fill"},
        "line": {"width": 0},
        "colorscale": [[0.0, below], [0.5, below], [0.5, above], [1.0, above]],
        "showscale": False,
        "hoverinfo": "skip",
    }


def lifted_chart(labels: Integers, lifted: Lifted) -> Chart:
    """The lifted points, and the plane between them."""
    return chart(_space_traces(labels, lifted), _HEIGHT, scene=_scene([lifted]))


def training_chart(points: Floats, labels: Integers, epochs: Sequence[int], moments: Sequence[Lifted]) -> Chart:
    """Both pictures side by side at the moments of a training, the last one shown, with a slider and a button for all."""
    names: list[str] = []
    frames: list[Chart] = []
    for epoch, moment in zip(epochs, moments, strict=True):
        separated = say("number.yes") if moment.separation.correct.all() else say("number.no")
        share = percent(moment.separation.accuracy)
        names.append(say("lifting.moment", step=epoch, share=share, separated=separated))
        traces = [*_plane_traces(points, labels, moment), *_space_traces(labels, moment)]
        frames.append({"name": names[-1], "data": traces, "traces": list(range(len(traces)))})
    plane = {"xaxis": {**_PLANE, "domain": [0.0, _HALF]}, "yaxis": {**_PLANE, "scaleanchor": "x"}}
    scene = {**_scene(moments), "domain": {"x": [1.0 - _HALF, 1.0]}}
    whole = chart(frames[-1]["data"], _HEIGHT + 70, **plane, scene=scene, legend=_SAME_DOTS, **_playback(names))
    return {**whole, "frames": frames}


def separability_chart(accuracy: Floats, dataset: str, *, marked: int | None) -> Chart:
    """Accuracy (draws, W) on a dataset against the units of a random layer: median, and the middle 80 per cent of draws."""
    low, median, high = np.quantile(accuracy, [0.1, 0.5, 0.9], axis=0)
    look = shape_look(dataset)
    band = {"type": "scatter", "x": UNITS, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    fill = {"fill": "tonexty", "fillcolor": faint(look.color, 0.2), "name": say("lifting.line.band", count=len(accuracy))}
    line = {"mode": "lines+markers", "line": {"color": look.color, "width": 3}, "hoverinfo": "all"}
    line["marker"] = {"symbol": SYMBOLS[look.marker]}
    line["name"] = say("lifting.line.median")
    traces = [{**band, "y": high, "showlegend": False}, {**band, "y": low, **fill}, {**band, "y": median, **line}]
    ticks = [1, 2, 3, 5, 10, 20, 40, 60]
    units = titled(say("lifting.axis.units"), type="log", tickvals=ticks, ticktext=list(map(str, ticks)))
    shares = titled(say("lifting.axis.right-side"), range=[0.45, 1.03], tickformat=".0%")
    return chart(traces, 330, xaxis=units, yaxis=shares, shapes=[] if marked is None else line_at(marked))


def _space_traces(labels: Integers, lifted: Lifted) -> list[Chart]:
    turned, normal, offset = levelled(lifted.features, lifted.separation)
    traces: list[Chart] = []
    for label, color in enumerate(CLASS_COLORS):
        x, y, z = turned[labels == label].astype(np.float32).T
        marker = {"size": 4, "color": color}
        look = {"mode": "markers", "marker": marker, "showlegend": False, "hoverinfo": "skip"}
        traces.append({"type": "scatter3d", "x": x, "y": y, "z": z, **look})
    x, y, z = plane_corners(turned, normal, offset).T
    corners = {"x": x, "y": y, "z": z, "i": [0, 0], "j": [1, 2], "k": [2, 3]}
    look = {"color": "#8a8a8a", "opacity": 0.35, "hoverinfo": "skip", "showlegend": True}
    traces.append({"type": "mesh3d", **corners, **look, "name": say("lifting.separating-plane")})
    return traces


def _scene(moments: Sequence[Lifted]) -> dict[str, Any]:
    """Axes that hold all moments, each with its zero."""
    turned = np.concatenate([levelled(moment.features, moment.separation)[0] for moment in moments])
    ranges = axes_ranges(turned, level=moments[-1].features.shape[1] > 3, margin=0.62)
    scene: dict[str, Any] = {"aspectmode": "manual", "aspectratio": dict.fromkeys("xyz", 1.45)}
    quiet = {"showticklabels": False, "title": {"text": ""}, "showbackground": False, "showgrid": False, "ticks": ""}
    for axis, ends in zip("xyz", ranges.tolist(), strict=True):
        look = {"zerolinecolor": "rgba(128,128,128,0.6)", "showline": False, "range": ends}
        scene[f"{axis}axis"] = {**quiet, **look}
    camera = {"eye": {"x": 1.3, "y": -1.5, "z": 0.75}, "projection": {"type": "orthographic"}}
    return {**scene, "camera": camera}


def _playback(names: Sequence[str]) -> Chart:
    """Layout of a button and a slider that run through the frames in the browser."""
    now = {"mode": "immediate", "transition": {"duration": 0}}
    play, jump = ({**now, "frame": {"duration": duration, "redraw": True}} for duration in (_MS, 0))
    buttons = [
        {"label": say("lifting.play"), "method": "animate", "args": [list(names), play]},
        {"label": say("lifting.pause"), "method": "animate", "args": [[None], jump]},
    ]
    menu = {"type": "buttons", "buttons": buttons, "direction": "left", "showactive": False, "bgcolor": "#e8eef3"}
    place = {"x": 0.0, "y": 0.0, "xanchor": "left", "yanchor": "top", "font": {**FONT, "color": "#222222"}}
    slider = {
        "active": len(names) - 1,
        "steps": [{"label": name, "method": "animate", "args": [[name], jump]} for name in names],
        "currentvalue": {"font": {**FONT, "color": "#808080"}, "xanchor": "right"},
        "x": 0.0,
        "len": 1.0,
        "y": 0.0,
        "pad": {"t": 10},
        "font": {"size": 1, "color": "rgba(0,0,0,0)"},
        "ticklen": 0,
        "minorticklen": 0,
    }
    return {"updatemenus": [{**menu, **place}], "sliders": [slider]}
