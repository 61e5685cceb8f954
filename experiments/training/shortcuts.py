"""Shortcuts between bottlenecks are better than shortcuts around expansions, and these are better than none.

Source: Figure 6b of Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381; Zhou et al. 2020 (MobileNeXt), arXiv 2007.02269.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold.nets import SmallNet, Split, formula_cost, match_macs
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.family import sandglass_net
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.runs import told

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ._bottlenecks import arm_cost, begin_arm, make_arm, picture_shape, stem_stride
from ._pairs import draw_split, final_scores

DRAWS = 20
BLOCK = 1
ARMS = ("bottleneck", "expansion", "none", "sandglass")


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("digits", "set of pictures", check=one_of(IMAGE_SETS))
    width: int = parameter(8, "channels of the bottlenecks", check=whole(1, 512))
    inner: int = parameter(48, "channels inside each block", check=whole(1, 512))
    depth: int = parameter(10, "blocks", check=whole(1, 50))
    narrow: int = parameter(6, "channels in the middle of a sandglass; its wide ends follow from the MACs", check=whole(1, 512))
    steps: int = parameter(250, "steps of a training", check=whole(1, 100_000))
    batch: int = parameter(32, "pictures in a step", check=whole(2, 1000))
    rate: float = parameter(0.02, "size of the first step, by AdamW")


QUICK = {"draws": 2, "steps": 8}
COLUMNS = ("shortcut", "draw", "accuracy", "train_accuracy", "parameters", "macs")


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw and place of the shortcut."""
    rows: list[dict[str, Any]] = []
    for draw, arm in told([(draw, arm) for draw in draws for arm in ARMS], draws=len(draws)):
        split = draw_split(parameters.dataset, seed, draw)
        network = make_network(arm, split, parameters)
        scores = final_scores(begin_arm(network, split, parameters, seed=seed, draw=draw))
        rows.append({"shortcut": arm, "draw": draw, **scores, **arm_cost(network, split)})
    return DataFrame(rows)[list(COLUMNS)]


def make_network(arm: str, split: Split, parameters: Parameters) -> SmallNet:
    """The network of an arm; sandglasses are as wide as the MACs of the others allow."""
    if arm != "sandglass":
        return make_arm(split, parameters, width=parameters.width, activation="linear", shortcut=arm)
    shape = picture_shape(split)
    options = {"width": parameters.narrow, "depth": parameters.depth, "stride": stem_stride(split)}
    others = make_arm(split, parameters, width=parameters.width, activation="linear", shortcut="none")

    def make(inner: int) -> SmallNet:
        return sandglass_net(shape, len(split.train.names), inner=inner, **options)

    return make(match_macs(make, formula_cost(others, shape).macs, shape))


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Later."""
    return {"mean_accuracy": float(rows["accuracy"].mean())}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Later."""
    result = page.figure(height=2.5)
    result.subplots()
    return result
