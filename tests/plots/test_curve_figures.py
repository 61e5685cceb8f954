"""Curves against the width: what is drawn where."""

import numpy as np
import pytest
from matplotlib.text import Text

from manifold.plots import SMALLEST_ERROR, error_range, figure_curves
from manifold.sweeps.curves import WidthCurves

WIDTHS = np.array([2, 3, 4, 5])


@pytest.fixture
def curves():
    return WidthCurves(
        WIDTHS,
        median=np.array([0.5, 0.3, 0.1, 0.0]),
        low=np.array([0.2, 0.1, 0.0, 0.0]),
        high=np.array([30.0, 1.0, 0.5, 0.2]),
        mean=np.array([900.0, 0.6, 0.2, 0.01]),
        lost=np.array([0.75, 0.5, 0.3, 0.0]),
        margin=np.array([0.01, 0.01, 0.02, 0.0]),
        lost_low=np.array([0.74, 0.49, 0.29, 0.0]),
        lost_high=np.array([0.76, 0.51, 0.32, 0.04]),
        draws=100,
        dimension=2,
    )


def figure(curves, errors, **changes):
    losses = np.array([0.74, 0.51, 0.31, np.nan])
    usual = {"activation": "relu", "title": "a title", "decoder": "inverse", "losses": losses}
    return figure_curves(curves, errors=errors, **usual | changes)


def words(ax):
    return {text.get_text() for text in ax.findobj(Text)}


def lines(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def test_measured_values_and_formulas_are_drawn_at_their_expansions(curves):
    errors = np.array([np.nan, 0.61, 0.21, 0.011])
    lost, error = figure(curves, errors).axes
    formula = lines(lost)["formula"]
    np.testing.assert_allclose(formula.get_xdata(), WIDTHS / 2)
    np.testing.assert_allclose(formula.get_ydata(), [0.74, 0.51, 0.31, np.nan])
    np.testing.assert_allclose(lines(error)["median"].get_ydata(), [0.5, 0.3, 0.1, SMALLEST_ERROR])
    np.testing.assert_allclose(lines(error)["formula"].get_ydata(), errors)
    drawn = lines(error)["mean"]
    np.testing.assert_allclose(drawn.get_xdata(), [1.5, 2.0, 2.5])
    np.testing.assert_allclose(drawn.get_ydata(), [0.6, 0.2, 0.01])
    assert "no error" in words(error)
    (band,) = error.collections
    places = band.get_paths()[0].vertices
    for width, low, high in zip(WIDTHS, curves.low, curves.high, strict=True):
        of_width = places[places[:, 0] == width / 2, 1]
        assert (of_width.min(), of_width.max()) == (max(low, SMALLEST_ERROR), high)


def test_shares_have_their_intervals_and_none_lost_lies_at_the_foot(curves):
    lost, _ = figure(curves, np.full(4, np.nan)).axes
    (bars,) = lost.collections
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    np.testing.assert_allclose(ends, np.column_stack([curves.lost_low, curves.lost_high])[:3])
    nothing = lines(lost)["none lost"]
    assert (nothing.get_xdata().tolist(), nothing.get_ydata().tolist()) == ([2.5], [lost.get_ylim()[0]])


def test_what_the_claim_names_is_marked(curves):
    """For d = 2 half at n = 3, and 13/2^12 at n = 12; for what is no cut at 0 the places alone, for a bound its name."""
    lost, error = figure(curves, np.full(4, np.nan)).axes
    assert {"2d − 1: 1 in 2", "6d: 1 in 320", "1 in 250", "d = 2", "d = 8", "d = 32"} <= words(lost)
    assert {"2d − 1", "6d"} <= words(error)
    places = [line for line in lost.get_lines() if line.get_marker() == "o" and not line.get_label().startswith("none")]
    np.testing.assert_allclose(places[0].get_data(), [[1.5, 6.0], [0.5, 13 / 2**12]])
    assert {"2d − 1", "6d"} <= words(figure(curves, np.full(4, np.nan), activation="tanh", losses=np.zeros(4)).axes[0])
    assert "share of points possibly lost" in words(figure(curves, np.full(4, np.nan), activation="silu").axes[0])


def test_no_formula_no_line_and_no_mean_to_compare(curves):
    labels = set(lines(figure(curves, np.full(4, np.nan)).axes[1]))
    assert "median" in labels
    assert "formula" not in labels


@pytest.mark.parametrize(("least", "most"), [(0.3, 0.9), (0.0, 1e7), (1e-3, 5.0)])
def test_the_axis_holds_the_band_up_to_a_hundred(curves, least, most):
    changed = WidthCurves(**{**vars(curves), "low": np.full(4, least), "high": np.full(4, most)})
    low, high = error_range(changed)
    assert low < max(least, SMALLEST_ERROR)
    assert high > min(most, 100.0)
    assert 1.0 < high <= 200.0
