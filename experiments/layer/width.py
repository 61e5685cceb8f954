"""The decoder of the paper's picture errs at every width; the best one errs only at lost points, 1 in 100 at ten channels.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, Figure 1, for the layer and its T^-1; the formula for the mean is
derived in `manifold.theory.expected_nmse`.
Output: error against the number of channels for every decoder, median and the middle 90 per cent of the draws, with the exact
mean of two of them, (1 + q)/4 and q; the share of points lost, with the exact one; and the share of the error that is the
decoder's own fault, median and middle 90 per cent. Headline: the medians, and the largest z-score of means against formulas,
with the number of cells compared. The mean error of T^+ has a finite variance from n = 6 on only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import ACTIVATIONS, DECODERS, EMBEDDINGS
from manifold.plots import GROUP_COLORS, Page
from manifold.sweeps.grid import Cell, make_grid
from manifold.sweeps.table import measure_cells
from manifold.text import named, say
from manifold.theory import collapsed_fraction, expected_nmse

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ._scores import can_be_scored, summary, z_score

DRAWS = 1000
BLOCK = 50


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("spiral", "points in the plane: a name in `manifold.DATASETS`, with options, or a file")
    n_points: int = parameter(300, "number of points N")
    widths: Sequence[int] = parameter(
        [2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30], "numbers of channels n", check=whole(2, 10_000)
    )
    decoders: Sequence[str] = parameter(
        ["inverse", "doubled", "affine", "active-rows", "posterior"],
        "decoders, by their names in `manifold.DECODERS`",
        check=one_of(DECODERS),
    )
    embedding: str = parameter("gaussian", "law of T, by its name in `manifold.EMBEDDINGS`", check=one_of(EMBEDDINGS))
    activation: str = parameter("relu", "activation, by its name in `manifold.ACTIVATIONS`", check=one_of(ACTIVATIONS))


QUICK = {"draws": 50, "n_points": 100, "widths": [2, 3, 5, 8, 15, 30]}
COLUMNS = (
    "dataset",
    "n_points",
    "dimension",
    "embedding",
    "width",
    "activation",
    "decoder",
    "noise",
    "scale",
    "draw",
    "nmse",
    "lost",
    "decoder_share",
)
PAPERS = ("inverse", "doubled")
"""The decoder of the paper's picture, and twice it: their mean error has a formula, and their share of the fault is drawn."""


def check(parameters: Parameters) -> None:
    """Every cell of the grid can be measured."""
    _cells(parameters)


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per width, decoder and draw."""
    rows = measure_cells(_cells(parameters), draws, seed=seed, metrics=["nmse", "lost", "decoder-share"])
    return rows.rename(columns={"decoder-share": "decoder_share"})


def _cells(parameters: Parameters) -> list[Cell]:
    grid = asdict(parameters)
    return make_grid(width=grid.pop("widths"), decoder=grid.pop("decoders"), **grid)


def headline(rows: Any, parameters: Parameters) -> dict[str, float]:
    """Medians, and z-scores where there is a formula."""
    numbers: dict[str, float] = {}
    for (decoder, width), part in rows.groupby(["decoder", "width"], sort=False):
        numbers[f"median_nmse_decoder={decoder}_width={width}"] = float(part["nmse"].median())
        numbers[f"median_decoder_share_decoder={decoder}_width={width}"] = float(part["decoder_share"].median())
    scores = list(_scores(rows)) if (parameters.embedding, parameters.activation) == ("gaussian", "relu") else []
    return numbers | summary(scores)


def _scores(rows: Any) -> Iterator[float]:
    """Mean - formula in standard errors of the mean."""
    for (decoder, width), part in rows.groupby(["decoder", "width"]):
        if decoder in PAPERS and width >= 6:
            yield z_score(part["nmse"], expected_nmse(width, 2, decoder=decoder))
    for width, part in rows[rows["decoder"] == rows["decoder"].iloc[0]].groupby("width"):
        if can_be_scored(collapsed_fraction(width, 2), len(part)):
            yield z_score(part["lost"], collapsed_fraction(width, 2))


def figure(rows: Any, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Error, share lost and the decoder's share, each against n; dashed, the formulas."""
    result = page.figure(3.3)
    error, lost, share = result.subplots(1, 3, width_ratios=[1.25, 1.0, 1.0])
    exact = (parameters.embedding, parameters.activation) == ("gaussian", "relu")
    for decoder, color in zip(parameters.decoders, GROUP_COLORS, strict=False):
        part = rows[rows["decoder"] == decoder].groupby("width")
        label = named(DECODERS, decoder, "inline")
        _draw_medians(error, part["nmse"], color, label)
        if exact and decoder in PAPERS:
            fine = np.arange(4, max(rows["width"]) + 1)
            error.plot(fine, [expected_nmse(int(n), 2, decoder=decoder) for n in fine], "--", color="black", zorder=3)
        if decoder in PAPERS:
            _draw_medians(share, part["decoder_share"], color, label)
    _draw_lost(lost, rows[rows["decoder"] == parameters.decoders[0]].groupby("width")["lost"], exact)
    error.plot([], [], "--", color="black", label=say("channels.line.mean-formula"))
    error.set(yscale="log", title=say("channels.axis.error"), ylim=(1e-8, 30.0))
    share.set(title=say("figure.width.share"), ylim=(0.0, 1.05))
    for ax in (error, lost, share):
        ax.set(xlabel=say("axis.channels"), xlim=(0.0, None))
    handles, labels = error.get_legend_handles_labels()
    result.legend(handles, labels, loc="outside lower center", ncols=len(labels), columnspacing=1.2, handlelength=1.6)
    return result


def _draw_medians(ax: Axes, groups: Any, color: str, label: str) -> None:
    """Median and middle 90 per cent of the draws, what is below the frame at its edge."""
    floor = 1e-12
    middle, low, high = (groups.quantile(share).clip(lower=floor) for share in (0.5, 0.05, 0.95))
    ax.plot(middle.index, middle, "o-", markersize=2.5, color=color, label=label)
    ax.fill_between(middle.index, low, high, color=color, alpha=0.13, linewidth=0)


def _draw_lost(ax: Axes, shares: Any, exact: bool) -> None:
    """Mean share lost with the 95 per cent interval of the mean, where any draw loses a point, and the formula."""
    mean, interval = shares.mean(), 1.96 * shares.sem()
    seen = mean > 0.0
    below = interval.clip(upper=0.99 * mean)  # an interval down to 0 has no end on this axis
    bars = np.stack([below[seen], interval[seen]])
    ax.errorbar(mean.index[seen], mean[seen], bars, fmt="o", markersize=3, color="#555555", label=say("figure.width.simulated"))
    if exact:
        fine = np.arange(2, max(mean.index) + 1)
        ax.plot(fine, [collapsed_fraction(int(n), 2) for n in fine], "--", color="black", label=r"$(n+1)/2^n$")
    ax.set(yscale="log", title=say("figure.axis.lost"), ylim=(1e-5, 1.5))
    ax.legend(loc="upper right")
