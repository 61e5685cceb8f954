"""Two rings lose their holes and become one part in fewer ReLU than tanh layers; so they do in leaky ReLU, which glues nothing.

Source: Naitzat, Zhitnikov, Lim 2020, arXiv 2004.06093: Betti numbers of a class fall faster through the layers of a trained
ReLU network than of a tanh one, which they put down to ReLU not being one-to-one. The drop is there, but it takes no such
thing: leaky ReLU is one-to-one and drops alike, and so do both before training. What is seen, at one scale and at finitely many
points, is squeezing. Training brings the two rings of a class together sooner, but their holes go no sooner than without:
losing information about which ring a point is on is what a classifier is for.
Output: a class is two rings side by side, the other a disc in each. Parts and holes of the rings behind every layer, before and
after training, means over the networks that have every point on the right side, with intervals, counted as in the paper:
distances are lines between nearest neighbours, whose number and the scale are such that the rings have two parts and two holes,
and then stay. Below, both classes behind some layers of the typical draw that all learned, from their two widest directions,
each enlarged to its frame. Headline: networks left out; of the others, for how many layers a ring has its hole and for how many
the rings are apart, in the mean; the first layer at which at most one hole is left, or -1; and the mean counts at every layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame
from torch import nn

from manifold import ACTIVATIONS, random_stream
from manifold.checks import Floats, fault
from manifold.learning.topology import betti_numbers
from manifold.nets.training.loop import Objective, Recipe, Training, one_thread
from manifold.nets.training.stack import draw_weights, stack
from manifold.plots import CLASS_COLORS, Page, activation_look, draw_map, figure_legend, muted, shadow, sized
from manifold.runs import told
from manifold.sweeps import share_interval
from manifold.text import named, say

from ..runner.drawn import Drawn
from ..runner.parameters import draw_or_median, one_of, parameter, whole
from ..runner.typical import shown_draw

DRAWS = 40


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    activations: Sequence[str] = parameter(
        ["relu", "leaky_relu", "tanh"],
        "activations, by their names in `manifold.ACTIVATIONS`",
        check=one_of(ACTIVATIONS),
    )
    n_points: int = parameter(160, "points of a class", check=whole(4, 10_000))
    width: int = parameter(8, "units of a layer", check=whole(1, 1000))
    depth: int = parameter(10, "number of hidden layers", check=whole(1, 100))
    epochs: int = parameter(400, "epochs of training")
    n_neighbors: int = parameter(10, "nearest neighbours k")
    scale: float = parameter(2.0, "length of a line up to which points are joined, in steps between neighbours")
    shown: str | int = parameter(
        "median", "number of the draw that the figure shows, or median for the typical one", check=draw_or_median
    )


QUICK = {"draws": 3, "n_points": 120, "depth": 6, "epochs": 300}
COLUMNS = ("activation", "draw", "trained", "accuracy", "layer", "parts", "holes")
DRAWN, SHOWN = ("relu", "leaky_relu", "tanh"), 6  # activations whose layers are drawn, and at most how many of them


def check(parameters: Parameters) -> None:
    """There are more points than neighbours."""
    if parameters.n_neighbors >= parameters.n_points:
        raise fault(
            ValueError,
            "n_neighbors must be below n_points, {count}, got {k}",
            count=parameters.n_points,
            k=parameters.n_neighbors,
        )


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per activation, layer and draw, before training and after it: parts and holes of the rings behind the layer.

    `accuracy` is the share of points of both classes that the trained network has on the right side.
    """
    rows, count = [], parameters.n_points
    counted: dict[str, Any] = {"scale": parameters.scale, "n_neighbors": parameters.n_neighbors}
    for draw in told(draws):
        for activation in parameters.activations:
            before, after, right = _train(draw, seed, activation, parameters)
            for trained, layers in ((False, before), (True, after)):
                for layer, points in enumerate(layers):
                    parts, holes = betti_numbers(points[:count], **counted)
                    counts = {"layer": layer, "parts": parts, "holes": holes}
                    rows.append({"activation": activation, "draw": draw, "trained": trained, "accuracy": right, **counts})
    return DataFrame(rows)


@one_thread()
def _train(draw: int, seed: int, activation: str, parameters: Parameters) -> tuple[list[Floats], list[Floats], float]:
    """Points of both classes, the rings first, in the plane and behind every layer, before and after training; share right."""
    rng, n_points = random_stream(seed, draw), parameters.n_points
    points = _rings_and_discs(n_points, rng)
    with torch.random.fork_rng(devices=[]):  # layers draw weights when they are made; these are drawn again
        layers = stack((2, *[parameters.width] * parameters.depth, 1), activation)
    draw_weights(layers, rng=rng)
    x, y = torch.from_numpy(points).float(), torch.arange(2 * n_points) < n_points
    before = _outputs(layers, x)
    network = nn.Sequential(layers, nn.Flatten(0))
    objective = Objective(nn.functional.binary_cross_entropy_with_logits)
    Training(network, (x, y.float()), Recipe(parameters.epochs), objective=objective).run()
    with torch.no_grad():
        right = float(((network(x) > 0.0) == y).float().mean())
    return before, _outputs(layers, x), right


def _rings_and_discs(n_points: int, rng: np.random.Generator) -> Floats:
    """Two rings of radius 1 and width 0.1, 3 apart, then a disc of radius 1/2 in each, n_points for both of a kind."""
    count = [n_points // 2, n_points - n_points // 2]
    around = np.concatenate([*(2.0 * np.pi * np.arange(n) / n for n in count), 2.0 * np.pi * rng.random(n_points)])
    radius = np.concatenate([rng.uniform(0.95, 1.05, n_points), 0.5 * np.sqrt(rng.random(n_points))])
    points = radius[:, None] * np.column_stack([np.cos(around), np.sin(around)])
    points[:, 0] += np.tile(np.repeat([-1.5, 1.5], count), 2)
    return np.asarray(points / 2.0)


def _outputs(layers: nn.Sequential, x: torch.Tensor) -> list[Floats]:
    """The points, and what they are behind every activation."""
    outputs = [x]
    with torch.no_grad():
        for place, layer in enumerate(layers):
            x = layer(x)
            outputs += [x] if place % 2 else []
    return [values.double().numpy() for values in outputs]


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """How many networks did not learn it; of the others, the means, and how long holes and parts last."""
    numbers = {
        f"count_left_out_activation={activation}": float((networks.groupby("draw")["accuracy"].first() < 1.0).sum())
        for activation, networks in rows.groupby("activation", sort=False)
    }
    for (activation, trained), part in _learned(rows).groupby(["activation", "trained"], sort=False):
        name = f"activation={activation}_trained={trained}"
        means = part.groupby("layer")[["holes", "parts"]].mean()
        behind = means.drop(0)  # without the plane itself
        numbers[f"mean_layers_with_hole_{name}"] = float(behind["holes"].sum() / 2.0)
        numbers[f"mean_layers_apart_{name}"] = float((behind["parts"] - 1.0).sum())
        numbers[f"first_layer_with_one_hole_{name}"] = float(min(means.index[means["holes"] <= 1.0], default=-1))
        for column in ("holes", "parts"):
            numbers |= {f"mean_{column}_{name}_layer={layer}": float(mean) for layer, mean in means[column].items()}
    return numbers


def _learned(rows: DataFrame) -> DataFrame:
    return rows[rows["accuracy"] == 1.0]


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """Both classes behind some layers of one network each, from their two widest directions."""
    draw, layers = _draw_of(rows, parameters.shown), np.unique(np.linspace(0, parameters.depth, SHOWN).round().astype(np.int64))
    views = {}
    for activation in [name for name in DRAWN if name in parameters.activations] or parameters.activations[:1]:
        behind = _train(draw, seed, activation, parameters)[1]
        views[activation] = np.stack([shadow(behind[layer])[:, :2] for layer in layers]).astype(np.float32)
    return {"layers": layers, "views": views}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The counts above; below, both classes behind some layers of one network each."""
    lines, columns = page.grid(4, least=1.6)
    shown = page.some(len(drawn["layers"]), least=0.8)
    side = page.width / page.scale / (len(shown) + 0.2)
    heights = 1.7 * lines + 0.3, min(side, 1.0) * len(drawn["views"]) + 0.25
    result = page.figure(sum(heights))
    parts: Any = result.subfigures(2, 1, height_ratios=heights)
    above, below = parts
    axes = above.subplots(lines, columns, sharex=True, squeeze=False).ravel()
    panels = [(column, trained) for column in ("holes", "parts") for trained in (False, True)]
    for ax, (column, trained) in zip(axes, panels, strict=True):
        _draw_counts(ax, rows[rows["trained"] == trained], column, parameters.activations)
        ax.set(title=say(f"figure.topology.{column}-{'trained' if trained else 'before'}"), ylabel=say("figure.topology.mean"))
        ax.set(
            xlabel=say("figure.axis.layers"),
            xticks=range(0, parameters.depth + 1, 2),
            yticks=[0, 1, 2] if column == "holes" else [1, 2],
        )
    axes[0].errorbar([], [], [], fmt="|", color=muted(), label=say("figure.topology.interval"))
    figure_legend(above, axes[0])
    pictures = below.subplots(len(drawn["views"]), len(shown), squeeze=False)
    colors = np.repeat(CLASS_COLORS, parameters.n_points)
    for row, (activation, views) in zip(pictures, drawn["views"].items(), strict=True):
        row[0].set_ylabel(named(ACTIVATIONS, activation))
        for ax, place in zip(row, shown, strict=True):
            draw_map(ax, views[place], colors, size=2.0)
    for ax, place in zip(pictures[0], shown, strict=True):
        ax.set_title(say("figure.layers", count=int(drawn["layers"][place])))
    return result


def _draw_of(rows: DataFrame, shown: str | int) -> int:
    """Draw number `shown`, or the typical one of those whose trained networks all have every point on the right side."""
    learned = rows[rows.groupby("draw")["accuracy"].transform("min") == 1.0]
    trained = (rows if learned.empty else learned).query("trained")
    return shown_draw(trained.pivot(index="draw", columns=["activation", "layer"], values=["parts", "holes"]), shown)


def _draw_counts(ax: Axes, rows: DataFrame, column: str, activations: Sequence[str]) -> None:
    """Means over the networks that learned it, with intervals, moved apart a little; or that none did."""
    learned = _learned(rows)
    if not len(learned):
        ax.text(0.5, 0.5, say("figure.topology.none"), ha="center", va="center", transform=ax.transAxes)
    least, most = (1 if column == "parts" else 0), max(2, *rows[column])
    top = 2.0
    for place, activation in enumerate(activations):
        part = learned[learned["activation"] == activation]
        shares = ((part[column] - least) / (most - least)).groupby(part["layer"])
        low, high = (least + (most - least) * end for end in share_interval(shares))
        means, look = part.groupby("layer")[column].mean(), activation_look(activation)
        layers = means.index + 0.15 * (place - (len(activations) - 1) / 2.0)
        style: dict[str, Any] = {"markersize": sized(3.0), "linewidth": sized(1.0), "label": named(ACTIVATIONS, activation)}
        ax.errorbar(layers, means, (means - low, high - means), **style, **look.line)
        top = max(top, float(high.max(initial=2.0)))
    ax.set_ylim(least - 0.15, top + 0.2)
