"""The three readings of "T^-1" in circulation give three different pictures: two of them improve with n, none reaches 0.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, Figure 1, which says "T^-1" of a matrix that is not square.
Output: for each reading and width the typical draw. Headline: the median NMSE over the draws, and the expected one where it
exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from manifold.plots import READING_NOTES, chart_colors, figure_readings
from manifold.theory import expected_nmse

from ._recoveries import measure_recoveries, medians, shown_recoveries

DRAWS = 1000
PARAMETERS: dict[str, Any] = {
    "dataset": "spiral",
    "n_points": 500,
    "scale": 1.0,
    "widths": [2, 3, 5, 15, 30],
    "activation": "relu",
    "shown": "median",
}
QUICK = {"draws": 50, "n_points": 200}


def measure(draws: Sequence[int], *, seed: int, shown: str | int, **setting: Any) -> pd.DataFrame:
    """One row per reading, width and draw."""
    parts = [measure_recoveries(draws, seed=seed, embedding=name, **setting).assign(embedding=name) for name in READING_NOTES]
    return pd.concat(parts, ignore_index=True)


def headline(rows: pd.DataFrame, *, widths: Sequence[int], activation: str, **parameters: Any) -> dict[str, float]:
    """Median NMSE of each reading and width; for ReLU beside the expected one where that is finite."""
    found: dict[str, float] = {}
    for name in READING_NOTES:
        numbers = medians(rows[rows["embedding"] == name], ["nmse"])
        found |= {f"{name}_{key}": value for key, value in numbers.items()}
        expected = {width: expected_nmse(width, 2, embedding=name) for width in widths} if activation == "relu" else {}
        found |= {f"{name}_expected_nmse_width={width}": value for width, value in expected.items() if np.isfinite(value)}
    return found


def figure(rows: pd.DataFrame, *, seed: int, scale: float, **setting: Any) -> Figure:
    """One row per reading, one column per width."""
    shown = {}
    for name in READING_NOTES:
        of_reading = rows[rows["embedding"] == name]
        cloud, shown[name] = shown_recoveries(of_reading, seed=seed, scale=scale, embedding=name, **setting)
    return figure_readings(shown, chart_colors(cloud), scale=scale)
