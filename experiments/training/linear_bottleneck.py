"""A linear bottleneck is better than one with ReLU6, without shortcuts far more than with them, until it is wide.

Source: Figure 6a and footnote 3 of Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.runs import told

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ._bottlenecks import ACTED, SHORTCUTS, arm_cost, begin_arm, make_arm
from ._pairs import draw_split, final_scores

DRAWS = 20
BLOCK = 1


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    datasets: Sequence[str] = parameter(["digits", "mnist-5k"], "sets of pictures", check=one_of(IMAGE_SETS))
    widths: Sequence[int] = parameter([2, 3, 4, 6, 8, 16], "channels of the bottlenecks", check=whole(1, 512))
    mnist_widths: Sequence[int] = parameter([2, 4, 8], "the same for mnist-5k", check=whole(1, 512))
    inner: int = parameter(48, "channels inside each block", check=whole(1, 512))
    depth: int = parameter(6, "blocks", check=whole(1, 50))
    steps: int = parameter(250, "steps of a training", check=whole(1, 100_000))
    batch: int = parameter(32, "pictures in a step", check=whole(2, 1000))
    rate: float = parameter(0.02, "size of the first step, by AdamW")


QUICK = {"draws": 2, "widths": [2, 8], "mnist_widths": [4], "steps": 8}
COLUMNS = ("dataset", "width", "shortcut", "activation", "draw", "accuracy", "train_accuracy", "parameters", "macs")


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw, set of pictures, width, place of the shortcut and activation at the bottleneck."""
    rows: list[dict[str, Any]] = []
    cells = [
        (draw, dataset, width) for draw in draws for dataset in parameters.datasets for width in widths(dataset, parameters)
    ]
    for draw, dataset, width in told(cells, draws=len(draws)):
        split = draw_split(dataset, seed, draw)
        for shortcut in SHORTCUTS:
            for activation in ACTED:
                network = make_arm(split, parameters, width=width, activation=activation, shortcut=shortcut)
                scores = final_scores(begin_arm(network, split, parameters, seed=seed, draw=draw))
                cell = {"dataset": dataset, "width": width, "shortcut": shortcut, "activation": activation, "draw": draw}
                rows.append({**cell, **scores, **arm_cost(network, split)})
    return DataFrame(rows)[list(COLUMNS)]


def widths(dataset: str, parameters: Parameters) -> Sequence[int]:
    """Of the bottlenecks, for a set of pictures."""
    return parameters.mnist_widths if dataset == "mnist-5k" else parameters.widths


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Later."""
    return {"mean_accuracy": float(rows["accuracy"].mean())}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Later."""
    result = page.figure(height=2.5)
    result.subplots()
    return result
