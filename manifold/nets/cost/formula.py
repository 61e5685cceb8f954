"""What a block or network costs, twice: by formula from the numbers it was made with, and measured by running it.

Parameters are all trained numbers, batch norm included. MACs are multiplications with additions in convolutions and fully
connected layers, for one image. Memory is M(G) of Sandler et al. 2018, arXiv 1801.04381, section 5.1: the most values alive at
one time, over all operations, the operation's own inputs and outputs and whatever is needed later. What changes each value by
itself (batch norm, activation, sum, gate) is taken to write over a tensor that nobody needs any more, as inference engines do.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass

from torch import nn

from manifold.nets.blocks.block import Block
from manifold.nets.blocks.dense import DenseBlock, DenseLayer, DenseStage, Transition
from manifold.nets.blocks.layers import ConvNorm, SameConv2d
from manifold.nets.blocks.residual import PlainPair, ReducedBranch, ResidualBasic, ResidualBottleneck
from manifold.nets.blocks.separable import DepthwiseSeparable, InvertedResidual, InvertedResidualV3, Sandglass
from manifold.nets.networks.densenet import DenseNet
from manifold.nets.networks.mobilenet import MobileNet

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


def formula_cost(module: nn.Module, shape: Shape) -> Cost:
    """The cost of a block or network of this package on an image of `shape` (channels, height, width), without running it.

    TypeError for any other module (`measure_cost` takes all), ValueError for an image of other channels or too small.
    """
    if isinstance(module, Block) and shape[0] != module.inp:
        raise ValueError(f"{type(module).__name__} takes ({module.inp}, H, W), got {tuple(shape)}")
    cost = _formula(module, shape)
    if min(cost.output) < 1:
        raise ValueError(f"{type(module).__name__} leaves nothing of an image of {tuple(shape)}; take a larger one")
    return cost


@functools.singledispatch
def _formula(module: nn.Module, shape: Shape) -> Cost:
    """Formulas by type, one for each block and layer."""
    raise TypeError(f"there is no formula for {type(module).__name__}; use measure_cost")


def conv_cost(
    oup: int, kernel: int, stride: int, shape: Shape, *, groups: int = 1, norm: bool = True, bias: bool = False
) -> Cost:
    """A convolution, kernel^2 inp oup / groups weights at each of ceil(h / stride) ceil(w / stride) places, and batch norm."""
    inp, height, width = shape
    output = (oup, -(-height // stride), -(-width // stride))
    weights = kernel * kernel * inp * oup // groups
    memory = math.prod(shape) + math.prod(output)
    return Cost(weights + 2 * oup * norm + oup * bias, weights * output[1] * output[2], memory, output)


def chain(costs: Iterable[Cost]) -> Cost:
    """One after the other: parameters and MACs add up, memory is the largest."""
    costs = list(costs)
    parameters, macs = sum(cost.parameters for cost in costs), sum(cost.macs for cost in costs)
    return Cost(parameters, macs, max(cost.memory for cost in costs), costs[-1].output)


def beside_shortcut(costs: Iterable[Cost], shape: Shape) -> Cost:
    """One after the other while the input, of `shape`, is kept for the sum at the end."""
    costs = list(costs)
    whole, kept = chain(costs), math.prod(shape)
    return Cost(whole.parameters, whole.macs, kept + max(cost.memory for cost in costs[1:]), whole.output)


def _convolutions(shape: Shape, *numbers: tuple[int, int, int, int]) -> list[Cost]:
    """Convolutions with batch norm in a row; of each: channels out, kernel, stride, groups."""
    costs = []
    for oup, kernel, stride, groups in numbers:
        costs.append(conv_cost(oup, kernel, stride, shape, groups=groups))
        shape = costs[-1].output
    return costs


@_formula.register
def _(module: PlainPair, shape: Shape) -> Cost:
    return chain(_convolutions(shape, (module.oup, 3, module.stride, 1), (module.oup, 3, 1, 1)))


@_formula.register
def _(module: ReducedBranch, shape: Shape) -> Cost:
    return chain(_convolutions(shape, (module.inner, 1, 1, 1), (module.oup, module.options["kernel"], module.stride, 1)))


@_formula.register
def _(module: ResidualBasic, shape: Shape) -> Cost:
    branch = _convolutions(shape, (module.oup, 3, module.stride, 1), (module.oup, 3, 1, 1))
    return _with_projection(module, branch, shape)


@_formula.register
def _(module: ResidualBottleneck, shape: Shape) -> Cost:
    inner, groups = module.inner, module.options["groups"]
    return _with_projection(
        module, _convolutions(shape, (inner, 1, 1, 1), (inner, 3, module.stride, groups), (module.oup, 1, 1, 1)), shape
    )


def _with_projection(module: ResidualBasic | ResidualBottleneck, branch: list[Cost], shape: Shape) -> Cost:
    """The branch beside the input, or beside a 1x1 convolution of it that comes after the branch."""
    cost = beside_shortcut(branch, shape)
    if module.stride == 1 and module.inp == module.oup:
        return cost
    projection = conv_cost(module.oup, 1, module.stride, shape)
    memory = max(cost.memory, math.prod(cost.output) + projection.memory)
    return Cost(cost.parameters + projection.parameters, cost.macs + projection.macs, memory, cost.output)


@_formula.register
def _(module: DepthwiseSeparable, shape: Shape) -> Cost:
    depthwise = (module.inp, module.options["kernel"], module.stride, module.inp)
    return chain(_convolutions(shape, depthwise, (module.oup, 1, 1, 1)))


@_formula.register
def _(module: InvertedResidual, shape: Shape) -> Cost:
    """H w inp inner + h' w' inner (kernel^2 + oup) MACs; the paper's h w d' t (d' + k^2 + d'') at stride 1."""
    inner = module.inner
    expansion = [] if inner == module.inp else [(inner, 1, 1, 1)]
    costs = _convolutions(shape, *expansion, (inner, module.options["kernel"], module.stride, inner), (module.oup, 1, 1, 1))
    return beside_shortcut(costs, shape) if module.adds_input else chain(costs)


@_formula.register
def _(module: InvertedResidualV3, shape: Shape) -> Cost:
    inner = module.inner
    expansion = [] if inner == module.inp else [(inner, 1, 1, 1)]
    *costs, projection = _convolutions(
        shape, *expansion, (inner, module.options["kernel"], module.stride, inner), (module.oup, 1, 1, 1)
    )
    gate = [_gate_cost(module.squeezed, costs[-1].output)] if module.squeezed else []
    costs = [*costs, *gate, projection]
    return beside_shortcut(costs, shape) if module.adds_input else chain(costs)


def _gate_cost(squeezed: int, shape: Shape) -> Cost:
    """Squeeze-excite on `shape`: two fully connected layers, and at most mean and squeezed mean beside the image."""
    channels = shape[0]
    weights = 2 * channels * squeezed
    return Cost(weights + squeezed + channels, weights, math.prod(shape) + channels + squeezed, shape)


@_formula.register
def _(module: Sandglass, shape: Shape) -> Cost:
    kernel = module.options["kernel"]
    down, up = (module.inner, 1, 1, 1), (module.oup, 1, 1, 1)
    last = (module.oup, kernel, module.stride, module.oup)
    costs = _convolutions(shape, (module.inp, kernel, 1, module.inp), down, up, last)
    return beside_shortcut(costs, shape) if module.adds_input else chain(costs)


@_formula.register
def _(module: DenseLayer, shape: Shape) -> Cost:
    """Batch norm comes first: 2 inp parameters, and 2 inner before the second convolution."""
    maps, inner, oup = shape[0], module.inner, module.oup
    first = conv_cost(inner or oup, 1 if inner else 3, 1, shape, norm=False)
    costs = [first, *([conv_cost(oup, 3, 1, first.output, norm=False)] if inner else [])]
    whole = chain(costs)
    return Cost(whole.parameters + 2 * maps + 2 * inner, whole.macs, whole.memory, whole.output)


@_formula.register
def _(module: DenseBlock, shape: Shape) -> Cost:
    """All maps are kept until the end; each layer works on a copy of those so far, and the last copy is the output."""
    costs, places = [], shape[1] * shape[2]
    for layer in module.children():
        cost = formula_cost(layer, shape)
        costs.append(Cost(cost.parameters, cost.macs, shape[0] * places + cost.memory, cost.output))
        shape = (shape[0] + module.growth, *shape[1:])
    whole = chain(costs)
    return Cost(whole.parameters, whole.macs, max(whole.memory, 2 * math.prod(shape)), shape)


@_formula.register
def _(module: Transition, shape: Shape) -> Cost:
    projection = conv_cost(module.oup, 1, 1, shape, norm=False)
    output = (module.oup, shape[1] // module.stride, shape[2] // module.stride)
    pooled = math.prod(projection.output) + math.prod(output) if module.stride > 1 else 0
    return Cost(projection.parameters + 2 * module.inp, projection.macs, max(projection.memory, pooled), output)


@_formula.register
def _(module: DenseStage, shape: Shape) -> Cost:
    dense = formula_cost(module.dense, shape)
    return chain([dense, formula_cost(module.transition, dense.output)])


@_formula.register
def _(module: ConvNorm, shape: Shape) -> Cost:
    convolution = module[0]
    kernel, stride, groups = convolution.kernel_size[0], convolution.stride[0], convolution.groups
    return conv_cost(convolution.out_channels, kernel, stride, shape, groups=groups)


@_formula.register
def _(module: nn.Sequential, shape: Shape) -> Cost:
    costs = []
    for part in module:
        costs.append(formula_cost(part, shape))
        shape = costs[-1].output
    return chain(costs)


@_formula.register(MobileNet)
@_formula.register(DenseNet)
def _(module: MobileNet | DenseNet, shape: Shape) -> Cost:
    features = formula_cost(module.features, shape)
    return chain([features, _mean_cost(features.output), formula_cost(module.classifier, features.output[:1])])


def _mean_cost(shape: Shape) -> Cost:
    return Cost(0, 0, math.prod(shape) + shape[0], shape[:1])


@_formula.register
def _(module: nn.Linear, shape: Shape) -> Cost:
    weights, oup = module.in_features * module.out_features, module.out_features
    return Cost(weights + oup * (module.bias is not None), weights, module.in_features + oup, (oup,))


@_formula.register
def _(module: nn.Conv2d, shape: Shape) -> Cost:
    output = (module.out_channels, *_sides(module, shape))
    weights = math.prod(module.kernel_size) * module.in_channels * module.out_channels // module.groups
    parameters = weights + module.out_channels * (module.bias is not None)
    return Cost(parameters, weights * math.prod(output[1:]), math.prod(shape) + math.prod(output), output)


@_formula.register
def _(module: nn.BatchNorm2d, shape: Shape) -> Cost:
    return Cost(2 * module.num_features, 0, math.prod(shape), shape)


@_formula.register
def _(module: nn.MaxPool2d, shape: Shape) -> Cost:
    output = (shape[0], *_sides(module, shape))
    return Cost(0, 0, math.prod(shape) + math.prod(output), output)


def _sides(module: nn.Conv2d | nn.MaxPool2d, shape: Shape) -> list[int]:
    """Height and width of what a window leaves: (side + 2 padding - kernel) // stride + 1."""
    if isinstance(module, SameConv2d):
        return [-(-side // stride) for side, stride in zip(shape[1:], module.stride, strict=True)]
    numbers = (nn.modules.utils._pair(each) for each in (module.padding, module.kernel_size, module.stride))
    return [(side + 2 * p - k) // s + 1 for side, p, k, s in zip(shape[1:], *numbers, strict=True)]


@_formula.register(nn.Dropout)
@_formula.register(nn.ReLU)
@_formula.register(nn.Hardswish)
def _(module: nn.Module, shape: Shape) -> Cost:
    return Cost(0, 0, math.prod(shape), shape)
