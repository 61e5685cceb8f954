"""The one loop that trains: step by step, so that whoever goes through the steps may look, stop, keep and go on."""

from __future__ import annotations

import copy
import functools
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from manifold.checks import Floats, check_count, check_number, fault
from manifold.nets.blocks.layers import coins
from manifold.registry import Registry
from manifold.streams import random_stream

if TYPE_CHECKING:
    from pandas import DataFrame

Examples = tuple[Tensor, Tensor]
"""What goes in, (N, ...), and what should come out, (N, ...)."""


class Objective(NamedTuple):
    """What a training makes small, and the share that it gets right, both of outputs and targets."""

    loss: Callable[[Tensor, Tensor], Tensor]
    accuracy: Callable[[Tensor, Tensor], Tensor] | None = None


def _share_right(scores: Tensor, labels: Tensor) -> Tensor:
    """Share of rows (N, classes) whose largest score is that of their label (N,)."""
    return (scores.argmax(1) == labels).double().mean()


CLASSES = Objective(nn.functional.cross_entropy, _share_right)
VALUES = Objective(nn.functional.mse_loss)

OPTIMISERS: Registry[Callable[[list[dict[str, Any]], Recipe], torch.optim.Optimizer]] = Registry("optimiser")
OPTIMISERS.add("adam", lambda groups, recipe: torch.optim.AdamW(groups, lr=recipe.rate, fused=True))
OPTIMISERS.add("sgd", lambda groups, recipe: torch.optim.SGD(groups, lr=recipe.rate, momentum=0.9, nesterov=True, fused=True))


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes
    ----------
    steps : int
        Steps of the optimiser.
    batch : int, optional
        Examples in a step; all, in their order, unless given.
    rate : float, default=0.01
        The first step's size; it falls along half a cosine to 0 (Loshchilov, Hutter 2016, arXiv 1608.03983, without restarts).
    decay : float, default=0.0
        Weight decay, of weights with two axes or more: not of offsets and batch norms. AdamW's form with "adam".
    optimiser : {"adam", "sgd"}, default="adam"
        "sgd" has Nesterov momentum 0.9.
    seed : int, default=0
        Of the order of examples and the coins of stochastic depth. The k-th step draws the same, whatever came between.
    """

    steps: int
    batch: int | None = None
    rate: float = 0.01
    decay: float = 0.0
    optimiser: str = "adam"
    seed: int = 0

    def __post_init__(self) -> None:
        """TypeError or ValueError in one sentence for what is no recipe."""
        check_count(self.steps, "steps", minimum=1)
        check_count(self.seed, "seed", minimum=0, maximum=None)
        if self.batch is not None:
            check_count(self.batch, "batch", minimum=1)
        check_number(self.rate, "rate", above=0.0)
        check_number(self.decay, "decay", above=0.0, inclusive=True)
        OPTIMISERS[self.optimiser]


class Training:
    """A network on its way: what it learns from, how far it has come, and what was seen on the way.

    Going through `moments()` trains. Leaving in the middle is stopping: everything is as after a whole step, and the next
    `moments()` goes on from there, with the same final weights bit for bit as without the stop (on one thread, which it keeps
    to). Only torch's optimiser and the network's weights change; no generator that others use is seeded or moved.

    Parameters
    ----------
    network : Module
        Trained in place; in evaluation mode between steps.
    examples : (Tensor of shape (N, ...), Tensor of shape (N, ...))
        What goes in and what should come out.
    recipe : Recipe
    objective : Objective, default=CLASSES
    held : mapping of str to examples, optional
        Parts that `look` scores beside the training's own, "train".

    Attributes
    ----------
    step : int
        Steps taken.
    losses : ndarray of shape (steps taken,)
        Of each step's examples, before it.
    history : DataFrame
        Columns step, split, loss, accuracy (NaN where the objective has none), seconds of training until then.

    Raises
    ------
    ValueError
        Without examples, or with other numbers of inputs and targets; from `moments`, when the loss is no finite number: what
        was done until then stands, and the step that failed changed no weight.
    """

    def __init__(
        self,
        network: nn.Module,
        examples: Examples,
        recipe: Recipe,
        *,
        objective: Objective = CLASSES,
        held: Mapping[str, Examples] | None = None,
    ) -> None:
        self.network, self.recipe, self.objective = network.eval(), recipe, objective
        self.splits = {"train": examples, **(held or {})}
        for name, (x, y) in self.splits.items():
            if not len(x) or len(x) != len(y):
                sentence = "the part {name!r} must have as many inputs as targets, at least one, got {inputs} and {targets}"
                raise fault(ValueError, sentence, name=name, inputs=len(x), targets=len(y))
        weights = [parameter for parameter in network.parameters() if parameter.requires_grad]
        groups = [
            {"params": [each for each in weights if each.ndim > 1], "weight_decay": recipe.decay},
            {"params": [each for each in weights if each.ndim < 2], "weight_decay": 0.0},
        ]
        self._optimiser = OPTIMISERS[recipe.optimiser]([group for group in groups if group["params"]], recipe)
        self._modules = list(network.modules())
        self._losses: list[float] = []
        self._rows: list[dict[str, Any]] = []
        self._seconds = 0.0
        self._order: tuple[int, Tensor] = (-1, torch.empty(0))

    @property
    def step(self) -> int:
        """Steps taken."""
        return len(self._losses)

    @property
    def losses(self) -> Floats:
        """Of each step's examples, before it."""
        return np.asarray(self._losses)

    @property
    def history(self) -> DataFrame:
        """What `look` saw."""
        from pandas import DataFrame  # only here

        return DataFrame(self._rows, columns=["step", "split", "loss", "accuracy", "seconds"])

    def moments(self, until: int | None = None) -> Iterator[int]:
        """The number of each step still to come, before it is taken; the last number has no step behind it."""
        last = self.recipe.steps if until is None else min(until, self.recipe.steps)
        while self.step < last:
            yield self.step
            self._take_step()
        yield self.step

    def run(self, until: int | None = None, *, progress: Callable[[float], object] | None = None) -> Training:
        """Take all steps, or those until a step, and tell the share done a hundred times."""
        with one_thread():
            self._run(until, progress)
        return self

    def _run(self, until: int | None, progress: Callable[[float], object] | None) -> None:
        for step in self.moments(until):
            if progress is not None and step * 100 // self.recipe.steps > max(0, step - 1) * 100 // self.recipe.steps:
                progress(step / self.recipe.steps)

    def look(self) -> dict[str, dict[str, Any]]:
        """Loss and accuracy of every part at this step, kept as rows of `history`."""
        seen: dict[str, dict[str, Any]] = {}
        with one_thread(), torch.no_grad():
            for split, (x, y) in self.splits.items():
                outputs = self.network(x)
                right = math.nan if self.objective.accuracy is None else float(self.objective.accuracy(outputs, y))
                loss = float(self.objective.loss(outputs, y))
                seen[split] = {"step": self.step, "split": split, "loss": loss, "accuracy": right, "seconds": self._seconds}
        self._rows += seen.values()
        return seen

    def checkpoint(self) -> dict[str, Any]:
        """Everything that another `Training` of the same parts needs to go on from here, for `restore` or `torch.save`."""
        state = {"network": self.network.state_dict(), "optimiser": self._optimiser.state_dict()}
        return copy.deepcopy({**state, "losses": self._losses, "rows": self._rows, "seconds": self._seconds})

    def restore(self, checkpoint: Mapping[str, Any]) -> Training:
        """Go back, or on, to where a checkpoint was made."""
        kept = copy.deepcopy(dict(checkpoint))
        self.network.load_state_dict(kept["network"])
        self._optimiser.load_state_dict(kept["optimiser"])
        self._losses, self._rows, self._seconds = kept["losses"], kept["rows"], kept["seconds"]
        return self

    def _take_step(self) -> None:
        began, step = time.perf_counter(), self.step
        x, y = self.splits["train"]
        if self.recipe.batch is not None:
            chosen = self._batch(len(x), self.recipe.batch)
            x, y = x[chosen], y[chosen]
        for group in self._optimiser.param_groups:
            group["lr"] = self.recipe.rate * (1.0 + math.cos(math.pi * step / self.recipe.steps)) / 2.0
        with one_thread(), coins(functools.cache(lambda: random_stream(self.recipe.seed, step, 1))):
            self._set_mode(training=True)
            try:
                loss = self.objective.loss(self.network(x), y)
                value = float(loss.detach())
                if not math.isfinite(value):
                    sentence = "the training diverged at step {step}: its loss is {value}; take a smaller rate than {rate:g}"
                    raise fault(ValueError, sentence, step=step, value=value, rate=self.recipe.rate)
                self._optimiser.zero_grad()
                torch.autograd.backward(loss)
                self._optimiser.step()
            finally:
                self._set_mode(training=False)
        self._losses.append(value)
        self._seconds += time.perf_counter() - began

    def _set_mode(self, *, training: bool) -> None:
        """What `Module.train` does, at a tenth of its time."""
        for module in self._modules:
            module.training = training

    def _batch(self, count: int, batch: int) -> Tensor:
        """Places (batch,) of this step's examples: every pass over all of them has an order of its own."""
        size = min(batch, count)
        number, place = divmod(self.step, count // size)
        if self._order[0] != number:
            self._order = number, torch.from_numpy(random_stream(self.recipe.seed, number, 0).permutation(count))
        return self._order[1][place * size : (place + 1) * size]


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch computes in one thread, in a context or a decorated function: layers this small are done before a second starts."""
    before = torch.get_num_threads()
    if before > 1:  # setting it, even to what it is, makes oneDNN forget how it computes
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if before > 1:
            torch.set_num_threads(before)
