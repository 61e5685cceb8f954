"""NetAdapt finds shapes.

Source: TODO.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import random_stream
from manifold.nets import Recipe, SmallNet, Split, Training
from manifold.nets.compression.netadapt import Plan, adapt
from manifold.nets.compression.widths import CostOf, Widths, narrow, uniform_widths, widths_of
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.runs import told

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, real, whole
from ..training._bottlenecks import picture_shape, stem_stride
from ..training._pairs import batch_seed, begin, draw_split

DRAWS = 10
BLOCK = 1
ARMS = ("adapted", "adapted_anew", "uniform", "uniform_anew")
"""Shape found or one factor for all widths; weights kept and tuned, or trained from new ones for as many steps in all."""


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
    first = Widths(16, asked.width, asked.width, (asked.inner,) * (asked.depth - 1), 64)
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


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Mean accuracy of each arm."""
    return {f"mean_accuracy_arm={arm}": float(part["accuracy"].mean()) for arm, part in rows.groupby("arm")}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Nothing yet."""
    return page.figure(2.0)
