"""Plotly charts of the page Blocks: what every kind of block costs, and weights of dense and of plain layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from manifold.nets import Cost
from manifold.plots import COSTS, short_number
from manifold.text import say
from manifold.ui.charts import FONT, Chart, chart, titled

_CHOSEN, _OTHER = "#0072b2", "#9db8cc"
_GAP = 0.03
"""Between two kinds of cost, as a share of the chart's width."""

_TITLE = {"xref": "paper", "yref": "paper", "xanchor": "center", "yanchor": "bottom", "showarrow": False, "font": {"size": 16}}
_LINES = {"plain": "#d55e00", "dense": "#0072b2"}


def cost_chart(costs: Mapping[str, Cost], *, chosen: str) -> Chart:
    """Bars for every kind of cost, a line for each block; the chosen one is set off."""
    colors = [_CHOSEN if title == chosen else _OTHER for title in costs]
    look: Chart = {"type": "bar", "orientation": "h", "textposition": "outside", "hoverinfo": "skip", "cliponaxis": False}
    traces, axes, titles = [], {}, []
    width = (1.0 - _GAP * (len(COSTS) - 1)) / len(COSTS)
    for number, kind in enumerate(COSTS):
        values, axis = [getattr(cost, kind) for cost in costs.values()], f"x{number + 1 if number else ''}"
        text = [short_number(value) for value in values]
        traces.append({"x": values, "y": list(costs), "text": text, "marker": {"color": colors}, "xaxis": axis, **look})
        start = number * (width + _GAP)
        domain = {"domain": [start, start + width], "visible": False, "range": [0.0, 1.3 * max(values)]}
        axes[axis.replace("x", "xaxis")] = domain
        titles.append({"text": say(f"cost.{kind}"), "x": start + width / 2.0, "y": 1.0, **_TITLE})
    rows = {"autorange": "reversed", "tickfont": FONT}
    look = {"showlegend": False, "bargap": 0.25, "margin": {"l": 10, "r": 10, "t": 40, "b": 10}}
    return chart(traces, 36 * len(costs) + 60, yaxis=rows, annotations=titles, **axes, **look)


def growth_chart(rows: Mapping[str, Sequence[int]]) -> Chart:
    """Weights of every layer of a dense stack and of a plain one."""
    traces = []
    for name, color in _LINES.items():
        weights = list(rows[name])
        label = say(f"blocks.line.{name}", weights=short_number(sum(weights)))
        line = {"color": color, "width": 3}
        look = {"type": "scatter", "mode": "lines+markers", "line": line, "name": label}
        traces.append({"x": list(range(1, len(weights) + 1)), "y": weights, **look})
    axis = titled(say("blocks.axis.weights"), type="log", dtick=1)
    return chart(traces, 330, xaxis=titled(say("blocks.axis.layer")), yaxis=axis)
