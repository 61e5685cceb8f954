"""Plotly charts of the page Blocks: what every kind of block costs, and weights of dense and of plain layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from manifold.nets import Cost
from manifold.plots import COSTS, short_number
from manifold.text import say
from manifold.ui.charts import FONT, layout

_CHOSEN, _OTHER = "#0072b2", "#9db8cc"
_LINES = {"plain": "#d55e00", "dense": "#0072b2"}


def cost_chart(costs: Mapping[str, Cost], *, chosen: str) -> go.Figure:
    """Bars for every kind of cost, a line for each block; the chosen one is set off."""
    titles = [say(f"cost.{kind}") for kind in COSTS]
    figure = make_subplots(1, len(titles), shared_yaxes=True, horizontal_spacing=0.03, subplot_titles=titles)
    colors = [_CHOSEN if title == chosen else _OTHER for title in costs]
    look = {"orientation": "h", "textposition": "outside", "hoverinfo": "skip", "cliponaxis": False}
    for column, kind in enumerate(COSTS, 1):
        values = [getattr(cost, kind) for cost in costs.values()]
        text = [short_number(value) for value in values]
        figure.add_bar(x=values, y=list(costs), text=text, marker_color=colors, row=1, col=column, **look)
        figure.update_xaxes(visible=False, range=[0.0, 1.3 * max(values)], row=1, col=column)
    figure.update_yaxes(autorange="reversed", tickfont=FONT)
    figure.update_layout(**layout(height=36 * len(costs) + 60), showlegend=False, bargap=0.25)
    figure.update_layout(margin_t=40)
    return figure


def growth_chart(rows: Mapping[str, Sequence[int]]) -> go.Figure:
    """Weights of every layer of a dense stack and of a plain one."""
    figure = go.Figure()
    for name, color in _LINES.items():
        weights = list(rows[name])
        label = say(f"blocks.line.{name}", weights=short_number(sum(weights)))
        line = {"color": color, "width": 3}
        figure.add_scatter(x=list(range(1, len(weights) + 1)), y=weights, name=label, mode="lines+markers", line=line)
    axis = {"type": "log", "title": say("blocks.axis.weights"), "dtick": 1}
    figure.update_layout(**layout(height=330), xaxis_title=say("blocks.axis.layer"), yaxis=axis)
    return figure
