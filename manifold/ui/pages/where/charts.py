"""Plotly chart of the page Where it is lost: what the size of a point costs."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from manifold import ACTIVATIONS
from manifold.text import named, say
from manifold.theory import collapsed_fraction, relu6_active_probability
from manifold.ui.charts import layout


def scale_chart(width: int, scale: float) -> go.Figure:
    """Expected share of points lost against their size, ReLU and ReLU6, for a Gaussian T with `width` rows."""
    radii = np.geomspace(0.5, 30.0, 60)
    figure = go.Figure()
    for name in ("relu", "relu6"):
        active = [relu6_active_probability(radius) if name == "relu6" else 0.5 for radius in radii]
        lost = [collapsed_fraction(width, 2, active=p) for p in active]
        line = {"color": ACTIVATIONS[name].color, "width": 3}
        figure.add_scatter(x=radii, y=lost, name=named(ACTIVATIONS, name), mode="lines", line=line)
    figure.add_vline(scale, line={"color": "gray", "width": 1.5, "dash": "dot"})
    ticks = [0.5, 1, 2, 5, 10, 20, 30]
    sizes = {"type": "log", "title": say("where.axis.size"), "tickvals": ticks, "ticktext": [f"{t:g}" for t in ticks]}
    shares = {"range": [0, 1.02], "tickformat": ".0%", "title": say("where.axis.lost", width=width)}
    figure.update_layout(**layout(height=330), xaxis=sizes, yaxis=shares)
    return figure
