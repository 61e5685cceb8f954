import numpy as np
import pytest

from experiments import dimension, noise, width
from manifold import ACTIVATIONS


def test_the_posterior_mean_through_a_linear_layer_is_ridge_regression(rng):
    layer, points, added = rng.standard_normal((4, 2)), rng.standard_normal((30, 2)), 0.3 * rng.standard_normal((30, 4))
    found = noise.posterior_mean(ACTIVATIONS["linear"], layer, points, added, 0.3)
    exact = np.linalg.solve(np.eye(2) + layer.T @ layer / 0.09, layer.T @ (points @ layer.T + added).T / 0.09).T
    np.testing.assert_allclose(found, exact, atol=1e-4)


def test_no_activation_beats_none_and_leaky_relu_keeps_little_of_its_lead():
    """50 draws at n = 5 of the same T, points and noise."""
    setting = {**noise.PARAMETERS, "widths": [5], "activations": ["linear", "relu", "leaky_relu", "elu"]}
    found = noise.headline(noise.measure(range(50), seed=0, **setting), **setting)
    linear, relu, leaky, elu = (found[f"mean_nmse_{name}_n=5"] for name in setting["activations"])
    assert abs(found["z_linear_n=5"]) < 4.0
    assert linear < 0.7 * elu < 0.7 * relu
    assert 0.85 * relu < leaky < relu


@pytest.mark.parametrize(
    ("experiment", "few", "least"), [(width, {"decoders": ["inverse", "doubled"], "n_points": 40}, 6), (dimension, {}, 15)]
)
def test_means_are_those_of_the_formulas(experiment, few, least):
    """1500 draws; every |z| < 4."""
    quick = {key: value for key, value in experiment.QUICK.items() if key != "draws"}
    setting = {**experiment.PARAMETERS, **quick, **few}
    found = experiment.headline(experiment.measure(range(1500), seed=3, **setting), **setting)
    assert found["cells_compared"] >= least
    assert found["largest_z"] < 4.0
