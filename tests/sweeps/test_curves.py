"""Curves against the width: what they summarise, and their closed forms against simulation."""

import numpy as np
import pytest

from manifold import ACTIVATIONS, sweep
from manifold.sweeps.curves import MOST_EXPANSION, expansion_widths, expected_errors, expected_losses, width_curves
from manifold.sweeps.grid import first_cloud
from manifold.theory import expected_nmse, sufficient_width

DRAWS = 4000
LOSING = ("relu", "relu6", "silu", "gelu", "hardswish")


def z_scores(rows, column, expected):
    """|mean - expected| in standard errors of the mean, by width."""
    groups = rows.groupby("width")[column]
    return (groups.mean() - expected).abs().to_numpy() / groups.sem().to_numpy()


@pytest.mark.parametrize("embedding", ["gaussian", "orthonormal", "padded-gaussian", "padded-orthogonal"])
@pytest.mark.parametrize(("dim", "widths"), [(2, [2, 3, 5, 8]), (5, [5, 7, 9, 14])])
def test_the_mean_error_of_active_rows_is_the_closed_form(embedding, dim, widths):
    """32 cells of 4000 draws, 30 points of a ball each."""
    grid = {"dataset": "ball", "dimension": dim, "n_points": 30, "embedding": embedding, "decoder": "active-rows"}
    rows = sweep(width=widths, **grid, metrics=["nmse"], draws=DRAWS)
    law = {"embedding": embedding, "activation": "relu", "decoder": "active-rows"}
    assert z_scores(rows, "nmse", expected_errors(widths, dim, **law)).max() < 4.0


def test_active_rows_err_by_the_share_of_a_random_span_that_is_missing():
    """With n = d = 1 half of all points are lost, whole; with n = d = 2 a quarter whole and a half by half."""
    assert expected_nmse(1, 1, decoder="active-rows") == 0.5
    assert expected_nmse(2, 2, decoder="active-rows") == 0.25 + 0.5 * 0.5


@pytest.mark.parametrize("activation", LOSING)
def test_the_share_lost_is_the_closed_form(activation):
    """Of 4000 draws each; the spiral at ten times its size, where ReLU6 loses at both ends."""
    widths = [3, 6, 9]
    rows = sweep(width=widths, n_points=200, activation=activation, scale=10.0, metrics=["lost"], draws=DRAWS)
    points = 10.0 * first_cloud("spiral", 200, 2).points
    expected = expected_losses(widths, points, embedding="gaussian", activation=activation)
    assert z_scores(rows, "lost", expected).max() < 4.0


def test_relu6_loses_more_than_relu_where_values_are_large_and_no_more_where_they_are_small():
    points = first_cloud("spiral", 200, 2).points
    law = {"embedding": "gaussian"}
    relu, large, small = (
        expected_losses([8], scale * points, activation=name, **law)[0]
        for name, scale in (("relu", 1.0), ("relu6", 20.0), ("relu6", 0.5))
    )
    assert large > 10.0 * relu
    assert abs(small - relu) < 1e-9


@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name not in LOSING])
def test_activations_that_are_one_to_one_lose_nothing(activation):
    points = first_cloud("spiral", 50, 2).points
    assert not expected_losses([2, 5], points, embedding="uniform", activation=activation).any()


def test_there_is_no_closed_form_where_there_is_none():
    points = first_cloud("spiral", 50, 2).points
    assert np.isnan(expected_losses([4], points, embedding="orthonormal", activation="relu6")).all()
    law = {"embedding": "gaussian", "activation": "relu"}
    assert np.isnan(expected_errors([2, 3, 4], 2, **law, decoder="inverse")).tolist() == [True, True, False]
    assert np.isnan(expected_errors([4], 2, **law, decoder="affine")).all()
    assert np.isnan(expected_errors([4], 2, embedding="uniform", activation="relu", decoder="active-rows")).all()
    assert np.isnan(expected_errors([4], 2, embedding="gaussian", activation="tanh", decoder="inverse")).all()


@pytest.mark.parametrize("decoder", ["inverse", "doubled", "active-rows"])
def test_a_linear_layer_errs_as_its_closed_form_says(decoder):
    rows = sweep(width=[2, 6], activation="linear", decoder=decoder, n_points=50, metrics=["nmse"], draws=20)
    expected = expected_errors([2, 6], 2, embedding="gaussian", activation="linear", decoder=decoder)
    np.testing.assert_allclose(rows["nmse"], np.repeat(expected, 20), atol=1e-9)


def test_curves_are_quantiles_and_means_of_the_draws():
    rows = sweep(width=[5, 3], n_points=40, draws=30, metrics=["nmse", "lost"])
    curves = width_curves(rows)
    assert curves.widths.tolist() == [3, 5]
    assert curves.draws == 30
    of_five = rows.loc[rows["width"] == 5]
    low, median, high = np.quantile(of_five["nmse"], [0.05, 0.5, 0.95])
    assert (curves.low[1], curves.median[1], curves.high[1]) == pytest.approx((low, median, high))
    assert curves.mean[1] == pytest.approx(np.mean(of_five["nmse"]))
    assert curves.lost[1] == pytest.approx(np.mean(of_five["lost"]))
    assert curves.margin[1] == pytest.approx(1.96 * np.std(of_five["lost"], ddof=1) / np.sqrt(30))


def test_one_draw_has_no_interval():
    assert width_curves(sweep(width=3, n_points=40, draws=1, metrics=["nmse", "lost"])).margin.tolist() == [0.0]


@pytest.mark.parametrize("dim", [1, 2, 3, 8, 16])
def test_widths_reach_from_the_dimension_to_the_greatest_expansion_and_hold_what_the_theorem_names(dim):
    widths = expansion_widths(dim)
    assert widths == sorted(set(widths))
    assert (widths[0], widths[-1]) == (dim, MOST_EXPANSION * dim)
    assert {2 * dim - 1, 2 * dim, 6 * dim} <= set(widths)


@pytest.mark.parametrize(("dim", "lost", "width"), [(1, 0.5, 1), (1, 0.25, 2), (2, 0.75, 2), (2, 0.5, 3), (8, 0.5, 15)])
def test_the_sufficient_width_is_the_first_that_loses_no_more(dim, lost, width):
    """At d = 1 2^-n is lost, at d = 2 (n + 1)/2^n, and one half at n = 2 d - 1."""
    assert sufficient_width(dim, lost) == width
    assert sufficient_width(dim, lost * 0.999) == width + 1


@pytest.mark.parametrize("lost", [0.0, 1.0, -0.1])
def test_a_share_that_is_none_is_refused(lost):
    with pytest.raises(ValueError, match="lost must be"):
        sufficient_width(2, lost)
