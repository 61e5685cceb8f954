"""Rank correlation over pairs of arms, and its interval over the draws."""

from __future__ import annotations

import numpy as np

from manifold.checks import Floats

from ._pairs import Difference


def jackknife(values: Floats, gaps: Floats, *, within: bool) -> Difference:
    """Rank correlation of values and gaps (cells, draws) and its 95 per cent interval, leaving out a draw at a time.

    Its standard error is sqrt((n - 1) / n sum (r_i - mean r)^2) over the n draws (Efron, Stein 1981), times Student's t.
    """
    from scipy.special import stdtrit  # only here

    count = gaps.shape[1]
    whole_one = rank_correlation(values, gaps, within=within)
    left = [[np.delete(each, draw, axis=1) for each in (values, gaps)] for draw in range(count)]
    others = np.array([rank_correlation(*pair, within=within) for pair in left])
    half = stdtrit(count - 1, 0.975) * np.sqrt((count - 1) / count * ((others - others.mean()) ** 2).sum())
    return Difference(whole_one, max(-1.0, whole_one - half), min(1.0, whole_one + half), count)


def rank_correlation(values: Floats, gaps: Floats, *, within: bool) -> float:
    """Spearman's, over all entries of (cells, draws), or the mean of those of each cell; 0 where one does not vary."""
    from scipy.stats import rankdata  # only here

    shape = values.shape if within else (1, values.size)
    x, y = (rankdata(each.reshape(shape), axis=1) for each in (values, gaps))
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    norms = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    return float(((x * y).sum(axis=1) / np.where(norms > 0.0, norms, 1.0)).mean())
