"""A gate that weighs channels by the whole image makes a network more accurate than the same MACs without gates.

Source: Hu et al. 2017 (squeeze-excite), arXiv 1709.01507; Howard et al. 2019 (MobileNetV3), arXiv 1905.02244, which puts the
gate behind the depthwise convolution. A small MobileNetV3 has a gate in every block and 32 channels inside, or none and 33, the
same MACs within 2 per cent; gates bring 44 per cent more parameters. Each draw gives both the same pictures in the same order.
Output: test accuracy. Headline: means, and the paired difference with its 95 per cent interval and verdict; times, which other
work on the machine changes.
Twenty-four draws: with gates it is .4 points [.1, .7] worse. Not reproduced at this size, where a picture of 8 x 8 pixels and
the classes of digits leave little for a whole image to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold.nets import SmallNet, Split, formula_cost, match_macs
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.family import v3_net
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.runs import told
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ._arms import arm_sentence, claims_table, figure_arms, with_costs
from ._bottlenecks import arm_cost, begin_arm, picture_shape, stem_stride
from ._pairs import Difference, draw_split, final_scores, paired_difference
from ._verdicts import difference_numbers, verdict_word

DRAWS = 24
BLOCK = 1
ARMS = ("gate", "none")


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("digits", "set of pictures", check=one_of(IMAGE_SETS))
    width: int = parameter(8, "channels of the bottlenecks", check=whole(1, 512))
    inner: int = parameter(32, "channels inside each block with a gate", check=whole(8, 512))
    depth: int = parameter(6, "blocks", check=whole(2, 50))
    steps: int = parameter(200, "steps of a training", check=whole(1, 100_000))
    batch: int = parameter(32, "pictures in a step", check=whole(2, 1000))
    rate: float = parameter(0.02, "size of the first step, by AdamW")


QUICK = {"draws": 3, "steps": 8}
COLUMNS = ("gate", "width", "draw", "accuracy", "train_accuracy", "parameters", "macs", "seconds")


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw, with a gate in every block and without."""
    rows: list[dict[str, Any]] = []
    for draw, arm in told([(draw, arm) for draw in draws for arm in ARMS], draws=len(draws)):
        split = draw_split(parameters.dataset, seed, draw)
        network = make_network(arm, split, parameters)
        scores = final_scores(begin_arm(network, split, parameters, seed=seed, draw=draw))
        inner = network.blocks[-1].inner
        rows.append({"gate": arm == "gate", "width": inner, "draw": draw, **scores, **arm_cost(network, split)})
    return DataFrame(rows)[list(COLUMNS)]


def make_network(arm: str, split: Split, parameters: Parameters) -> SmallNet:
    """The network of an arm; without gates its blocks are as much wider inside as the MACs of the gates allow."""
    shape = picture_shape(split)

    def make(inner: int, gate: bool = False) -> SmallNet:
        return v3_net(
            shape,
            len(split.train.names),
            squeeze_excite=gate,
            width=parameters.width,
            inner=inner,
            depth=parameters.depth,
            stride=stem_stride(split),
        )

    gated = make(parameters.inner, True)
    return gated if arm == "gate" else make(match_macs(make, formula_cost(gated, shape).macs, shape))


def difference(rows: DataFrame) -> Difference:
    """With gates minus without."""
    return paired_difference(rows, "gate", True, False)


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Mean accuracy with and without gates, the difference with its interval and verdict, and the ratio of times."""
    means: Any = rows.groupby("gate")["accuracy"].mean()
    numbers = {f"mean_accuracy_gate={int(gate)}": float(means[gate]) for gate in (True, False)}
    times: Any = rows.groupby("gate")["seconds"].median()
    return {
        **numbers,
        **difference_numbers(difference(rows), "gain_of_gates"),
        "ratio_seconds_gates_over_none": float(times[True] / times[False]),
    }


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """The claim."""
    return claims_table({_minus(rows): difference(rows)})


def _name(arm: str, rows: DataFrame) -> str:
    width = rows[rows["gate"] == (arm == "gate")]["width"].max()
    return say(f"figure.attention_gate.{arm}", width=width)


def _minus(rows: DataFrame) -> str:
    return say("training.minus", one=_name("gate", rows), other=_name("none", rows))


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Accuracy of both over the draws, and the difference."""
    parts = {arm: rows[rows["gate"] == (arm == "gate")] for arm in ARMS}
    arms = {with_costs(_name(arm, rows), part): part["accuracy"] for arm, part in parts.items()}
    found = difference(rows)
    said = [arm_sentence(_name("gate", rows), _name("none", rows), found)]
    return figure_arms(arms, {f"{_minus(rows)}:\n{verdict_word(found)}": found}, said=said, page=page)
