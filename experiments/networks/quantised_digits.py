"""Small networks read integers of 4 bits behind ReLU6, ReLU and linear bottlenecks alike; below that ReLU6 is the easiest.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, section 3, who take ReLU6 "because of its robustness when used
with low-precision computation"; Krishnamoorthi 2018, arXiv 1806.08342; Sheng et al. 2018, arXiv 1803.08607. Six inverted
residual blocks, linear bottlenecks of 8 channels, trained on digits for 250 steps, with ReLU6 throughout or with ReLU, from
the same split, first weights and order of pictures; then what layers read, or weights, become integers of 2 to 8 bits, see
`quantised`. Nothing is trained anew.
Output: accuracy on the test part, and how much of it is dropped. Headline: means, and differences draw by draw with their 95
per cent intervals and verdicts (1 reproduced, 0 undecided, -1 not). Over 10 draws: from 8 to 4 bits what ReLU gave
drops no more than what ReLU6 gave, within a point; at 3 bits 3.7 points more [1.7, 5.7], at 2 bits 13 [3, 24]. What linear
bottlenecks gave drops as little down to 4 bits, and then more than behind ReLU6: 9.9 points [7.0, 13] at 3 bits, 33 [27, 40]
at 2. One scale for the weights of a layer costs 12 points [6, 17] more than one for each channel at 4 bits, 55 [42, 68] at 3,
and from 5 bits on in few networks only, undecided in the mean; that depthwise layers suffer more than all others together is
undecided at every bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import random_stream
from manifold.nets import InvertedResidual, Recipe, SmallNet, Split, Training, initialise
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.plots.palettes import QUANTITIES
from manifold.plots.style import faint, ground
from manifold.runs import told
from manifold.sweeps import mean_interval
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole
from ..training._pairs import batch_seed, draw_split, over_draws
from ..training._verdicts import difference_numbers
from ._quantised import ARMS, parts, with_integers

DRAWS = 10
BLOCK = 1
ACTED = ("relu6", "relu")


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    width: int = parameter(8, "channels of the bottlenecks", check=whole(1, 512))
    inner: int = parameter(48, "channels inside each block", check=whole(2, 512))
    depth: int = parameter(6, "blocks", check=whole(2, 50))
    steps: int = parameter(250, "steps of a training", check=whole(1, 100_000))
    batch: int = parameter(32, "pictures in a step", check=whole(2, 1000))
    rate: float = parameter(0.02, "size of the first step, by AdamW")
    fitted: int = parameter(64, "pictures of the validation part, which calibrate ranges", check=whole(2, 10_000))
    bits: Sequence[int] = parameter([8, 6, 5, 4, 3, 2], "of integers", check=whole(2, 8))


QUICK = {"draws": 2, "depth": 3, "steps": 8, "bits": [4, 2]}
COLUMNS = ("draw", "activation", "arm", "bits", "accuracy", "dropped")
CLAIMS = ("relu6", "bottleneck", "depthwise", "tensor")


def small_net(activation: str, split: Split, parameters: Any) -> SmallNet:
    """MobileNetV2 in small with another activation, linear bottlenecks."""
    width, ratio = parameters.width, parameters.inner / parameters.width
    blocks = [InvertedResidual(16, width, 1, 1, activation=activation)]
    for number in range(1, parameters.depth):
        blocks.append(InvertedResidual(width, width, 2 if number == 1 else 1, ratio, activation=activation))
    return SmallNet(split.train.images.shape[1], len(split.train.names), blocks, activation=activation)


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw, activation, arm and number of bits."""
    rows: list[dict[str, Any]] = []
    for draw, activation in told([(draw, each) for draw in draws for each in ACTED], draws=len(draws)):
        split = draw_split("digits", seed, draw)
        network = initialise(small_net(activation, split, parameters), rng=random_stream(seed, draw, 1))
        recipe = Recipe(parameters.steps, parameters.batch, rate=parameters.rate, seed=batch_seed(seed, draw))
        Training(network, split.train.examples, recipe).run()
        fitted = split.validation.images[: parameters.fitted]
        sites, (images, labels) = parts(network, fitted), split.test.examples
        for arm in ARMS:
            for bits in parameters.bits:
                damage = with_integers(network, fitted, arm, bits, sites).damage(images, batch=len(images))
                before, after = ((side.argmax(1) == labels.numpy()).mean() for side in (damage.before, damage.after))
                cell = {"draw": draw, "activation": activation, "arm": arm, "bits": bits}
                rows.append({**cell, "accuracy": float(after), "dropped": float(before - after)})
    return DataFrame(rows)[list(COLUMNS)]


def _gaps(rows: DataFrame) -> dict[str, Any]:
    """What each claim says is dropped more, minus what is dropped less, (draws, bits): a table each."""
    table: Any = rows.pivot_table(index="draw", columns=["activation", "arm", "bits"], values="dropped")
    relu6, relu = table["relu6"], table["relu"]
    return {
        "relu6": relu["activated"] - relu6["activated"],
        "bottleneck": relu6["bottleneck"] - relu6["activated"],
        "depthwise": relu6["depthwise"] - relu6["others"],
        "tensor": relu6["tensor"] - relu6["channel"],
    }


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Accuracy dropped in the mean; for each claim by how much more, draw by draw, with interval and verdict."""
    numbers: dict[str, float] = {}
    for (activation, arm, bits), part in rows.groupby(["activation", "arm", "bits"], sort=False):
        numbers[f"mean_dropped_activation={activation}_arm={arm}_bits={bits}"] = float(part["dropped"].mean())
    for claim, gaps in _gaps(rows).items():
        for bits in parameters.bits:
            numbers |= difference_numbers(over_draws(gaps[bits]), f"gap_{claim}_bits={bits}")
    return numbers


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """Accuracy dropped in the mean, and the ends of its interval (3, bits), by activation and arm."""
    kept: dict[str, Any] = {activation: {} for activation in ACTED}
    for (activation, arm), part in rows.groupby(["activation", "arm"], sort=False):
        values = [part[part["bits"] == bits]["dropped"].to_numpy() for bits in parameters.bits]
        kept[str(activation)][arm] = np.array([(each.mean(), *mean_interval(each)) for each in values]).T
    return kept


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Points of accuracy dropped against bits: what layers read left, weights right; ReLU hollow and dashed."""
    lines, columns = page.grid(2, least=2.4)
    result = page.figure(3.1 * lines)
    panels: Any = result.subfigures(lines, columns, squeeze=False)
    for side, panel in zip(("activations", "weights"), panels.ravel(), strict=True):
        ax = panel.subplots()
        arms = [arm for arm, (what, _, _) in ARMS.items() if what == side]
        for place, arm in enumerate(arms):
            for activation in ACTED if arm == "activated" else ACTED[:1]:
                shift = 0.08 * (place - (len(arms) - 1) / 2)
                _draw(ax, drawn[activation][arm], parameters.bits, arm, activation, QUANTITIES[place], shift)
        ax.axhline(0.0, color=faint(), linewidth=0.8)
        ax.set(ylabel=say("networks.quantised.dropped"), xlabel=say("networks.quantised.bits"), xticks=sorted(parameters.bits))
        ax.set_title(say(f"networks.quantised.{side}"))
        panel.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=1)
    return result


def _draw(ax: Axes, scores: Any, bits: Sequence[int], arm: str, activation: str, look: Any, shift: float) -> None:
    """Means over draws with their intervals, in points."""
    relu = activation == "relu"
    label = say(f"networks.quantised.arm.{arm}{'.relu' if relu else ''}")
    marks: dict[str, Any] = {**look.line, "markersize": 3, "elinewidth": 0.8}
    if relu:
        marks |= {"linestyle": ":", "markerfacecolor": ground()}
    means = 100.0 * scores[0]
    ax.errorbar(np.array(bits) + shift, means, np.abs(100.0 * scores[1:] - means), label=label, **marks)
