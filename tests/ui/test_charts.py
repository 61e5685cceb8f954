"""Charts: what was shown before is sent again as it was, and no other chart in its place."""

import json

from streamlit.testing.v1 import AppTest


def page():
    import numpy as np
    import streamlit as st

    from manifold.ui.charts import chart, show_chart

    top = st.number_input("top", value=1.0)
    show_chart(chart([{"type": "scatter", "y": np.array([0.0, top])}], 300), key="chart")


def heights(app):
    (spec,) = (json.loads(shown.proto.spec) for shown in app.get("plotly_chart"))
    return spec["data"][0]["y"]


def test_a_chart_is_drawn_once_and_shown_whenever_it_is_asked_for(monkeypatch):
    app = AppTest.from_function(page).run()
    first = heights(app)
    other = heights(app.number_input[0].set_value(2.0).run())
    assert other != first
    import plotly.tools

    monkeypatch.setattr(plotly.tools, "return_figure_from_figure_or_data", None)  # which checks a chart part by part
    assert heights(app.number_input[0].set_value(1.0).run()) == first
    assert not app.exception
