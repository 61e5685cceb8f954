"""The figure of a trace: its lines are the columns of the table, and its marks say where views stand."""

import numpy as np
import pytest
from pandas import DataFrame

from manifold.nets import Trace
from manifold.plots import figure_bytes, figure_trace, place_title
from manifold.text import say

KINDS = ["input", "before", "after", "block", "output"]


@pytest.fixture
def trace(rng):
    scores = {name: rng.random(5) for name in ("knn_r2", "ridge_r2", "trustworthiness")}
    places = ["input", "features.1.relu, before", "features.1.relu, after", "features.1", "output"]
    table = DataFrame({"place": places, "kind": KINDS, "two_nn": 1.0 + rng.random(5), **scores})
    return Trace(table, rng.random((20, 2)), ("a", "b"), {})


def test_each_panel_is_a_score_with_hollow_marks_before_activations(trace):
    axes = figure_trace({"one": trace, "two": trace}).axes
    assert len(axes) == 3
    for ax, score in zip(axes, ("knn_r2", "ridge_r2", "two_nn"), strict=True):
        np.testing.assert_array_equal(ax.lines[0].get_ydata(), trace.table[score])
        marked = [line for line in ax.lines if line.get_linestyle() == "None"][:3]
        for line, kind in zip(marked, ("before", "after", "block"), strict=True):
            np.testing.assert_array_equal(line.get_ydata(), trace.table[score][trace.table["kind"] == kind])
        assert marked[0].get_markerfacecolor() != marked[1].get_markerfacecolor()
        low, high = ax.get_ylim()
        assert low < trace.table[score].min() < trace.table[score].max() < high


def test_only_marks_that_stand_on_the_figure_are_explained(trace):
    blocks = Trace(trace.table[trace.table["kind"].isin(["input", "block"])], trace.chart, trace.coordinates, {})
    told = [text.get_text() for text in figure_trace(blocks).legends[0].get_texts()]
    assert told == [say("networks.side.block")]
    assert len(figure_bytes(figure_trace(trace), "svg")) > 1000


def test_places_are_called_by_their_numbers_or_names():
    expected = [say("networks.input"), say("networks.block", number="16"), "denseblock1", say("networks.output")]
    assert [place_title(place) for place in ("input", "features.16", "features.denseblock1", "output")] == expected
