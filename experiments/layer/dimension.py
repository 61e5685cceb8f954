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
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold.plots import Page, dimension_look, figure_legend, ink, label_ends, mark_places, muted, sized, tick_measured
from manifold.sweeps import measure_cells, share_interval
from manifold.sweeps.grid import Cell, make_grid
from manifold.text import one_in, say
from manifold.theory import PAPER_EXPANSION, collapsed_fraction, recoverable_fraction

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
_TICKS = (1, 1.5, 2, 3, 4, 6, 10, 20, 50, 100, 1000)
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
    """The share kept with its half at n = 2 d - 1, and the share lost with what is left at n = 6 d; one curve for every d."""
    lines, columns = page.grid(2, least=2.9)
    result = page.figure(2.3 * lines + 0.3)
    kept, lost = result.subplots(lines, columns, squeeze=False).flat
    for dim in parameters.dimensions:
        fine = np.arange(dim, int(parameters.most * dim) + 1)
        exact = np.array([collapsed_fraction(int(width), dim) for width in fine])
        for ax, values in ((kept, 1.0 - exact), (lost, exact)):
            ax.plot(fine / dim, values, color=dimension_look(dim).color, linewidth=sized(1.2))
        _draw_shares(kept, lost, rows[rows["dimension"] == dim].groupby("width")["lost"], dim)
    places = [place for place in _TICKS if place <= parameters.most]
    for ax in (kept, lost):
        tick_measured(ax, places, ratio=1.3)
        ax.set(xlabel=say("axis.channels-per-dimension"), xlim=(0.95, 1.05 * parameters.most))
    kept.set(ylabel=say("figure.dimension.kept"), ylim=(0.0, 1.03))
    _mark_half(kept, parameters.dimensions)
    lost.set(ylabel=say("figure.axis.lost"), yscale="log")
    _mark_ends(lost, parameters)
    kept.plot([], [], color=muted(), label=say("figure.dimension.formula"))
    count = int(rows.groupby(["dimension", "width"]).size().min())
    kept.errorbar([], [], [], fmt="o", markersize=sized(3.0), color=muted(), label=say("figure.curves.mean", count=count))
    figure_legend(result, kept)
    return result


def _draw_shares(kept: Axes, lost: Axes, shares: Any, dim: int) -> None:
    """Means with their 95 per cent intervals: of the share kept, and of the share lost where any is."""
    mean, (low, high), look = shares.mean().to_numpy(), share_interval(shares), dimension_look(dim)
    places, bars = np.array(list(shares.groups)) / dim, np.stack([mean - low, high - mean])
    style: dict[str, Any] = {"fmt": look.marker, "markersize": sized(3.0), "color": look.color}
    kept.errorbar(places, 1.0 - mean, bars[::-1], label=f"d = {dim}", **style)
    seen = mean > 0.0
    lost.errorbar(places[seen], mean[seen], bars[:, seen], **style)


def _mark_half(ax: Axes, dims: Sequence[int]) -> None:
    ax.axhline(0.5, color=muted(), linewidth=sized(0.8), linestyle=":")
    ring: dict[str, Any] = {"markersize": sized(7.0), "markerfacecolor": "none", "color": ink(), "markeredgewidth": sized(0.8)}
    ax.plot([(2 * dim - 1) / dim for dim in dims], np.full(len(dims), 0.5), "o", label=say("figure.dimension.half"), **ring)


def _mark_ends(ax: Axes, parameters: Parameters) -> None:
    """What is lost at the end of the axis, at n = 6 d unless the parameters say otherwise."""
    ends = {dim: collapsed_fraction(int(parameters.most * dim), dim) for dim in parameters.dimensions}
    ax.set(ylim=(0.5 * min(ends.values()), 1.5))
    words = {dim: say("figure.dimension.end", dim=dim, share=one_in(lost)) for dim, lost in ends.items()}
    label_ends(ax, [(ends[dim], words[dim], dimension_look(dim).color) for dim in ends])
    if parameters.most >= PAPER_EXPANSION:
        mark_places(ax, {float(PAPER_EXPANSION): f"n = {PAPER_EXPANSION}d"})
