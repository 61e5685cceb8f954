"""Hyper-parameters as a sweep: a small network trained at every point of a grid, once for each draw."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manifold.checks import check_count, check_number
from manifold.nets.blocks.initialise import initialise
from manifold.nets.compression.widths import Widths
from manifold.nets.training.data import IMAGE_SETS, split_images
from manifold.nets.training.loop import Recipe, Training, one_thread
from manifold.registry import choose
from manifold.runs import Execution, check_folder, run_blocks, told
from manifold.streams import random_stream
from manifold.sweeps.grid import check_axis

if TYPE_CHECKING:
    from pandas import DataFrame

EXPANSION, BLOCKS = 6, 4
"""Channels inside a block over those of a bottleneck, and blocks, of every network of the sweep."""


@dataclass(frozen=True)
class RecipeCell:
    """One point of the grid.

    Attributes
    ----------
    rate, decay : float
        Of a `Recipe`.
    width : int
        Channels of the bottlenecks.
    """

    rate: float
    decay: float
    width: int

    def widths(self) -> Widths:
        """Those of the network."""
        return Widths(16, self.width, self.width, (EXPANSION * self.width,) * (BLOCKS - 1), 64)


def recipe_grid(
    *, rate: float | Sequence[float] = 0.02, decay: float | Sequence[float] = 0.0, width: int | Sequence[int] = 8
) -> list[RecipeCell]:
    """All combinations of the values given, the last axis fastest.

    Raises
    ------
    TypeError, ValueError
        If a value is out of range, or an axis empty or with a value twice.
    """
    axes = {
        "rate": check_axis("rate", rate, lambda value: check_number(value, "rate", above=0.0)),
        "decay": check_axis("decay", decay, lambda value: check_number(value, "decay", above=0.0, inclusive=True)),
        "width": check_axis("width", width, lambda value: check_count(value, "width", minimum=2, maximum=512)),
    }
    return [RecipeCell(*values) for values in itertools.product(*axes.values())]


def sweep_recipes(
    *,
    draws: int = 10,
    seed: int = 0,
    steps: int = 100,
    batch: int = 32,
    dataset: str = "digits",
    workers: int = 1,
    folder: str | Path | None = None,
    progress: Callable[[int, int], object] | None = None,
    **axes: Any,
) -> DataFrame:
    """Train a network at every point of a grid, once for each draw, as `manifold.sweep` measures layers.

    Parameters
    ----------
    draws : int, default=10
        Each draws the split, the first weights and the order of pictures, which all points of the grid share.
    seed : int, default=0
    steps, batch : int
        See `Recipe`.
    dataset : str, default="digits"
        A name in `IMAGE_SETS`.
    workers, folder, progress : as for `manifold.sweep`
        In a folder the draws are kept as they come, and the same call goes on where it was stopped.
    **axes
        As for `recipe_grid`.

    Returns
    -------
    pandas.DataFrame
        One row per draw and point: rate, decay, width, draw, accuracy on the test part, validation_accuracy.
    """
    cells, count = recipe_grid(**axes), check_count(draws, "draws", minimum=1)
    asked: dict[str, Any] = {
        "steps": steps,
        "batch": batch,
        "dataset": choose(dataset, IMAGE_SETS, IMAGE_SETS.kind),
        "seed": seed,
    }
    execution = Execution(workers, None, None if folder is None else check_folder(folder), progress)
    identity = {"recipes": [asdict(cell) for cell in cells], **asked}
    measure = functools.partial(measure_recipes, cells, **asked)
    return run_blocks(measure, [[draw] for draw in range(count)], identity=identity, execution=execution)


@one_thread()
def measure_recipes(
    cells: Sequence[RecipeCell], draws: Sequence[int], *, seed: int, steps: int, batch: int, dataset: str
) -> DataFrame:
    """Rows of some draws, by draw and point of the grid."""
    from pandas import DataFrame  # only here

    rows: list[dict[str, Any]] = []
    for draw, cell in told([(draw, cell) for draw in draws for cell in cells], draws=len(draws)):
        split = split_images(IMAGE_SETS[dataset](), rng=random_stream(seed, draw, 0))
        channels, height, width = split.train.images.shape[1:]
        network = cell.widths().network((channels, height, width), len(split.train.names), stride=2 if height > 8 else 1)
        initialise(network, rng=random_stream(seed, draw, 1))
        order = int(random_stream(seed, draw, 2).integers(2**31))
        recipe = Recipe(steps, batch, rate=cell.rate, decay=cell.decay, seed=order)
        seen = Training(network, split.train.examples, recipe, held=split.held).run().look()
        accuracy = {"accuracy": seen["test"]["accuracy"], "validation_accuracy": seen["validation"]["accuracy"]}
        rows.append({**asdict(cell), "draw": draw, **accuracy})
    return DataFrame(rows)
