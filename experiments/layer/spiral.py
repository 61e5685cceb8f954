"""ReLU after a random embedding loses points only in narrow layers; most of the loss in the paper's picture is its decoder's.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, Figure 1, whose law of T, spiral and reading of T^-1 are not given.
Output: for each width n the typical draw (the one of median NMSE) through a linear layer, through ReLU and T^-1, through ReLU
and the exact decoder, and over the plane. Headline: medians over the draws of the NMSE, of the NMSE left with the best decoder,
of the share of points lost, and of the decoder's share of the NMSE.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import EMBEDDINGS
from manifold.plots import chart_colors, figure_recoveries, figure_recovery

from ._recoveries import measure_recoveries, medians, shown_recoveries

DRAWS = 1000
PARAMETERS: dict[str, Any] = {
    "dataset": "spiral",
    "n_points": 500,
    "scale": 1.0,
    "widths": [2, 3, 5, 15, 30],
    "embedding": "gaussian",
    "activation": "relu",
    "decoder": "inverse",
    "shown": "median",
}
QUICK = {"draws": 30, "n_points": 100}


def measure(draws: Sequence[int], *, seed: int, shown: str | int, **setting: Any) -> DataFrame:
    """One row per width and draw."""
    return measure_recoveries(draws, seed=seed, **setting)


def headline(rows: DataFrame, **parameters: Any) -> dict[str, float]:
    """Medians over the draws."""
    return medians(rows, ["nmse", "best_nmse", "lost", "decoder_share"])


def figure(rows: DataFrame, *, seed: int, embedding: str, scale: float, **setting: Any) -> Figure:
    """The paper's figure with the rows that it leaves out; for a single width, side by side."""
    cloud, recoveries = shown_recoveries(rows, seed=seed, embedding=embedding, scale=scale, **setting)
    colors, symbol = chart_colors(cloud), EMBEDDINGS[embedding].symbol
    if len(recoveries) == 1:
        return figure_recovery(recoveries[0], colors, symbol=symbol, scale=scale)
    return figure_recoveries(recoveries, colors, symbol=symbol, scale=scale)
