"""With n channels ReLU keeps P(Bin(n, 1/2) >= d) of a d-dimensional space: exactly half at n = 2 d - 1, nearly all at n = 6 d.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, Appendix A, Theorem 1.
Output: share of random points of a ball that can be recovered, against n / d, for several dimensions d, with the 95 per cent
interval of the mean over the draws and the exact share. Headline: measured and exact share at n = 2 d - 1 and n = 6 d, and the
largest z-score, with the number of cells compared: those in which twenty draws or more are expected to lose, and as many to
keep, a point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold.plots import GROUP_COLORS, Page
from manifold.sweeps.grid import Cell, make_grid
from manifold.sweeps.table import measure_cells
from manifold.text import say
from manifold.theory import PAPER_EXPANSION, recoverable_fraction

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, real, whole
from ._scores import can_be_scored, summary, z_score

DRAWS = 1000
BLOCK = 250


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dimensions: Sequence[int] = parameter([2, 3, 4, 8, 16], "numbers of dimensions d", check=whole(1, 1000))
    n_points: int = parameter(20, "number of points N")
    most: float = parameter(6.0, "largest number of channels per dimension, n/d", check=real(1.0, 1000.0, inclusive=True))


QUICK = {"draws": 100, "dimensions": [2, 4, 8]}
COLUMNS = ("dataset", "n_points", "dimension", "embedding", "width", "activation", "decoder", "noise", "scale", "draw", "lost")


def check(parameters: Parameters) -> None:
    """Every cell of the grid can be measured."""
    _cells(parameters)


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per dimension, width and draw: the share of points lost."""
    return measure_cells(_cells(parameters), draws, seed=seed, metrics=["lost"])


def _cells(parameters: Parameters) -> list[Cell]:
    """Sixteen widths from d to `most` d for every d, and 2 d - 1."""
    cells = []
    for dim in parameters.dimensions:
        widths = sorted({*np.unique(np.linspace(dim, parameters.most * dim, 16).round().astype(int)).tolist(), 2 * dim - 1})
        cells += make_grid(n_points=parameters.n_points, dataset="ball", dimension=dim, width=widths)
    return cells


def headline(rows: Any, parameters: Parameters) -> dict[str, float]:
    """Shares kept at n = 2 d - 1 and n = 6 d, and z-scores."""
    kept = 1.0 - rows.groupby(["dimension", "width"])["lost"].mean()
    numbers: dict[str, float] = {}
    for dim in parameters.dimensions:
        for width in (2 * dim - 1, PAPER_EXPANSION * dim):
            if (dim, width) in kept.index:
                numbers[f"mean_kept_dimension={dim}_width={width}"] = float(kept[dim, width])
                numbers[f"expected_kept_dimension={dim}_width={width}"] = recoverable_fraction(width, dim)
    return numbers | summary(list(_scores(rows)))


def _scores(rows: Any) -> Iterator[float]:
    """Mean - formula in standard errors of the mean."""
    for (dim, width), part in rows.groupby(["dimension", "width"]):
        exact = recoverable_fraction(width, dim)
        if can_be_scored(exact, len(part)):
            yield z_score(1.0 - part["lost"], exact)


def figure(rows: Any, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """One curve for every dimension, and the points measured on it."""
    result = page.figure(3.0)
    ax = result.subplots()
    for dim, color in zip(parameters.dimensions, GROUP_COLORS, strict=False):
        lost = rows[rows["dimension"] == dim].groupby("width")["lost"]
        widths = lost.mean().index.to_numpy()
        fine = np.arange(dim, int(parameters.most * dim) + 1)
        ax.plot(fine / dim, [recoverable_fraction(int(n), dim) for n in fine], color=color, linewidth=1.2)
        interval = 1.96 * lost.sem()
        ax.errorbar(widths / dim, 1.0 - lost.mean(), interval, fmt="o", markersize=2.8, color=color, label=f"d = {dim}")
    ax.axhline(0.5, color="#999999", linewidth=0.8, linestyle=":")
    half = [(2 * dim - 1) / dim for dim in parameters.dimensions]
    ax.plot(half, np.full(len(half), 0.5), "o", markersize=7, markerfacecolor="none", color="black", markeredgewidth=0.8)
    ax.text(2.2, 0.51, say("figure.dimension.half"), va="bottom")
    ax.set(xlabel=say("figure.dimension.channels"), ylabel=say("figure.dimension.kept"), ylim=(0.0, 1.03))
    ax.legend(loc="lower right", title=say("figure.dimension.key"), alignment="left")
    return result
