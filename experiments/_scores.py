"""How far a simulated mean is from its formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pandas import Series


def z_score(values: Series[Any], expected: float) -> float:
    """(mean - expected) in standard errors of the mean; 0 where there is none, as all values are equal or but one is there."""
    error = float(values.std()) / np.sqrt(len(values))
    return float((values.mean() - expected) / error) if error > 0.0 else 0.0
