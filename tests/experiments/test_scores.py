"""What the largest z of a headline can be relied on for: it must be large where a formula is wrong."""

import math

import pytest
from pandas import Series

from experiments.layer._scores import can_be_scored, summary, z_score


def test_a_score_counts_standard_errors_of_the_mean(rng):
    values = Series(rng.standard_normal(400))
    error = values.std() / 20.0
    assert z_score(values, values.mean() - 3.0 * error) == pytest.approx(3.0)
    assert z_score(values, values.mean() + 3.0 * error) == pytest.approx(-3.0)
    assert 15.0 < z_score(Series([1.0, 0.0] * 200), 0.1) == pytest.approx(0.4 / (0.5 / 20.0), rel=0.01)


def test_equal_values_far_from_the_formula_score_high_and_not_0():
    """1000 draws that all keep everything speak against a half, and not against one in ten thousand lost."""
    kept = Series([1.0] * 1000)
    assert z_score(kept, 0.5) == pytest.approx(math.sqrt(1000.0))
    assert 0.0 < z_score(kept, 0.9999) < 1.0
    assert z_score(kept, 0.0) == math.inf
    assert z_score(-kept, 0.0) == -math.inf
    assert z_score(kept, 1.0) == z_score(kept, 1.0 + 1e-15) == 0.0


def test_equal_values_but_for_rounding_as_expected_score_nothing():
    assert abs(z_score(Series([0.5, 0.5 + 1e-16, 0.5 - 1e-16]), 0.5)) < 1e-12


def test_a_single_draw_has_no_spread_to_count_in():
    assert z_score(Series([0.7]), 0.1) == 0.0


@pytest.mark.parametrize("share", [0.02, 0.98])
def test_twenty_draws_off_either_end_are_enough(share):
    assert can_be_scored(share, 1001)
    assert not can_be_scored(share, 990)
    assert not can_be_scored(round(share), 10**9)


def test_the_largest_score_is_the_one_farthest_on_either_side():
    assert summary([1.0, -3.0, 2.0]) == {"count_cells_compared": 3.0, "largest_z": 3.0}
    assert summary([]) == {"count_cells_compared": 0.0, "largest_z": 0.0}
