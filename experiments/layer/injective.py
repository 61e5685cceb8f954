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

from manifold import ACTIVATIONS, EMBEDDINGS, is_injective, least_active_rows, random_stream, rank_shares, sectors
from manifold.plots import GROUP_COLORS, RANK_COLORS, Page
from manifold.runs import told
from manifold.text import say
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
    """The plane at the left, large d at the right."""
    result = page.figure(3.2)
    left, right = result.subplots(1, 2, width_ratios=[1.0, 1.45])
    _draw_planar(left, rows[rows["kind"] == "drawn"], range(2, max(parameters.widths) + 1))
    _draw_ratios(right, parameters.dims)
    return result


def _draw_planar(ax: Axes, rows: DataFrame, widths: Sequence[int]) -> None:
    """Both shares against n for d = 2."""
    for column, color, marker in zip(("kept", "injective"), GROUP_COLORS[:2], "os", strict=True):
        cells = rows.pivot(index="width", columns="draw", values=column)
        interval = 1.96 * cells.std(axis=1) / np.sqrt(cells.shape[1])
        ax.plot(widths, [FORMULAS[column](width) for width in widths], color=color)
        label = say(f"figure.injective.{column}")
        ax.errorbar(cells.index, cells.mean(axis=1), interval, fmt=marker, markersize=3.5, color=color, label=label)
    ax.set(xlabel=say("figure.axis.rows"), ylabel=say("figure.injective.share"), ylim=(-0.03, 1.03))
    ax.set_title(say("figure.injective.plane"))
    ax.set_xticks(range(2, max(widths) + 1, 2))
    ax.legend(loc="lower right", title=say("figure.injective.key"), alignment="left")


def _draw_ratios(ax: Axes, dims: Sequence[int]) -> None:
    """What is proved and predicted along n/d, and the share of points lost on the same axis."""
    never = max(entry.ratio for entry in INJECTIVITY_THRESHOLDS if entry.kind == "lower bound")
    always = min(entry.ratio for entry in INJECTIVITY_THRESHOLDS if entry.kind == "upper bound")
    for entry in INJECTIVITY_THRESHOLDS:
        style = ":" if entry.kind == "prediction" else "-"
        ax.axvline(entry.ratio, ymin=0.16, color="#555555", linewidth=0.8, linestyle=style)
    _draw_zone(ax, 1.0, never, say("figure.injective.never"), RANK_COLORS[0])
    _draw_zone(ax, never, PAPER_EXPANSION, say("figure.injective.unknown"), "white")
    _draw_zone(ax, always, _MOST, say("figure.injective.always"), RANK_COLORS[2])
    for dim in dims:
        widths = range(dim, int(_MOST * dim) + 1)
        lost = [collapsed_fraction(width, dim) for width in widths]
        ax.plot(np.array(widths) / dim, lost, color=GROUP_COLORS[0])
        ax.text(always + 0.1, lost[int(always * dim) - dim], f"d = {dim}", color=GROUP_COLORS[0], ha="left", va="bottom")
    color = ACTIVATIONS["relu"].color
    ax.axvline(PAPER_EXPANSION, color=color, linewidth=1.6)
    words: dict[str, Any] = {"color": color, "rotation": 90, "ha": "right", "va": "center"}
    ax.text(PAPER_EXPANSION - 0.1, 0.42, say("figure.injective.network"), transform=ax.get_xaxis_transform(), **words)
    ax.set(yscale="log", xlim=(1.0, _MOST), ylim=(1e-56, 1e2), xlabel=say("figure.axis.rows-per-dimension"))
    ax.set_ylabel(say("figure.axis.lost"))
    ax.set_xticks(range(1, int(_MOST) + 1))
    top = ax.secondary_xaxis("top")
    ratios = [entry.ratio for entry in INJECTIVITY_THRESHOLDS]
    top.set_xticks(ratios, [f"{ratio:.2f}" for ratio in ratios])
    top.set_xlabel(say("figure.injective.large"))


def _draw_zone(ax: Axes, start: float, stop: float, words: str, color: str) -> None:
    """A part of the axis, with what is known there at its foot."""
    ax.axvspan(start, stop, color=color, linewidth=0, zorder=0)
    ax.text((start + stop) / 2.0, 0.03, words, ha="center", va="bottom", transform=ax.get_xaxis_transform())


_MOST = 11.5  # greatest n/d shown
