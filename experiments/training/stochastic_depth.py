"""Leaving residual blocks out at random while training makes the network more accurate and the training shorter.

Source: Huang et al. 2016, arXiv 1603.09382: the l-th of L blocks takes part in a step with p_l = 1 - (l / L)(1 - p_L), and
p_L = 1/2 trains a network of 110 layers to a lower error in a quarter less time. Here eight blocks of 12 channels, in a short
and a long training, each draw with the same pictures, first weights and order for every p_L.
Output: test accuracy; mean number of blocks that a step computed, which is to be the sum of p_l; and time, which other work on
the machine changes. Headline: means, and paired differences from p_L = 1 with their 95 per cent intervals and verdicts.
Ten draws: at p_L = 1/2 it is 10 points [6, 15] worse after 150 steps, and after 750 .3 points [-.4, 1.1] worse: that it is more
accurate is not reproduced at this size, and the shorter the training, the more it costs. A fifth of the time of 750 steps is
saved, and the expected depth holds: 5.73 blocks where the formula says 5.75.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from pandas import DataFrame

from manifold.checks import fault
from manifold.nets import Recipe
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.deep import count_branches, stochastic_net, survivals
from manifold.nets.training.loop import one_thread
from manifold.plots import Page, figure_legend
from manifold.plots.palettes import QUANTITIES, Look
from manifold.plots.style import muted, sized
from manifold.runs import told
from manifold.sweeps import mean_interval
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, real, whole
from ._arms import claims_table, cost_sentence
from ._bottlenecks import arm_cost, picture_shape
from ._pairs import Difference, batch_seed, begin, draw_split, final_scores, in_points, paired_difference
from ._verdicts import difference_numbers, note_height, verdict_word

DRAWS = 10
BLOCK = 1
PAPERS = 0.5
"""Survival of the last block that the paper takes, of which the figure speaks."""


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


def check(parameters: Parameters) -> None:
    """All blocks take part in one of the arms, against which the others are held."""
    if 1.0 not in parameters.survivals or len(parameters.survivals) < 2:
        raise fault(ValueError, "survivals must hold 1 and another, got {values}", values=parameters.survivals)


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


def differences(rows: DataFrame) -> dict[tuple[int, float], Difference]:
    """Accuracy at each survival below 1 minus that at 1, by number of steps."""
    lower = sorted({float(last) for last in rows["survival"]} - {1.0}, reverse=True)
    parts = {steps: rows[rows["steps"] == steps] for steps in sorted({int(steps) for steps in rows["steps"]})}
    return {(steps, last): paired_difference(part, "survival", last, 1.0) for steps, part in parts.items() for last in lower}


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Mean accuracy, depth and ratio of times by steps and survival; differences from 1 with intervals and verdicts."""
    numbers: dict[str, float] = {}
    cells: Any = rows.groupby(["steps", "survival"])[["accuracy", "mean_depth", "expected_depth"]].mean()
    times: Any = rows.groupby(["steps", "survival"])["seconds"].median()
    for (steps, last), cell in cells.iterrows():
        what = f"steps={steps}_survival={last:g}"
        numbers |= {f"mean_accuracy_{what}": cell["accuracy"], f"mean_depth_{what}": cell["mean_depth"]}
        numbers[f"ratio_depth_over_expected_{what}"] = cell["mean_depth"] / cell["expected_depth"]
        numbers[f"ratio_seconds_over_all_{what}"] = times[steps, last] / times[steps, 1.0]
    for (steps, last), each in differences(rows).items():
        numbers |= difference_numbers(each, f"gain_steps={steps}_survival={last:g}")
    return {name: float(number) for name, number in numbers.items()}


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """A row per number of steps and survival below 1."""
    return claims_table({_name(*cell): each for cell, each in differences(rows).items()})


def _name(steps: int, last: float) -> str:
    return say("figure.stochastic_depth.cell", steps=steps, survival=f"{last:g}")


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Accuracy, depth and time against the survival of the last block."""
    lines, columns = page.grid(3, least=2.2)
    found = differences(rows)
    nearest = min((last for _, last in found), key=lambda last: abs(last - PAPERS))
    said = [
        say("figure.stochastic_depth.said", cell=_name(*cell), points=in_points(each), verdict=verdict_word(each))
        for cell, each in found.items()
        if cell[1] == nearest
    ]
    note = "\n".join([*said, cost_sentence(rows)])
    result = page.figure(2.2 * lines + note_height(note, page, entries=3), layout=ConstrainedLayoutEngine(w_pad=0.08))
    accuracy, depth, time = result.subplots(lines, columns, squeeze=False).ravel()[:3]
    for number, steps in enumerate(sorted(parameters.steps)):
        _draw(rows[rows["steps"] == steps], (accuracy, depth, time), QUANTITIES[number % len(QUANTITIES)], steps)
    shares = np.linspace(min(parameters.survivals), 1.0, 50)
    expected = [sum(survivals(parameters.depth, float(share))) for share in shares]
    depth.plot(shares, expected, color=muted(), linewidth=sized(0.9), zorder=1, label=say("figure.stochastic_depth.formula"))
    for ax, name in zip((accuracy, depth, time), ("accuracy", "depth", "time"), strict=True):
        ax.set(xlabel=say("figure.stochastic_depth.survival"), ylabel=say(f"figure.stochastic_depth.{name}"))
    figure_legend(result, accuracy, depth, note=note)
    return result


def _draw(rows: DataFrame, axes: Sequence[Axes], look: Look, steps: int) -> None:
    """Means with intervals of accuracy; mean depth; and the median time over that of survival 1."""
    groups = [(float(last), part) for last, part in rows.groupby("survival")]  # type: ignore[arg-type]
    places = [last for last, _ in groups]
    means = np.array([part["accuracy"].mean() for _, part in groups])
    ends = np.array([mean_interval(part["accuracy"]) for _, part in groups]).T
    label = say("figure.stochastic_depth.steps", steps=steps)
    axes[0].errorbar(places, 100.0 * means, 100.0 * abs(ends - means), elinewidth=sized(1.0), label=label, **look.line)
    axes[1].plot(places, [part["mean_depth"].mean() for _, part in groups], **look.marks)
    times = np.array([part["seconds"].median() for _, part in groups])
    axes[2].plot(places, times / times[places.index(1.0)], **look.line)
