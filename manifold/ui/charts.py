"""What all Plotly charts of the app share: size, font, margins, and how they are shown."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import streamlit as st

FONT = {"size": 15}
"""Of every chart: readable when projected."""


def dark() -> bool:
    """Whether the page is dark."""
    return bool(st.context.theme.type == "dark")


def show_chart(figure: go.Figure, *, key: str) -> None:
    """Show a chart without the buttons that distract on a projector."""
    st.plotly_chart(figure, key=key, config={"displaylogo": False, "displayModeBar": False})


def layout(height: int) -> dict[str, Any]:
    """Size, font and margins of every chart."""
    return {
        "height": height,
        "font": FONT,
        "xaxis_tickfont": FONT,  # which the theme would set smaller
        "yaxis_tickfont": FONT,
        "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
        "legend": {"font": FONT, "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
