"""What the experiments claim, each with its margin, on fewer draws than they make by default."""

import numpy as np
import pytest

from experiments import activations, collapse_map, input_scale, inverse_readings, spiral


@pytest.fixture(scope="module")
def spiral_headline():
    parameters = {**spiral.PARAMETERS, "n_points": 200}
    return spiral.headline(spiral.measure(range(200), seed=0, **parameters))


def test_narrow_layers_lose_points_and_wide_ones_do_not(spiral_headline):
    assert spiral_headline["median_lost_width=2"] > 0.6
    assert spiral_headline["median_lost_width=15"] == 0.0


def test_in_wide_layers_all_of_the_error_is_the_decoders(spiral_headline):
    assert spiral_headline["median_decoder_share_width=15"] > 0.999
    assert spiral_headline["median_nmse_width=30"] == pytest.approx(0.25, abs=0.05)
    assert spiral_headline["median_decoder_share_width=2"] < spiral_headline["median_decoder_share_width=5"]


def test_the_padded_gaussian_reading_does_not_improve_with_the_width():
    parameters = {**inverse_readings.PARAMETERS, "n_points": 100, "widths": [5, 30]}
    rows = inverse_readings.measure(range(300), seed=0, **parameters)
    found = inverse_readings.headline(rows, **parameters)
    assert found["gaussian_median_nmse_width=30"] < found["gaussian_median_nmse_width=5"] - 0.05
    assert found["padded-orthogonal_median_nmse_width=30"] < found["padded-orthogonal_median_nmse_width=5"] - 0.05
    assert found["padded-gaussian_median_nmse_width=30"] > found["padded-gaussian_median_nmse_width=5"] - 0.1
    assert found["gaussian_expected_nmse_width=30"] == pytest.approx(found["gaussian_median_nmse_width=30"], rel=0.1)


def test_the_lost_sectors_follow_the_closed_form():
    parameters = {**collapse_map.PARAMETERS, "n_points": 10, "widths": [2, 4, 5, 6, 8]}
    found = collapse_map.headline(collapse_map.measure(range(300), seed=0, **parameters), **parameters)
    scores = [value for name, value in found.items() if name.startswith("z_")]
    assert len(scores) == 5
    assert max(np.abs(scores)) < 4.0


def test_only_activations_with_a_flat_piece_lose_points():
    rows = activations.measure(range(10), seed=0, **{**activations.PARAMETERS, "n_points": 100})
    lost = rows.groupby("activation")["lost"].max()
    assert (lost[["linear", "leaky_relu", "elu", "tanh"]] == 0.0).all()
    assert (lost[["relu", "relu6"]] > 0.0).all()
    assert lost["relu6"] > lost["relu"]


def test_relu6_loses_as_the_formula_says_and_more_than_relu_at_large_inputs():
    parameters = {**input_scale.PARAMETERS, "radii": [1.0, 10.0, 30.0]}
    found = input_scale.headline(input_scale.measure(range(200), seed=0, **parameters), **parameters)
    assert max(abs(value) for name, value in found.items() if name.startswith("z_")) < 4.0
    assert found["mean_lost_relu6_radius=30"] > found["mean_lost_relu_radius=30"] + 0.5
    assert found["mean_lost_relu6_radius=1"] == pytest.approx(found["mean_lost_relu_radius=1"], abs=1e-3)
