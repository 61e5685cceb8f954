"""Plotly chart of the page Where it is lost: what the size of a point costs."""

from __future__ import annotations

import numpy as np

from manifold import ACTIVATIONS
from manifold.plots import activation_look
from manifold.text import named, say
from manifold.theory import collapsed_fraction, relu6_active_probability
from manifold.ui.charts import Chart, chart, line_at, titled


def scale_chart(width: int, scale: float) -> Chart:
    """Expected share of points lost against their size, ReLU and ReLU6, for a Gaussian T with `width` rows."""
    radii = np.geomspace(0.5, 30.0, 60)
    traces = []
    for name in ("relu", "relu6"):
        active = [relu6_active_probability(radius) if name == "relu6" else 0.5 for radius in radii]
        lost = [collapsed_fraction(width, 2, active=p) for p in active]
        line = {"color": activation_look(name).color, "width": 3}
        look = {"type": "scatter", "mode": "lines", "line": line, "name": named(ACTIVATIONS, name)}
        traces.append({**look, "x": radii, "y": lost})
    ticks = [0.5, 1, 2, 5, 10, 20, 30]
    sizes = titled(say("where.axis.size"), type="log", tickvals=ticks, ticktext=[f"{t:g}" for t in ticks])
    shares = titled(say("where.axis.lost", width=width), range=[0, 1.02], tickformat=".0%")
    return chart(traces, 330, xaxis=sizes, yaxis=shares, shapes=line_at(scale))
