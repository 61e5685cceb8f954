"""The decoder of the paper's picture errs at every width; the best one errs only where points are lost, which ten channels end.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, Figure 1, for the layer and its T^-1; the formula for the mean is
derived in `manifold.theory.expected_nmse`.
Output: error against the number of channels for every decoder, median and the middle 90 per cent of the draws, with the exact
mean of two of them; the share of points lost, with the exact one; and the share of its error that is the decoder's own fault.
Headline: the medians, and the largest z-score of means against formulas, with the number of cells compared. The
mean error of T^+ has a finite variance from n = 6 on only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame

from experiments._scores import z_score
from manifold.grids import make_grid
from manifold.plots import GROUP_COLORS, styled
from manifold.sweeps import measure_cells
from manifold.theory import collapsed_fraction, expected_nmse

DRAWS = 1000
BLOCK = 50
PARAMETERS: dict[str, Any] = {
    "dataset": "spiral",
    "n_points": 300,
    "widths": [2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30],
    "decoders": ["inverse", "doubled", "affine", "active-rows", "posterior"],
    "embedding": "gaussian",
    "activation": "relu",
}
QUICK = {"draws": 50, "n_points": 100, "widths": [2, 3, 5, 8, 15, 30]}


def measure(
    draws: Sequence[int], *, seed: int, widths: Sequence[int], decoders: Sequence[str], n_points: int, **setting: Any
) -> DataFrame:
    """One row per width, decoder and draw."""
    grid = make_grid(n_points=n_points, width=widths, decoder=decoders, **setting)
    return measure_cells(grid, draws, seed=seed, metrics=["nmse", "lost", "decoder-share"])


def headline(rows: Any, *, embedding: str, activation: str, **parameters: Any) -> dict[str, float]:
    """Medians, and z-scores where there is a formula."""
    found: dict[str, float] = {}
    for (decoder, width), part in rows.groupby(["decoder", "width"], sort=False):
        found[f"median_nmse_{decoder}_n={width}"] = float(part["nmse"].median())
        found[f"median_decoder_share_{decoder}_n={width}"] = float(part["decoder-share"].median())
    scores = list(_scores(rows)) if (embedding, activation) == ("gaussian", "relu") else []
    return found | {"largest_z": max(scores, default=0.0), "cells_compared": float(len(scores))}


def _scores(rows: Any) -> Iterator[float]:
    """|mean - formula| in standard errors of the mean."""
    for (decoder, width), part in rows.groupby(["decoder", "width"]):
        if decoder in ("inverse", "doubled") and width >= 6:
            yield abs(z_score(part["nmse"], expected_nmse(width, 2, decoder=decoder)))
    for width, part in rows[rows["decoder"] == rows["decoder"].iloc[0]].groupby("width"):
        if len(part) * collapsed_fraction(width, 2) >= 5.0:  # enough draws in which anything is lost
            yield abs(z_score(part["lost"], collapsed_fraction(width, 2)))


@styled
def figure(rows: Any, *, decoders: Sequence[str], embedding: str, activation: str, **parameters: Any) -> Figure:
    """Error, share lost, decoder's share."""
    result = Figure(figsize=(7.6, 2.7), layout="constrained")
    error, lost, share = result.subplots(1, 3)
    exact = (embedding, activation) == ("gaussian", "relu")
    for decoder, color in zip(decoders, GROUP_COLORS, strict=False):
        part = rows[rows["decoder"] == decoder].groupby("width")
        nmse, fault = part["nmse"], part["decoder-share"]
        middle = nmse.median().clip(lower=1e-9)
        error.plot(middle.index, middle, "o-", markersize=2.5, color=color, label=decoder)
        low, high = nmse.quantile(0.05).clip(lower=1e-9), nmse.quantile(0.95).clip(lower=1e-9)
        error.fill_between(middle.index, low, high, color=color, alpha=0.13, linewidth=0)
        if exact and decoder in ("inverse", "doubled"):
            fine = np.arange(4, max(middle.index) + 1)
            error.plot(fine, [expected_nmse(int(n), 2, decoder=decoder) for n in fine], "--", color=color, linewidth=1.0)
        if decoder in ("inverse", "doubled"):
            share.plot(fault.median().index, fault.median(), "o-", markersize=2.5, color=color, label=decoder)
    shares = rows[rows["decoder"] == decoders[0]].groupby("width")["lost"]
    lost.errorbar(
        shares.mean().index, shares.mean(), 1.96 * shares.sem(), fmt="o", markersize=3, color="#555555", label="measured"
    )
    if exact:
        fine = np.arange(2, max(shares.mean().index) + 1)
        lost.plot(fine, [collapsed_fraction(int(n), 2) for n in fine], color="#555555", label=r"$(n+1)/2^n$")
    error.set(yscale="log", title="error (NMSE)", ylim=(1e-7, 1e6))
    lost.set(title="share of points lost", ylim=(0.0, None))
    share.set(title="share that is the decoder's fault", ylim=(0.0, 1.05))
    error.legend(loc="upper right", fontsize=6.5, ncols=2)
    lost.legend(loc="upper right")
    share.legend(loc="lower right")
    for ax in (error, lost, share):
        ax.set(xlabel="channels n")
    return result
