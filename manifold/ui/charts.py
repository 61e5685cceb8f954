"""Plotly charts: numbers against the width or the size of the input, and a layer of three channels in space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from manifold import Recovery
from manifold.checks import Floats
from manifold.plots import ACTIVATION_COLORS, ACTIVATION_TITLES, COST_TITLES, short_number
from manifold.theory import collapsed_fraction, relu6_active_probability

if TYPE_CHECKING:  # other pages need no torch
    from manifold.nets import Cost

FONT = {"size": 15}
"""Of every chart: readable when projected."""
_SHEET = 61  # places along the side of the sheet


def dark() -> bool:
    """Whether the page is dark."""
    return bool(st.context.theme.type == "dark")


def show_chart(figure: go.Figure, *, key: str) -> None:
    """Show a chart without the buttons that distract on a projector."""
    st.plotly_chart(figure, key=key, config={"displaylogo": False, "displayModeBar": False})


def width_chart(widths: Sequence[int], lines: dict[str, tuple[Floats, str, str]], *, marked: int) -> go.Figure:
    """Lines against the width n; each is (values, colour, dash). The width shown above is `marked`."""
    figure = go.Figure()
    for name, (values, color, dash) in lines.items():
        figure.add_scatter(x=widths, y=values, name=name, mode="lines", line={"color": color, "width": 3, "dash": dash})
    figure.add_vline(marked, line={"color": "gray", "width": 1.5, "dash": "dot"})
    figure.update_layout(**layout(height=330), xaxis_title="channels n", yaxis={"range": [0, 1.02], "tickformat": ".0%"})
    return figure


def scale_chart(width: int, scale: float) -> go.Figure:
    """Expected share of points lost against their size, ReLU and ReLU6, for a Gaussian T with `width` rows."""
    radii = np.geomspace(0.5, 30.0, 60)
    figure = go.Figure()
    for name in ("relu", "relu6"):
        active = [relu6_active_probability(radius) if name == "relu6" else 0.5 for radius in radii]
        lost = [collapsed_fraction(width, 2, active=p) for p in active]
        line = {"color": ACTIVATION_COLORS[name], "width": 3}
        figure.add_scatter(x=radii, y=lost, name=ACTIVATION_TITLES[name], mode="lines", line=line)
    figure.add_vline(scale, line={"color": "gray", "width": 1.5, "dash": "dot"})
    ticks = [0.5, 1, 2, 5, 10, 20, 30]
    figure.update_layout(
        **layout(height=330),
        xaxis={"type": "log", "title": "size of the point, |x|", "tickvals": ticks, "ticktext": [f"{t:g}" for t in ticks]},
        yaxis={"range": [0, 1.02], "tickformat": ".0%", "title": f"expected share lost, n = {width}"},
    )
    return figure


def cost_chart(costs: Mapping[str, Cost], *, chosen: str) -> go.Figure:
    """Bars for every kind of cost, a line for each block; the chosen one is set off."""
    figure = make_subplots(
        1, len(COST_TITLES), shared_yaxes=True, horizontal_spacing=0.03, subplot_titles=[*COST_TITLES.values()]
    )
    colors = ["#0072b2" if title == chosen else "#9db8cc" for title in costs]
    for column, kind in enumerate(COST_TITLES, 1):
        values = [getattr(cost, kind) for cost in costs.values()]
        text = [short_number(value) for value in values]
        figure.add_bar(
            x=values,
            y=list(costs),
            orientation="h",
            text=text,
            textposition="outside",
            marker_color=colors,
            hoverinfo="skip",
            cliponaxis=False,
            row=1,
            col=column,
        )
        figure.update_xaxes(visible=False, range=[0.0, 1.3 * max(values)], row=1, col=column)
    figure.update_yaxes(autorange="reversed", tickfont=FONT)
    figure.update_layout(**layout(height=36 * len(costs) + 60), showlegend=False, bargap=0.25)
    figure.update_layout(margin_t=40)
    return figure


def growth_chart(rows: Mapping[str, Sequence[int]]) -> go.Figure:
    """Weights of every layer of a dense stack and of a plain one."""
    figure = go.Figure()
    for name, color in (("plain", "#d55e00"), ("dense", "#0072b2")):
        weights = list(rows[name])
        label = f"{name}: {short_number(sum(weights))} weights in all"
        line = {"color": color, "width": 3}
        figure.add_scatter(x=list(range(1, len(weights) + 1)), y=weights, name=label, mode="lines+markers", line=line)
    figure.update_layout(**layout(height=330), xaxis_title="layer", yaxis={"type": "log", "title": "weights", "dtick": 1})
    return figure


def space_charts(recovery: Recovery, colors: list[str], scale: float) -> tuple[go.Figure, go.Figure]:
    """A layer of three channels: the plane as a sheet in space with the points on it, before and after the activation."""
    places = np.linspace(-1.0, 1.0, _SHEET)
    sheet = np.stack(np.meshgrid(places, places), axis=-1) @ recovery.matrix.T * scale  # (side, side, 3)
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
        text = ["", f"channel {k + 1}"]
        line = {"color": "gray", "width": 3}
        figure.add_scatter3d(x=x, y=y, z=z, mode="lines+text", line=line, text=text, textfont=FONT, hoverinfo="skip")
    hidden = {"visible": False, "range": [-1.15 * reach, 1.15 * reach]}
    view = {"eye": {"x": 1.0, "y": 1.0, "z": 0.6}, "projection": {"type": "orthographic"}}
    scene = {
        "xaxis": hidden,
        "yaxis": hidden,
        "zaxis": hidden,
        "aspectmode": "manual",
        "aspectratio": dict.fromkeys("xyz", 2.0),
        "camera": view,
    }
    figure.update_layout(scene=scene, showlegend=False, **layout(height=420))
    return figure


def layout(height: int) -> dict[str, Any]:
    """Size, font and margins of every chart."""
    return {
        "height": height,
        "font": FONT,
        "xaxis_tickfont": FONT,  # which the theme would set smaller
        "yaxis_tickfont": FONT,
        "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
        "legend": {"font": FONT, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
