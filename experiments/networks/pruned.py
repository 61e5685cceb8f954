"""Half the hidden channels of a small network go best by weight; without three quarters that shape from scratch is far better.

Source: Li et al. 2017, arXiv 1608.08710, who prune by norms of weights; Hu et al. 2016 (Network Trimming), arXiv 1607.03250,
by how often a channel fires; Liu et al. 2019 (Rethinking the Value of Network Pruning), arXiv 1810.05270, by whom that shape
trained from scratch is as good. Six inverted residual blocks with 48 hidden channels, trained on digits for 250 steps; half
or three quarters of the hidden channels of each block go, by what `manifold.nets.compression.worth` says they are worth;
batch norms take their statistics anew, and 40 steps follow at a quarter of the rate. Gradually: in two rounds of pruning and
20 steps. From scratch: the same shape, 290 steps at the full rate.
Output: accuracy on the test part just after pruning and after the steps, and MACs. Headline: means, and differences draw by
draw with their 95 per cent intervals and verdicts (1 reproduced, 0 undecided, -1 not). Over 10 draws, from 97.7
per cent: with half of them gone, 62 per cent of the MACs, by weight leaves 95.5, 1.6 points more than at random [.6, 2.5],
1.9 more than by firing rate [.5, 3.2] and 1.8 more than by the exact decoder's loss [.5, 3.1], and neither of these two is
told from chance. With three quarters gone all of that is undecided. Two rounds are worse than one, by 1.4 points [.9, 1.9]
and 4.9 [1.3, 8.5]. That shape from scratch has 96.7 and 96.0 per cent: 1.3 points more than by weight [-.1, 2.7] and
9.1 more [5.5, 13]. More steps after pruning may change that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import random_stream
from manifold.nets import Recipe, SmallNet, Split, Training, bottleneck_net, initialise, take_statistics
from manifold.nets.compression.prune import prune
from manifold.nets.compression.worth import WORTHS
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.plots.palettes import QUANTITIES
from manifold.plots.style import faint, ground, ink
from manifold.runs import told
from manifold.sweeps import mean_interval
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole
from ..training._pairs import draw_split, over_draws
from ..training._verdicts import difference_numbers

DRAWS = 10
BLOCK = 1
SCORES = ("untuned", "accuracy")
ARMS = (*((worth, "one_shot") for worth in WORTHS), ("weight", "gradual"))
WHOLE, SCRATCH = "whole", "scratch"
"""What is compared to: the network that is pruned, and one of the pruned shape that is trained from its first weights."""


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    width: int = parameter(8, "channels of the bottlenecks", check=whole(1, 512))
    inner: int = parameter(48, "hidden channels of each block", check=whole(4, 512))
    depth: int = parameter(6, "blocks", check=whole(2, 50))
    steps: int = parameter(250, "steps of a training", check=whole(1, 100_000))
    tuning: int = parameter(40, "steps of training after pruning, in all", check=whole(4, 100_000))
    rounds: int = parameter(2, "rounds of pruning and training where it is gradual", check=whole(2, 100))
    batch: int = parameter(32, "pictures in a step", check=whole(2, 1000))
    rate: float = parameter(0.02, "size of the first step, by AdamW; a fourth of it after pruning")
    shares: Sequence[float] = parameter([0.5, 0.75], "of hidden channels that go")


QUICK = {"draws": 2, "depth": 3, "steps": 8, "tuning": 4, "shares": [0.5]}
COLUMNS = ("draw", "arm", "schedule", "share", "macs", "untuned", "accuracy")


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw, share and arm: what channels are worth, and how they go."""
    rows: list[dict[str, Any]] = []
    for draw in told(draws, draws=len(draws)):
        split, network = begin(parameters, seed=seed, draw=draw)
        images = split.train.images
        macs = network.cost(tuple(images.shape[1:])).macs
        right = share_right(network, split)
        rows.append({"draw": draw, "arm": WHOLE, "schedule": WHOLE, "share": 0.0, "macs": macs, "accuracy": right})
        for share in parameters.shares:
            for cell in _cells(network, split, share, parameters, seed=seed, draw=draw):
                rows.append({"draw": draw, "share": share, **cell})
    return DataFrame(rows).reindex(columns=list(COLUMNS))


def begin(parameters: Parameters, *, seed: int, draw: int) -> tuple[Split, SmallNet]:
    """Pictures, and the trained network from which channels go."""
    split = draw_split("digits", seed, draw)
    network = _network(split, parameters, parameters.inner, seed, draw)
    _train(network, split, _recipe(parameters.steps, parameters, seed=seed, draw=draw))
    return split, network


def _network(split: Split, parameters: Parameters, inner: int, seed: int, draw: int) -> SmallNet:
    shape, classes = tuple(split.train.images.shape[1:]), len(split.train.names)
    made = bottleneck_net(shape, classes, width=parameters.width, inner=inner, depth=parameters.depth)
    return initialise(made, rng=random_stream(seed, draw, 1))


def _train(network: SmallNet, split: Split, recipe: Recipe) -> None:
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a fifth quicker
    Training(network, split.train.examples, recipe).run()
    take_statistics(network, split.train.images)  # those that a training leaves lag behind its last steps


def _recipe(steps: int, parameters: Parameters, *, seed: int, draw: int, tuning: int = 0) -> Recipe:
    """Of a training from first weights, or of the n-th round of tuning, n >= 1."""
    order = int(random_stream(seed, draw, 2 + tuning).integers(2**31))
    return Recipe(steps, parameters.batch, rate=parameters.rate / 4 if tuning else parameters.rate, seed=order)


def share_right(network: SmallNet, split: Split) -> float:
    """Accuracy on the test part."""
    images, labels = split.test.examples
    return float((network(images).argmax(1) == labels).double().mean())


def _cells(
    network: SmallNet, split: Split, share: float, parameters: Parameters, *, seed: int, draw: int
) -> Iterator[dict[str, Any]]:
    """Pruned networks, tuned, and one of the same shape from scratch."""
    images = split.train.images
    inner = 0
    for arm, schedule in ARMS:
        pruned, rounds = network, parameters.rounds if schedule == "gradual" else 1
        for number in range(rounds):
            cut = prune(pruned, images, share=1.0 - (1.0 - share) ** (1.0 / rounds), by=arm, seed=100 * draw + number)
            pruned = take_statistics(cut.network, images)  # type: ignore[assignment]
            untuned = share_right(pruned, split) if rounds == 1 else np.nan
            _train(pruned, split, _recipe(parameters.tuning // rounds, parameters, seed=seed, draw=draw, tuning=1 + number))
        inner = len(next(iter(cut.kept.values()))) if rounds == 1 else inner
        cell = {"arm": arm, "schedule": schedule, "macs": cut.after.macs, "untuned": untuned}
        yield {**cell, "accuracy": share_right(pruned, split)}
    small = _network(split, parameters, inner, seed, draw)
    _train(small, split, _recipe(parameters.steps + parameters.tuning, parameters, seed=seed, draw=draw))
    macs = small.cost(tuple(images.shape[1:])).macs
    yield {"arm": SCRATCH, "schedule": SCRATCH, "macs": macs, "accuracy": share_right(small, split)}


def _gaps(rows: DataFrame) -> dict[str, Any]:
    """Better minus worse by what is claimed, (draws, shares): a table each."""
    table: Any = rows[rows["share"] > 0.0].pivot_table(index="draw", columns=["schedule", "arm", "share"], values="accuracy")
    once, slow, scratch = table["one_shot"], table["gradual"], table[SCRATCH][SCRATCH]
    return {
        "weight_over_random": once["weight"] - once["random"],
        "weight_over_firing": once["weight"] - once["firing"],
        "decoder_over_weight": once["decoder"] - once["weight"],
        "gradual_over_one_shot": slow["weight"] - once["weight"],
        "pruned_over_scratch": once["weight"] - scratch,
    }


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Mean accuracy of every arm; for each claim the difference, draw by draw, with interval and verdict."""
    numbers: dict[str, float] = {}
    for (schedule, arm, share), part in rows.groupby(["schedule", "arm", "share"], sort=False):
        behind = f"arm={arm}_schedule={schedule}_share={share:g}"
        numbers[f"mean_accuracy_{behind}"] = float(part["accuracy"].mean())
        numbers[f"mean_macs_{behind}"] = float(part["macs"].mean())
        if part["untuned"].notna().all():
            numbers[f"mean_untuned_{behind}"] = float(part["untuned"].mean())
    for claim, gaps in _gaps(rows).items():
        for share in parameters.shares:
            numbers |= difference_numbers(over_draws(gaps[share]), f"gap_{claim}_share={share:g}")
    return numbers


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """Mean MACs, mean accuracy and the ends of its interval (4, shares), before and after training, by schedule and arm."""
    kept: dict[str, Any] = {}
    for score in SCORES:
        for (schedule, arm), part in rows[rows[score].notna()].groupby(["schedule", "arm"], sort=False):
            shares = [part[part["share"] == share] for share in part["share"].unique()]
            points = [(each["macs"].mean(), each[score].mean(), *mean_interval(each[score])) for each in shares]
            kept.setdefault(score, {}).setdefault(str(schedule), {})[str(arm)] = np.array(points).T
    return kept


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Accuracy against MACs: just pruned left, after a little training right; small networks from scratch beside."""
    lines, columns = page.grid(2, least=2.4)
    result = page.figure(2.2 * lines + (0.8 if columns > 1 else 1.3))
    axes = result.subplots(lines, columns, squeeze=False).ravel()
    for ax, score in zip(axes, SCORES, strict=True):
        for look, arm in zip(QUANTITIES, WORTHS, strict=True):
            _draw(ax, drawn[score]["one_shot"][arm], say(f"networks.pruned.{arm}"), look.line)
        ax.axhline(
            100.0 * drawn["accuracy"][WHOLE][WHOLE][1, 0], color=faint(), linewidth=0.8, label=say("networks.pruned.whole")
        )
        ax.set(title=say(f"networks.pruned.{score}"), xlabel=say("networks.pruned.macs"))
    hollow = {**QUANTITIES[0].line, "linestyle": ":", "markerfacecolor": ground()}
    _draw(axes[1], drawn["accuracy"]["gradual"]["weight"], say("networks.pruned.gradual"), hollow)
    scratch = {"color": ink(), "marker": "*", "linestyle": "-"}
    _draw(axes[1], drawn["accuracy"][SCRATCH][SCRATCH], say("networks.pruned.scratch"), scratch)
    for ax in axes[::columns]:
        ax.set_ylabel(say("training.accuracy"))
    result.legend(*axes[1].get_legend_handles_labels(), loc="outside lower center", ncols=3 if columns > 1 else 1)
    return result


def _draw(ax: Axes, points: Any, label: str, line: dict[str, Any]) -> None:
    """Means over draws with their intervals, in per cent against thousands of MACs."""
    macs, mean, ends = points[0] / 1e3, 100.0 * points[1], 100.0 * points[2:]
    ax.errorbar(macs, mean, np.abs(ends - mean), label=label, markersize=3, elinewidth=0.8, **line)
