"""What a block or network costs, counted from the numbers it was made with, without running it.

Parameters are all trained numbers, batch norm included. MACs are multiplications with additions in convolutions and fully
connected layers, for one image. Memory is M(G) of Sandler et al. 2018, arXiv 1801.04381, section 5.1: the most values alive at
one time, over all operations, the operation's own inputs and outputs and whatever is needed later. What changes each value by
itself (batch norm, activation, sum, gate) is taken to write over a tensor that nobody needs any more, as inference engines do.

A block or network brings its own formula, its method `cost`; only the plain layers of torch have theirs here.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from torch import nn

from manifold.checks import fault

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Cost:
    """Cost of one image.

    Attributes
    ----------
    parameters : int
    macs : int
    memory : int
        M(G), in values.
    output : tuple of int
        Shape that comes out, (channels, height, width) or (channels,).
    """

    parameters: int
    macs: int
    memory: int
    output: Shape


@runtime_checkable
class Counted(Protocol):
    """A module that brings its own formula."""

    def cost(self, shape: Shape) -> Cost:
        """The cost on an image of `shape` (channels, height, width)."""


def formula_cost(module: nn.Module, shape: Shape) -> Cost:
    """The cost of a block or network on an image of `shape` (channels, height, width), without running it.

    It is what the module's own method `cost` says. TypeError for a module without one that is no plain layer of torch
    (`measure_cost` takes all), ValueError for an image of other channels or too small.
    """
    if isinstance(module, Counted):
        inp = getattr(module, "inp", shape[0])
        if shape[0] != inp:
            raise fault(
                ValueError,
                "{type_name} takes ({inp}, H, W), got {shape}",
                type_name=type(module).__name__,
                inp=inp,
                shape=tuple(shape),
            )
        cost = module.cost(shape)
    else:
        cost = _layer_cost(module, shape)
    if min(cost.output) < 1:
        raise fault(
            ValueError,
            "{type_name} leaves nothing of an image of {shape}; take a larger one",
            type_name=type(module).__name__,
            shape=tuple(shape),
        )
    return cost


def conv_cost(
    oup: int, kernel: int, stride: int, shape: Shape, *, groups: int = 1, norm: bool = True, bias: bool = False
) -> Cost:
    """A convolution, kernel^2 inp oup / groups weights at each of ceil(h / stride) ceil(w / stride) places, and batch norm."""
    inp, height, width = shape
    output = (oup, -(-height // stride), -(-width // stride))
    weights = kernel * kernel * inp * oup // groups
    memory = math.prod(shape) + math.prod(output)
    return Cost(weights + 2 * oup * norm + oup * bias, weights * output[1] * output[2], memory, output)


def conv_costs(shape: Shape, *numbers: tuple[int, int, int, int]) -> list[Cost]:
    """Convolutions with batch norm in a row; of each: channels out, kernel, stride, groups."""
    costs = []
    for oup, kernel, stride, groups in numbers:
        costs.append(conv_cost(oup, kernel, stride, shape, groups=groups))
        shape = costs[-1].output
    return costs


def in_a_row(costs: Iterable[Cost]) -> Cost:
    """One after the other: parameters and MACs add up, memory is the largest."""
    costs = list(costs)
    parameters, macs = sum(cost.parameters for cost in costs), sum(cost.macs for cost in costs)
    return Cost(parameters, macs, max(cost.memory for cost in costs), costs[-1].output)


def beside_shortcut(costs: Iterable[Cost], shape: Shape) -> Cost:
    """One after the other while the input, of `shape`, is kept for the sum at the end."""
    costs = list(costs)
    branch, input_size = in_a_row(costs), math.prod(shape)
    return Cost(branch.parameters, branch.macs, input_size + max(cost.memory for cost in costs[1:]), branch.output)


def classifier_cost(features: nn.Module, classifier: nn.Module, shape: Shape) -> Cost:
    """Features, their mean over the image, and the classifier of that mean."""
    maps = formula_cost(features, shape)
    channels = maps.output[0]
    mean = Cost(0, 0, math.prod(maps.output) + channels, (channels,))
    return in_a_row([maps, mean, formula_cost(classifier, (channels,))])


@functools.singledispatch
def _layer_cost(module: nn.Module, shape: Shape) -> Cost:
    """Plain layers of torch, by type."""
    raise fault(
        TypeError,
        "there is no formula for {type_name}; use measure_cost, or give it a method cost(shape)",
        type_name=type(module).__name__,
    )


@_layer_cost.register
def _(module: nn.Sequential, shape: Shape) -> Cost:
    costs = []
    for part in module:
        costs.append(formula_cost(part, shape))
        shape = costs[-1].output
    return in_a_row(costs)


@_layer_cost.register
def _(module: nn.Linear, shape: Shape) -> Cost:
    weights, oup = module.in_features * module.out_features, module.out_features
    return Cost(weights + oup * (module.bias is not None), weights, module.in_features + oup, (oup,))


@_layer_cost.register
def _(module: nn.Conv2d, shape: Shape) -> Cost:
    output = (module.out_channels, *_sides(module, shape))
    weights = math.prod(module.kernel_size) * module.in_channels * module.out_channels // module.groups
    parameters = weights + module.out_channels * (module.bias is not None)
    return Cost(parameters, weights * math.prod(output[1:]), math.prod(shape) + math.prod(output), output)


@_layer_cost.register
def _(module: nn.BatchNorm2d, shape: Shape) -> Cost:
    return Cost(2 * module.num_features, 0, math.prod(shape), shape)


@_layer_cost.register
def _(module: nn.MaxPool2d, shape: Shape) -> Cost:
    output = (shape[0], *_sides(module, shape))
    return Cost(0, 0, math.prod(shape) + math.prod(output), output)


def _sides(module: nn.Conv2d | nn.MaxPool2d, shape: Shape) -> list[int]:
    """Height and width of what a window leaves: (side + 2 padding - kernel) // stride + 1."""
    numbers = (nn.modules.utils._pair(each) for each in (module.padding, module.kernel_size, module.stride))
    return [(side + 2 * p - k) // s + 1 for side, p, k, s in zip(shape[1:], *numbers, strict=True)]


@_layer_cost.register(nn.Dropout)
@_layer_cost.register(nn.ReLU)
@_layer_cost.register(nn.Hardswish)
def _(module: nn.Module, shape: Shape) -> Cost:
    return Cost(0, 0, math.prod(shape), shape)
