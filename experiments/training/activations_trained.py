"""h-swish in the place of ReLU makes a small network more accurate, in its second half as much as everywhere.

Source: Howard et al. 2019 (MobileNetV3), arXiv 1905.02244, section 5.2 and Table 5, where h-swish everywhere gains .9 points on
ImageNet and in the later layers .7. A small MobileNetV3 without gates has ReLU everywhere, or h-swish or ReLU6 in its second
half or everywhere; parameters and MACs are the same, and each draw gives all arms the same pictures, first weights and order.
Output: test accuracy. Headline: means, and paired differences with their 95 per cent intervals and verdicts.
Forty draws: h-swish everywhere is .6 points [.3, .9] better than ReLU, and in the second half .5 [.1, 1.0]: reproduced.
Everywhere is not better than in the second half, 0 [-.3, .4]: not reproduced. ReLU6, of which no paper claims that it is more
accurate, is .3 points [-.0, .7] above ReLU everywhere: undecided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import ACTIVATIONS
from manifold.nets import SmallNet, Split
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.family import v3_net
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.runs import told
from manifold.text import named, say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ._arms import arm_sentence, claims_table, cost_sentence, figure_arms
from ._bottlenecks import arm_cost, begin_arm, picture_shape, stem_stride
from ._pairs import Difference, draw_split, final_scores, paired_difference
from ._verdicts import difference_numbers, verdict_word

DRAWS = 40
BLOCK = 1
ARMS = (
    *(("relu", "whole"), ("hardswish", "second half"), ("hardswish", "whole")),
    *(("relu6", "second half"), ("relu6", "whole")),
)
"""Activation, and where it stands; in the rest of the network stands ReLU."""

CLAIMS = (
    *(("hardswish whole", "relu whole"), ("hardswish second half", "relu whole")),
    *(("hardswish whole", "hardswish second half"), ("relu6 whole", "relu whole")),
)
"""Arms of which the first is asked to be better; the last pair is no claim of a paper."""


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("digits", "set of pictures", check=one_of(IMAGE_SETS))
    width: int = parameter(8, "channels of the bottlenecks", check=whole(1, 512))
    inner: int = parameter(32, "channels inside each block", check=whole(1, 512))
    depth: int = parameter(6, "blocks", check=whole(2, 50))
    steps: int = parameter(200, "steps of a training", check=whole(1, 100_000))
    batch: int = parameter(32, "pictures in a step", check=whole(2, 1000))
    rate: float = parameter(0.02, "size of the first step, by AdamW")


QUICK = {"draws": 3, "steps": 8, "inner": 16, "depth": 4}
COLUMNS = ("activation", "part", "draw", "accuracy", "train_accuracy", "parameters", "macs", "seconds")


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw, activation and part of the network that has it."""
    rows: list[dict[str, Any]] = []
    for draw, (activation, part) in told([(draw, arm) for draw in draws for arm in ARMS], draws=len(draws)):
        split = draw_split(parameters.dataset, seed, draw)
        network = _make_network(activation, part, split, parameters)
        scores = final_scores(begin_arm(network, split, parameters, seed=seed, draw=draw))
        rows.append({"activation": activation, "part": part, "draw": draw, **scores, **arm_cost(network, split)})
    return DataFrame(rows)[list(COLUMNS)]


def _make_network(activation: str, part: str, split: Split, parameters: Parameters) -> SmallNet:
    return v3_net(
        picture_shape(split),
        len(split.train.names),
        first=activation if part == "whole" else "relu",
        second=activation,
        width=parameters.width,
        inner=parameters.inner,
        depth=parameters.depth,
        stride=stem_stride(split),
    )


def differences(rows: DataFrame) -> dict[tuple[str, str], Difference]:
    """Of each claim, the arm that it calls better minus the other."""
    arms = rows.assign(arm=rows["activation"] + " " + rows["part"])
    return {claim: paired_difference(arms, "arm", *claim) for claim in CLAIMS}


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Mean accuracy of each arm; each claim's difference with its interval and verdict."""
    numbers = {}
    for activation, part in ARMS:
        cell = rows[(rows["activation"] == activation) & (rows["part"] == part)]
        numbers[f"mean_accuracy_activation={activation}_part={part.replace(' ', '_')}"] = float(cell["accuracy"].mean())
    for claim, difference in differences(rows).items():
        one, other = (arm.replace(" ", "_") for arm in claim)
        numbers |= difference_numbers(difference, f"gain_of_{one}_over_{other}")
    return numbers


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """A row per claim."""
    return claims_table({_minus(*claim): each for claim, each in differences(rows).items()})


def _name(arm: str) -> str:
    activation, _, part = arm.partition(" ")
    place = say(f"figure.activations_trained.{part.replace(' ', '_')}")
    return say("figure.activations_trained.arm", activation=named(ACTIVATIONS, activation), part=place)


def _minus(one: str, other: str) -> str:
    return say("training.minus", one=_name(one), other=_name(other))


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Accuracy of each arm over the draws, and the differences."""
    arms = {_name(f"{f} {part}"): rows[(rows["activation"] == f) & (rows["part"] == part)]["accuracy"] for f, part in ARMS}
    found = differences(rows)
    claims = {f"{_minus(*claim)}:\n{verdict_word(each)}": each for claim, each in found.items()}
    said = [arm_sentence(_name(one), _name(other), each) for (one, other), each in found.items()]
    return figure_arms(arms, claims, said=[*said, cost_sentence(rows)], page=page)
