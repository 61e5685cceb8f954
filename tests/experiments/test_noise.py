from dataclasses import replace

import numpy as np
import pytest

from experiments.layer import dimension, noise, width
from manifold import ACTIVATIONS


def test_the_posterior_mean_through_a_linear_layer_is_ridge_regression(rng):
    layer, points, added = rng.standard_normal((4, 2)), rng.standard_normal((30, 2)), 0.3 * rng.standard_normal((30, 4))
    numbers = noise.posterior_mean(ACTIVATIONS["linear"], layer, points, added, 0.3)
    exact = np.linalg.solve(np.eye(2) + layer.T @ layer / 0.09, layer.T @ (points @ layer.T + added).T / 0.09).T
    np.testing.assert_allclose(numbers, exact, atol=1e-4)


def test_no_activation_beats_none_elu_comes_next_and_smooth_ones_are_like_relu():
    """50 draws of the same T, points and noise; 2 cells against the formula."""
    parameters = replace(noise.Parameters(), widths=[5, 15])
    numbers = noise.headline(noise.measure(range(50), seed=0, parameters=parameters), parameters)
    assert numbers["count_cells_compared"] == 2
    assert numbers["largest_z"] < 4.0
    for count in parameters.widths:
        error = {name: numbers[f"mean_nmse_activation={name}_width={count}"] for name in parameters.activations}
        assert error["linear"] < 0.6 * error["elu"]
        assert 0.4 < error["elu"] / error["relu"] < 0.7
        for name in ("relu6", "leaky_relu", "silu", "gelu", "hardswish"):
            assert error[name] / error["relu"] == pytest.approx(1.0, abs=0.2)
        assert error["leaky_relu"] < error["relu"]
    assert numbers["mean_nmse_activation=tanh_width=15"] > 1.5 * numbers["mean_nmse_activation=relu_width=15"]


def test_the_best_decoder_errs_only_at_lost_points_and_the_papers_at_every_width():
    """200 draws; the share lost at ten channels is 1 in 100."""
    parameters = replace(width.Parameters(), widths=[3, 10, 30], n_points=100)
    rows = width.measure(range(200), seed=0, parameters=parameters)
    numbers = width.headline(rows, parameters)
    posterior = rows[rows["decoder"] == "posterior"]
    assert posterior.loc[posterior["lost"] == 0.0, "nmse"].max() < 1e-16
    assert posterior.loc[posterior["lost"] > 0.0, "nmse"].min() > 1e-9
    assert rows.loc[rows["width"] == 10, "lost"].mean() == pytest.approx(11 / 1024, abs=0.01)
    assert rows.loc[rows["decoder"] == "inverse", "nmse"].min() > 0.1
    for count in (3, 10, 30):
        errors = {name: numbers[f"median_nmse_decoder={name}_width={count}"] for name in parameters.decoders}
        assert errors["posterior"] < errors["affine"] < 0.5 * errors["inverse"]
    assert numbers["median_decoder_share_decoder=inverse_width=30"] == pytest.approx(1.0, abs=1e-12)  # no point is lost
    assert numbers["median_decoder_share_decoder=inverse_width=3"] < 1.0 - 1e-9  # as half of the points are


def test_half_of_the_space_is_kept_at_2_d_minus_1_and_nearly_all_at_6_d():
    parameters = dimension.Parameters()
    numbers = dimension.headline(dimension.measure(range(300), seed=0, parameters=parameters), parameters)
    for dim in parameters.dimensions:
        assert numbers[f"expected_kept_dimension={dim}_width={2 * dim - 1}"] == 0.5
        assert numbers[f"mean_kept_dimension={dim}_width={2 * dim - 1}"] == pytest.approx(0.5, abs=0.04)
        assert numbers[f"mean_kept_dimension={dim}_width={6 * dim}"] > 0.99


@pytest.mark.parametrize(
    ("experiment", "few", "least"), [(width, {"decoders": ["inverse", "doubled"], "n_points": 40}, 10), (dimension, {}, 15)]
)
def test_means_are_those_of_the_formulas(experiment, few, least):
    """1500 draws; every |z| < 4."""
    quick = {key: value for key, value in experiment.QUICK.items() if key != "draws"}
    parameters = replace(experiment.Parameters(), **{**quick, **few})
    numbers = experiment.headline(experiment.measure(range(1500), seed=3, parameters=parameters), parameters)
    assert numbers["count_cells_compared"] >= least
    assert numbers["largest_z"] < 4.0
