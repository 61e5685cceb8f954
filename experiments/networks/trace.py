"""A trained network keeps a known manifold through all its layers; random weights scramble it once batch norms are set.

Source: the question of Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, section 3.2, asked of a trained network; the
expansion of random networks with batch norm, Yang et al. 2019, arXiv 1902.08129. Views of a photograph, turned and zoomed at
random, pass through EfficientNet-Lite0: with its weights of ImageNet; with random ones and the batch norms set by the views, as
in the first step of a training; and with random ones and the norms as new, which norm nothing. A draw draws views and weights.
Other networks have random weights alone.
Output: R^2 of the camera's two numbers by nearest neighbours and by a linear readout, and trustworthiness, at every place:
before and after every activation, and behind every block; means over the draws, bands from least to most; and maps by landmark
Isomap. Headline: medians over the draws behind some blocks, and the mean change across activations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame, concat

from manifold import PHOTOGRAPHS, VIEWS, Views, find_picture, picture_views, random_stream
from manifold.checks import fault
from manifold.nets import NETWORKS, Trace, block_paths, load_network
from manifold.nets import trace as follow
from manifold.nets.training.loop import one_thread
from manifold.planes.traces import PlaceMaps, trace_data
from manifold.plots import Page, color_ramp, draw_map, place_title
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import draw_or_median, one_of, parameter, real, whole
from ..runner.typical import shown_draw
from ._networks import ARMS, as_images, draw_depth, make_network

DRAWS = 5
TRAINED = "efficientnet_lite0"
"""The network whose trained weights come with a package."""


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    network: str = parameter(TRAINED, "by its name in `manifold.nets.NETWORKS`", check=one_of(NETWORKS))
    checkpoint: str = parameter("", "a file of its weights, which then are the trained ones")
    mean: float = parameter(127.0, "what is taken from the values of pixels")
    scale: float = parameter(128.0, "what they are then divided by", check=real())
    picture: str = parameter("palace", f"a photograph that comes with packages ({', '.join(PHOTOGRAPHS)}), or a file")
    kind: str = parameter("rotation-zoom", "how the camera moves, by its name in `manifold.VIEWS`", check=one_of(VIEWS))
    count: int = parameter(160, "number of views N", check=whole(20, 2000))
    size: int = parameter(128, "pixels of a view's side", check=whole(32, 512))
    weights: Sequence[str] = parameter([*ARMS], "of the network", check=one_of(ARMS))
    shown: str | int = parameter(
        "median", "number of the draw whose maps the figure shows, or median for the typical one", check=draw_or_median
    )


QUICK = {"draws": 1, "count": 24, "size": 48, "weights": ["trained", "normed"]}
COLUMNS = (
    *("weights", "draw", "step", "place", "side", "knn_r2", "ridge_r2", "trustworthiness", "two_nn", "participation_ratio"),
    *("knn_r2_1", "knn_r2_2", "ridge_r2_1", "ridge_r2_2"),
)
SCORES = ("knn_r2", "ridge_r2", "trustworthiness")
BLOCKS = ("features.1", "features.6", "features.10", "features.16")
"""Of `TRAINED`, those of which the headline tells, and of which maps are drawn."""

_PART = 54  # views that set the norms


def check(parameters: Parameters) -> None:
    """The picture can be seen at this size, and the network has the weights."""
    if "trained" in parameters.weights and parameters.checkpoint:
        load_network(parameters.network, parameters.checkpoint)
    elif "trained" in parameters.weights and parameters.network != TRAINED:
        raise fault(
            ValueError,
            "trained weights come with {trained} alone; write --set weights=normed, or --set checkpoint=FILE for {network}",
            trained=TRAINED,
            network=parameters.network,
        )
    _views(0, 0, parameters, count=2)


def _views(draw: int, seed: int, parameters: Parameters, *, count: int) -> Views:
    return picture_views(
        find_picture(parameters.picture),
        kind=parameters.kind,
        count=count,
        size=parameters.size,
        mean=parameters.mean,
        scale=parameters.scale,
        rng=random_stream(seed, draw),
    )


def _blocks(parameters: Parameters) -> Sequence[str]:
    """Four blocks from near the first to the last."""
    if parameters.network == TRAINED:
        return BLOCKS
    paths = list(block_paths(NETWORKS[parameters.network]()))
    return [paths[round(share * (len(paths) - 1))] for share in (0.1, 0.4, 0.7, 1.0)]


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per arm, draw and place."""
    tables = []
    for draw in draws:
        views = _views(draw, seed, parameters, count=parameters.count)
        for arm in parameters.weights:
            table = _follow(arm, views, draw, seed, parameters).table.rename(columns={"kind": "side"} | _numbered(views))
            tables.append(table.assign(weights=arm, draw=draw, step=np.arange(len(table)))[[*COLUMNS]])
    return concat(tables, ignore_index=True)


def _numbered(views: Views) -> dict[str, str]:
    """Columns of the camera's two numbers, by which of them it is instead of its name."""
    names = list(enumerate(views.coordinates, 1))
    return {f"{score} {name}": f"{score}_{number}" for score in ("knn_r2", "ridge_r2") for number, name in names}


def _follow(arm: str, views: Views, draw: int, seed: int, parameters: Parameters, sites: Sequence[str] | None = None) -> Trace:
    part, rng = as_images(views)[:: -(-len(views.points) // _PART)], random_stream(seed, draw, 1)
    model = make_network(arm, part, network=parameters.network, checkpoint=parameters.checkpoint, rng=rng)
    return follow(model, views, sites=sites)


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Medians behind blocks, and what activations change in the mean."""
    numbers: dict[str, float] = {}
    for (arm, place), each in rows[rows["place"].isin(_blocks(parameters))].groupby(["weights", "place"], sort=False):
        cell = f"weights={arm}_place={place}"
        numbers |= {f"median_{score}_{cell}": float(each[score].median()) for score in (*SCORES, "two_nn")}
    for (arm,), each in rows[rows["side"].isin(("before", "after"))].groupby(["weights"], sort=False):
        means: Any = each.groupby("side")[list(SCORES)].mean()
        change = means.loc["after"] - means.loc["before"]
        numbers |= {f"mean_change_{score}_weights={arm}": float(change[score]) for score in SCORES}
    return numbers


def _shown(rows: DataFrame, parameters: Parameters) -> int:
    """The draw whose scores behind the blocks that are drawn are nearest to their medians, unless one is asked for."""
    seen = rows[rows["place"].isin(_blocks(parameters)) & rows["weights"].isin(parameters.weights[:2])]
    return shown_draw(seen.pivot(index="draw", columns=["weights", "place"], values=list(SCORES)), parameters.shown)


@one_thread()
def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """Maps at some places, and how far along the first of the camera's numbers each view is."""
    draw = _shown(rows, parameters)
    views = _views(draw, seed, parameters, count=parameters.count)
    blocks, first = _blocks(parameters), views.chart[:, 0]
    traces = {arm: _follow(arm, views, draw, seed, parameters, blocks) for arm in parameters.weights[:2]}
    seen = {arm: PlaceMaps.of(traced) for arm, traced in traces.items()}
    maps = {arm: dict(zip(each.places[:-1], each.maps, strict=False)) for arm, each in seen.items()}
    return {"along": (first - first.min()) / np.ptp(first), "maps": maps}


@one_thread()
def played(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """Maps behind every block, and where the camera was."""
    draw = _shown(rows, parameters)
    views = _views(draw, seed, parameters, count=parameters.count)
    blocks = list(block_paths(NETWORKS[parameters.network]()))
    traces = {arm: _follow(arm, views, draw, seed, parameters, blocks) for arm in parameters.weights[:2]}
    networks = {arm: asdict(PlaceMaps.of(traced)) for arm, traced in traces.items()}
    return {"draw": draw, "chart": views.chart, "networks": networks}


def interactive(rows: DataFrame, drawn: Drawn, *, parameters: Parameters) -> dict[str, Any]:
    """The page Real network."""
    kept = drawn["played"]
    networks = {say(f"networks.arm.{arm}"): PlaceMaps(**each) for arm, each in kept["networks"].items()}
    last = len(next(iter(networks.values())).places) - 2  # the block before the logits
    return trace_data(networks, kept["chart"], kind=parameters.kind, step=last)


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Readouts against depth above, maps below."""
    lines, columns = page.grid(len(SCORES), least=2.2)
    mapped = list(next(iter(drawn["maps"].values())))
    heights = [1.8 * lines + 0.5, (page.width / len(mapped) / page.scale + 0.1) * len(drawn["maps"]) + 0.2]
    result = page.figure(sum(heights))
    parts: Any = result.subfigures(2, 1, height_ratios=heights)
    axes, more = np.split(parts[0].subplots(lines, columns, sharex=True, squeeze=False).ravel(), [len(SCORES)])
    for ax in more:
        ax.remove()
    for ax, score in zip(axes, SCORES, strict=True):
        for arm in parameters.weights:
            draw_depth(ax, rows[rows["weights"] == arm], score, arm)
        ax.set(title=say(f"networks.{score}"), ylim=(-0.55 if score == "knn_r2" else 0.0, 1.05))
    for ax in axes[-columns:]:
        ax.set_xlabel(say("networks.depth"))
    parts[0].legend(
        *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=min(columns, len(parameters.weights))
    )
    panels = parts[1].subplots(len(drawn["maps"]), len(mapped), squeeze=False)
    for line, (arm, maps) in zip(panels, drawn["maps"].items(), strict=True):
        for ax, places in zip(line, maps.values(), strict=True):
            draw_map(ax, places, color_ramp(drawn["along"]), size=4.0)
        line[0].set_ylabel(say(f"networks.short.{arm}"))
    for ax, place in zip(panels[0], mapped, strict=True):
        ax.set_title(place_title(place))
    return result
