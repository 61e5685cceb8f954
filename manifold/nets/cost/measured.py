"""What any network costs, measured by running it."""

from __future__ import annotations

import math

from torch import nn

from manifold.nets.cost.formula import Cost
from manifold.nets.cost.graph import Graph, record


def measure_cost(network: nn.Module, shape: tuple[int, int, int]) -> Cost:
    """The cost of any network on an image of `shape` (channels, height, width), by running it, see `record`."""
    graph = record(network, shape)
    parameters = sum(parameter.numel() for parameter in graph.modules[""].parameters())
    return Cost(parameters, graph.macs, peak_memory(graph), graph.output)


def peak_memory(graph: Graph) -> int:
    """M(G): the most values alive at one time."""
    last_use = {tensor: step for step, operation in enumerate(graph.operations) for tensor in operation.inputs}
    last_use |= dict.fromkeys(graph.returned, len(graph.operations))
    sizes = [math.prod(shape) for shape in graph.shapes]
    alive, peak = {0}, sizes[0]
    for step, operation in enumerate(graph.operations):
        done = {tensor for tensor in operation.inputs if last_use[tensor] == step}
        new = 0 if operation.output in alive else sizes[operation.output]
        if operation.pointwise and any(sizes[tensor] == new for tensor in done):
            new = 0
        peak = max(peak, sum(sizes[tensor] for tensor in alive) + new)
        alive = {tensor for tensor in alive | {operation.output} if last_use.get(tensor, -1) > step}
    return peak
