"""How far a simulated mean is from its formula."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pandas import Series

_ROUNDING = 1e-12
_ENOUGH = 20.0  # draws; with fewer the mean of a share is too far from normal for 4 standard errors to mean anything


def z_score(values: Series[Any], expected: float) -> float:
    """(mean - expected) in standard errors of the mean; 0 for a single draw.

    Where all values are the same, as shares of few draws can be, the error is the largest that a share of this mean can have,
    sqrt(p (1 - p) / draws): a share lies between 0 and 1, so its mean square is at most its mean. Where there is none either,
    the score is 0 if the values are as expected, and infinite if not.
    """
    if len(values) == 1:
        return 0.0
    distance = float(values.mean()) - expected
    same = float(np.ptp(values.to_numpy())) <= _ROUNDING
    variance = max(expected * (1.0 - expected), 0.0) if same else float(values.var())
    if variance == 0.0:
        return 0.0 if abs(distance) <= _ROUNDING else math.copysign(math.inf, distance)
    return distance / math.sqrt(variance / len(values))


def can_be_scored(share: float, draws: int) -> bool:
    """Whether enough draws are expected to be off 0, and enough to be off 1, for a z-score of their mean."""
    return draws * min(share, 1.0 - share) >= _ENOUGH


def summary(scores: list[float]) -> dict[str, float]:
    """The two numbers that every headline with a formula has: how many means were compared, and the largest distance."""
    return {"count_cells_compared": float(len(scores)), "largest_z": max(map(abs, scores), default=0.0)}
