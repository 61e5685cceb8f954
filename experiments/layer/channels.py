"""Channels per dimension decide: ReLU loses half of all points at n = 2 d - 1 channels, and fewer than 1 in 250 at n = 6 d.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, Appendix A, Theorem 1; the closed forms of the errors are derived
in `manifold.theory.expected_nmse`.
Output: for one number of dimensions, activation and decoder, as on the page How many channels: the share of points lost against
the number of channels, mean over the draws with its 95 per cent interval; the error, median and the middle 90 per cent of the
draws; and the closed forms of both means, where there are any. Headline: the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold._validation import Floats
from manifold.curves import expansion_widths, expected_errors, expected_losses, width_curves
from manifold.grids import first_cloud, make_grid
from manifold.plots import ACTIVATION_TITLES, figure_curves
from manifold.sweeps import measure_cells

DRAWS = 1000
BLOCK = 250
PARAMETERS: dict[str, Any] = {
    "dataset": "ball",
    "n_points": 20,
    "dimension": 8,
    "widths": expansion_widths(8),
    "embedding": "gaussian",
    "activation": "relu",
    "decoder": "inverse",
    "scale": 1.0,
}
QUICK = {"draws": 100}


def measure(draws: Sequence[int], *, seed: int, widths: Sequence[int], **setting: Any) -> DataFrame:
    """One row per width and draw."""
    return measure_cells(make_grid(width=widths, **setting), draws, seed=seed, metrics=["nmse", "lost"])


def headline(rows: DataFrame, **parameters: Any) -> dict[str, float]:
    """Median error and mean share lost at every width, and the closed forms of both means."""
    curves = width_curves(rows)
    losses, errors = _closed_forms(curves.widths.tolist(), **parameters)
    columns = {"median_nmse": curves.median, "mean_lost": curves.lost, "expected_lost": losses, "expected_nmse": errors}
    return {
        f"{name}_n={width}": float(value)
        for name, values in columns.items()
        for width, value in zip(curves.widths, values, strict=True)
        if np.isfinite(value)
    }


def _closed_forms(
    measured: Sequence[int],
    *,
    dataset: str,
    dimension: int,
    embedding: str,
    activation: str,
    decoder: str,
    scale: float,
    **parameters: Any,
) -> tuple[Floats, Floats]:
    """Expected share lost and expected error (W,) at the widths measured; NaN where there is none."""
    law = {"embedding": embedding, "activation": activation}
    points = scale * first_cloud(dataset, 1000, dimension).points
    return expected_losses(measured, points, **law), expected_errors(measured, dimension, decoder=decoder, **law)


def figure(
    rows: DataFrame, *, seed: int, dimension: int, embedding: str, activation: str, decoder: str, **parameters: Any
) -> Figure:
    """Share lost and error against the width."""
    setting = {"dimension": dimension, "embedding": embedding, "activation": activation, "decoder": decoder, **parameters}
    curves = width_curves(rows)
    losses, errors = _closed_forms(curves.widths.tolist(), **setting)
    return figure_curves(
        curves,
        activation=activation,
        title=f"{ACTIVATION_TITLES[activation]} after a random T ({embedding}), points of {dimension} dimensions",
        decoder=decoder,
        losses=losses,
        errors=errors,
    )
