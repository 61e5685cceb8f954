"""Intervals of shares: the definition of Wilson's, another implementation of it, and what they hold how often."""

import numpy as np
import pytest
from pandas import DataFrame
from scipy.stats import binomtest, ttest_1samp

from manifold.sweeps import mean_interval, share_interval, wilson_interval


def grouped(*groups):
    """Columns as the groups of a column, as rows of a sweep are grouped by width."""
    rows = [{"width": width, "lost": share} for width, shares in enumerate(groups) for share in shares]
    return DataFrame(rows).groupby("width")["lost"]


@pytest.mark.parametrize(("seen", "count"), [(0, 7), (1, 40), (20, 40), (39, 40), (7, 7)])
def test_of_answers_it_is_wilsons(seen, count):
    """SciPy's has 1.959964 standard errors."""
    expected = binomtest(seen, count).proportion_ci(method="wilson")
    np.testing.assert_allclose(wilson_interval(seen / count, count), (expected.low, expected.high), atol=1e-5)
    ends = share_interval(grouped([1.0] * seen + [0.0] * (count - seen)))
    np.testing.assert_allclose(np.ravel(ends), (expected.low, expected.high), atol=1e-5)


def test_of_many_shares_it_is_the_usual_one(rng):
    """Both are m +- 1.96 s / sqrt(n) but for terms of the order 1/n, here 1/4000."""
    shares = rng.beta(4.0, 6.0, 4000)
    low, high = share_interval(grouped(shares))
    half = 1.96 * shares.std() / np.sqrt(4000)
    np.testing.assert_allclose([low[0], high[0]], shares.mean() + half * np.array([-1.0, 1.0]), atol=1.0 / 4000)


def test_it_stays_where_shares_are_and_holds_their_mean():
    low, high = share_interval(grouped([0.0] * 99 + [0.05], [1.0] * 50, [0.0] * 50, [0.5], [0.3] * 5))
    assert (low >= 0.0).all()
    assert (high <= 1.0).all()
    assert low[0] < 0.0005 < high[0]
    np.testing.assert_allclose([low[1], high[2]], [50 / (50 + 1.96**2), 1.96**2 / (50 + 1.96**2)])
    np.testing.assert_allclose([low[3:], high[3:]], [[0.5, 0.3]] * 2)  # where draws agree on less than everything


def test_19_of_20_intervals_hold_the_mean_even_where_few_draws_lose_anything(rng):
    """A draw loses a share between 0 and 1 with chance 1/20: 2000 intervals, 4 standard errors of .5 %."""
    shares = rng.random((2000, 200)) * (rng.random((2000, 200)) < 0.05)
    low, high = share_interval(grouped(*shares))
    assert ((low <= 0.025) & (high >= 0.025)).mean() == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize("count", [2, 5, 40])
def test_the_interval_of_a_mean_is_scipys_and_does_not_ask_where_zero_lies(count):
    values = np.random.default_rng(count).normal(3.0, 2.0, count)
    low, high = mean_interval(values)
    expected = ttest_1samp(values, 0.0).confidence_interval(0.95)
    np.testing.assert_allclose([low, high], [expected.low, expected.high], rtol=1e-12)
    np.testing.assert_allclose(np.subtract(mean_interval(values + 10.0), 10.0), [low, high], rtol=1e-9)
