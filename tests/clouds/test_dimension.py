"""Dimensions from singular values and from near neighbours: exact cases, bounds, invariances, other formulas for the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial import cKDTree

from manifold import effective_rank, numerical_rank, participation_ratio, two_nn, two_nn_calibration

numbers = arrays(np.float64, (7, 4), elements=st.floats(-10.0, 10.0).map(lambda value: round(value, 3)))


def with_spectrum(rng, spectrum, n_points=30):
    """Points (N, d) with these singular values."""
    turns = (np.linalg.qr(rng.normal(size=(size, len(spectrum))))[0] for size in (n_points, len(spectrum)))
    left, right = turns
    return left * spectrum @ right.T


@pytest.mark.parametrize("count", [1, 2, 5])
def test_equal_singular_values_count_in_full(rng, count):
    points = with_spectrum(rng, np.append(np.full(count, 3.0), np.zeros(6 - count)))
    assert effective_rank(points) == pytest.approx(count)
    assert numerical_rank(points) == count


def test_two_singular_values_count_by_the_entropy_of_a_coin(rng):
    for share in (0.5, 0.8, 0.99):
        entropy = -share * np.log(share) - (1.0 - share) * np.log(1.0 - share)
        assert effective_rank(with_spectrum(rng, [share, 1.0 - share])) == pytest.approx(np.exp(entropy))


def test_rankme_is_the_same_but_for_what_it_adds(rng):
    """Garrido et al. 2023, equation 1."""
    points = rng.normal(size=(50, 8)) + 1.0
    spectrum = np.linalg.svd(points, compute_uv=False)
    shares = spectrum / spectrum.sum() + 1e-7
    assert effective_rank(points) == pytest.approx(np.exp(-(shares * np.log(shares)).sum()), rel=1e-5)


def test_the_tolerance_is_a_share_of_the_largest(rng):
    points = with_spectrum(rng, [100.0, 1.1, 0.9, 1e-8])
    assert [numerical_rank(points, tolerance=limit) for limit in (0.5, 0.01, 0.005, 1e-12, 0.0)] == [1, 2, 3, 4, 4]
    assert numerical_rank(points) == 2
    assert np.linalg.matrix_rank(points) == 4


def test_dust_counts_for_the_rank_but_hardly_for_the_effective_rank(rng):
    points = with_spectrum(rng, np.append(np.ones(3), np.full(17, 1e-9)))
    assert np.linalg.matrix_rank(points) == 20
    assert effective_rank(points) == pytest.approx(3.0, abs=1e-5)


def test_a_square_of_a_few_coordinates_has_few_dimensions(rng):
    """1 + d + d (d + 1) / 2 monomials of degree 2 or less, whatever the width: at most 6 for d = 2."""
    values = rng.normal(size=(200, 2)) @ rng.normal(size=(2, 40))
    assert numerical_rank(values * (values + 3.0) + 1.0, tolerance=1e-10) == 6
    assert effective_rank(values * (values + 3.0) + 1.0) < 6.0


@given(numbers)
def test_both_are_at_most_the_rank_and_do_not_depend_on_unit_order_or_turn(points):
    rank = numerical_rank(points, tolerance=1e-14)
    found = effective_rank(points)
    assert (found == 0.0) == (not points.any())
    assert found <= rank + 1e-9
    assert rank == 0 or found >= 1.0 - 1e-9
    turn = np.linalg.qr(np.arange(16.0).reshape(4, 4) ** 2 + np.eye(4))[0]
    for same in (1e-3 * points, points[::-1], points @ turn, points.T):
        assert effective_rank(same) == pytest.approx(found, rel=1e-6, abs=1e-6)


def test_centred_counts_from_the_mean(rng):
    points = with_spectrum(rng, [1.0, 1.0, 1.0])
    away = points - points.mean(axis=0) + 1000.0
    assert effective_rank(away) < 1.05
    assert effective_rank(away, centred=True) == pytest.approx(effective_rank(points, centred=True))


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6])
def test_equal_points_have_no_dimension_of_their_own(value):
    same = np.full((9, 4), value)
    assert effective_rank(same, centred=True) == 0.0
    assert effective_rank(same) == pytest.approx(float(value > 0.0))
    assert numerical_rank(same) == (value > 0.0)


def test_the_participation_ratio_is_that_of_the_eigenvalues(rng):
    points = rng.normal(size=(40, 6)) * [5.0, 4.0, 3.0, 2.0, 1.0, 0.1] + 1e3
    eigenvalues = np.linalg.eigvalsh(np.cov(points.T))
    expected = eigenvalues.sum() ** 2 / (eigenvalues**2).sum()
    assert participation_ratio(points) == pytest.approx(expected)
    wide = points @ rng.normal(size=(6, 90))
    assert participation_ratio(wide @ np.linalg.qr(rng.normal(size=(90, 90)))[0]) == pytest.approx(participation_ratio(wide))
    assert participation_ratio(np.append(np.eye(5), -np.eye(5), axis=0)) == pytest.approx(5.0)
    assert participation_ratio(np.full((9, 4), 0.1)) == 0.0


def by_tree(points):
    """The slope by another route: a tree, and the line fitted by NumPy."""
    distances = cKDTree(points).query(points, k=3)[0]
    log_ratio = np.sort(np.log(distances[:, 2] / distances[:, 1]))
    share_below = np.arange(len(points)) / len(points)
    return np.linalg.lstsq(log_ratio[:, None], -np.log(1.0 - share_below))[0][0]


@pytest.mark.parametrize("shape", [(3, 1), (4, 2), (300, 2), (200, 70)])
def test_two_nn_is_the_slope_that_a_tree_and_a_fit_give(rng, shape):
    points = rng.normal(size=shape) + 100.0
    assert two_nn(points) == pytest.approx(by_tree(points))
    for same in (1e-6 * points, points[::-1], np.append(points, points, axis=0)):
        assert two_nn(same) == pytest.approx(two_nn(points), rel=1e-4)


def test_two_nn_knows_a_curve_that_fills_all_directions(rng):
    """The slope has a standard error of about d / sqrt(N); four of them, and the bias of five dimensions at 2000 points."""
    t = rng.uniform(0.0, 2.0 * np.pi, 2000)
    curve = np.column_stack([wave(k * t) for k in (1, 2, 3) for wave in (np.sin, np.cos)])
    assert participation_ratio(curve) > 5.0
    assert two_nn(curve) == pytest.approx(1.0, abs=4.0 / np.sqrt(2000))
    assert two_nn(rng.normal(size=(2000, 5))) == pytest.approx(5.0, abs=4.0 * 5.0 / np.sqrt(2000) + 0.3)


def test_two_nn_says_too_little_of_many_dimensions_and_the_calibration_says_how_much(rng):
    said = two_nn_calibration(768, (2, 20, 80), draws=2, rng=rng)
    assert said[0] == pytest.approx(2.0, abs=4.0 * 2.0 / np.sqrt(2 * 768))
    assert 14.0 < said[1] < 19.0
    assert 35.0 < said[2] < 47.0
    assert two_nn_calibration(50, (3,), draws=1, rng=np.random.default_rng(5))[0] == two_nn(
        np.random.default_rng(5).standard_normal((50, 3))
    )


def test_two_nn_of_points_without_a_slope():
    assert two_nn(np.full((9, 4), 3.0)) == 0.0
    assert two_nn([[0.0], [1.0], [1.0]]) == 0.0
    assert two_nn(np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), axis=-1).reshape(-1, 2)) == np.inf
    assert two_nn([[0.0], [1e-200], [1.0]]) > 0.0


@pytest.mark.parametrize("function", [effective_rank, numerical_rank, participation_ratio, two_nn])
@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.ones(3), r"values must have shape \(N, d\) with at least one entry on each axis, got \(3,\)"),
        ([[1.0, np.nan]], r"values must be finite, got nan at index \(0, 1\)"),
        ([[1e80]], "values must be of a size between 1e-70 and 1e70, got 1e"),
    ],
)
def test_what_is_no_cloud_is_refused(function, values, message):
    with pytest.raises(ValueError, match=message):
        function(values)


@pytest.mark.parametrize("tolerance", [-0.1, 1.0, np.nan])
def test_a_tolerance_is_a_share(tolerance):
    with pytest.raises(ValueError, match="tolerance must be finite and >= 0 and < 1, got"):
        numerical_rank(np.eye(2), tolerance=tolerance)
