"""The parts that blocks are built of.

Names inside a block, and so the keys of its weights, are torchvision's, whose published files load unchanged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import numpy as np
import torch
import torch.fx
from torch import Tensor, nn
from torch.nn import functional

from manifold.checks import check_count, check_number, fault
from manifold.layer.activations import ACTIVATIONS
from manifold.nets.cost.formula import Cost, Shape, check_channels, conv_cost, formula_cost, in_a_row
from manifold.registry import Registry

Network = TypeVar("Network", bound=nn.Module)
Norm = Callable[[int], nn.BatchNorm2d]
Branch = Callable[[Tensor], Tensor]


def activation_module(name: str) -> nn.Module:
    """A new module that computes the activation of that name; ValueError if its entry in `ACTIVATIONS` names none."""
    make = ACTIVATIONS[name].module
    if make is None:
        raise fault(ValueError, "activation {name!r} has no torch module; give its entry a `module`, such as 'ReLU'", name=name)
    module: nn.Module = getattr(nn, make)() if isinstance(make, str) else make()
    return module


def activation_name(layer: nn.Module) -> str | None:
    """The name of the activation that a module computes; None for any other module, and for one that changes nothing.

    Of activations with the same class of module that with the same settings comes first.
    """
    if isinstance(layer, nn.Identity):
        return None
    modules = {name: activation_module(name) for name, f in ACTIVATIONS.items() if f.module is not None}
    alike = [name for name, module in modules.items() if type(module) is type(layer)]
    return next((name for name in alike if _settings(modules[name]) == _settings(layer)), alike[0] if alike else None)


def _settings(layer: nn.Module) -> dict[str, Any]:
    """What a module without parts was made with, but for the way in which it runs."""
    return {key: value for key, value in vars(layer).items() if key[0] != "_" and key not in ("training", "inplace")}


class Chain(nn.Sequential):
    """A `torch.nn.Sequential` whose slices are chains, whatever the constructor of its own class takes."""

    def __getitem__(self, index: Any) -> Any:
        return Chain(*list(self)[index]) if isinstance(index, slice) else super().__getitem__(index)


class ConvNorm(Chain):
    """Convolution, batch norm, activation: (N, inp, H, W) -> (N, oup, ceil(H / stride), ceil(W / stride)).

    Parameters
    ----------
    inp, oup : int
    kernel : int, default=1
        Odd; the image is padded by (kernel - 1) / 2.
    stride : int, default=1
    groups : int, default=1
        Divides `inp` and `oup`; `inp` itself makes the convolution depthwise.
    padding : {"symmetric", "same"}, default="symmetric"
        See `conv`.
    activation : str, default="relu6"
        A name in `manifold.ACTIVATIONS`; "linear" leaves the module out.
    norm : callable, default=torch.nn.BatchNorm2d
        From a number of channels to their normalisation.
    """

    def __init__(
        self,
        inp: int,
        oup: int,
        kernel: int = 1,
        stride: int = 1,
        *,
        groups: int = 1,
        padding: str = "symmetric",
        activation: str = "relu6",
        norm: Norm = nn.BatchNorm2d,
    ) -> None:
        layers = [conv(inp, oup, kernel, stride, groups=groups, padding=padding), norm(oup)]
        super().__init__(*layers, *activation_layers(activation))

    def cost(self, shape: Shape) -> Cost:
        """The convolution's, and the parameters of its batch norm."""
        convolution = formula_cost(self[0], shape)
        return in_a_row([convolution, formula_cost(self[1], convolution.output)])


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow pads: by what ceil(H / stride) outputs need in all, the odd pixel right and below.

    Weights trained there do not work elsewhere: at stride 2 every image is shifted by a pixel.
    """

    def forward(self, x: Tensor) -> Tensor:
        """The convolution of the padded image."""
        return super().forward(pad_same(x, self.kernel_size[0], self.stride[0]))

    def cost(self, shape: Shape) -> Cost:
        """That of a convolution to ceil(H / stride) by ceil(W / stride)."""
        check_channels(self, self.in_channels, shape)
        kernel, stride, bias = self.kernel_size[0], self.stride[0], self.bias is not None
        return conv_cost(self.out_channels, kernel, stride, shape, groups=self.groups, norm=False, bias=bias)


@torch.fx.wrap  # torch.fx takes it as one step: what it adds depends on the size of the image
def pad_same(x: Tensor, kernel: int, stride: int) -> Tensor:
    """The image with as many zeros around it as ceil(H / stride) outputs need, the odd one right and below."""
    rows, columns = (max((-(-size // stride) - 1) * stride + kernel - size, 0) for size in x.shape[2:])
    return functional.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))


PADDINGS: Registry[type[nn.Conv2d]] = Registry("padding")
PADDINGS.add("symmetric", nn.Conv2d)
PADDINGS.add("same", SameConv2d)


def conv(inp: int, oup: int, kernel: int = 1, stride: int = 1, *, groups: int = 1, padding: str = "symmetric") -> nn.Conv2d:
    """A convolution without offset to ceil(H / stride) by ceil(W / stride), the image padded by (kernel - 1) / 2 on each side.

    With padding="same" as TensorFlow pads, see `SameConv2d`; the two differ at stride 2.
    """
    check_count(inp, "inp", minimum=1)
    check_count(oup, "oup", minimum=1)
    if check_count(kernel, "kernel", minimum=1) % 2 == 0:
        raise fault(ValueError, "kernel must be odd, got {kernel}", kernel=kernel)
    if inp % check_count(groups, "groups", minimum=1) or oup % groups:
        raise fault(
            ValueError,
            "groups must divide the channels in and out, got {groups} groups for {inp} -> {oup}",
            groups=groups,
            inp=inp,
            oup=oup,
        )
    if PADDINGS[padding] is SameConv2d and stride > 1:
        return SameConv2d(inp, oup, kernel, stride, groups=groups, bias=False)
    return nn.Conv2d(inp, oup, kernel, stride, padding=kernel // 2, groups=groups, bias=False)


def activation_layers(name: str) -> list[nn.Module]:
    """The module of an activation, or none at all where it changes nothing."""
    layer = activation_module(name)
    return [] if isinstance(layer, nn.Identity) else [layer]


class SqueezeExcite(nn.Module):
    """Weigh every channel by what the whole image holds: x -> x * hsigmoid(W2 relu(W1 mean(x))).

    (N, channels, H, W) -> the same, with hsigmoid(z) = relu6(z + 3) / 6. Howard et al. 2019 (MobileNetV3), arXiv 1905.02244,
    section 5.3.

    Parameters
    ----------
    channels, squeezed : int
        Channels of the image, and between the two 1x1 convolutions.
    """

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        check_count(channels, "channels", minimum=1)
        check_count(squeezed, "squeezed", minimum=1)
        self.channels, self.squeezed = channels, squeezed
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.activation = nn.ReLU()
        self.scale_activation = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """X times its gate."""
        gate = self.activation(self.fc1(self.avgpool(x)))  # (N, squeezed, 1, 1)
        scale: Tensor = self.scale_activation(self.fc2(gate))  # (N, channels, 1, 1)
        return x * scale

    def cost(self, shape: Shape) -> Cost:
        """Two fully connected layers, and at most mean and squeezed mean beside the image."""
        check_channels(self, self.channels, shape)
        weights = 2 * self.channels * self.squeezed
        memory = math.prod(shape) + self.channels + self.squeezed
        return Cost(weights + self.squeezed + self.channels, weights, memory, shape)


def stochastic_depth(branch: Branch, x: Tensor, *, survival: float, training: bool) -> Tensor:
    """The branch beside a shortcut, left out for a whole mini-batch with probability 1 - survival while training.

    In evaluation it is scaled by `survival` instead. A branch left out is not computed: a single 0 is returned, to be added.
    Huang et al. 2016, arXiv 1603.09382, equations 2 and 5. The coin is torch's own generator, as for dropout, or within
    `coins` the one given there.
    """
    if survival == 1.0:
        return branch(x)
    if not training:
        return survival * branch(x)
    if isinstance(x, torch.fx.Proxy):
        raise ValueError("survival below 1 tosses a coin for every mini-batch, which torch.fx cannot trace; call eval() first")
    make = _coins.get()
    coin = torch.rand(()).item() if make is None else make().random()
    return branch(x) if coin < survival else x.new_zeros(())


_coins: ContextVar[Callable[[], np.random.Generator] | None] = ContextVar("coins", default=None)


@contextmanager
def coins(make: Callable[[], np.random.Generator]) -> Iterator[None]:
    """Within it, blocks of this thread that toss a coin take it from the generator that `make` gives."""
    before = _coins.set(make)
    try:
        yield
    finally:
        _coins.reset(before)


def check_share(value: float, name: str) -> float:
    """`value` in (0, 1]."""
    if check_number(value, name, above=0.0) > 1.0:
        raise fault(ValueError, "{name} must be <= 1, got {value:g}", name=name, value=value)
    return float(value)


def check_survival(survival: float, *, shortcut: bool) -> float:
    """`survival` in (0, 1]; ValueError where less than 1 is asked of a block that has nothing beside its branch."""
    survival = check_share(survival, "survival")
    if survival < 1.0 and not shortcut:
        raise fault(
            ValueError,
            "survival below 1 drops the branch beside a shortcut, and this block has none; got {survival:g}",
            survival=survival,
        )
    return survival


def inner_channels(inp: int, expand_ratio: float) -> int:
    """Round(inp * expand_ratio), the channels inside a block, at least 1."""
    return max(1, round(check_count(inp, "inp", minimum=1) * check_number(expand_ratio, "expand_ratio", above=0.0)))


def round_channels(channels: float, divisor: int = 8) -> int:
    """The multiple of `divisor` nearest to `channels`, at least `divisor`, and never more than a tenth below `channels`."""
    rounded = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * channels else rounded
