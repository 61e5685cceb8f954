"""Plotly chart of the page Lifting: how many random units separate the classes."""

from __future__ import annotations

import numpy as np

from manifold.checks import Floats
from manifold.plots import shape_look
from manifold.text import say
from manifold.ui.charts import SYMBOLS, Chart, chart, faint, line_at, titled
from manifold.ui.pages.lifting.views import UNITS


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
