"""What a block or network costs, counted from the numbers it was made with, without running it.

Parameters are all trained numbers, batch norm included. MACs are multiplications with additions in convolutions and fully
connected layers, for one image. Memory is M(G) of Sandler et al. 2018, arXiv 1801.04381, section 5.1: the most values alive at
one time, over all operations, the operation's own inputs and outputs and whatever is needed later. What changes each value by
itself (batch norm, activation, sum, gate) is taken to write over a tensor that nobody needs any more, as inference engines do.

A block or network brings its own formula, its method `cost`; only the plain layers of torch have theirs here.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from torch import nn
from torch.nn.parameter import is_lazy

from manifold.checks import check_count, fault

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
        Shape that comes out, (channels, height, width) or (channels,). Where a network returns a dict, tuple or list, this is
        one too, with the shape of each tensor in its place.
    """

    parameters: int
    macs: int
    memory: int
    output: Any


def formula_cost(module: nn.Module, shape: Shape) -> Cost:
    """The cost of a block or network on an image of `shape` (channels, height, width), without running it.

    It is what the module's own method `cost` says, or the formula of a plain layer of torch.

    Raises
    ------
    TypeError
        For a module without a formula, or with a `forward` of its own over that of its formula; `measure_cost` takes all.
    ValueError
        For an image of other channels or too small, and for a module that holds other parameters than its formula counts, as a
        folded copy, one that uses a layer twice, or one whose sizes come with its first image.
    """
    count = _find_formula(check_module(module))
    shape, name = check_shape(shape), type(module).__name__
    if any(map(is_lazy, module.parameters())):
        raise fault(ValueError, "{name} takes its sizes from its first image; run it on one before", name=name)
    if hasattr(module, "inp"):
        check_channels(module, module.inp, shape)  # type: ignore[arg-type]
    cost = count(shape)
    if min(cost.output) < 1:
        raise fault(ValueError, "{name} leaves nothing of an image of {shape}; take a larger one", name=name, shape=shape)
    held = sum(parameter.numel() for parameter in module.parameters())
    if cost.parameters != held:
        sentence = "the formula of {name} counts {counted} parameters, but it holds {held}; use measure_cost"
        raise fault(ValueError, sentence, name=name, counted=cost.parameters, held=held)
    return cost


def check_module(module: Any) -> nn.Module:
    """`module` itself, if it is one of torch."""
    if not isinstance(module, nn.Module):
        raise fault(
            TypeError, "a network must be a torch.nn.Module, got an object of type {type_name}", type_name=type(module).__name__
        )
    return module


_MOST_AXES = 100


def check_shape(shape: Any) -> Shape:
    """`shape` as a tuple of ints."""
    if not isinstance(shape, Iterable) or isinstance(shape, str) or not (sides := tuple(itertools.islice(shape, _MOST_AXES))):
        raise fault(
            TypeError,
            "shape must be (channels, height, width), got an object of type {type_name}",
            type_name=type(shape).__name__,
        )
    return tuple(check_count(side, "a side of the image", minimum=0) for side in sides)


def check_channels(module: nn.Module, channels: int, shape: Shape) -> None:
    """ValueError unless `shape` is that of an image of so many channels."""
    if len(shape) != 3 or shape[0] != channels:
        raise fault(
            ValueError,
            "{type_name} takes ({channels}, H, W), got {shape}",
            type_name=type(module).__name__,
            channels=channels,
            shape=shape,
        )


def _find_formula(module: nn.Module) -> Callable[[Shape], Cost]:
    """The formula of what the module's `forward` does: a `forward` of a class of its own needs a `cost` beside it."""
    for kind in type(module).__mro__:
        if "cost" in vars(kind):
            return cast("Callable[[Shape], Cost]", module.cost)
        if kind in _PLAIN:
            return functools.partial(_PLAIN[kind], module)
        if "forward" in vars(kind):
            break
    raise fault(
        TypeError,
        "there is no formula for {type_name}; use measure_cost, or give it a method cost(shape)",
        type_name=type(module).__name__,
    )


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


def _sequential(module: nn.Sequential, shape: Shape) -> Cost:
    costs = [_pointwise(module, shape)]
    for part in module:
        costs.append(formula_cost(part, costs[-1].output))
    return in_a_row(costs)


def _linear(module: nn.Linear, shape: Shape) -> Cost:
    if shape[-1] != module.in_features:
        raise fault(ValueError, "Linear takes (..., {inp}), got {shape}", inp=module.in_features, shape=shape)
    weights, output = module.in_features * module.out_features, (*shape[:-1], module.out_features)
    parameters = weights + module.out_features * (module.bias is not None)
    return Cost(parameters, weights * math.prod(shape[:-1]), math.prod(shape) + math.prod(output), output)


def _conv(module: nn.Conv2d, shape: Shape) -> Cost:
    check_channels(module, module.in_channels, shape)
    output = (module.out_channels, *_sides(module, shape))
    weights = math.prod(module.kernel_size) * module.in_channels * module.out_channels // module.groups
    parameters = weights + module.out_channels * (module.bias is not None)
    return Cost(parameters, weights * math.prod(output[1:]), math.prod(shape) + math.prod(output), output)


def _norm(module: nn.BatchNorm2d, shape: Shape) -> Cost:
    check_channels(module, module.num_features, shape)
    return Cost(2 * module.num_features * module.affine, 0, math.prod(shape), shape)


def _pool(module: nn.MaxPool2d | nn.AvgPool2d, shape: Shape) -> Cost:
    check_channels(module, shape[0], shape)
    if getattr(module, "return_indices", False):
        raise ValueError("there is no formula for pooling that returns its places too; use measure_cost")
    output = (shape[0], *_sides(module, shape))
    return Cost(0, 0, math.prod(shape) + math.prod(output), output)


def _sides(module: Any, shape: Shape) -> list[int]:
    """Height and width of what a window leaves, (side + 2 padding - dilation (kernel - 1) - 1) / stride + 1.

    Rounded down; with `ceil_mode` up, but no window begins in the padding behind the image.
    """
    if module.padding == "same":
        return list(shape[1:])
    padding = 0 if module.padding == "valid" else module.padding
    numbers = (padding, module.kernel_size, module.stride, getattr(module, "dilation", 1))
    sides = []
    for side, p, k, s, d in zip(shape[1:], *map(nn.modules.utils._pair, numbers), strict=True):
        steps, rest = divmod(side + 2 * p - d * (k - 1) - 1, s)
        one_more = getattr(module, "ceil_mode", False) and rest and (steps + 1) * s < side + p
        sides.append(steps + 1 + bool(one_more))
    return sides


def _pointwise(module: nn.Module, shape: Shape) -> Cost:
    return Cost(0, 0, math.prod(shape), shape)


_PLAIN: dict[type, Callable[[Any, Shape], Cost]] = {
    nn.Sequential: _sequential,
    nn.Linear: _linear,
    nn.Conv2d: _conv,
    nn.BatchNorm2d: _norm,
    nn.MaxPool2d: _pool,
    nn.AvgPool2d: _pool,
    **dict.fromkeys((nn.Identity, nn.Dropout, nn.ReLU, nn.Hardswish), _pointwise),
}
"""Formulas of plain layers."""
