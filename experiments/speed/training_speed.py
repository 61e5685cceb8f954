"""A step of the training loop takes at most a tenth longer than one written plainly, though it can be left and gone on with.

Source: `manifold.nets.Training`, against torch's own calls in a row: forward, loss, gradient, step of the same optimiser.
Output: seconds of a step of both, on the same network and examples in turns, on one thread; a draw is one turn. Headline: the
median over the turns of the ratio of both, for each width of the bottlenecks. Times are this machine's: these rows differ from
run to run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.figure import Figure
from pandas import DataFrame, Series
from torch import Tensor, nn

from manifold import random_stream
from manifold.nets import Recipe, Training, bottleneck_net, initialise
from manifold.nets.training.loop import one_thread
from manifold.plots import RIVALS, Page, muted, sized
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole
from ._growth import write_beside

DRAWS = 25
ALLOWED = 1.1  # times a plain step
_SHAPE = (1, 8, 8)


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    widths: Sequence[int] = parameter([2, 8], "channels of the bottlenecks", check=whole(1, 256))
    steps: int = parameter(20, "steps of a turn", check=whole(1, 10_000))
    batch: int = parameter(64, "examples in a step", check=whole(2, 4096))


QUICK = {"draws": 3, "steps": 4}
COLUMNS = ("width", "draw", "seconds_plain", "seconds_loop")


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per width and turn: seconds of a step."""
    rows = []
    rng = random_stream(seed)
    count = parameters.batch * parameters.steps
    x = torch.from_numpy(rng.random((count, *_SHAPE))).float()
    y = torch.from_numpy(rng.integers(0, 10, count))
    for width in parameters.widths:
        for draw in draws:
            network = initialise(bottleneck_net(_SHAPE, 10, width=width), rng=random_stream(seed, draw))
            training = Training(network, (x, y), Recipe(parameters.steps, parameters.batch, seed=seed))
            runs = {"plain": _plain_steps(network, x, y, parameters.batch), "loop": training.run}
            forms = list(runs)[:: 1 if draw % 2 else -1]  # so that neither always comes first
            network(x[:2])  # the first call of all is slower
            seconds = {f"seconds_{form}": _time(runs[form]) / parameters.steps for form in forms}
            rows.append({"width": width, "draw": draw, **seconds})
    return DataFrame(rows)[list(COLUMNS)]


def _plain_steps(network: nn.Module, x: Tensor, y: Tensor, batch: int) -> Callable[[], object]:
    """As many steps as there are batches, as one writes them."""
    adam = torch.optim.AdamW(network.parameters(), lr=0.01, weight_decay=0.0, fused=True)

    def run() -> None:
        network.train()
        for images, labels in zip(torch.split(x, batch), torch.split(y, batch), strict=True):
            loss = nn.functional.cross_entropy(network(images), labels)
            adam.zero_grad()
            torch.autograd.backward(loss)
            adam.step()

    return run


def _time(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """The median ratio for each width."""
    medians = _ratio(rows).groupby(rows["width"]).median()
    return {f"median_seconds_ratio_width={width}": float(ratio) for width, ratio in medians.items()}


def _ratio(rows: DataFrame) -> Series:
    return rows["seconds_loop"] / rows["seconds_plain"]


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The ratio for each width: every turn, and the median in figures."""
    result = page.figure(2.4)
    ax, ratio, look = result.subplots(), _ratio(rows), RIVALS["ours"]
    for place, width in enumerate(parameters.widths):
        values = ratio[rows["width"] == width]
        ax.plot(np.full(len(values), place), values, "_", color=look.color, alpha=0.4, markersize=sized(14.0))
        ax.plot(place, values.median(), **look.marks, markersize=sized(5.0))
        write_beside(ax, f"{values.median():.2f}", (place, values.median()), right=8.0)
    words = say("figure.training_speed.allowed", factor=ALLOWED)
    ax.axhline(ALLOWED, color=muted(), linewidth=sized(0.8), linestyle=":", label=words)
    result.legend(loc="outside upper right")
    ax.set_xticks(range(len(parameters.widths)), [str(width) for width in parameters.widths])
    ax.set(xlabel=say("figure.training_speed.width"), ylabel=say("figure.training_speed.ratio"))
    ax.set_xlim(-0.5, len(parameters.widths) - 0.3)
    result.supxlabel(say("figure.turns"), size="medium", color=muted())
    return result
