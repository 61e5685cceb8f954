"""What passes a trained network has few dimensions at every layer; with random weights and batch norms set it gets many.

Source: TwoNN of Facco et al. 2017, arXiv 1803.06992, and Ansuini et al. 2019, arXiv 1905.12784, for images in trained networks.
The question is MobileNetV2's, Sandler et al. 2018, arXiv 1801.04381, section 3.2: is the manifold of interest low-dimensional?
Seen are positions, one vector of channels each, drawn at random from crops of three photographs; and whole views of one
photograph, turned and zoomed, whose true dimension is 2. EfficientNet-Lite0 has its weights of ImageNet; or random ones, with
the batch norms set by what passes, or as new. A draw draws crops, views and weights.
Output: TwoNN before and after every activation against depth, means over the draws with bands from least to most, and what
TwoNN says of as many Gaussian points of known dimension: above about ten it says too little. Headline: median, least and
greatest before activations, and the mean change across them; what is said of known dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from pandas import DataFrame
from torch import nn

from manifold import participation_ratio, picture_views, random_stream, two_nn, two_nn_calibration
from manifold.checks import Floats
from manifold.nets import probe, trace
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.plots.style import faint, muted
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ._networks import ARMS, as_images, crops, draw_depth, make_network

DRAWS = 5


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    positions: int = parameter(768, "positions seen at each place", check=whole(20, 5000))
    crops: int = parameter(32, "crops of photographs they are drawn from", check=whole(4, 1000))
    views: int = parameter(160, "views of one photograph", check=whole(20, 2000))
    size: int = parameter(128, "pixels of a crop's and a view's side", check=whole(32, 400))
    weights: Sequence[str] = parameter([*ARMS], "of the network", check=one_of(ARMS))


QUICK = {"draws": 1, "positions": 100, "crops": 6, "views": 24, "size": 48, "weights": ["trained", "normed"]}
COLUMNS = ("weights", "draw", "seen", "step", "side", "two_nn", "participation_ratio")
DIMENSIONS = (2, 5, 10, 20, 40, 80)
SEEN = ("positions", "views")
TICKS = (1, 2, 5, 10, 20, 50, 100)


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per arm, draw, what is seen, place and side of an activation."""
    rows = []
    for draw in draws:
        images = crops(parameters.crops, parameters.size, rng=random_stream(seed, draw, 2))
        views = picture_views(count=parameters.views, size=parameters.size, rng=random_stream(seed, draw))
        for arm in parameters.weights:
            network = make_network(arm, images, rng=random_stream(seed, draw, 1))
            seen: dict[str, Any] = {"weights": arm, "draw": draw, "seen": "positions"}
            for step, (side, points) in enumerate(_positions(network, images, parameters.positions)):
                rows.append(seen | {"step": step, "side": side} | _shape(points))
            network = make_network(arm, as_images(views)[:: -(-len(views.points) // 54)], rng=random_stream(seed, draw, 1))
            table = trace(network, views, sites=["*"]).table
            sides: Any = table[table["kind"].isin(("before", "after"))][["kind", "two_nn", "participation_ratio"]]
            for step, row in enumerate(sides.rename(columns={"kind": "side"}).to_dict("records")):
                rows.append(seen | {"seen": "views", "step": step} | row)
    return DataFrame(rows)


def _positions(network: nn.Module, images: torch.Tensor, count: int) -> Iterator[tuple[str, Floats]]:
    """Channels at positions before and after each activation, (N, C)."""
    for reading in probe(network, torch.split(images, 8), counts=False, keep=count).sites:
        yield "before", reading.sample
        yield "after", reading.operation.function(torch.from_numpy(reading.sample)).numpy()


def _shape(points: Floats) -> dict[str, float]:
    return {"two_nn": two_nn(points), "participation_ratio": participation_ratio(points)}


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """The middle and the ends over the places before activations, of the means over the draws."""
    numbers: dict[str, float] = {}
    for (arm, seen), each in rows.groupby(["weights", "seen"], sort=False):
        means: Any = each.groupby(["side", "step"])["two_nn"].mean()
        before, cell = means["before"], f"weights={arm}_seen={seen}"
        for name, value in (("median", before.median()), ("least", before.min()), ("largest", before.max())):
            numbers[f"{name}_two_nn_{cell}"] = float(value)
        numbers[f"mean_change_two_nn_{cell}"] = float(means["after"].mean() - before.mean())
    said = two_nn_calibration(parameters.positions, DIMENSIONS, rng=random_stream(0))
    return numbers | {f"expected_two_nn_dimension={size}": float(value) for size, value in zip(DIMENSIONS, said, strict=True)}


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """What TwoNN says of known dimensions, for each number of points."""
    counts = {"positions": parameters.positions, "views": parameters.views}
    return {seen: two_nn_calibration(count, DIMENSIONS, rng=random_stream(seed, 0, 3)) for seen, count in counts.items()}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Positions on the left, views on the right; thin lines are known dimensions."""
    lines, columns = page.grid(len(SEEN), least=3.0)
    result = page.figure(2.7 * lines + 0.5)
    axes = result.subplots(lines, columns, sharey=True, squeeze=False).ravel()
    for ax, seen in zip(axes, SEEN, strict=True):
        for arm in parameters.weights:
            some = rows[(rows["weights"] == arm) & (rows["seen"] == seen)]
            draw_depth(ax, some, "two_nn", arm)
        for dimension, said in zip(DIMENSIONS, np.asarray(drawn[seen]), strict=True):
            ax.axhline(said, color=faint(), linewidth=0.5, zorder=0)
            ax.annotate(f"d = {dimension}", (1.0, said), xycoords=ax.get_yaxis_transform(), va="center", color=muted())
        ax.set(title=say(f"networks.seen.{seen}"), xlabel=say("networks.depth"), yscale="log")
        ax.set_yticks(TICKS, [f"{tick}" for tick in TICKS], minor=False)
        ax.minorticks_off()
    for ax in axes[::columns]:
        ax.set_ylabel(say("networks.two_nn"))
    result.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=columns)
    return result
