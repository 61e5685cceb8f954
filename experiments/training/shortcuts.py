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

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold.nets import SmallNet, Split, formula_cost, match_macs
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.family import sandglass_net
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.runs import told
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ._arms import arm_sentence, claims_table, figure_arms, with_costs
from ._bottlenecks import arm_cost, begin_arm, make_arm, picture_shape, stem_stride
from ._pairs import Difference, draw_split, final_scores, paired_difference
from ._verdicts import difference_numbers, verdict_word

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
    return claims_table({_minus(*claim): each for claim, each in differences(rows).items()})


def _minus(one: str, other: str) -> str:
    return say("training.minus", one=say(f"figure.shortcuts.{one}"), other=say(f"figure.shortcuts.{other}"))


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Accuracy of each arm over the draws, with what it costs; and the differences that the papers speak of."""
    parts = {arm: rows[rows["shortcut"] == arm] for arm in ARMS}
    arms = {with_costs(say(f"figure.shortcuts.{arm}"), part): part["accuracy"] for arm, part in parts.items()}
    found = differences(rows)
    claims = {f"{_minus(*claim)}:\n{verdict_word(each)}": each for claim, each in found.items()}
    names = {arm: say(f"figure.shortcuts.arm.{arm}") for arm in ARMS}
    said = [arm_sentence(names[one], names[other], each) for (one, other), each in found.items()]
    return figure_arms(arms, claims, said=said, page=page)
