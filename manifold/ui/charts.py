"""What all Plotly charts of the app share: size, font, axes, marks, and how they are shown.

A chart is a plain dictionary of "data" and "layout", as Plotly's JSON has them: to build its objects takes most of a run.
"""

from __future__ import annotations

import html
import math
import pickle
import re
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from manifold.plots import short_number
from manifold.text import LANGUAGE, percent, say

Chart = dict[str, Any]

FONT = {"size": 15}
"""Of every chart: readable when projected."""


SYMBOLS = {
    "o": "circle",
    "s": "square",
    "D": "diamond",
    "P": "cross",
    "X": "x",
    "x": "x",
    "p": "pentagon",
    "*": "star",
    "^": "triangle-up",
    "v": "triangle-down",
    "<": "triangle-left",
    ">": "triangle-right",
    "h": "hexagon",
}
"""Plotly's names of Matplotlib's marks."""


LEGEND = {"font": FONT, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
"""In a line above the chart."""


QUIET, QUIET_ON_DARK = "#5b6070", "#d5d9e0"
"""Colour of what stands at axes: the theme's own grey is too faint to read on white."""


def dark() -> bool:
    """Whether the page is dark."""
    return bool(st.context.theme.type == "dark")


def quiet_font() -> dict[str, Any]:
    """Of what stands at axes and scales of colours."""
    return {**FONT, "color": QUIET_ON_DARK if dark() else QUIET}


def _said(chart: Chart) -> tuple[str, bytes]:
    """What a chart is known by, and the language in which it is told."""
    return LANGUAGE.get(), pickle.dumps(chart)


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs={dict: _said})
def show_chart(chart: Chart, *, key: str) -> None:
    """Show a chart without the buttons that distract on a projector; who does not see it hears its numbers.

    One that was shown before is sent as it was.
    """
    config = {"displaylogo": False, "displayModeBar": False}
    st.plotly_chart(chart, key=key, config=config, alt=tell_chart(chart))


def say_outside(chart: Chart) -> None:
    """Below a chart against the width: which of its lines leave the frame at the top, and at how many widths."""
    axis = chart["layout"]["yaxis"]
    top = 10.0 ** axis["range"][1] if axis.get("type") == "log" else axis["range"][1]
    for trace in chart["data"]:
        if count := int((trace["y"] > top).sum()):
            st.caption(say("chart.outside", line=trace["name"], count=count, total=len(trace["y"])))


def chart(traces: Sequence[Chart], height: int, **layout: Any) -> Chart:
    """A chart of traces; `layout` goes on top of the size, font and margins that all have."""
    font = quiet_font()  # the theme would set it smaller
    axes = {name: {"tickfont": font, **layout.pop(name, {})} for name in ("xaxis", "yaxis")}
    for axis in axes.values():
        if "title" in axis:
            axis["title"] = {"font": font, **axis["title"]}
    look = {
        "height": height,
        "font": font,
        "margin": {"l": 10, "r": 10, "t": 0, "b": 0},
        "legend": LEGEND,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
    return {"data": list(traces), "layout": {**look, **axes, **layout}}


def plain(text: str) -> str:
    """Text from outside as Plotly shows it as it is: neither tags, nor entities, nor formulas."""
    return html.escape(text, quote=False).replace("$", "&#36;")


def faint(color: str, opacity: float) -> str:
    """A colour #rrggbb that lets others through."""
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def titled(text: str, **axis: Any) -> Chart:
    """An axis with a title."""
    return {"title": {"text": text}, **axis}


def line_at(x: float, width: float = 1.5) -> list[Chart]:
    """Shapes: an upright dotted line at `x`."""
    line = {"color": "gray", "width": width, "dash": "dot"}
    return [{"type": "line", "xref": "x", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "y domain", "line": line}]


def tell_chart(chart: Chart) -> str:
    """A chart in words: what stands at its axes, and of each line its ends and its least and greatest value."""
    data = chart["data"]
    named = [(trace, edge) for edge, trace in zip([None, *data], data, strict=False) if trace.get("name")]
    axes = [chart["layout"].get(name, {}) for name in ("xaxis", "yaxis")]
    across, up = (axis.get("title", {}).get("text", "") for axis in axes)
    if bars := [trace for trace in data if trace["type"] == "bar"]:
        titles = [note["text"] for note in chart["layout"]["annotations"]]
        told = [say("chart.told.bars", title=title, bars=_pairs(bar)) for title, bar in zip(titles, bars, strict=True)]
    elif data[0]["type"] == "heatmap":
        told = [_tell_map(data[0], across, up)]
    elif not across or axes[1].get("visible") is False:
        told = [say("chart.told.picture", names=", ".join(_counted(trace) for trace, _ in named))]
    else:
        told = [say("chart.told.axes", across=across, up=up) if up else say("chart.told.axis", across=across)]
        write = percent if str(axes[1].get("tickformat", "")).endswith("%") else _short
        shown = [pair for pair in named if pair[0].get("showlegend", True)]
        told += [_tell_band(*pair, write) if "fill" in pair[0] else _tell_line(pair[0], write) for pair in shown]
    return html.unescape(re.sub(r"<[^>]+>", "", " ".join(told).replace("<br>", " ")))


def _tell_line(trace: Chart, write: Callable[[float], str]) -> str:
    """Its ends, and its least and greatest value."""
    places = trace.get("text") or trace["x"]
    spots = [(place, float(value)) for place, value in zip(places, trace["y"], strict=True) if math.isfinite(value)]
    if not spots:
        return say("chart.told.empty", line=trace["name"])
    values = [value for _, value in spots]
    numbers = {"first": values[0], "last": values[-1], "least": min(values), "most": max(values)}
    start, end = (place if isinstance(place, str) else _short(place) for place in (spots[0][0], spots[-1][0]))
    return say("chart.told.line", line=trace["name"], start=start, end=end, **{k: write(v) for k, v in numbers.items()})


def _tell_band(low: Chart, high: Chart, write: Callable[[float], str]) -> str:
    """Where it lies at its ends; `high` is its upper edge."""
    spots = [spot for spot in zip(low["x"], low["y"], high["y"], strict=True) if all(map(math.isfinite, spot))]
    if not spots:
        return say("chart.told.empty", line=low["name"])
    slots = {"start": _short(spots[0][0]), "end": _short(spots[-1][0])}
    for end, spot in (("first", spots[0]), ("last", spots[-1])):
        slots |= {f"{end}_low": write(spot[1]), f"{end}_high": write(spot[2])}
    return say("chart.told.band", line=low["name"], **slots)


def _tell_map(trace: Chart, across: str, up: str) -> str:
    """Between which values its colours go."""
    values = [value for row in trace["z"] for value in row if value is not None]
    quantity = trace["colorbar"]["title"]["text"]
    return say("chart.told.map", quantity=quantity, across=across, up=up, least=_short(min(values)), most=_short(max(values)))


def _counted(trace: Chart) -> str:
    """Its name, and of points how many there are."""
    return (
        say("chart.told.points", name=trace["name"], count=len(trace["x"])) if trace.get("mode") == "markers" else trace["name"]
    )


def _pairs(bar: Chart) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(bar["y"], bar["text"], strict=True))


def _short(value: float) -> str:
    return ("\N{MINUS SIGN}" if value < 0.0 else "") + short_number(abs(float(value)))
