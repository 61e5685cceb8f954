"""Dimensions counted from singular values: exact cases, bounds, invariances, and the other formula for the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from manifold import effective_rank, numerical_rank

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


@pytest.mark.parametrize("function", [effective_rank, numerical_rank])
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
