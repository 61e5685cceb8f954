"""To lose almost no point takes few rows; to be one-to-one everywhere takes more, and how many is known only within bounds.

Source: Puthawala et al. 2022, arXiv 2006.08464; Maillard et al. 2023, arXiv 2302.14112; Sandler et al. 2018 (MobileNetV2),
arXiv 1801.04381, Lemma 2. For the plane the chance of being one-to-one is 1 - n (n - 2) / 2^(n - 1) from n = 4 on.
Output: for d = 2, the share of layers that are one-to-one and the share of points they keep against n, simulated with intervals
and by formula; for large d, what is known at which n/d, with the exact share of points lost for two d. Headline: measured and
expected shares, also of layers with one, two and three rows in every half-plane, with z-scores where twenty draws or more are
expected on either side; the largest difference between the formulas and the shares over all 2^n sign patterns of fixed rows;
and at n = 6 d the share of points and the mean number of regions that are lost.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import EMBEDDINGS, is_injective, least_active_rows, random_stream, rank_shares, sectors
from manifold.plots import (
    QUANTITIES,
    Page,
    dimension_look,
    figure_legend,
    ground,
    ink,
    mark_places,
    muted,
    rank_colors,
    sized,
)
from manifold.runs import told
from manifold.sweeps import share_interval
from manifold.text import one_in, say
from manifold.theory import (
    INJECTIVITY_THRESHOLDS,
    PAPER_EXPANSION,
    collapsed_fraction,
    expected_lost_regions,
    half_plane_probability,
    injective_probability,
    recoverable_fraction,
)

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole
from ._scores import can_be_scored, summary, z_score

DRAWS = 2000


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    widths: Sequence[int] = parameter(
        [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20], "numbers of channels n", check=whole(2, 1000)
    )
    enumerated: int = parameter(
        10, "largest number of channels at which all 2^n sign patterns are gone through", check=whole(0, 20)
    )
    dims: Sequence[int] = parameter([16, 24], "dimensions d at which the share of points lost is drawn", check=whole(1, 1000))


QUICK = {"draws": 100, "enumerated": 7}
COLUMNS = ("kind", "width", "draw", "kept", "injective", "half_planes_1", "half_planes_2", "half_planes_3")
FORMULAS: dict[str, Callable[[int], float]] = {
    "kept": lambda width: recoverable_fraction(width, 2),
    "injective": injective_probability,
    "half_planes_1": lambda width: half_plane_probability(width, 1),
    "half_planes_2": lambda width: half_plane_probability(width, 2),
    "half_planes_3": lambda width: half_plane_probability(width, 3),
}
"""Mean of each column of the rows as a function of n."""


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per width and draw; beside those of draw 0 the means over all signs of its rows, up to width `enumerated`."""
    rows = []
    for draw in told(draws):
        for width in parameters.widths:
            matrix = EMBEDDINGS["gaussian"](width, 2, rng=random_stream(seed, draw)).matrix
            rows.append({"kind": "drawn", "width": width, "draw": draw, **_answers(matrix)})
            if draw == 0 and width <= parameters.enumerated:
                signs = np.array(list(itertools.product([1.0, -1.0], repeat=width)))
                answers = DataFrame([_answers(matrix * sign[:, None]) for sign in signs])
                rows.append({"kind": "all signs", "width": width, "draw": draw, **answers.mean()})
    return DataFrame(rows)


def _answers(matrix: Any) -> dict[str, float]:
    """The share of directions that the layer keeps, and 1 or 0 for what it does everywhere."""
    fewest = least_active_rows(matrix)
    half_planes = {f"half_planes_{rows}": float(fewest >= rows) for rows in (1, 2, 3)}
    return {"kept": float(rank_shares(sectors(matrix))[2]), "injective": float(is_injective(matrix)), **half_planes}


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Simulation and enumeration against the formulas, then the two questions at MobileNetV2's expansion."""
    numbers, scores, differences = {}, [], []
    key: Any
    for key, cell in rows.groupby(["kind", "width"], sort=False):
        kind, width = key
        for column, formula in FORMULAS.items():
            mean, expected = float(cell[column].mean()), formula(width)
            if kind == "all signs":
                differences.append(abs(mean - expected))
                continue
            numbers[f"mean_{column}_width={width}"], numbers[f"expected_{column}_width={width}"] = mean, expected
            if can_be_scored(expected, len(cell)):
                scores.append(z_score(cell[column], expected))
                numbers[f"z_{column}_width={width}"] = scores[-1]
    numbers |= summary(scores)
    numbers |= {
        "count_cells_enumerated": float(len(differences)),
        "largest_difference_enumerated": max(differences, default=0.0),
    }
    for dim in (2, *parameters.dims):
        at = f"dimension={dim}_width={PAPER_EXPANSION * dim}"
        numbers[f"expected_lost_{at}"] = collapsed_fraction(PAPER_EXPANSION * dim, dim)
        numbers[f"expected_lost_regions_{at}"] = expected_lost_regions(PAPER_EXPANSION * dim, dim)
    return numbers


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The plane, and large d: what is lost along n/d, and what is known of being one-to-one on the same axis."""
    wide = page.grid(2, least=2.9) == (1, 2)
    result = page.figure(3.9 if wide else 6.4)
    places: Any = [["plane", "lost"], ["plane", "known"]] if wide else [["plane"], ["lost"], ["known"]]
    panels = result.subplot_mosaic(places, height_ratios=[1.2, 1.0] if wide else [1.2, 1.2, 1.0])
    _draw_planar(panels["plane"], rows[rows["kind"] == "drawn"], range(2, max(parameters.widths) + 1))
    _draw_lost(panels["lost"], parameters.dims)
    _draw_known(panels["known"])
    figure_legend(result, panels["plane"], panels["known"])
    return result


def _draw_planar(ax: Axes, rows: DataFrame, widths: Sequence[int]) -> None:
    """Both shares against n for d = 2."""
    count = int(rows.groupby("width").size().min())
    for column, look in zip(("kept", "injective"), QUANTITIES, strict=False):
        shares = rows.groupby("width")[column]
        mean, (low, high) = shares.mean(), share_interval(shares)
        ax.plot(widths, [FORMULAS[column](width) for width in widths], color=look.color, linewidth=sized(1.2))
        style: dict[str, Any] = {"fmt": look.marker, "markersize": sized(3.5), "color": look.color}
        ax.errorbar(mean.index, mean, (mean - low, high - mean), label=say(f"figure.injective.{column}"), **style)
    ax.errorbar([], [], [], fmt="o", markersize=sized(3.5), color=muted(), label=say("figure.curves.mean", count=count))
    ax.plot([], [], color=muted(), label=say("channels.line.mean-formula"))
    ax.set(xlabel=say("axis.channels"), ylabel=say("figure.injective.share"), ylim=(-0.03, 1.03))
    ax.set_title(say("figure.injective.plane"))
    ax.set_xticks(range(2, max(widths) + 1, 2 if max(widths) < 30 else 10))


def _draw_lost(ax: Axes, dims: Sequence[int]) -> None:
    """The share of points lost along n/d, down to that at n = 6 d."""
    for dim in dims:
        widths, look = range(dim, int(_MOST * dim) + 1), dimension_look(dim)
        ax.plot(np.array(widths) / dim, [collapsed_fraction(width, dim) for width in widths], color=look.color)
        lost = collapsed_fraction(PAPER_EXPANSION * dim, dim)
        ax.plot(PAPER_EXPANSION, lost, marker=look.marker, markersize=sized(5.0), color=look.color)
        words = say("figure.dimension.end", dim=dim, share=one_in(lost))
        beside: dict[str, Any] = {"ha": "left", "va": "bottom"} if dim == min(dims) else {"ha": "right", "va": "top"}
        away = sized(5.0) if dim == min(dims) else -sized(5.0)
        ax.annotate(words, (PAPER_EXPANSION, lost), (away, 0.0), textcoords="offset points", color=look.color, **beside)
    least = min((collapsed_fraction(PAPER_EXPANSION * dim, dim) for dim in dims), default=1e-3)
    ax.set(yscale="log", xlim=(1.0, _MOST), ylim=(1e-3 * least, 10.0), ylabel=say("figure.axis.lost"))
    ax.set_xticks(range(1, int(_MOST) + 1, 2), [])
    ax.set_title(say("figure.injective.large"))
    mark_places(ax, {float(PAPER_EXPANSION): f"n = {PAPER_EXPANSION}d"})


def _draw_known(ax: Axes) -> None:
    """A line for every threshold: the part of the axis for which something is proved, or the place of a prediction."""
    colors = rank_colors()
    edge: dict[str, Any] = {"edgecolor": ink(), "linewidth": sized(0.6)}
    for row, entry in enumerate(INJECTIVITY_THRESHOLDS):
        words, side, away = say(f"figure.injective.threshold.{row}", ratio=f"{entry.ratio:.2f}"), "right", -0.3
        if entry.kind == "lower bound":
            ax.barh(row, entry.ratio - 1.0, left=1.0, color=colors[0], label=say("figure.injective.never"), **edge)
            side, away = "left", 0.3
        elif entry.kind == "prediction":
            ax.plot(entry.ratio, row, "D", color=ink(), markersize=sized(4.5), label=say("figure.injective.predicted"))
        else:
            label = say("figure.injective.always")
            ax.barh(row, _MOST - entry.ratio, left=entry.ratio, color=colors[2], label=label, **edge)
        behind = {"facecolor": ground(), "edgecolor": "none", "pad": sized(0.5)}
        ax.text(entry.ratio + away, row, words, ha=side, va="center", bbox=behind)
    ax.axvline(PAPER_EXPANSION, color=muted(), linewidth=sized(0.8), linestyle=":", zorder=0)
    ax.set(xlim=(1.0, _MOST), ylim=(len(INJECTIVITY_THRESHOLDS) - 0.4, -0.6), yticks=[])
    ax.set(xlabel=say("axis.channels-per-dimension"), title=say("figure.injective.known"))
    ax.set_xticks(range(1, int(_MOST) + 1, 2))


_MOST = 11.5  # greatest n/d shown
