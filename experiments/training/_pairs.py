"""Arms trained on the same pictures from the same seeds, and what their difference says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from pandas import DataFrame
from torch import nn

from manifold import random_stream
from manifold.checks import Floats
from manifold.nets import Recipe, Split, Training, initialise, split_images
from manifold.nets.training.data import IMAGE_SETS
from manifold.sweeps import mean_interval
from manifold.text import say

WORTH_NAMING = 0.005
"""A difference in accuracy below half a point is called none."""


class Difference(NamedTuple):
    """Of two arms over paired draws: mean, ends of its 95 per cent interval, and the number of pairs."""

    mean: float
    low: float
    high: float
    pairs: int

    @property
    def verdict(self) -> str:
        """Of the claim that it is above 0: reproduced, not_reproduced (it is below what is worth naming), or undecided."""
        if self.low > 0.0:
            return "reproduced"
        return "not_reproduced" if self.high < WORTH_NAMING else "undecided"


def over_draws(gaps: Sequence[float] | Floats) -> Difference:
    """Mean of what is one arm minus another in each draw, with its interval."""
    return Difference(float(np.mean(gaps)), *mean_interval(gaps), len(gaps))


def paired_difference(rows: DataFrame, arm: str, better: Any, worse: Any, score: str = "accuracy") -> Difference:
    """Score where the column `arm` is `better` minus where it is `worse`, draw by draw."""
    table: Any = rows.pivot_table(index="draw", columns=arm, values=score)
    return over_draws((table[better] - table[worse]).dropna().to_numpy())


def in_points(difference: Difference) -> str:
    """+19 points [14, 25]."""
    mean, low, high = (f"{100.0 * value:+.1f}" for value in difference[:3])
    return say("training.points", mean=mean, low=low, high=high)


def draw_split(dataset: str, seed: int, draw: int) -> Split:
    """The split that all arms of a draw share."""
    return split_images(IMAGE_SETS[dataset](), rng=random_stream(seed, draw, 0))


def begin(network: nn.Module, split: Split, recipe: Recipe, *, seed: int, draw: int, **options: Any) -> Training:
    """A training of a network with the draw's weights: arms with layers of the same shapes begin alike."""
    initialise(network, rng=random_stream(seed, draw, 1))
    return Training(network, split.train.examples, recipe, held=split.held, **options)


def batch_seed(seed: int, draw: int) -> int:
    """Of the order of examples, for the `Recipe` of a draw."""
    return int(random_stream(seed, draw, 2).integers(2**31))


def final_scores(training: Training) -> dict[str, float]:
    """Train all steps; accuracy on the test part, accuracy and loss on the training part, and seconds."""
    seen = training.run().look()
    scores = {"accuracy": seen["test"]["accuracy"], "train_accuracy": seen["train"]["accuracy"]}
    return {**scores, "train_loss": seen["train"]["loss"], "seconds": seen["train"]["seconds"]}
