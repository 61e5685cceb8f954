"""Plotly charts of the page Blocks: what every kind of block costs, and what it keeps at equal MACs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from manifold.nets import Cost
from manifold.plots import BAR, COSTS, short_number
from manifold.text import percent, say
from manifold.ui.charts import Chart, chart, dark
from manifold.ui.pages.blocks.views import Matched

_COLORS = {"light": (BAR, "#9db8cc"), "dark": ("#7fb2d9", "#34516a")}
"""Of the chosen block, which stands out from the ground, and of the others."""

_GAP = 0.03
"""Between two kinds of cost, as a share of the chart's width."""

_TITLE = {"xref": "paper", "yref": "paper", "xanchor": "center", "yanchor": "bottom", "showarrow": False, "font": {"size": 16}}


def cost_chart(costs: Mapping[str, Cost], *, chosen: str) -> Chart:
    """Bars for every kind of cost, a line for each block; the chosen one is set off."""
    columns = {say(f"cost.{kind}"): [getattr(cost, kind) for cost in costs.values()] for kind in COSTS}
    return _bars(list(costs), columns, short_number, chosen=list(costs).index(chosen))


def matched_chart(blocks: Mapping[str, Matched], *, chosen: str) -> Chart:
    """Shares of the spiral lost at the last activation and at the output, a line for each block; the chosen one is set off."""
    names = [_matched_name(title, block) for title, block in blocks.items()]
    places = ("inside", "output")
    columns = {say(f"blocks.matched.{place}"): [getattr(block, place) for block in blocks.values()] for place in places}
    return _bars(names, columns, percent, chosen=list(blocks).index(chosen), most=1.0)


def _bars(
    names: Sequence[str],
    columns: Mapping[str, Sequence[float]],
    write: Callable[[Any], str],
    *,
    chosen: int,
    most: float | None = None,
) -> Chart:
    """Bars in titled columns, a line for each name; the longest bar of a column is `most`, or its own greatest value."""
    look = {"type": "bar", "orientation": "h", "textposition": "outside", "hoverinfo": "skip", "cliponaxis": False}
    strong, faint = _COLORS["dark" if dark() else "light"]
    colors = [strong if line == chosen else faint for line in range(len(names))]
    traces, axes, titles = [], {}, []
    width = (1.0 - _GAP * (len(columns) - 1)) / len(columns)
    for number, (title, values) in enumerate(columns.items()):
        axis, start = f"x{number + 1 if number else ''}", number * (width + _GAP)
        bars = {"x": values, "y": names, "text": list(map(write, values)), "marker": {"color": colors}, "xaxis": axis}
        traces.append({**look, **bars})
        domain = [start, min(1.0, start + width)]
        axes[axis.replace("x", "xaxis")] = {"domain": domain, "visible": False, "range": [0.0, 1.3 * (most or max(values))]}
        titles.append({"text": title, "x": start + width / 2.0, "y": 1.0, **_TITLE})
    layout = {"showlegend": False, "bargap": 0.25, "margin": {"l": 10, "r": 10, "t": 40, "b": 10}}
    lines = {"autorange": "reversed"}
    return chart(traces, 36 * len(names) + 60, yaxis=lines, annotations=titles, **axes, **layout)


def _matched_name(title: str, block: Matched) -> str:
    macs = short_number(block.macs)
    if block.inner:
        return say("blocks.matched.name", title=title, inner=block.inner, macs=macs)
    return say("blocks.matched.fixed", title=title, macs=macs)
