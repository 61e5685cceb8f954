"""TODO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold.nets import SmallNet, Split
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.family import v3_net
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.runs import told

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ._bottlenecks import arm_cost, begin_arm, picture_shape, stem_stride
from ._pairs import draw_split, final_scores

DRAWS = 40
BLOCK = 1
ARMS = (
    *(("relu", "whole"), ("hardswish", "second half"), ("hardswish", "whole")),
    *(("relu6", "second half"), ("relu6", "whole")),
)
"""Activation, and where it stands; in the rest of the network stands ReLU."""


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("digits", "set of pictures", check=one_of(IMAGE_SETS))
    width: int = parameter(8, "channels of the bottlenecks", check=whole(1, 512))
    inner: int = parameter(32, "channels inside each block", check=whole(1, 512))
    depth: int = parameter(6, "blocks", check=whole(2, 50))
    steps: int = parameter(200, "steps of a training", check=whole(1, 100_000))
    batch: int = parameter(32, "pictures in a step", check=whole(2, 1000))
    rate: float = parameter(0.02, "size of the first step, by AdamW")


QUICK = {"draws": 3, "steps": 8, "inner": 16, "depth": 4}
COLUMNS = ("activation", "part", "draw", "accuracy", "train_accuracy", "parameters", "macs", "seconds")


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw, activation and part of the network that has it."""
    rows: list[dict[str, Any]] = []
    for draw, (activation, part) in told([(draw, arm) for draw in draws for arm in ARMS], draws=len(draws)):
        split = draw_split(parameters.dataset, seed, draw)
        network = _make_network(activation, part, split, parameters)
        scores = final_scores(begin_arm(network, split, parameters, seed=seed, draw=draw))
        rows.append({"activation": activation, "part": part, "draw": draw, **scores, **arm_cost(network, split)})
    return DataFrame(rows)[list(COLUMNS)]


def _make_network(activation: str, part: str, split: Split, parameters: Parameters) -> SmallNet:
    return v3_net(
        picture_shape(split),
        len(split.train.names),
        first=activation if part == "whole" else "relu",
        second=activation,
        width=parameters.width,
        inner=parameters.inner,
        depth=parameters.depth,
        stride=stem_stride(split),
    )


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """TODO."""
    return {}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """TODO."""
    return page.figure(3.0)
