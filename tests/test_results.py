"""Results say in one line what they are: no array's numbers, no function's address."""

from dataclasses import dataclass

import numpy as np
import pytest

import manifold
from manifold.results import Result, short
from manifold.sweeps import width_curves

ENTRIES = ["ACTIVATIONS", "DATASETS", "DECODERS", "EMBEDDINGS", "METRICS"]


@pytest.fixture
def results():
    rng = manifold.random_stream(0)
    cloud = manifold.make_cloud("spiral", 60, rng=rng)
    recovery = manifold.recover(cloud.points, width=5, rng=rng)
    plane = manifold.sectors(recovery.matrix)
    curves = width_curves(manifold.sweep(width=[2, 3], n_points=30, draws=5, metrics=["nmse", "lost"]))
    return [cloud, recovery, recovery.layer, recovery.rows, plane, manifold.lipschitz_bounds(recovery.matrix), curves]


def test_every_result_is_one_line(results):
    for result in results:
        line = repr(result)
        assert line.startswith(type(result).__name__)
        assert "\n" not in line
        assert "array(" not in line
        assert " at 0x" not in line
        assert len(line) < 200


@dataclass(frozen=True, eq=False, repr=False)
class Found(Result):
    share: float
    none: object
    text: str
    several: tuple


def test_a_field_that_holds_nothing_is_left_out():
    assert repr(Found(0.5, None, "", ())) == "Found: share 0.5"
    assert repr(Found(0.0, False, "x", (1,))) == "Found: share 0, none False, text x, several (1)"


@pytest.mark.parametrize("table", ENTRIES)
def test_every_entry_is_one_line(table):
    for name, entry in getattr(manifold, table).items():
        line = repr(entry)
        assert name in line
        assert "\n" not in line
        assert " at 0x" not in line


def test_a_recovery_says_what_went_through_what_and_what_came_of_it(rng):
    """T = [1; -1] gives x/2 back: an error of 1/4, and of one dimension nothing is lost."""
    layer = manifold.Layer([[1.0], [-1.0]])
    recovery = manifold.recover_with([[1.0], [-2.0]], layer)
    said = "2 points of R^1 through n = 2, relu, read by inverse: NMSE 0.25, lost 0 %"
    assert repr(recovery) == f"Recovery: {said}"
    drawn = manifold.EMBEDDINGS["gaussian"](5, 2, activation="tanh", rng=rng)
    assert repr(drawn) == "Layer: R^2 through n = 5, gaussian, tanh"


def test_a_layer_is_its_formula(rng):
    matrix, points = rng.standard_normal((4, 2)), rng.standard_normal((7, 2))
    layer = manifold.Layer(matrix, activation="tanh")
    np.testing.assert_array_equal(layer(points), np.tanh(points @ matrix.T))
    np.testing.assert_allclose(layer.inverse @ layer.matrix, np.eye(2), atol=1e-12)
    assert layer.with_activation("relu").halves == (0.0, 1.0)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.zeros((3, 2)), "3×2"),
        (np.array(0.25), "0.25"),
        (0.123456, "0.123"),
        (np.True_, "True"),
        ("relu", "relu"),
        ((0.5, 1 / 3), "(0.5, 0.333)"),
        (list(range(9)), "9 entries"),
        (np.tanh, "tanh"),
        (lambda z: z, "function"),
        (object(), "object"),
        (set(range(99)), "set"),
        (manifold.METRICS["nmse"], "nmse"),
        (manifold.Layer(np.eye(2)), "Layer"),
    ],
)
def test_values_are_said_in_few_words(value, said):
    assert short(value) == said
