"""NetAdapt: a trained network made narrower one layer at a time, by what each would lose for what it saves.

Yang et al. 2018, arXiv 1804.03230; with the choice of Howard et al. 2019 (MobileNetV3), arXiv 1905.02244, section 4.2: of all
proposals that save enough, the one of the best change of accuracy per cost saved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import nn

from manifold.checks import check_count, check_number
from manifold.nets.compression.widths import LEAST, CostOf, Widths, check_budget, narrow, widths_of
from manifold.nets.training.data import Split
from manifold.nets.training.family import SmallNet
from manifold.nets.training.loop import Recipe, Training, one_thread
from manifold.results import Result
from manifold.streams import random_stream


@dataclass(frozen=True)
class Plan:
    """How a network is adapted.

    Attributes
    ----------
    saved : float, default=0.1
        Share of the cost of the network before it that a step saves at least, so that steps become smaller with it.
    tuning : int, default=20
        Steps of the training that follows each proposal.
    batch : int, default=32
    rate : float, default=0.01
        Of the tuning; see `Recipe`.
    seed : int, default=0
        Of the order of pictures; the proposals of a step share it.
    """

    saved: float = 0.1
    tuning: int = 20
    batch: int = 32
    rate: float = 0.01
    seed: int = 0

    def __post_init__(self) -> None:
        """TypeError or ValueError in one sentence for what is no plan."""
        check_number(self.saved, "saved", above=0.0, below=1.0)
        check_count(self.tuning, "tuning", minimum=1)


@dataclass(frozen=True, eq=False, repr=False)
class Proposal(Result):
    """One layer narrowed, and the network tuned for a few steps.

    Attributes
    ----------
    layer : str
        Which; "" for the network that a path begins with.
    widths : Widths
    cost : float
        Of the network, in the units of the budget.
    accuracy, loss : float
        On the validation part, which neither the first training nor the tuning sees.
    network : SmallNet
    """

    layer: str
    widths: Widths
    cost: float
    accuracy: float
    loss: float
    network: SmallNet

    def gain_per_cost(self, before: Proposal) -> float:
        """Change of accuracy per cost saved: (a - a0) / (c0 - c)."""
        return (self.accuracy - before.accuracy) / (before.cost - self.cost)


@dataclass(frozen=True, eq=False, repr=False)
class Step(Result):
    """A step of a path.

    Attributes
    ----------
    number : int
        0 for the network that the path begins with.
    chosen : Proposal
    proposals : tuple of Proposal
        All that the choice was among.
    """

    number: int
    chosen: Proposal
    proposals: tuple[Proposal, ...] = ()


def adapt(network: SmallNet, split: Split, budget: float, *, cost: CostOf, plan: Plan | None = None) -> Iterator[Step]:
    """Narrow a trained network a layer a step until it costs no more than the budget, and tell each step as it is done.

    Tuned on the training part, chosen by accuracy on the validation part per cost saved (equal ones by the loss there). What
    comes last is tuned as little as the others: train it on.

    Parameters
    ----------
    network : SmallNet
        Of inverted residuals, see `widths_of`; it is not changed.
    split : Split
    budget : float
        In the units of `cost`.
    cost : callable
        From `Widths` to a number.
    plan : Plan, optional

    Yields
    ------
    Step
        The first is the network itself.

    Raises
    ------
    ValueError
        If the budget is below what the network of all layers at `LEAST` channels costs.
    """
    plan = plan or Plan()
    widths = widths_of(network)
    check_budget(budget, cost(widths.scaled(0.0)))
    step = Step(0, Proposal("", widths, cost(widths), *_judge(network, split), network))
    yield step
    while (before := step.chosen).cost > budget:
        narrower = proposed_widths(before.widths, max(budget, (1.0 - plan.saved) * before.cost), cost)
        order = replace(plan, seed=int(random_stream(plan.seed, step.number).integers(2**31)))
        proposals = tuple(_tune(before, layer, each, split, cost, order) for layer, each in narrower.items())
        best = max(proposals, key=lambda each: (each.gain_per_cost(before), -each.loss))
        step = Step(step.number + 1, best, proposals)
        yield step


def proposed_widths(widths: Widths, wanted: float, cost: CostOf) -> dict[str, Widths]:
    """By layer, the widest network with that layer alone narrowed that costs no more than `wanted`.

    Where no layer can save so much, each that can still save anything, at its least width.
    """
    whole, enough, rest = cost(widths), {}, {}
    for layer, width in widths.layers().items():
        if width <= LEAST:
            continue
        low, high = LEAST, width - 1
        while low < high:  # cost rises with the width
            middle = (low + high + 1) // 2
            low, high = (middle, high) if cost(widths.with_layer(layer, middle)) <= wanted else (low, middle - 1)
        narrower = widths.with_layer(layer, low)
        if cost(narrower) <= wanted:
            enough[layer] = narrower
        elif cost(narrower) < whole:
            rest[layer] = narrower
    return enough or rest


def _tune(before: Proposal, layer: str, widths: Widths, split: Split, cost: CostOf, plan: Plan) -> Proposal:
    """The network with one layer narrowed, tuned and judged."""
    shape, stride = tuple(split.train.images.shape[1:]), before.network.stem[0].stride[0]
    network = narrow(before.network, widths, shape, stride=stride)
    recipe = Recipe(plan.tuning, plan.batch, rate=plan.rate, seed=plan.seed)
    Training(network, split.train.examples, recipe).run()
    return Proposal(layer, widths, cost(widths), *_judge(network, split), network)


@one_thread()
def _judge(network: SmallNet, split: Split) -> tuple[float, float]:
    """Accuracy and loss on the validation part."""
    images, labels = split.validation.examples
    with torch.no_grad():
        scores = network.eval()(images)
        loss = nn.functional.cross_entropy(scores, labels)
    return float((scores.argmax(1) == labels).double().mean()), float(loss)
