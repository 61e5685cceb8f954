"""ReLU6 loses twice: below 0, as ReLU does at any size of the input, and above 6, the more the larger the input.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, uses ReLU6; at |x| = r a Gaussian row is active with probability
Phi(6/r) - 1/2 instead of 1/2.
Output: the share of points lost against the size of the input, ReLU6 beside ReLU, points on a circle, with the interval of the
mean over the draws and the exact formula; and a spiral of three sizes through ReLU6. Headline: measured and expected share and
the z-score at every size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import ACTIVATIONS, EMBEDDINGS, make_cloud, random_stream, recover_with
from manifold.metrics import lost_share
from manifold.plots import Page, chart_colors, draw_cloud
from manifold.runs import told
from manifold.text import named, say
from manifold.theory import collapsed_fraction, relu6_active_probability

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole
from ._scores import z_score

DRAWS = 1000


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    n_points: int = parameter(200, "number of points N")
    width: int = parameter(12, "number of channels n", check=whole(2, 1000))
    radii: Sequence[float] = parameter([0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0], "sizes |x| of the points")


QUICK = {"draws": 50}
COLUMNS = ("activation", "radius", "draw", "lost")
ARMS = ("relu", "relu6")
SHOWN_RADII = (1.0, 10.0, 20.0)


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per activation, radius and draw: the share of a circle of that radius that is lost."""
    rows = []
    for draw in told(draws):
        rng = random_stream(seed, draw)
        circle = make_cloud("circle", parameters.n_points, rng=rng).points
        embedding = EMBEDDINGS["gaussian"](parameters.width, 2, rng=rng)
        for activation in ARMS:
            for radius in parameters.radii:
                lost = lost_share(recover_with(radius * circle, embedding, activation=activation))
                rows.append({"activation": activation, "radius": radius, "draw": draw, "lost": lost})
    return DataFrame(rows)


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Mean share lost over the draws against the closed form."""
    numbers = {}
    for activation in ARMS:
        for radius in parameters.radii:
            lost = rows.loc[(rows["activation"] == activation) & (rows["radius"] == radius), "lost"]
            expected = _expected(activation, radius, parameters.width)
            numbers[f"mean_lost_activation={activation}_radius={radius:g}"] = float(lost.mean())
            numbers[f"expected_lost_activation={activation}_radius={radius:g}"] = expected
            numbers[f"z_lost_activation={activation}_radius={radius:g}"] = z_score(lost, expected)
    return numbers


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """What the draws that are shown follow from."""
    return {"seed": seed}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The curves at the left, three spirals through ReLU6 at the right."""
    seed = int(drawn["seed"])
    result = page.figure(2.5)
    curve, *panels = result.subplots(1, 4, width_ratios=[1.7, 1.0, 1.0, 1.0])
    fine = np.geomspace(min(parameters.radii), max(parameters.radii), 200)
    for activation in ARMS:
        color = ACTIVATIONS[activation].color
        lost = rows[rows["activation"] == activation].pivot(index="radius", columns="draw", values="lost")
        interval = 1.96 * lost.std(axis=1) / np.sqrt(lost.shape[1])
        curve.plot(fine, [_expected(activation, radius, parameters.width) for radius in fine], color=color)
        title = named(ACTIVATIONS, activation)
        curve.errorbar(lost.index, lost.mean(axis=1), interval, fmt="o", markersize=3.5, color=color, label=title)
    curve.set(xscale="log", xlabel=say("figure.input_scale.size"), ylabel=say("figure.axis.lost"), ylim=(0.0, None))
    ticks = [radius for radius in (1, 3, 10, 30) if min(parameters.radii) <= radius <= max(parameters.radii)]
    curve.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    curve.minorticks_off()
    curve.legend(loc="upper left", title=say("figure.input_scale.key", width=parameters.width), alignment="left")
    rng = random_stream(seed, 0)
    spiral = make_cloud("spiral", 500, rng=rng)
    embedding = EMBEDDINGS["gaussian"](parameters.width, 2, rng=rng)
    for ax, radius in zip(panels, SHOWN_RADII, strict=True):
        best = recover_with(radius * spiral.points, embedding, activation="relu6", decoder="posterior")
        draw_cloud(ax, best.recovered / radius, chart_colors(spiral), lost=best.rank < 2)
        ax.set(title=say("figure.input_scale.spiral", radius=radius), xlabel=say("figure.lost", share=lost_share(best)))
    return result


def _expected(activation: str, radius: float, width: int) -> float:
    return collapsed_fraction(width, 2, active=relu6_active_probability(radius) if activation == "relu6" else 0.5)
