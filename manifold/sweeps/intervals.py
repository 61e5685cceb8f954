"""Intervals of means: of shares, which stay between 0 and 1, and of any numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats

_SCORE = 1.96  # standard errors to either side, for 95 per cent
_ROUNDING = 1e-15


def share_interval(groups: Any) -> tuple[Floats, Floats]:
    """Ends (G,) of the 95 per cent interval of the mean of each group of shares: a column grouped by pandas.

    `wilson_interval` of as many yes-or-no draws as would make the mean as certain: a share varies less than an answer, by
    v / (m (1 - m)) with m its mean and v its variance. Where all draws agree the ends are the mean, but for one of 0 or 1.
    """
    mean, count = groups.mean().to_numpy(), groups.size().to_numpy()
    spread, variance = mean * (1.0 - mean), groups.var(ddof=0).to_numpy()
    gain = np.where(spread > _ROUNDING, np.inf, 1.0)
    return wilson_interval(mean, count * np.divide(spread, variance, out=gain, where=variance > _ROUNDING))


def wilson_interval(share: ArrayLike, count: ArrayLike) -> tuple[Floats, Floats]:
    """Ends of the 95 per cent interval of a share seen among `count` draws (Wilson 1927): all p with |share - p| <= z s(p).

    s(p) = sqrt(p (1 - p) / count), z = 1.96; the ends are the roots of a quadratic, and lie in [0, 1].
    """
    m, n = np.asarray(share, dtype=np.float64), np.asarray(count, dtype=np.float64)
    scale = _SCORE**2 / n
    middle, half = m + scale / 2.0, np.sqrt(scale * (m * (1.0 - m) + scale / 4.0))
    low, high = (middle - half) / (1.0 + scale), (middle + half) / (1.0 + scale)
    return np.clip(low, 0.0, m), np.clip(high, m, 1.0)


def mean_interval(values: ArrayLike) -> tuple[float, float]:
    """Ends of the 95 per cent interval of the mean of independent values (n,), n >= 2: mean -+ t s / sqrt(n) (Student 1908)."""
    from scipy.special import stdtrit  # only here

    x = np.asarray(values, dtype=np.float64)
    half = stdtrit(len(x) - 1, 0.975) * x.std(ddof=1) / np.sqrt(len(x))
    return float(x.mean() - half), float(x.mean() + half)
