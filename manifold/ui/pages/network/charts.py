"""Plotly charts of the page Real network: scores against depth, and Figure 7 of MobileNetV2's paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from manifold.plots import ARM_COLORS, place_title
from manifold.text import say
from manifold.ui.charts import Chart, chart, faint, line_at, titled
from manifold.ui.pages.network.views import Channels

COLORS = {"trained": ARM_COLORS["trained"], "random": ARM_COLORS["normed"]}
_SYMBOLS = {"trained": "square", "random": "circle"}
_DASHES = {"trained": "solid", "random": "dash"}
_TICKS = (1, 2, 5, 10, 20, 50, 100, 200)


def place_names(places: Sequence[str]) -> list[str]:
    """Places as a slider says them."""
    return [place_title(place) for place in places]


def score_chart(tables: Mapping[str, Any], score: str, *, depth: int) -> Chart:
    """A score of every network against the place; the place that is shown is marked."""
    traces = []
    for arm, table in tables.items():
        look = {
            "line": {"color": COLORS[arm], "width": 3, "dash": _DASHES[arm]},
            "marker": {"symbol": _SYMBOLS[arm], "size": 7},
        }
        steps = list(range(len(table)))
        places = {"text": place_names(table["place"]), "hovertemplate": "%{text}: %{y:.2f}"}
        line = {"type": "scatter", "mode": "lines+markers", "name": say(f"real.arm.{arm}"), **look, **places}
        traces.append({"x": steps, "y": table[score].tolist(), **line})
    last = len(next(iter(tables.values()))) - 1
    ticks = [0, *range(4, last - 1, 4), last]
    names = [say("real.pixels"), *map(str, ticks[1:-1]), say("real.logits")]
    across = titled(say("real.axis.depth"), tickvals=ticks, ticktext=names)
    if score == "two_nn":
        up = titled(say("real.axis.two_nn"), type="log", tickvals=_TICKS, ticktext=list(map(str, _TICKS)))
    else:
        up = titled(say("real.axis.knn_r2"), range=[min(-0.1, *(min(trace["y"]) for trace in traces)) - 0.05, 1.05])
    return chart(traces, 300, xaxis=across, yaxis=up, shapes=line_at(depth))


def _marker(arm: str) -> Chart:
    return {"symbol": _SYMBOLS[arm], "size": 7}


def channel_chart(seen: Channels, arm: str) -> Chart:
    """Active channels at each activation: mean, least to most over positions, and what the batch norms foretell."""
    number, color = list(range(1, len(seen.sites) + 1)), COLORS[arm]
    band = {"type": "scatter", "x": number, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    look = {"type": "scatter", "x": number, "text": list(seen.sites), "hovertemplate": "%{text}: %{y:.2f}"}
    mean = {
        **look,
        "mode": "lines+markers",
        "line": {"color": color, "width": 3},
        "marker": {"symbol": _SYMBOLS[arm], "size": 7},
    }
    foretold = {**look, "mode": "markers", "marker": {"symbol": "x-thin", "size": 9, "line": {"width": 2, "color": "gray"}}}
    fill = {"fill": "tonexty", "fillcolor": faint(color, 0.2), "name": say("real.line.places")}
    traces = [
        {**band, "y": seen.most.tolist(), "showlegend": False},
        {**band, "y": seen.least.tolist(), **fill},
        {**mean, "y": seen.positive.tolist(), "name": say("real.line.positive")},
        {**foretold, "y": seen.expected.tolist(), "name": say("real.line.foretold")},
    ]
    sixth = {"type": "line", "xref": "x domain", "x0": 0, "x1": 1, "y0": 1 / 6, "y1": 1 / 6}
    sixth["line"] = {"color": "gray", "width": 1.5, "dash": "dash"}
    note = {"text": "1/6", "xref": "x domain", "x": 1, "xanchor": "right", "y": 1 / 6, "yanchor": "bottom", "showarrow": False}
    across = titled(say("real.axis.activation"), range=[0.4, len(seen.sites) + 0.6])
    axes = {"xaxis": across, "yaxis": titled(say("real.axis.positive"), range=[-0.03, 1.03])}
    return chart(traces, 360, **axes, shapes=[sixth], annotations=[note])
