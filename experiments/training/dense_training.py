"""TODO."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold.nets import DenseBlock, Recipe, SmallNet, Split, Training, take_statistics
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.deep import DEEP, deep_net, forget_sources, source_weights
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.runs import told

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, real, whole
from ._bottlenecks import arm_cost, picture_shape, stem_stride
from ._pairs import batch_seed, begin, draw_split, final_scores

DRAWS = 12
BLOCK = 1


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("digits", "set of pictures", check=one_of(IMAGE_SETS))
    networks: Sequence[str] = parameter(["dense", "residual", "plain"], "kinds of stacks", check=one_of(DEEP))
    steps: int = parameter(300, "steps of a training", check=whole(1, 100_000))
    batch: int = parameter(32, "pictures in a step", check=whole(2, 1000))
    rate: float = parameter(0.01, "size of the first step, by AdamW")
    decay: float = parameter(1.0, "weight decay, AdamW's, without which first weights stay", check=real(0.0, inclusive=True))


QUICK = {"draws": 2, "steps": 4}
COLUMNS = (
    *("network", "draw", "accuracy", "train_accuracy", "without_older", "without_younger", "older_over_younger"),
    *("parameters", "macs", "seconds"),
)


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw and kind of stack; of dense ones also what halves of the connections are worth."""
    rows: list[dict[str, Any]] = []
    for draw, name in told([(draw, name) for draw in draws for name in parameters.networks], draws=len(draws)):
        split = draw_split(parameters.dataset, seed, draw)
        training, network = _begin(name, split, seed=seed, draw=draw, parameters=parameters)
        row = {"network": name, "draw": draw, **final_scores(training), **arm_cost(network, split)}
        if name == "dense":
            older, younger = (_accuracy_without(network, split, older=older) for older in (True, False))
            row |= {"without_older": older, "without_younger": younger, "older_over_younger": _weight_ratio(network)}
        rows.append(row)
    return DataFrame(rows, columns=list(COLUMNS))


def _begin(name: str, split: Split, *, seed: int, draw: int, parameters: Parameters) -> tuple[Training, SmallNet]:
    network = deep_net(name, picture_shape(split), len(split.train.names), stride=stem_stride(split))
    numbers = {"rate": parameters.rate, "decay": parameters.decay, "seed": batch_seed(seed, draw)}
    recipe = Recipe(parameters.steps, parameters.batch, **numbers)
    return begin(network, split, recipe, seed=seed, draw=draw), network


def _dense_blocks(network: SmallNet) -> list[DenseBlock]:
    return [block for block in network.blocks if isinstance(block, DenseBlock)]


def _accuracy_without(network: SmallNet, split: Split, *, older: bool) -> float:
    """Test accuracy with half of each layer's sources forgotten, batch norms set anew by the training pictures."""
    changed = copy.deepcopy(network)
    for block in _dense_blocks(changed):
        forget_sources(block, older=older)
    take_statistics(changed, split.train.images)
    with torch.no_grad():
        right = changed(split.test.images).argmax(1) == split.test.labels
    return float(right.double().mean())


def _weight_ratio(network: SmallNet) -> float:
    """Mean |weight| from the block's input over that from the layer before, mean over later halves of the blocks' layers."""
    maps = [source_weights(block).numpy() for block in _dense_blocks(network)]
    ratios = [weights[0, layer] / weights[layer, layer] for weights in maps for layer in range(len(weights) // 2, len(weights))]
    return float(np.mean(ratios))


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """TODO."""
    return {}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """TODO."""
    return page.figure(3.0)
