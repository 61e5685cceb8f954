"""Words beside curves: none on another, each as near to its curve as that allows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from manifold.plots import apart, label_ends, tick_measured

PLACES = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=9)


@given(PLACES)
def test_places_come_apart_in_their_order_and_stay_inside(places):
    moved = apart(np.array(places), 0.1)
    order = np.argsort(places, kind="stable")
    assert (np.diff(moved[order]) >= 0.1 - 1e-12).all()
    assert moved.min() >= -1e-12
    assert moved.max() <= 1.0 + 1e-12


@given(PLACES.filter(lambda places: min(np.diff(sorted(places)), default=1.0) >= 0.1))
def test_places_that_are_apart_stay(places):
    np.testing.assert_allclose(apart(np.array(places), 0.1), places, atol=1e-12)


def test_alike_places_move_as_far_to_either_side():
    np.testing.assert_allclose(apart(np.array([0.5, 0.5, 0.5]), 0.1), [0.4, 0.5, 0.6])


@pytest.mark.parametrize("height", [1.5, 6.0])
def test_words_lie_apart_beside_their_curves_whatever_the_layout_makes_of_the_axes(height):
    """Limits, scale and layout are made after the words, as an axis with a title and its neighbours has them."""
    figure = Figure(figsize=(4.0, height), layout="constrained")
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    label_ends(ax, [(1.0, "one", "#000000"), (1.01, "two", "#000000"), (100.0, "three", "#000000")])
    ax.set(yscale="log", ylim=(0.1, 1000.0), title="title\nof two lines", xlabel="axis")
    figure.canvas.draw()
    one, two, three = (text.get_window_extent() for text in ax.texts)
    assert one.y1 < two.y0
    assert two.y1 < three.y0
    assert min(box.x0 for box in (one, two, three)) > ax.bbox.x1
    assert (three.y0 + three.y1) / 2 == pytest.approx(ax.transData.transform((0.0, 100.0))[1], abs=3.0)
    assert three.x1 < figure.bbox.x1


def test_ticks_stand_where_something_was_measured_but_not_too_close():
    ax = Figure().subplots()
    tick_measured(ax, [2, 3, 4, 5, 8, 30])
    assert [text.get_text() for text in ax.get_xticklabels()] == ["2", "3", "5", "8", "30"]
    tick_measured(ax, [0.5, 0.75, 1.0], ["1/2", "3/4", "1"], ratio=1.4)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["1/2", "3/4"]
