"""Early exits.

TODO
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pandas import DataFrame
from torch import Tensor

from manifold.nets import ExitNet, Recipe, Split, exit_net, formula_cost, leave
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.exits import ALL_EXITS, STAGES
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.runs import told

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, real, whole
from ._pairs import batch_seed, begin, draw_split

DRAWS = 20
BLOCK = 1
EXITS = (3, 1)
DIGITS = tuple(map(str, range(10)))


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("digits", "pictures", check=one_of(IMAGE_SETS))
    networks: Sequence[str] = parameter(["dense", "residual", "plain"], "kinds of stages", check=one_of(STAGES))
    growth: int = parameter(4, "maps that a dense layer adds, even; other layers have three times as many", check=whole(2, 64))
    steps: int = parameter(300, "steps of a training", check=whole(1, 100_000))
    batch: int = parameter(64, "pictures in a step", check=whole(1, 10_000))
    rate: float = parameter(0.01, "the first step's size")
    thresholds: Sequence[float] = parameter(
        [0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999],
        "probabilities above which a picture leaves, beside 0 and 1",
        check=real(0.0, below=1.0),
    )


QUICK = {"draws": 2, "steps": 20, "growth": 2, "thresholds": [0.2, 0.3, 0.5, 0.7]}
COLUMNS = (
    *("draw", "network", "exits", "threshold", "accuracy", "validation_accuracy", "macs", "parameters"),
    *("left_first", "left_second", "accuracy_first", "accuracy_second", "overthought", "rescued", "seconds"),
    *(f"exit_{digit}" for digit in DIGITS),
)


def check(parameters: Parameters) -> None:
    """The growth rate is even."""
    exit_net("dense", (1, 8, 8), 10, growth=parameters.growth)


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw and network, for three exits per threshold."""
    rows: list[dict[str, Any]] = []
    arms = [(draw, network, exits) for draw in draws for network in parameters.networks for exits in EXITS]
    for draw, network, exits in told(arms, draws=len(draws)):
        split = draw_split(parameters.dataset, seed, draw)
        trained, seconds = _train(network, exits, split, seed=seed, draw=draw, parameters=parameters)
        shape = tuple(split.test.images.shape[1:])
        arm = {"draw": draw, "network": network, "exits": exits, "seconds": seconds}
        arm["parameters"] = formula_cost(trained, shape).parameters
        macs = np.array([cost.macs for cost in trained.costs(shape)])
        test, validation = (_scores(trained, part.images) for part in (split.test, split.validation))
        for threshold in _thresholds(parameters) if exits > 1 else (1.0,):
            seen = _leave_at(threshold, test, split.test.labels, macs)
            right = _right(validation, split.validation.labels)[range(len(validation)), leave(validation, threshold)]
            rows.append({**arm, "threshold": threshold, "validation_accuracy": float(right.mean()), **seen})
    return DataFrame(rows, columns=list(COLUMNS))


def _train(network: str, exits: int, split: Split, *, seed: int, draw: int, parameters: Parameters) -> tuple[ExitNet, float]:
    """The trained network, and seconds."""
    shape, classes = tuple(split.train.images.shape[1:]), len(split.train.names)
    made = exit_net(network, shape, classes, growth=parameters.growth, exits=exits)
    recipe = Recipe(parameters.steps, parameters.batch, parameters.rate, seed=batch_seed(seed, draw))
    training = begin(made, split, recipe, seed=seed, draw=draw, objective=ALL_EXITS).run()
    return made, float(training.look()["train"]["seconds"])


def _thresholds(parameters: Parameters) -> list[float]:
    return sorted({0.0, *parameters.thresholds, 1.0})


def _scores(network: ExitNet, images: Tensor) -> NDArray[np.float64]:
    """Scores (N, exits, classes)."""
    with torch.no_grad():
        return np.asarray(network(images).double().numpy())


def _right(scores: NDArray[np.float64], labels: Tensor) -> NDArray[np.bool_]:
    """Whether each exit is right (N, exits)."""
    return np.asarray(scores.argmax(axis=2) == labels.numpy()[:, None])


def _leave_at(threshold: float, scores: NDArray[np.float64], labels: Tensor, macs: NDArray[np.int64]) -> dict[str, Any]:
    """What comes of a threshold: who is right, what it costs, and where pictures of each class leave."""
    exits, right, classes = leave(scores, threshold), _right(scores, labels), labels.numpy()
    row: dict[str, Any] = {
        "accuracy": float(right[range(len(right)), exits].mean()),
        "macs": float(macs[exits].mean()),
    }
    if right.shape[1] == 1:
        return row
    return row | {
        "left_first": float((exits == 0).mean()),
        "left_second": float((exits == 1).mean()),
        "accuracy_first": float(right[:, 0].mean()),
        "accuracy_second": float(right[:, 1].mean()),
        "overthought": float((right[:, 0] & ~right[:, -1]).mean()),
        "rescued": float((~right[:, 0] & right[:, -1]).mean()),
        **{f"exit_{digit}": float(1.0 + exits[classes == int(digit)].mean()) for digit in DIGITS},
    }


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """TODO."""
    return {}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """TODO."""
    return page.figure(3.0)
