"""Plotly charts of the page Train it: how much both arms get right as they learn."""

from __future__ import annotations

from collections.abc import Sequence

from manifold.plots import Look
from manifold.text import percent, say
from manifold.ui.charts import SYMBOLS, Chart, chart, titled
from manifold.ui.pages.train.views import Seen


def accuracy_chart(seen: Seen, titles: Sequence[str], looks: Sequence[Look], *, last: int) -> Chart:
    """Share of the test pictures that is right against the steps, of `last`, and what guessing gets."""
    traces: list[Chart] = []
    for arm, title, look in zip(seen, titles, looks, strict=True):
        line = {"color": look.color, "width": 3}
        marker = {"symbol": SYMBOLS[look.marker], "size": 7, "color": look.color}
        drawn = {"type": "scatter", "mode": "lines+markers", "line": line, "marker": marker, "name": title}
        traces.append({**drawn, "x": arm.steps, "y": arm.accuracy})
    guess = seen[0].guess
    shapes = [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": guess, "y1": guess, "line": _GUESS}]
    note = {"xref": "paper", "x": 1, "y": guess, "xanchor": "right", "yanchor": "bottom", "showarrow": False}
    told = [{**note, "text": say("train.guessing", share=percent(guess))}]
    steps = titled(say("train.axis.steps"), range=[-0.02 * last, 1.02 * last])
    shares = titled(say("train.axis.right"), range=[0.0, 1.03], tickformat=".0%")
    return chart(traces, _HEIGHT, xaxis=steps, yaxis=shares, shapes=shapes, annotations=told)


_GUESS = {"color": "gray", "width": 1.5, "dash": "dot"}
_HEIGHT = 270
