"""N/2^n is the share of points kept, not lost as the paper says; its bound 2^(-n/2) on the loss fails at its n = 6d if d > 5.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, Appendix A, Theorem 1, the sentence after it, and the last one. N
counts the sign patterns of n rows of which d or more are active; T is Gaussian, n x d.
Output: N/2^n against n for several d, with the share of points kept by simulated layers and the interval of its mean; and the
exact loss as a power of 2, per row, against n/d, with the paper's bound. Headline: simulated and expected share kept, z-scores
where twenty draws or more are expected to lose or to keep a point, exponents of loss and bound at d = 16, n = 96, and for each
d the smallest n from which the bound holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold.checks import fault
from manifold.plots import (
    VERDICTS,
    Page,
    dimension_look,
    figure_legend,
    ground,
    ink,
    label_ends,
    mark_places,
    muted,
    sized,
)
from manifold.sweeps import measure_cells, share_interval
from manifold.sweeps.grid import Cell, make_grid
from manifold.text import say
from manifold.theory import (
    PAPER_EXPANSION,
    log2_collapsed_fraction,
    paper_bound_holds,
    paper_bound_threshold,
    recoverable_fraction,
    recoverable_patterns,
)

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole
from ._scores import can_be_scored, summary, z_score

DRAWS = 1000


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    n_points: int = parameter(20, "number of points N")
    dims: Sequence[int] = parameter([2, 4, 8], "dimensions d that are simulated", check=whole(1, 1000))
    widths: Sequence[int] = parameter(
        [2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 21, 24], "numbers of channels n", check=whole(1, 10_000)
    )
    bound_dims: Sequence[int] = parameter([2, 4, 8, 16, 32], "dimensions d for which the bound is drawn", check=whole(1, 1000))


QUICK = {"draws": 50}
COLUMNS = ("dimension", "width", "draw", "kept")
BLOCK = 250
_MOST = 13  # greatest n/d drawn
_MOST_CHECKED = 64  # d up to which the figure looks where the bound fails at n = 6 d
NETWORK_BLOCK = (16, 16 * PAPER_EXPANSION)
"""d and n of a block of MobileNetV2."""


def check(parameters: Parameters) -> None:
    """Every cell of the grid can be measured."""
    _cells(parameters)


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per dimension, width and draw: the share of random points of a ball that a Gaussian layer keeps."""
    rows = measure_cells(_cells(parameters), draws, seed=seed, metrics=["lost"])
    return DataFrame({"dimension": rows["dimension"], "width": rows["width"], "draw": rows["draw"], "kept": 1.0 - rows["lost"]})


def _cells(parameters: Parameters) -> list[Cell]:
    cells = []
    for dim in parameters.dims:
        wide = [width for width in parameters.widths if width >= dim]
        if not wide:
            raise fault(
                ValueError, "widths must have one of at least d = {dim}, got {widths}", dim=dim, widths=parameters.widths
            )
        cells += make_grid(dataset="ball", dimension=dim, n_points=parameters.n_points, width=wide)
    return cells


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Simulation against N/2^n, then the bound against exact losses."""
    numbers, scores = {}, []
    key: Any
    for key, kept in rows.groupby(["dimension", "width"], sort=False)["kept"]:
        dim, width = key
        expected = recoverable_patterns(width, dim) / 2**width
        numbers[f"mean_kept_dimension={dim}_width={width}"] = float(kept.mean())
        numbers[f"expected_kept_dimension={dim}_width={width}"] = expected
        if can_be_scored(expected, len(kept)):
            scores.append(z_score(kept, expected))
            numbers[f"z_kept_dimension={dim}_width={width}"] = scores[-1]
    numbers |= summary(scores)
    dim, width = NETWORK_BLOCK
    numbers[f"expected_log2_lost_dimension={dim}_width={width}"] = log2_collapsed_fraction(width, dim)
    numbers[f"bound_log2_lost_dimension={dim}_width={width}"] = -width / 2
    for dim in parameters.bound_dims:
        numbers[f"first_width_bound_holds_dimension={dim}"] = float(_first_width(dim))
        numbers[f"first_expansion_bound_holds_dimension={dim}"] = _first_width(dim) / dim
    numbers["limit_expansion_bound_holds"] = paper_bound_threshold()
    return numbers


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """What N/2^n is at the left, the bound at the right."""
    lines, columns = page.grid(2, least=2.9)
    result = page.figure(2.5 * lines + 0.4)
    left, right = result.subplots(lines, columns, squeeze=False).flat
    _draw_kept(left, rows, parameters)
    _draw_bound(right, parameters.bound_dims)
    figure_legend(result, left, right)
    return result


def _first_width(dim: int) -> int:
    """The smallest n >= d from which on the paper's bound holds."""
    return next(width for width in itertools.count(dim) if paper_bound_holds(width, dim))


def _draw_kept(ax: Axes, rows: DataFrame, parameters: Parameters) -> None:
    widths = range(1, max(parameters.widths) + 1)
    for dim in parameters.dims:
        shares, look = rows[rows["dimension"] == dim].groupby("width")["kept"], dimension_look(dim)
        mean, (low, high) = shares.mean(), share_interval(shares)
        ax.plot(widths, [recoverable_fraction(width, dim) for width in widths], color=look.color, linewidth=sized(1.2))
        bars = (mean - low, high - mean)
        ax.errorbar(mean.index, mean, bars, fmt=look.marker, markersize=sized(3.5), color=look.color)
        away = (sized(6.0), -sized(7.0))
        ax.annotate(f"d = {dim}", (2 * dim - 1, 0.5), away, textcoords="offset points", color=look.color)
    count = int(rows.groupby(["dimension", "width"]).size().min())
    ax.errorbar([], [], [], fmt="o", markersize=sized(3.5), color=muted(), label=say("figure.curves.mean", count=count))
    ax.plot([], [], color=muted(), label=say("figure.misprint.formula"))
    ax.set(xlabel=say("axis.channels"), ylabel=say("figure.misprint.kept"), ylim=(-0.03, 1.03))
    ax.set_title(say("figure.misprint.title"))


def _draw_bound(ax: Axes, dims: Sequence[int]) -> None:
    """log2(share lost)/n: the paper's bound is the level -1/2, whatever n and d."""
    ends = []
    for dim in dims:
        lost = [log2_collapsed_fraction(width, dim) / width for width in range(dim, _MOST * dim + 1)]
        color = dimension_look(dim).color
        ax.plot(np.arange(dim, _MOST * dim + 1) / dim, lost, color=color, linewidth=sized(1.2))
        ends.append((lost[-1], f"d = {dim}", color))
    share = 1.0 / np.linspace(2.0, _MOST, 200)[1:]
    entropy = -share * np.log2(share) - (1.0 - share) * np.log2(1.0 - share)
    ax.plot(1.0 / share, entropy - 1.0, color=ink(), linestyle=":")
    ax.axhline(-0.5, color=ink(), linewidth=sized(0.8), linestyle="--")
    _mark_verdicts(ax, dims)
    ax.set(xlim=(1.0, _MOST), ylim=(min(end for end, _, _ in ends) - 0.05, 0.0))
    ax.set(xlabel=say("axis.channels-per-dimension"), ylabel=say("figure.misprint.bits"))
    ax.set_title(say("figure.misprint.bound"))
    ax.set_xticks(range(1, _MOST + 1, 2))
    label_ends(ax, [*ends, (entropy[-1] - 1.0, "d → ∞", ink()), (-0.5, "$2^{-n/2}$", ink())])
    mark_places(ax, {float(PAPER_EXPANSION): say("figure.misprint.network", ratio=PAPER_EXPANSION)})


def _mark_verdicts(ax: Axes, dims: Sequence[int]) -> None:
    """Whether the bound holds at n = 6 d, in integers, and the width from which on it does."""
    first = [_first_width(dim) for dim in dims]
    places = [(width / dim, log2_collapsed_fraction(width, dim) / width) for width, dim in zip(first, dims, strict=True)]
    ring: dict[str, Any] = {"markerfacecolor": ground(), "color": ink(), "markersize": sized(3.5)}
    ax.plot(*zip(*places, strict=True), "D", label=say("figure.misprint.from"), **ring)
    last = max(dim for dim in range(1, _MOST_CHECKED) if paper_bound_holds(PAPER_EXPANSION * dim, dim))
    for holds, look in VERDICTS.items():
        shown = [dim for dim in dims if paper_bound_holds(PAPER_EXPANSION * dim, dim) is holds]
        lost = [log2_collapsed_fraction(PAPER_EXPANSION * dim, dim) / (PAPER_EXPANSION * dim) for dim in shown]
        label = say("figure.misprint.holds" if holds else "figure.misprint.fails", ratio=PAPER_EXPANSION, dim=last)
        ax.plot([PAPER_EXPANSION] * len(shown), lost, label=label, markersize=sized(6.0), zorder=4, **look.marks)
