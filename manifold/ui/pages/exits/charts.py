"""Plotly charts of the page Dense and early exits: who reads whom, weights of the layers, and how much a trained one reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from manifold.checks import Floats
from manifold.plots import stack_look
from manifold.text import say
from manifold.ui.charts import FONT, Chart, chart, quiet_font, titled
from manifold.ui.dense_stacks import Stacks

_ARC = np.linspace(0.0, np.pi, 25)


def connections_chart(stacks: Stacks) -> Chart:
    """Layers on a line: above it whom each reads in a dense stack, below it in a plain one; the last layer's ways stand out."""
    layers, last = stacks.layers, stacks.layers
    every = [(source, reader) for reader in range(1, last) for source in range(reader)]
    dense, plain = stack_look("dense").color, stack_look("plain").color
    traces = [
        _arcs(every, 1.0, color=dense, width=1, opacity=0.55, name=say("exits.reads.dense", ways=layers * (layers + 1) // 2)),
        _arcs([(source, last) for source in range(last)], 1.0, color=dense, width=2.5, name=say("exits.reads.last")),
        _arcs([(k, k + 1) for k in range(last)], -1.0, color=plain, width=2.5, name=say("exits.reads.plain", ways=layers)),
    ]
    ticks = sorted({0, last, *range(0, last + 1, max(1, last // 6))} - ({last - 1} if last > 6 else set()))
    names = [say("exits.stem") if tick == 0 else str(tick) for tick in ticks]
    marker = {"size": 9 if layers <= 24 else 6, "color": "gray", "symbol": "square"}
    spots = {"type": "scatter", "mode": "markers", "x": list(range(last + 1)), "y": [0.0] * (last + 1), "marker": marker}
    traces.append({**spots, "hoverinfo": "skip", "showlegend": False})
    axis = titled(say("stacks.axis.layer"), tickvals=ticks, ticktext=names, showgrid=False, zeroline=False)
    hidden = {"visible": False, "range": [-0.12 * last, 0.56 * last]}
    return chart(
        traces, 290, xaxis=axis, yaxis=hidden, legend={"font": FONT, "orientation": "h", "y": 1.02, "yanchor": "bottom"}
    )


def _arcs(ways: Iterable[tuple[int, int]], side: float, *, color: str, width: float, name: str, opacity: float = 1.0) -> Chart:
    """Half circles from source to reader, parted by gaps."""
    places = [np.empty((0, 2))]
    for source, reader in ways:
        radius = (reader - source) / 2.0
        x, y = source + radius * (1.0 - np.cos(_ARC)), side * radius * np.sin(_ARC)
        places.append(np.vstack([np.column_stack([x, y]), [[np.nan, np.nan]]]))
    x, y = np.concatenate(places).astype(np.float32).T
    line = {"color": color, "width": width}
    look: dict[str, Any] = {"type": "scatter", "mode": "lines", "line": line, "opacity": opacity, "hoverinfo": "skip"}
    return {**look, "x": x, "y": y, "name": name}


def map_chart(read: Floats) -> Chart:
    """Mean |weight| (readers, sources): a column for each reader, a row for each source."""
    last = len(read) - 1
    readers = [*map(str, range(1, last + 1)), say("exits.end")]
    sources = [say("exits.stem"), *map(str, range(1, last + 1))]
    bar = {"title": {"text": say("exits.axis.mean-weight"), "side": "right"}, "tickfont": quiet_font()}
    look = {
        "type": "heatmap",
        "colorscale": "Viridis",
        "zmin": 0.0,
        "zmax": float(np.nanmax(read)),
        "colorbar": bar,
        "xgap": 1,
        "ygap": 1,
    }
    hover = say("exits.hover", reader="%{x}", source="%{y}", weight="%{z:.3f}") + "<extra></extra>"
    trace = {**look, "x": readers, "y": sources, "hovertemplate": hover}
    trace["z"] = [[None if np.isnan(value) else value for value in row] for row in read.T.tolist()]
    plain = {"type": "category", "showgrid": False}
    rows = titled(say("exits.axis.source"), autorange="reversed", **plain)
    return chart([trace], 420, xaxis=titled(say("exits.axis.reader"), **plain), yaxis=rows)
