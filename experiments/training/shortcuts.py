"""Shortcuts between bottlenecks beat shortcuts around expansions, these beat none, and sandglasses beat all at the same cost.

Source: Figure 6b of Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381; Zhou et al. 2020 (MobileNeXt), arXiv 2007.02269, whose
sandglass has its shortcut and its depthwise convolutions at its wide ends. Ten blocks with bottlenecks of 8 channels, trained
for 250 steps on digits of 8 x 8 pixels. The first three arms cost the same and begin with the same weights; sandglasses are as
wide as these MACs allow: they have 1.6 per cent more, and half a per cent fewer parameters. A draw draws split, weights, order.
Output: accuracy on the test part. Headline: its mean for each arm, and of each claim the difference draw by draw, its 95 per
cent interval and the verdict: 1 reproduced, 0 undecided, -1 not reproduced. All three are reproduced: bottlenecks over
expansions +1.4 points [.8, 2.1], expansions over none +2.1 [1.1, 3.1], sandglasses over bottlenecks +.6 [.1, 1.0]. Both
papers can be right: the first has no arm with shortcuts and depthwise convolutions at wide ends.
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

from manifold.checks import Floats
from manifold.nets import SmallNet, Split, formula_cost, match_macs
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.family import sandglass_net
from manifold.nets.training.loop import one_thread
from manifold.plots import Page, figure_legend
from manifold.plots.palettes import BAR
from manifold.plots.style import faint, ground, ink, sized
from manifold.runs import told
from manifold.sweeps import mean_interval
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ._bottlenecks import arm_cost, begin_arm, make_arm, picture_shape, stem_stride
from ._pairs import Difference, draw_split, final_scores, paired_difference
from ._verdicts import better, difference_numbers, note_height, verdict_word

DRAWS = 20
BLOCK = 1
ARMS = ("bottleneck", "expansion", "none", "sandglass")
CLAIMS = (("bottleneck", "expansion"), ("expansion", "none"), ("sandglass", "bottleneck"))
"""Arms of which a paper calls the first better: MobileNetV2 twice, and MobileNeXt."""


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("digits", "set of pictures", check=one_of(IMAGE_SETS))
    width: int = parameter(8, "channels of the bottlenecks", check=whole(1, 512))
    inner: int = parameter(48, "channels inside each block", check=whole(1, 512))
    depth: int = parameter(10, "blocks", check=whole(1, 50))
    narrow: int = parameter(6, "channels in the middle of a sandglass; its wide ends follow from the MACs", check=whole(1, 512))
    steps: int = parameter(250, "steps of a training", check=whole(1, 100_000))
    batch: int = parameter(32, "pictures in a step", check=whole(2, 1000))
    rate: float = parameter(0.02, "size of the first step, by AdamW")


QUICK = {"draws": 2, "depth": 4, "steps": 8}
COLUMNS = ("shortcut", "draw", "accuracy", "train_accuracy", "parameters", "macs")
TABLE = ("one", "other", "mean", "low", "high", "pairs", "verdict")


def check(parameters: Parameters) -> None:
    """There are sandglasses that cost as much as the others."""
    make_network("sandglass", draw_split(parameters.dataset, 0, 0), parameters)


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw and place of the shortcut."""
    rows: list[dict[str, Any]] = []
    for draw, arm in told([(draw, arm) for draw in draws for arm in ARMS], draws=len(draws)):
        split = draw_split(parameters.dataset, seed, draw)
        network = make_network(arm, split, parameters)
        scores = final_scores(begin_arm(network, split, parameters, seed=seed, draw=draw))
        rows.append({"shortcut": arm, "draw": draw, **scores, **arm_cost(network, split)})
    return DataFrame(rows)[list(COLUMNS)]


def make_network(arm: str, split: Split, parameters: Parameters) -> SmallNet:
    """The network of an arm; sandglasses are as wide as the MACs of the others allow."""
    if arm != "sandglass":
        return make_arm(split, parameters, width=parameters.width, activation="linear", shortcut=arm)
    shape = picture_shape(split)
    options = {"width": parameters.narrow, "depth": parameters.depth, "stride": stem_stride(split)}
    others = make_arm(split, parameters, width=parameters.width, activation="linear", shortcut="none")

    def make(inner: int) -> SmallNet:
        return sandglass_net(shape, len(split.train.names), inner=inner, **options)

    return make(match_macs(make, formula_cost(others, shape).macs, shape))


def differences(rows: DataFrame) -> dict[tuple[str, str], Difference]:
    """Of each claim, the arm that it calls better minus the other."""
    return {claim: paired_difference(rows, "shortcut", *claim) for claim in CLAIMS}


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Mean accuracy of each arm; each claim's difference with its interval and verdict."""
    numbers = {f"mean_accuracy_shortcut={arm}": float(part["accuracy"].mean()) for arm, part in rows.groupby("shortcut")}
    for (one, other), difference in differences(rows).items():
        numbers |= difference_numbers(difference, f"gain_of_{one}_over_{other}")
    return numbers


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """A row per claim."""
    lines = [
        [_name(one), _name(other), *(round(100.0 * value, 6) for value in each[:3]), each.pairs, verdict_word(each)]
        for (one, other), each in differences(rows).items()
    ]
    return DataFrame(lines, columns=[say(f"training.column.{name}") for name in TABLE])


def _name(arm: str) -> str:
    return say(f"figure.shortcuts.{arm}")


def _sentence(one: str, other: str, difference: Difference) -> str:
    """Which of two arms is better, and whether that reproduces the claim."""
    names = [say(f"figure.shortcuts.arm.{arm}") for arm in (one, other)]
    words = {"better": better(difference, *names, text="training.better-than"), "verdict": verdict_word(difference)}
    said = say("figure.shortcuts.said", **words)
    return said[:1].upper() + said[1:]


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Accuracy of each arm over the draws, with what it costs; and the differences that the papers speak of."""
    found = differences(rows)
    lines, columns = page.grid(2, least=3.2)
    note = "\n".join(_sentence(*claim, difference) for claim, difference in found.items())
    result = page.figure(2.4 * lines + note_height(note, page, entries=2), layout=ConstrainedLayoutEngine(w_pad=0.08))
    arms, claims = result.subplots(lines, columns, squeeze=False).ravel()
    for place, arm in enumerate(ARMS):
        _draw_arm(arms, place, rows.loc[rows["shortcut"] == arm, "accuracy"].to_numpy())
    costs: Any = rows.groupby("shortcut")[["parameters", "macs"]].first()
    told_costs = [say("training.costs", parameters=f"{costs.parameters[arm]:,}", macs=f"{costs.macs[arm]:,}") for arm in ARMS]
    arms.set_yticks(range(len(ARMS)), [f"{_name(arm)}\n{cost}" for arm, cost in zip(ARMS, told_costs, strict=True)])
    arms.set_xlabel(say("training.accuracy"))
    for place, difference in enumerate(found.values()):
        _draw_difference(claims, place, difference)
    names = [{"one": _name(one), "other": _name(other)} for one, other in found]
    words = [
        say("figure.shortcuts.minus", **pair, verdict=verdict_word(each))
        for pair, each in zip(names, found.values(), strict=True)
    ]
    claims.set_yticks(range(len(words)), words)
    claims.set_xlabel(say("training.gain"))
    claims.axvline(0.0, color=faint(), linewidth=sized(0.8), zorder=0)
    arms.set_title(say("figure.shortcuts.place"))
    claims.set_title(say("figure.shortcuts.claims"))
    for ax in (arms, claims):
        ax.invert_yaxis()
        ax.margins(y=0.15)
    figure_legend(result, arms, note=note)
    return result


def _draw_arm(ax: Axes, place: int, accuracy: Floats) -> None:
    """Each draw, and the mean with its interval."""
    points = 100.0 * accuracy
    small: dict[str, Any] = {"color": BAR, "markersize": sized(2.0), "alpha": 0.5, "markeredgewidth": 0.0}
    ax.plot(points, np.full(len(points), place + 0.18), "o", **small, label=say("training.draw"))
    mean, ends = points.mean(), np.array(mean_interval(points))
    wide: dict[str, Any] = {"markersize": sized(3.5), "elinewidth": sized(1.2), "label": say("training.mean")}
    ax.errorbar(mean, place, xerr=abs(ends - mean)[:, None], fmt="o", color=ink(), **wide)


def _draw_difference(ax: Axes, place: int, difference: Difference) -> None:
    """Mean and interval; hollow where the claim is not reproduced."""
    mean, low, high = (100.0 * value for value in difference[:3])
    face = ink() if difference.verdict == "reproduced" else ground()
    ends = [[mean - low], [high - mean]]
    ax.errorbar(mean, place, xerr=ends, fmt="o", color=ink(), mfc=face, markersize=sized(4.0), elinewidth=sized(1.2))
