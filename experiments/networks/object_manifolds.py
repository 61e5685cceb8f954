"""Trained layers make object manifolds easier to tell apart, but not by ReLU6: it costs capacity, linear bottlenecks win it.

Source: Chung, Lee, Sompolinsky 2018, arXiv 1710.06487, for capacity, radius and dimension of manifolds, and Cohen, Chung, Lee,
Sompolinsky 2020, Nature Communications 11:746, for deep networks; formulas in `manifold.learning.capacity`. An object is a
square of a photograph, none overlapping another, or a digit; its manifold are views of it, turned by up to 3 degrees, up to 1.1
times as near, shifted, and dimmed by up to a tenth. They pass through EfficientNet-Lite0, trained or with random weights and
norms set by what passes. A place with more than 2048 numbers is seen by a sketch of so many, as in `trace`.
Found, in one draw: capacity rises from .30 in the pixels of photographs to .62 behind the last activation (of digits .39 to
.37, with a loss and a gain between), and with random weights falls to .05. Across the ReLU6 of an expansion it changes by a
factor of .94 (photographs) and .98 (digits) in the mean, and rises at 3 of 15; across the linear bottleneck by 1.16 and 1.08,
and rises at 15 and 14 of 16 (4 in 100 cases, and fewer than 1 in 200, if rise and fall were equally likely). Radius and
dimension tell the same.
Output: at every place, before and after every activation and behind every block, capacity, radius, dimension, the mean |cosine|
between centres and how many directions they share; at some expansions capacity by trying. Headline: capacity of the pixels and
behind the last activation; mean factors across the activations of expansions and of depthwise layers, and across the linear
layer that ends a block, with the share of places that gain; simulated capacity over that of the theory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame
from torch import Tensor, nn

from manifold import DATASETS, random_stream
from manifold.checks import Floats
from manifold.clouds.pictures import read_at, turn_places, window
from manifold.learning import manifold_capacity, simulated_capacity
from manifold.nets import InvertedResidual
from manifold.nets.probing.passage import Passage, pass_views
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.plots.palettes import QUANTITIES
from manifold.plots.style import faint
from manifold.runs import told
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ._networks import ARMS, COLORS, draw_depth, make_network, photographs

DRAWS = 1
SHOWN = ("photographs", "digits")


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    datasets: Sequence[str] = parameter([*SHOWN], "whose objects", check=one_of(SHOWN))
    manifolds: int = parameter(50, "objects P, each a manifold", check=whole(4, 70))
    views: int = parameter(50, "views M of each", check=whole(2, 1000))
    size: int = parameter(64, "pixels of a view's side", check=whole(32, 72))
    vectors: int = parameter(30, "normal vectors t for each manifold", check=whole(1, 10_000))
    dichotomies: int = parameter(5, "classes drawn where capacity is simulated", check=whole(1, 1000))
    simulated: Sequence[int] = parameter([8], "blocks at whose expansion it is", check=whole(2, 16))
    weights: Sequence[str] = parameter(["trained", "normed"], "of the network", check=one_of(ARMS))


QUICK = {"datasets": ["photographs"], "manifolds": 8, "views": 5, "size": 32, "vectors": 4, "dichotomies": 1, "simulated": [8]}
COLUMNS = (
    *("dataset", "weights", "draw", "step", "block", "place", "side", "capacity", "simulated_capacity"),
    *("manifold_radius", "manifold_dimension", "centre_correlation", "common"),
)
_PART = 54  # views that set the norms


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per dataset, arm, draw and place."""
    rows = []
    cells = [(draw, dataset, arm) for draw in draws for dataset in parameters.datasets for arm in parameters.weights]
    for draw, dataset, arm in told(cells, draws=len(draws)):
        images = object_views(dataset, parameters, rng=random_stream(seed, draw, SHOWN.index(dataset)))
        network = make_network(arm, images[:: -(-len(images) // _PART)], rng=random_stream(seed, draw, 2))
        for step, (block, place, side, vectors) in enumerate(_places(network, images)):
            clouds = [*vectors.reshape(parameters.manifolds, parameters.views, -1)]
            rng = random_stream(seed, draw, 3)  # the same at each place, whose differences then vary less
            theory, tried = manifold_capacity(clouds, draws=parameters.vectors, rng=rng), math.nan
            if place == "expansion" and block in parameters.simulated:
                tried = simulated_capacity(clouds, dichotomies=parameters.dichotomies, rng=rng).capacity
            cell = (dataset, arm, draw, step, block, place, side, theory.capacity, tried)
            shape = (theory.radius, theory.dimension, theory.centre_correlation, theory.common)
            rows.append(dict(zip(COLUMNS, (*cell, *shape), strict=True)))
    return DataFrame(rows)


def object_views(dataset: str, parameters: Parameters, *, rng: np.random.Generator) -> Tensor:
    """Views of objects as the network takes them, one object's after another's, (P M, 3, size, size)."""
    if dataset == "digits":
        squares = [np.pad(digit, 2) for digit in DATASETS["digits"](parameters.manifolds, rng=rng).points.reshape(-1, 8, 8)]
        squares = [np.broadcast_to(255.0 * square, (3, *square.shape)) for square in squares]
    else:
        squares = sorted(_squares(math.ceil(math.sqrt(2.0) * parameters.size)), key=np.std)[-parameters.manifolds :]
    return torch.cat([_views(square, parameters.views, parameters.size, rng) for square in squares])


def _squares(side: int) -> list[Floats]:
    """Squares of the photographs that lie beside each other, each (3, side, side)."""
    return [
        np.moveaxis(picture[top : top + side, left : left + side].astype(np.float64), 2, 0)
        for picture in photographs()
        for top in range(0, picture.shape[0] - side + 1, side)
        for left in range(0, picture.shape[1] - side + 1, side)
    ]


def _views(square: Floats, count: int, size: int, rng: np.random.Generator) -> Tensor:
    """A square turned by up to 3 degrees, up to 1.1 times as near, shifted as far as it reaches, at 0.9 to 1 of its light."""
    turn, near, across, down, light = rng.random((5, count, 1))
    zoom = math.log(1.1) * near
    x, y = turn_places(np.hstack([math.radians(6.0) * (turn - 0.5), zoom]), *window(size))
    room = 1.0 - np.exp(-zoom)  # on every side of the window
    x, y = x + room * (2.0 * across - 1.0), y + room * (2.0 * down - 1.0)
    views = np.stack([(0.9 + 0.1 * light) * read_at(color, x, y) for color in square], axis=1)  # (M, 3, size^2)
    return torch.from_numpy((views - 127.0) / 128.0).float().reshape(count, 3, size, size)


def _places(network: nn.Module, images: Tensor) -> Iterator[tuple[int, str, str, Floats]]:
    """Number of the block, place in it, side and vectors, in the order in which views pass; 0 is the stem, 17 the head."""
    features: Any = network.features
    for number, stage in enumerate(features):
        passage = Passage(["*relu6"])
        behind: list[Tensor] = []
        handle = stage.register_forward_hook(lambda module, inputs, output, behind=behind: behind.append(output))
        pass_views(stage, images, passage, progress=lambda share: None)
        handle.remove()
        images = torch.cat(behind)
        noted = [(passage.kinds[place], vectors) for place, vectors in passage.vectors(len(images))]
        places = ["expansion", "depthwise"] if isinstance(stage, InvertedResidual) else ["plain"]
        calls = iter(np.repeat(places[-sum(kind == "before" for kind, _ in noted) :], 2))
        for kind, vectors in noted:
            if kind in ("before", "after"):
                yield number, str(next(calls)), kind, vectors
            elif kind == "input" and number == 0:
                yield number, "input", kind, vectors
            elif kind == "output" and isinstance(stage, InvertedResidual):
                yield number, "bottleneck", "block", vectors


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """What activations and the linear layers behind them do to capacity, means over places; theory beside simulation."""
    numbers: dict[str, float] = {}
    for (dataset, arm), each in rows.groupby(["dataset", "weights"], sort=False):
        cell = f"dataset={dataset}_weights={arm}"
        numbers |= {
            f"first_capacity_{cell}": float(each["capacity"].iloc[0]),
            f"last_capacity_{cell}": float(each["capacity"].iloc[-1]),
        }
        for place, ratios in changes(each).groupby("place", sort=False):
            numbers[f"mean_ratio_capacity_place={place}_{cell}"] = float(ratios["capacity"].mean())
            numbers[f"mean_share_raised_capacity_place={place}_{cell}"] = float((ratios["capacity"] > 1.0).mean())
            numbers[f"mean_ratio_manifold_radius_place={place}_{cell}"] = float(ratios["manifold_radius"].mean())
            numbers[f"mean_ratio_manifold_dimension_place={place}_{cell}"] = float(ratios["manifold_dimension"].mean())
        tried = each.dropna(subset="simulated_capacity")
        numbers[f"mean_ratio_simulated_capacity_{cell}"] = float((tried["simulated_capacity"] / tried["capacity"]).mean())
    return numbers


def changes(rows: Any) -> DataFrame:
    """Factors of capacity, radius and dimension across each activation, and across the linear layer that ends each block."""
    measures = ["capacity", "manifold_radius", "manifold_dimension"]
    ratios: DataFrame = rows[measures] / rows[measures].shift(1)
    known = rows["side"].isin(("after", "block"))
    return DataFrame(ratios[known].assign(block=rows["block"], place=rows["place"], draw=rows["draw"]))


PANELS = ("capacity", "change", "manifold_radius", "manifold_dimension")
CHANGED = ("expansion", "depthwise", "bottleneck")


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """For each dataset capacity, what changes it, radius and dimension against depth."""
    lines, columns = page.grid(len(PANELS), least=1.65)
    datasets = parameters.datasets
    result = page.figure(1.75 * lines * len(datasets) + 0.6)
    axes = result.subplots(lines * len(datasets), columns, squeeze=False)
    for dataset, panels in zip(datasets, axes.reshape(len(datasets), -1), strict=True):
        some = rows[rows["dataset"] == dataset]
        for ax, name in zip(panels, PANELS, strict=True):
            if name == "change":
                _draw_change(ax, some[some["weights"] == parameters.weights[0]])
            else:
                for arm in parameters.weights:
                    draw_depth(ax, some[some["weights"] == arm], name, arm)
            ax.set_title(say(f"networks.objects.{name}", objects=say(f"networks.objects.of.{dataset}")))
        _mark_tried(panels[0], some)
        for ax, name in zip(panels, PANELS, strict=True):
            if name != "change":
                ax.set_ylim(bottom=0.0)
    for ax, name in zip(axes[-lines:].ravel(), PANELS, strict=True):
        ax.set_xlabel(say("networks.number" if name == "change" else "networks.depth"))
    entries = [entry for ax in axes.ravel()[:2] for entry in zip(*ax.get_legend_handles_labels(), strict=True)]
    handles, labels = zip(*entries, strict=True)
    result.legend(handles, labels, loc="outside lower center", ncols=max(1, columns - 1))
    return result


def _draw_change(ax: Axes, rows: DataFrame) -> None:
    """Factors of capacity by block, means over the draws."""
    ratios = changes(rows)
    ax.axhline(1.0, color=faint(), linewidth=0.8)
    for look, place in zip(QUANTITIES, CHANGED, strict=False):
        means: Any = ratios[ratios["place"] == place].groupby("block")["capacity"].mean()
        ax.plot(means, markersize=2.5, linewidth=0.8, label=say(f"networks.objects.by.{place}"), **look.line)


def _mark_tried(ax: Axes, rows: DataFrame) -> None:
    """Simulated capacities, as crosses."""
    for arm, each in rows.groupby("weights", sort=False):
        means: Any = each.groupby("step")["simulated_capacity"].mean()
        label = say("networks.objects.tried") if arm == rows["weights"].iloc[0] else None
        ax.plot(means, "x", color=COLORS[str(arm)], markersize=5, markeredgewidth=1.0, zorder=6, label=label)
