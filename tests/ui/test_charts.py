"""Plotly charts: what was shown before is sent as it was; a text for who does not see them, and letters that stand out."""

import json

import numpy as np
import pytest
from coloraide import Color
from streamlit.testing.v1 import AppTest

from manifold.ui.charts import QUIET, QUIET_ON_DARK, chart, tell_chart, titled


def page():
    import numpy as np
    import streamlit as st

    from manifold.text import LANGUAGE
    from manifold.ui.charts import chart, show_chart

    top = st.number_input("top", value=1.0)
    LANGUAGE.set("ko" if st.toggle("ko") else "en")
    line = {"type": "scatter", "x": [1, 2], "y": np.array([0.0, top]), "name": "gain"}
    show_chart(chart([line], 300, xaxis={"title": {"text": "width"}}), key="chart")


def heights(app):
    (spec,) = (json.loads(shown.proto.spec) for shown in app.get("plotly_chart"))
    return spec["data"][0]["y"]


def test_a_chart_is_drawn_once_and_shown_whenever_it_is_asked_for(monkeypatch):
    app = AppTest.from_function(page, default_timeout=60).run()
    first = heights(app)
    other = heights(app.number_input[0].set_value(2.0).run())
    assert other != first
    import plotly.tools

    monkeypatch.setattr(plotly.tools, "return_figure_from_figure_or_data", None)  # which checks a chart part by part
    assert heights(app.number_input[0].set_value(1.0).run()) == first
    assert not app.exception


def test_who_does_not_see_a_chart_hears_it_in_the_language_of_the_page():
    def told(app):
        return app.get("plotly_chart")[0].proto.alt

    app = AppTest.from_function(page, default_timeout=60).run()
    said = told(app)
    assert said == "A chart against width. gain: 0 at 1, 1 at 2, between 0 and 1."
    assert "에 따른 그래프" in told(app.toggle[0].set_value(True).run())
    assert told(app.toggle[0].set_value(False).run()) == said
    assert "-2 at 2" in told(app.number_input[0].set_value(-2.0).run()).replace("\N{MINUS SIGN}", "-")


def line(name, y, **look):
    return {"type": "scatter", "x": [2, 3, 5], "y": y, "name": name, **look}


def band(name, high, low):
    return [line(name, high, showlegend=False), line(name, low, fill="tonexty")]


def test_lines_are_told_by_their_ends_and_extremes_and_a_band_by_its_edges():
    bands = [*band("8 of 10", [0.9, 0.8, 0.1], [0.5, 0.2, 0.0]), *band("9", [np.nan, 0.8, 0.4], [np.nan, 0.2, 0.1])]
    traces = [
        *bands,
        *band("10", [np.nan] * 3, [0.1] * 3),
        line("mean", np.array([0.7, np.nan, 0.05])),
        line("none", [np.nan] * 3),
    ]
    up = titled("lost<br>of 2<sup>k</sup> &lt; 9", tickformat=".0%")
    told = tell_chart(chart(traces, 200, xaxis=titled("channels n"), yaxis=up))
    assert told == (
        "A chart of lost of 2k < 9 against channels n. 8 of 10: 50% to 90% at 2, 0% to 10% at 5. "
        "9: 20% to 80% at 3, 10% to 40% at 5. 10: no value. "
        "mean: 70% at 2, 5% at 5, between 5% and 70%. none: no value."
    )


def test_numbers_that_are_no_shares_are_told_with_three_digits_and_places_by_their_names():
    told = tell_chart(chart([line("loss", [-1234.5, 0.25, 1 / 3], text=["a", "b", "c"])], 200, xaxis=titled("place")))
    assert told == "A chart against place. loss: −1.23 k at a, 0.333 at c, between −1.23 k and 0.333."


def test_a_picture_without_axes_tells_its_parts_and_counts_its_points():
    points = {"type": "scatter3d", "x": [0, 1], "y": [0, 1], "z": [0, 1], "mode": "markers", "name": "points"}
    assert tell_chart(chart([points, {**points, "mode": "lines", "name": "way"}], 200)) == (
        "A picture without axes: points (2), way."
    )


def test_bars_are_told_by_their_titles_and_a_map_by_the_range_of_its_colours():
    bars = {"type": "bar", "x": [1200.0, 300.0], "y": ["plain", "dense"], "text": ["1.2 k", "300"]}
    shown = chart([bars, {**bars, "text": ["7", "9"]}], 200, annotations=[{"text": "Weights"}, {"text": "MACs"}])
    assert tell_chart(shown) == "Weights: plain 1.2 k, dense 300. MACs: plain 7, dense 9."
    colors = {"type": "heatmap", "z": [[0.25, None], [-3.0, 40.0]], "colorbar": {"title": {"text": "mean |weight|"}}}
    told = tell_chart(chart([colors], 200, xaxis=titled("layer"), yaxis=titled("source")))
    assert told == "mean |weight| by colour, source against layer: from −3 to 40."


@pytest.mark.parametrize(("ink", "paper"), [(QUIET, "#ffffff"), (QUIET_ON_DARK, "#171614"), ("#ffffff", "#0b6aa8")])
def test_small_letters_have_a_contrast_of_4_5(ink, paper):
    assert Color(ink).contrast(paper) >= 4.5
