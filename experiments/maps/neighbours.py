"""Too few neighbours leave a roll in pieces, too many short-circuit it, and noise brings the second on earlier.

Source: Balasubramanian, Schwartz 2002, "The Isomap algorithm and topological stability", on short circuits.
Output: error of landmark Isomap's map against the true chart, share of draws with short circuits and of draws in pieces,
residual variance, against the number of neighbours k, for several sizes of noise. A line between neighbours is a short circuit
if the way on the surface is more than twice as long. Headline: for every noise, the smallest and largest k at which the median
error is below 0.01, and the smallest k at which half of the draws have a short circuit.
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

from manifold import make_cloud, random_stream
from manifold.checks import fault
from manifold.learning import DisconnectedGraphError, LandmarkIsomap, procrustes_error, short_circuits, trustworthiness
from manifold.plots import Page, color_ramp, figure_legend, muted, sized, tick_measured
from manifold.runs import told
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, real, whole

DRAWS = 20


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("swiss roll", "points whose true lengths are known: a name in `manifold.DATASETS`, with options")
    n_points: int = parameter(1000, "number of points N", check=whole(22))
    neighbours: Sequence[int] = parameter([3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 60], "numbers of nearest neighbours k")
    noises: Sequence[float] = parameter(
        [0.0, 0.02, 0.04, 0.06, 0.08], "standard deviations of the noise on the points", check=real(inclusive=True)
    )


QUICK = {"draws": 3, "neighbours": [3, 5, 8, 12, 20, 40], "noises": [0.0, 0.05]}
COLUMNS = (
    "noise",
    "n_neighbors",
    "draw",
    "parts",
    "short_circuits",
    "procrustes_error",
    "trustworthiness",
    "residual_variance",
)
GOOD = 0.01


def check(parameters: Parameters) -> None:
    """True lengths are known, and there are more points than neighbours."""
    for noise in parameters.noises:
        cloud = make_cloud(f"{parameters.dataset},noise={noise:g}", parameters.n_points, rng=random_stream(0))
        if cloud.truth != "lengths":
            raise fault(
                ValueError,
                "dataset must know true lengths, as 'swiss roll', 's-curve' and 'thread' do, got {dataset!r}",
                dataset=parameters.dataset,
            )
    if max(parameters.neighbours) >= parameters.n_points:
        raise fault(
            ValueError,
            "neighbours must be below n_points, {count}, got {most}",
            count=parameters.n_points,
            most=max(parameters.neighbours),
        )


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per noise, k and draw; scores are missing where the points fall into parts."""
    rows = []
    for draw in told(draws):
        for noise in parameters.noises:
            cloud = make_cloud(f"{parameters.dataset},noise={noise:g}", parameters.n_points, rng=random_stream(seed, draw))
            for k in parameters.neighbours:
                row: dict[str, Any] = {"noise": noise, "n_neighbors": k, "draw": draw, "parts": 1}
                try:
                    model = LandmarkIsomap(n_neighbors=k).fit(cloud.points)
                except DisconnectedGraphError as error:
                    rows.append({**row, "parts": int(error.components.max()) + 1})
                    continue
                lines = np.column_stack(model.graph_.nonzero())
                row["short_circuits"] = int(short_circuits(lines, cloud.points, cloud.chart).sum()) // 2
                row["procrustes_error"] = procrustes_error(model.embedding_, cloud.chart)
                row["trustworthiness"] = trustworthiness(cloud.points, model.embedding_, n_neighbors=10)
                row["residual_variance"] = model.residual_variance_
                rows.append(row)
    return DataFrame(rows)


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Where the map is good, and where short circuits begin; -1 where there is no such k."""
    numbers = {}
    for noise, part in rows.groupby("noise"):
        table = part.groupby("n_neighbors")
        whole = table["parts"].median() == 1
        good = whole.index[whole & (table["procrustes_error"].median() < GOOD)]
        broken = whole.index[table["short_circuits"].apply(lambda counts: (counts > 0).mean()) >= 0.5]
        numbers[f"least_n_neighbors_good_noise={noise:g}"] = float(min(good, default=-1))
        numbers[f"largest_n_neighbors_good_noise={noise:g}"] = float(max(good, default=-1))
        numbers[f"first_n_neighbors_short_noise={noise:g}"] = float(min(broken, default=-1))
    return numbers


_PANELS = ("procrustes_error", "pieces", "short", "residual_variance")
_MARKS = "osD^vPX"


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Four panels against k: medians, of the error with the middle 80 per cent of draws, and shares of the draws."""
    whole = rows["parts"] == 1
    short = (rows["short_circuits"] > 0).astype(float).where(whole)
    table = rows.assign(short=short, pieces=(~whole).astype(float))
    lines, columns = page.grid(len(_PANELS), least=1.6)
    result = page.figure(2.0 * lines + 0.4)
    axes = result.subplots(lines, columns, squeeze=False).ravel()
    for ax, column in zip(axes, _PANELS, strict=True):
        _draw_panel(ax, table.dropna(subset=[column]), column)
        ax.set(ylabel=say(f"figure.neighbours.{column}"), xlabel=say("figure.neighbours.k"))
        tick_measured(ax, sorted(parameters.neighbours))
        ax.set_xlim(0.85 * min(parameters.neighbours), 1.2 * max(parameters.neighbours))
    axes[0].axhline(GOOD, color=muted(), linestyle="--", linewidth=sized(0.8), label=say("figure.neighbours.good", good=GOOD))
    for ax in axes[1:3]:
        ax.set_ylim(-0.05, 1.05)
    for ax in axes[::3]:
        ax.set_yscale("log")
    figure_legend(result, axes[0])
    return result


def _draw_panel(ax: Axes, table: DataFrame, column: str) -> None:
    """A line for every size of noise: medians, of shares of draws means."""
    noises = sorted(table["noise"].unique())
    for noise, color, mark in zip(
        noises, color_ramp(np.linspace(0.0, 1.0, len(noises))), itertools.cycle(_MARKS), strict=False
    ):
        groups = table[table["noise"] == noise].groupby("n_neighbors")[column]
        middle = groups.mean() if column in ("pieces", "short") else groups.median()
        if column == "procrustes_error":
            ax.fill_between(middle.index, groups.quantile(0.1), groups.quantile(0.9), color=color, alpha=0.15, linewidth=0)
        label = say("figure.neighbours.noise", noise=noise)
        ax.plot(middle.index, middle, color=color, marker=mark, markersize=sized(3.0), label=label)
