"""Curves against the width: what is drawn where."""

import numpy as np
import pytest

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
        lost=np.array([0.75, 0.5, 0.3, 0.2]),
        margin=np.array([0.01, 0.01, 0.02, 0.02]),
        draws=100,
    )


def figure(curves, errors):
    losses = np.array([0.74, 0.51, 0.31, np.nan])
    return figure_curves(curves, activation="relu", title="a title", decoder="inverse", losses=losses, errors=errors)


def lines(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def test_measured_values_and_formulas_are_drawn_at_their_widths(curves):
    errors = np.array([np.nan, 0.61, 0.21, 0.011])
    lost, error = figure(curves, errors).axes
    np.testing.assert_allclose(lines(lost)["formula"].get_ydata(), [0.74, 0.51, 0.31, np.nan])
    np.testing.assert_allclose(lines(error)["median draw"].get_ydata(), [0.5, 0.3, 0.1, SMALLEST_ERROR])
    np.testing.assert_allclose(lines(error)["mean, by formula"].get_ydata(), errors)
    drawn = lines(error)["mean of the draws"]
    np.testing.assert_allclose(drawn.get_xdata(), [3, 4, 5])
    np.testing.assert_allclose(drawn.get_ydata(), [0.6, 0.2, 0.01])
    assert [text.get_text() for text in error.texts] == ["no error"]
    (band,) = error.collections
    places = band.get_paths()[0].vertices
    for width, low, high in zip(WIDTHS, curves.low, curves.high, strict=True):
        of_width = places[places[:, 0] == width, 1]
        assert (of_width.min(), of_width.max()) == (max(low, SMALLEST_ERROR), high)


def test_no_formula_no_line_and_no_mean_to_compare(curves):
    labels = set(lines(figure(curves, np.full(4, np.nan)).axes[1]))
    assert "median draw" in labels
    assert "mean, by formula" not in labels


@pytest.mark.parametrize(("least", "most"), [(0.3, 0.9), (0.0, 1e7), (1e-3, 5.0)])
def test_the_axis_holds_the_band_up_to_a_hundred(curves, least, most):
    changed = WidthCurves(**{**vars(curves), "low": np.full(4, least), "high": np.full(4, most)})
    low, high = error_range(changed)
    assert low < max(least, SMALLEST_ERROR)
    assert high > min(most, 100.0)
    assert 1.0 < high <= 200.0
