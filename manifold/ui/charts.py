"""What all Plotly charts of the app share: size, font, axes, marks, and how they are shown.

A chart is a plain dictionary of "data" and "layout", as Plotly's JSON has them: to build its objects takes most of a run.
"""

from __future__ import annotations

import html
import pickle
from collections.abc import Sequence
from typing import Any

import streamlit as st

from manifold.text import say

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


def dark() -> bool:
    """Whether the page is dark."""
    return bool(st.context.theme.type == "dark")


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs={dict: pickle.dumps})
def show_chart(chart: Chart, *, key: str) -> None:
    """Show a chart without the buttons that distract on a projector; one that was shown before is sent as it was."""
    st.plotly_chart(chart, key=key, config={"displaylogo": False, "displayModeBar": False})


def say_outside(chart: Chart) -> None:
    """Below a chart against the width: which of its lines leave the frame at the top, and at how many widths."""
    axis = chart["layout"]["yaxis"]
    top = 10.0 ** axis["range"][1] if axis.get("type") == "log" else axis["range"][1]
    for trace in chart["data"]:
        if count := int((trace["y"] > top).sum()):
            st.caption(say("chart.outside", line=trace["name"], count=count, total=len(trace["y"])))


def chart(traces: Sequence[Chart], height: int, **layout: Any) -> Chart:
    """A chart of traces; `layout` goes on top of the size, font and margins that all have."""
    axes = {name: {"tickfont": FONT, **layout.pop(name, {})} for name in ("xaxis", "yaxis")}  # the theme would set it smaller
    look = {
        "height": height,
        "font": FONT,
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
