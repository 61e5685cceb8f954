"""Trustworthiness against scikit-learn's, to the last digits, and what it means."""

import numpy as np
import pytest
from sklearn import manifold as theirs

from manifold.learning import continuity, trustworthiness


@pytest.mark.parametrize("k", [1, 5, 12, 49])
@pytest.mark.parametrize("kind", ["random", "noisy", "projection"])
def test_it_is_scikit_learns(rng, kind, k):
    points = rng.normal(size=(120, 4))
    noisy = points + 0.3 * rng.normal(size=points.shape)
    embedded = {"random": rng.normal(size=(120, 2)), "noisy": noisy, "projection": points[:, :2]}
    ours = trustworthiness(points, embedded[kind], n_neighbors=k)
    assert ours == pytest.approx(theirs.trustworthiness(points, embedded[kind], n_neighbors=k), abs=1e-12)
    back = continuity(points, embedded[kind], n_neighbors=k)
    assert back == pytest.approx(theirs.trustworthiness(embedded[kind], points, n_neighbors=k), abs=1e-12)


def test_a_rotation_keeps_all_neighbours_and_a_fold_only_one_way(rng):
    points = rng.normal(size=(200, 2))
    turned = points @ np.array([[0.6, -0.8], [0.8, 0.6]]) * 3.0 + 5.0
    assert trustworthiness(points, turned) == continuity(points, turned) == 1.0
    folded = np.abs(points[:, :1]) * [[1.0, 0.0]] + points[:, 1:] * [[0.0, 1.0]]
    assert trustworthiness(points, folded) < continuity(points, folded)


@pytest.mark.parametrize(
    ("shapes", "k", "message"),
    [
        (((10, 3), (9, 2)), 2, "X and embedded must have as many points, got 10 and 9"),
        (((10, 3), (10, 2)), 5, "n_neighbors must be less than half the number of points, 10, got 5"),
        (((10, 3), (10, 2)), 0, "n_neighbors must be >= 1, got 0"),
        (((10,), (10, 2)), 2, r"X must have shape \(N, d\)"),
    ],
)
def test_what_does_not_fit_is_refused(rng, shapes, k, message):
    with pytest.raises(ValueError, match=message):
        trustworthiness(*(rng.random(shape) for shape in shapes), n_neighbors=k)
