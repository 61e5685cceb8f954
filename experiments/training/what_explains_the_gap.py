"""What ReLU6 zeroes at the bottlenecks does not explain how much worse it is.

Source: section 3.2 of Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure
from pandas import DataFrame
from torch import Tensor

from manifold import random_stream
from manifold.checks import Floats
from manifold.clouds.dimension import participation_ratio, two_nn
from manifold.nets import SmallNet
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.runs import told

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, real, whole
from ._bottlenecks import ACTED, SHORTCUTS, begin_arm, make_arm
from ._pairs import draw_split

DRAWS = 10
BLOCK = 1
CLIP = 6.0
"""Where ReLU6 ends: a channel there is not active either."""


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("digits", "set of pictures", check=one_of(IMAGE_SETS))
    widths: Sequence[int] = parameter([2, 3, 4, 8], "channels of the bottlenecks", check=whole(2, 512))
    moments: Sequence[float] = parameter(
        [0.1, 0.3, 1.0], "shares of the steps after which bottlenecks are read", check=real(0.0, 1.001)
    )
    pictures: int = parameter(100, "pictures of the validation part that are read", check=whole(1, 10_000))
    positions: int = parameter(600, "positions of them that are read at each bottleneck", check=whole(10, 10_000))
    inner: int = parameter(48, "channels inside each block", check=whole(1, 512))
    depth: int = parameter(6, "blocks", check=whole(1, 50))
    steps: int = parameter(250, "steps of a training", check=whole(1, 100_000))
    batch: int = parameter(32, "pictures in a step", check=whole(2, 1000))
    rate: float = parameter(0.02, "size of the first step, by AdamW")


QUICK = {"draws": 3, "widths": [2, 4], "moments": [0.5, 1.0], "pictures": 20, "positions": 100, "steps": 8}
MEASURED = ("zeros", "too_few", "two_nn_linear", "two_nn_relu6", "participation_linear", "participation_relu6")
COLUMNS = ("width", "shortcut", "draw", "trained", "gap", *MEASURED)


class Cloud(NamedTuple):
    """What stands at positions of a bottleneck, (positions, width): after its branch, and with what comes by the shortcut."""

    branch: Floats
    output: Floats

    @property
    def dimension(self) -> float:
        """By two neighbours; no cloud has more than its channels."""
        return min(two_nn(self.output), float(self.output.shape[1]))


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw, width, place of the shortcut and moment: the gap at the end, and means over the bottlenecks."""
    cells = [(draw, width, shortcut) for draw in draws for width in parameters.widths for shortcut in SHORTCUTS]
    rows: list[dict[str, Any]] = []
    for draw, width, shortcut in told(cells, draws=len(draws)):
        split = draw_split(parameters.dataset, seed, draw)
        accuracy, clouds = {}, {}
        for activation in ACTED:
            network = make_arm(split, parameters, width=width, activation=activation, shortcut=shortcut)
            training = begin_arm(network, split, parameters, seed=seed, draw=draw)
            clouds[activation] = []
            for moment in parameters.moments:
                training.run(round(moment * parameters.steps))
                images = split.validation.images[: parameters.pictures]
                clouds[activation].append(read(network, images, parameters.positions, rng=random_stream(seed, draw, 3)))
            accuracy[activation] = training.run().look()["test"]["accuracy"]
        cell = {"draw": draw, "width": width, "shortcut": shortcut, "gap": accuracy["linear"] - accuracy["relu6"]}
        for moment, *arms in zip(parameters.moments, *(clouds[activation] for activation in ACTED), strict=True):
            rows.append({**cell, "trained": moment, **compare(*arms)})
    return DataFrame(rows)[list(COLUMNS)]


def read(network: SmallNet, images: Tensor, positions: int, *, rng: np.random.Generator) -> list[Cloud]:
    """Each bottleneck at some positions of the images, drawn at random."""
    clouds = []
    with torch.no_grad():
        x = network.stem(images)
        for block in network.blocks:
            branch: Tensor = block.branch(x)  # type: ignore[operator]
            x = x + branch if block.adds_input else branch
            rows = [each.movedim(1, -1).flatten(0, -2).double().numpy() for each in (branch, x)]  # (images x h x w, width)
            places = rng.permutation(len(rows[0]))[:positions]
            clouds.append(Cloud(*(each[places] for each in rows)))
    return clouds


def compare(linear: Sequence[Cloud], relu6: Sequence[Cloud]) -> dict[str, float]:
    """Means over bottlenecks; too few active channels are fewer than the dimension, rounded, of the linear arm there."""
    rows = []
    for plain, acted in zip(linear, relu6, strict=True):
        active = ((acted.branch > 0.0) & (acted.branch < CLIP)).sum(axis=1)
        dimension = plain.dimension
        values = (
            (acted.branch == 0.0).mean(),
            (active < max(1, round(dimension))).mean(),
            dimension,
            acted.dimension,
            participation_ratio(plain.output),
            participation_ratio(acted.output),
        )
        rows.append(values)
    return dict(zip(MEASURED, np.mean(rows, axis=0).tolist(), strict=True))


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Later."""
    return {"mean_gap": float(rows["gap"].mean())}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Later."""
    result = page.figure(height=2.5)
    result.subplots()
    return result
