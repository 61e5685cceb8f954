"""TODO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold.nets import Recipe
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.deep import count_branches, stochastic_net, survivals
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.runs import told

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, real, whole
from ._bottlenecks import arm_cost, picture_shape
from ._pairs import batch_seed, begin, draw_split, final_scores

DRAWS = 10
BLOCK = 1


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("digits", "set of pictures", check=one_of(IMAGE_SETS))
    survivals: Sequence[float] = parameter(
        [1.0, 0.8, 0.5, 0.2], "probabilities that the last block takes part, 1 among them", check=real(0.0, below=1.0 + 1e-9)
    )
    depth: int = parameter(8, "residual blocks, L", check=whole(1, 100))
    width: int = parameter(12, "channels", check=whole(1, 512))
    steps: Sequence[int] = parameter([150, 750], "steps of a training, short and long", check=whole(1, 100_000))
    batch: int = parameter(32, "pictures in a step", check=whole(2, 1000))
    rate: float = parameter(0.01, "size of the first step, by AdamW")


QUICK = {"draws": 3, "steps": [4, 12], "survivals": [1.0, 0.5], "depth": 4}
COLUMNS = (
    *("survival", "steps", "draw", "accuracy", "train_accuracy", "train_loss"),
    *("mean_depth", "expected_depth", "seconds", "parameters", "macs"),
)


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw, number of steps and survival of the last block."""
    rows: list[dict[str, Any]] = []
    cells = [(draw, steps, last) for draw in draws for steps in parameters.steps for last in parameters.survivals]
    for draw, steps, last in told(cells, draws=len(draws)):
        split = draw_split(parameters.dataset, seed, draw)
        shape, depth = picture_shape(split), parameters.depth
        network = stochastic_net(shape, len(split.train.names), survival=last, depth=depth, width=parameters.width)
        computed = count_branches(network)
        recipe = Recipe(steps, parameters.batch, parameters.rate, seed=batch_seed(seed, draw))
        training = begin(network, split, recipe, seed=seed, draw=draw).run()
        cell = {"survival": last, "steps": steps, "draw": draw, "mean_depth": computed() / steps}
        cell["expected_depth"] = sum(survivals(depth, last))
        rows.append({**cell, **final_scores(training), **arm_cost(network, split)})
    return DataFrame(rows)[list(COLUMNS)]


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """TODO."""
    return {}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """TODO."""
    return page.figure(3.0)
