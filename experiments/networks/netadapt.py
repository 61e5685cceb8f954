"""What NetAdapt finds is a shape, better than uniform widths of as many MACs also when trained anew; its weights add nothing.

Source: Yang et al. 2018 (NetAdapt), arXiv 1804.03230, which keeps the weights; Howard et al. 2019 (MobileNetV3), arXiv
1905.02244, section 4.2, which trains what it found anew; Liu et al. 2018, arXiv 1810.05270: of pruning, the shape matters and
not the weights. A network of six blocks, trained on digits of 8 x 8 pixels, is narrowed a layer a step: of all layers that
save a tenth of its MACs, tuned for 20 steps, the one with the best change of validation accuracy per MAC. Beside it stand all
widths times one factor, at the same MACs; both with the weights that are kept, the heaviest channels of the first network,
and with new ones. All take as many steps in all; new weights begin with twice the rate. Trainings see the training part,
choices the validation part, accuracy is of the test part. A draw draws split, weights, order.
Output: widths, MACs and accuracy at each step of the path, and of four arms at each budget. Headline: mean accuracy, and of
each claim the difference draw by draw, its 95 per cent interval and the verdict: 1 reproduced, 0 undecided, -1 not
reproduced. Over ten draws the shape is worth +1.7 points [.5, 3.0] with weights kept and +1.2 [.2, 2.1] trained anew at a
quarter of the MACs, +5.8 [4.3, 7.3] and +2.6 [1.2, 3.9] at an eighth. Kept weights minus new ones, in the shape found, are
-1.0 [-2.1, .1] and -1.4 [-2.8, .0]: not reproduced, for as many steps and these rates.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from pandas import DataFrame

from manifold import random_stream
from manifold.checks import Floats
from manifold.nets import Recipe, SmallNet, Split, Training
from manifold.nets.compression.netadapt import Plan, adapt
from manifold.nets.compression.widths import CostOf, Widths, narrow, uniform_widths, widths_of
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.loop import one_thread
from manifold.plots import Page, figure_legend, muted, sized
from manifold.plots.palettes import QUANTITIES, RIVALS, Look
from manifold.plots.style import faint
from manifold.runs import told
from manifold.sweeps import mean_interval
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, real, whole
from ..training._arms import claims_table
from ..training._bottlenecks import picture_shape, stem_stride
from ..training._pairs import Difference, batch_seed, begin, draw_split, in_points, paired_difference
from ..training._verdicts import difference_numbers, note_height, verdict_word

DRAWS = 10
BLOCK = 1
ARMS = ("adapted", "adapted_anew", "uniform", "uniform_anew")
"""Shape found, or one factor for all widths; weights kept and tuned, or trained anew for as many steps in all."""
CLAIMS = (("adapted", "uniform"), ("adapted_anew", "uniform_anew"), ("adapted", "adapted_anew"))
"""The shape found against one factor for all widths, with weights kept and with new ones; weights kept against new ones."""
WORTHS = tuple(RIVALS.values())


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("digits", "set of pictures", check=one_of(IMAGE_SETS))
    shares: Sequence[float] = parameter([0.25, 0.125], "budgets, as shares of the first network's MACs", check=real(0.0, 1.0))
    width: int = parameter(8, "channels of the first network's bottlenecks", check=whole(2, 512))
    inner: int = parameter(48, "channels inside its blocks", check=whole(2, 512))
    depth: int = parameter(6, "blocks", check=whole(2, 50))
    saved: float = parameter(0.1, "share of its MACs that a step of the path saves", check=real(0.0, 1.0))
    tuning: int = parameter(20, "training steps after each proposal", check=whole(1, 100_000))
    steps: int = parameter(250, "training steps of the first network", check=whole(1, 100_000))
    final: int = parameter(200, "training steps at the end of a path", check=whole(1, 100_000))
    batch: int = parameter(32, "pictures in a step", check=whole(2, 1000))
    rate: float = parameter(0.02, "size of the first step of new weights, by AdamW; half of it for kept ones")


QUICK = {"draws": 2, "shares": [0.6], "depth": 2, "saved": 0.25, "tuning": 2, "steps": 8, "final": 4}
COLUMNS = ("draw", "arm", "budget", "path_step", "narrowed", "widths", "macs", "parameters", "accuracy", "validation_accuracy")


@dataclass(frozen=True)
class Made:
    """A draw's pictures, and what is made with them."""

    split: Split
    draw: int
    seed: int
    parameters: Parameters

    @functools.cached_property
    def cost(self) -> CostOf:
        """MACs of widths."""
        shape, classes = picture_shape(self.split), len(self.split.train.names)
        return functools.cache(lambda widths: widths.macs(shape, classes, stride=stem_stride(self.split)))

    def anew(self, widths: Widths, steps: int) -> Training:
        """A network of new weights, trained."""
        shape, stride = picture_shape(self.split), stem_stride(self.split)
        network = widths.network(shape, len(self.split.train.names), stride=stride)
        recipe = Recipe(steps, self.parameters.batch, rate=self.parameters.rate, seed=batch_seed(self.seed, self.draw))
        return begin(network, self.split, recipe, seed=self.seed, draw=self.draw).run()

    def kept(self, network: SmallNet) -> Training:
        """A network as it is."""
        return Training(network, self.split.train.examples, Recipe(1), held=self.split.held)

    def tuned(self, network: SmallNet, steps: int) -> Training:
        """A network of kept weights, trained on."""
        recipe = Recipe(steps, self.parameters.batch, rate=self.parameters.rate / 2.0, seed=batch_seed(self.seed, self.draw))
        return Training(network, self.split.train.examples, recipe, held=self.split.held).run()

    def row(self, arm: str, training: Training, **said: Any) -> dict[str, Any]:
        """What a network costs and gets right."""
        network = training.network
        assert isinstance(network, SmallNet)
        seen, widths, cost = training.look(), widths_of(network), network.cost(picture_shape(self.split))
        accuracy = {"accuracy": seen["test"]["accuracy"], "validation_accuracy": seen["validation"]["accuracy"]}
        spelled = "-".join(map(str, widths.layers().values()))
        costs = {"widths": spelled, "macs": cost.macs, "parameters": cost.parameters}
        return {"draw": self.draw, "arm": arm, **said, **costs, **accuracy}


def first_widths(parameters: Parameters) -> Widths:
    """Those of the network that a path begins with: stem of 16, head of 64."""
    inner = (parameters.inner,) * (parameters.depth - 1)
    return Widths(16, parameters.width, parameters.width, inner, 64)


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw and step of its path, and one per draw, budget and arm."""
    rows: list[dict[str, Any]] = []
    for draw in told(draws):
        made = Made(draw_split(parameters.dataset, seed, draw), draw, seed, parameters)
        rows += _measure_draw(made)
    return DataFrame(rows)[list(COLUMNS)]


def _measure_draw(made: Made) -> list[dict[str, Any]]:
    """The path from budget to budget, and at each what is made of the shape found and of the uniform one."""
    asked, step = made.parameters, 0
    first = first_widths(asked)
    base = made.anew(first, asked.steps)
    network = base.network
    assert isinstance(network, SmallNet)
    rows = [made.row("path", base, budget=1.0, path_step=0, narrowed="")]
    for share in sorted(asked.shares, reverse=True):
        uniform = uniform_widths(first, share * made.cost(first), made.cost)
        order = int(random_stream(made.seed, made.draw, 3, step).integers(2**31))
        plan = Plan(asked.saved, asked.tuning, asked.batch, asked.rate / 2.0, order)
        _, *path = adapt(network, made.split, made.cost(uniform), cost=made.cost, plan=plan)
        for each in path:
            step, network = step + 1, each.chosen.network
            rows.append(made.row("path", made.kept(network), budget=share, path_step=step, narrowed=each.chosen.layer))
        seen = step * asked.tuning + asked.final
        for arm, training in _make_arms(made, base, network, uniform, seen).items():
            rows.append(made.row(arm, training, budget=share, path_step=step, narrowed=""))
    return rows


def _make_arms(made: Made, base: Training, found: SmallNet, uniform: Widths, seen: int) -> dict[str, Training]:
    """Both shapes, with weights kept and with new ones, all trained as long in all: `seen` steps after the first network's."""
    asked, stride = made.parameters, stem_stride(made.split)
    assert isinstance(base.network, SmallNet)
    same = narrow(base.network, uniform, picture_shape(made.split), stride=stride)
    return {
        "adapted": made.tuned(copy.deepcopy(found), asked.final),
        "adapted_anew": made.anew(widths_of(found), asked.steps + seen),
        "uniform": made.tuned(same, seen),
        "uniform_anew": made.anew(uniform, asked.steps + seen),
    }


def differences(rows: DataFrame) -> dict[tuple[float, str, str], Difference]:
    """Of each budget and claim, the arm that it calls better minus the other."""
    budgets = sorted(rows[rows["arm"] != "path"]["budget"].unique(), reverse=True)
    return {
        (float(budget), *claim): paired_difference(rows[rows["budget"] == budget], "arm", *claim)
        for budget in budgets
        for claim in CLAIMS
    }


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Mean accuracy of the first network, and of each arm at each budget; each claim's difference, interval and verdict."""
    numbers = {"mean_accuracy_arm=path": float(rows[rows["path_step"] == 0]["accuracy"].mean())}
    made: Any = rows[rows["arm"] != "path"].groupby(["arm", "budget"])["accuracy"].mean()
    numbers |= {f"mean_accuracy_arm={arm}_budget={budget:g}": float(mean) for (arm, budget), mean in made.items()}
    for (budget, one, other), each in differences(rows).items():
        found = difference_numbers(each, f"gain_of_{one}_over_{other}")
        numbers |= {f"{key}_budget={budget:g}": value for key, value in found.items()}
    return numbers


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """A row per budget and claim."""
    lines = {
        say("figure.netadapt.at", what=_worth(*claim), budget=_share(budget)): each
        for (budget, *claim), each in differences(rows).items()
    }
    return claims_table(lines)


def shares_left(rows: DataFrame) -> Floats:
    """Share of each layer's first channels that are left at each step, (layers, steps), the mean over draws.

    A path that has ended stays where it ended.
    """
    path = rows[rows["arm"] == "path"]
    steps = np.arange(path["path_step"].max() + 1)
    draws = []
    for _, part in path.groupby("draw"):
        widths = np.array([[int(width) for width in spelled.split("-")] for spelled in part["widths"]])  # (steps, layers)
        draws.append(widths[np.minimum(steps, len(widths) - 1)] / widths[0])
    return np.asarray(np.mean(draws, axis=0).T)


def _share(budget: float) -> str:
    return f"{100.0 * budget:.3g}%"


def _arm(arm: str) -> str:
    return say(f"figure.netadapt.{arm}")


def _worth(one: str, other: str) -> str:
    return say(f"figure.netadapt.{one}-over-{other}")


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Widths of all layers along the path; accuracy of the arms, and their differences, at each budget."""
    found = differences(rows)
    least = min(budget for budget, *_ in found)
    said = [_sentence(claim, found[least, *claim]) for claim in CLAIMS]
    note = "\n".join([say("figure.netadapt.note", budget=_share(least)), *said])
    lines, columns = page.grid(3, least=2.2)
    result = page.figure(2.5 * lines + note_height(note, page, entries=8))
    path, accuracy, worth, *others = result.subplots(lines, columns, squeeze=False).ravel()
    _draw_path(result, path, rows, parameters)
    _draw_accuracy(accuracy, rows)
    for number, claim in enumerate(CLAIMS):
        each = {key[0]: difference for key, difference in found.items() if key[1:] == claim}
        _draw_budgets(worth, each, _worth(*claim), number, looks=WORTHS)
    worth.axhline(0.0, color=faint(), linewidth=sized(0.8), zorder=0)
    worth.set(ylabel=say("training.gain"), title=say("training.claims"))
    for ax in others:
        ax.remove()
    figure_legend(result, accuracy, worth, note=note)
    return result


def _sentence(claim: tuple[str, str], found: Difference) -> str:
    """What the shape or the weights are worth, and whether that is shown."""
    words = {"what": _worth(*claim), "points": in_points(found), "verdict": verdict_word(found)}
    return say("figure.netadapt.said", **words)


def _draw_accuracy(ax: Axes, rows: DataFrame) -> None:
    """Of each arm at each budget, and of the first network."""
    first = 100.0 * rows[rows["path_step"] == 0]["accuracy"].mean()
    ax.axhline(first, color=muted(), linestyle=":", linewidth=sized(1.0), label=say("figure.netadapt.first-network"))
    for number, arm in enumerate(ARMS):
        parts: Any = rows[rows["arm"] == arm].groupby("budget")["accuracy"]
        each = {float(budget): (part.mean(), *mean_interval(part)) for budget, part in parts}
        _draw_budgets(ax, each, _arm(arm), number)
    ax.set(ylabel=say("training.accuracy"), title=say("training.arms"))


def _draw_budgets(
    ax: Axes, found: Mapping[float, Sequence[float]], label: str, number: int, *, looks: Sequence[Look] = QUANTITIES
) -> None:
    """Means with their intervals, over the budgets from the largest to the smallest."""
    budgets = sorted(found, reverse=True)
    means, low, high = 100.0 * np.array([found[budget][:3] for budget in budgets]).T
    places = np.arange(len(budgets)) + 0.06 * (number - 1.5)
    look = {**looks[number].line, "markersize": sized(3.5), "elinewidth": sized(0.9), "label": label}
    ax.errorbar(places, means, [means - low, high - means], **look)
    ax.set_xticks(range(len(budgets)), list(map(_share, budgets)))
    ax.set(xlabel=say("figure.netadapt.budget"), xlim=(-0.4, len(budgets) - 0.6))


def _draw_path(result: Figure, ax: Axes, rows: DataFrame, parameters: Parameters) -> None:
    """Share of channels left by layer, from the first layer down, against step."""
    image = ax.imshow(shares_left(rows), cmap="viridis", aspect="auto", interpolation="nearest", vmin=0.0, vmax=1.0)
    blocks = [say("figure.netadapt.block", number=number) for number in range(2, parameters.depth + 1)]
    names = [_arm("stem"), _arm("first"), *blocks, _arm("bottleneck"), _arm("head")]
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel=say("figure.netadapt.step"), title=say("figure.netadapt.path"))
    result.colorbar(image, ax=ax, format=PercentFormatter(1.0)).set_label(say("figure.netadapt.left"))
