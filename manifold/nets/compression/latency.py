"""Milliseconds on this machine: of a network as a whole, and as the sum over its blocks, each measured once."""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Iterable, Mapping

import torch
from torch import nn

from manifold.checks import check_count
from manifold.nets.compression.widths import CostOf, Widths
from manifold.nets.cost.formula import Shape, formula_cost
from manifold.nets.training.family import SmallNet
from manifold.nets.training.loop import one_thread


def milliseconds(modules: Mapping[str, tuple[nn.Module, Shape]], *, batch: int = 1, repeats: int = 30) -> dict[str, float]:
    """Median time of each module on a batch, all in turns, so that a slow moment of the machine falls on all alike.

    Parameters
    ----------
    modules : mapping of str to (Module, shape)
        Each with the shape (channels, height, width) or (channels,) of what it takes.
    batch : int, default=1
    repeats : int, default=30
        Turns; one more before them is not counted.

    Returns
    -------
    dict of str to float
        By the names given, on one thread.
    """
    check_count(repeats, "repeats", minimum=1)
    inputs = {name: _input(shape, batch) for name, (_, shape) in modules.items()}
    times: dict[str, list[float]] = {name: [] for name in modules}
    with one_thread(), torch.inference_mode():
        for turn in range(repeats + 1):
            for name, (module, _) in modules.items():
                began = time.perf_counter()
                module(inputs[name])
                if turn:
                    times[name].append(time.perf_counter() - began)
    return {name: 1000.0 * statistics.median(each) for name, each in times.items()}


def _input(shape: Shape, batch: int) -> torch.Tensor:
    values = torch.ones((check_count(batch, "batch", minimum=1), *shape))
    return values.to(memory_format=torch.channels_last) if len(shape) == 3 else values


class LatencyTable:
    """Milliseconds of networks by their parts, as NetAdapt looks them up (Yang et al. 2018, section 4.2): a sum over layers.

    Parameters
    ----------
    batch, repeats : int
        See `milliseconds`.
    known : mapping of str to float, optional
        What was measured before, by the part's own words.
    """

    def __init__(self, *, batch: int = 1, repeats: int = 30, known: Mapping[str, float] | None = None) -> None:
        self.batch, self.repeats, self.known = batch, repeats, dict(known or {})

    def learn(self, networks: Iterable[SmallNet], shape: Shape) -> None:
        """Measure all parts of these networks that are not known, in turns."""
        parts = {name: part for network in networks for name, part in parts_of(network, shape).items()}
        missing = {name: part for name, part in parts.items() if name not in self.known}
        self.known |= milliseconds(missing, batch=self.batch, repeats=self.repeats) if missing else {}

    def measure(self, network: SmallNet, shape: Shape) -> float:
        """The sum over stem, blocks, head and classifier; parts that are not known are measured, and known from then on."""
        self.learn([network], shape)
        return sum(self.known[name] for name in parts_of(network, shape))

    def cost_of(self, shape: Shape, classes: int) -> CostOf:
        """Milliseconds of widths, as `adapt` takes them for a cost: `adapt(network, split, 0.3, cost=table.cost_of(...))`."""

        @functools.cache
        def cost(widths: Widths) -> float:
            return self.measure(widths.network(shape, classes).eval(), shape)

        return cost


def parts_of(network: SmallNet, shape: Shape) -> dict[str, tuple[nn.Module, Shape]]:
    """Stem, blocks, head and classifier, each by a name that holds all its time depends on, with the shape that enters it."""
    parts: dict[str, tuple[nn.Module, Shape]] = {}
    for place, module in enumerate((network.stem, *network.blocks, network.head)):
        parts[f"{place} {' '.join(repr(module).split())} {shape}"] = module, shape
        shape = formula_cost(module, shape).output
    classifier = network.classifier
    return {**parts, f"{classifier} {(classifier.in_features,)}": (classifier, (classifier.in_features,))}
