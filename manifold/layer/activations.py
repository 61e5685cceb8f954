"""Activations: the function, and which pre-activations it still lets you read off its output.

Each acts on every coordinate alone. `low` and `high` bound the pre-activations z that are the only ones with their output, so
that one equation t.x = z can be written down for that row. A row outside is inactive: its output tells a side, not a value.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats, Mask, check_real
from manifold.registry import Registry
from manifold.results import Result

LEAKY_SLOPE = 0.01

_LEAST = -np.finfo(np.float64).max  # which stands for -inf where a limit of -inf * 0 is meant
_HALVINGS = 80  # of an interval, after which float64 has nothing left to halve


@dataclass(frozen=True, eq=False, repr=False)
class Slope(Result):
    """f' of an activation: `left` below `low`, `right` above `high`, and between them a function of z."""

    left: float
    right: float
    low: float = 0.0
    high: float = 0.0
    between: Callable[[Floats], Floats] = np.zeros_like


@dataclass(frozen=True, eq=False, repr=False)
class Activation(Result):
    """A coordinate-wise function f, and all that is known of it; only the function and its interval are needed.

    Attributes
    ----------
    function : callable
        f, array to array of the same shape.
    low, high : float, default=-inf, inf
        Ends of the open interval of pre-activations z with f(z') = f(z) for no other z', on which f rises.
    inverse : callable, optional
        z from f(z), for outputs of pre-activations in (low, high); by halving intervals unless given.
    flat : sequence of (float, float), default=()
        Intervals on which f is constant: ((-inf, 0),) for ReLU.
    slope : Slope, optional
        f', for closed forms that need it.
    module : str or callable, optional
        The same as a torch module: its name in `torch.nn`, or what makes it, which may import torch when it is called.
    color, mark : str
        How figures draw it; the next free one of `ACTIVATIONS.looks` unless given.
    keeps : str, default=""
        A sentence on what the function preserves, where `manifold.text` has none.
    title : str
        As readers know it; the name unless given.
    name : str
        Its name in `ACTIVATIONS`, which enters it.
    """

    function: Callable[[Floats], Floats]
    low: float = -math.inf
    high: float = math.inf
    inverse: Callable[[Floats], Floats] | None = None
    flat: tuple[tuple[float, float], ...] = ()
    slope: Slope | None = None
    module: str | Callable[[], Any] | None = None
    color: str = ""
    mark: str = ""
    keeps: str = ""
    title: str = ""
    name: str = ""

    def __repr__(self) -> str:
        """Its name, and where it can be read back."""
        return f"Activation {self.name or 'without a name'}: read back on ({self.low:g}, {self.high:g})"

    def __call__(self, values: ArrayLike) -> Floats:
        """f(values), float64, of the same shape; NaN stays NaN. TypeError or ValueError for what are no real numbers."""
        return self.function(check_real(values, "values"))

    @property
    def one_to_one(self) -> bool:
        """Whether every output tells its pre-activation."""
        return math.isinf(self.low) and math.isinf(self.high)

    @property
    def only_side_elsewhere(self) -> bool:
        """Whether an inactive output says nothing but z <= low or z >= high.

        Not so for SiLU, GELU and h-swish, whose negative outputs have two preimages each and so say more than the side: a loss
        counted by active rows is an upper bound there.
        """
        below = math.isinf(self.low) or (-math.inf, self.low) in self.flat
        return below and (math.isinf(self.high) or (self.high, math.inf) in self.flat)

    @property
    def halves(self) -> tuple[float, float] | None:
        """(a, b) where f(z) = a z below 0 and b z above, so that f(s z) = s f(z) for s > 0: (0, 1) for ReLU; None elsewhere.

        Then f(z) = (a + b) z / 2 + (b - a) |z| / 2, an odd part and an even one.
        """
        slope = self.slope
        return (slope.left, slope.right) if slope is not None and slope.low == slope.high == 0.0 else None

    @property
    def keeps_values(self) -> bool:
        """Whether an active output is the pre-activation itself, as for ReLU."""
        return self.inverse is identity

    @cached_property
    def outputs(self) -> tuple[float, float]:
        """f(low) and f(high); at an end where the formula gives NaN, as z sigmoid(z) does at -inf, its value at 1e300."""
        with np.errstate(all="ignore"):
            ends = [(float(self(end)), float(self(math.copysign(1e300, end)))) for end in (self.low, self.high)]
        below, above = (near if math.isnan(at) else at for at, near in ends)
        return below, above

    def active(self, outputs: Floats) -> Mask:
        """Where an output determines its pre-activation: f(low) < output < f(high)."""
        outputs, (floor, ceiling) = check_real(outputs, "outputs"), self.outputs
        return outputs > floor if math.isinf(ceiling) else (outputs > floor) & (outputs < ceiling)

    def active_at(self, values: Floats) -> Mask:
        """`active` of f(values): where low < value < high, and float64 does not round the output to an end."""
        values = check_real(values, "values")
        if math.isinf(self.low):
            return self.active(self(values))
        return values > self.low if math.isinf(self.high) else (values > self.low) & (values < self.high)

    def preimage(self, outputs: Floats) -> Floats:
        """Pre-activations of the active outputs, 0 elsewhere; of the same shape, perhaps the argument itself."""
        outputs = check_real(outputs, "outputs")
        if self.keeps_values and self.outputs == (0.0, math.inf):
            return outputs  # as they are for ReLU
        active = self.active(outputs)
        values = np.zeros_like(outputs)
        values[active] = (self.inverse or self._halved)(outputs[active])
        return values

    def _halved(self, outputs: Floats) -> Floats:
        """The inverse of a function that rises on (low, high), by halving an interval around each z."""
        low = np.full_like(outputs, min(self.high, 0.0) - 1.0 if math.isinf(self.low) else self.low)
        high = np.full_like(outputs, max(self.low, 0.0) + 1.0 if math.isinf(self.high) else self.high)
        while math.isinf(self.low) and (self(low) > outputs).any():
            low *= 2.0
        while math.isinf(self.high) and (self(high) < outputs).any():
            high *= 2.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            below = self(middle) < outputs
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return (low + high) / 2.0


def identity(values: Floats) -> Floats:
    """The values themselves."""
    return values


def loss_kind(f: Activation) -> str:
    """How an activation loses points, which is how sections about it are named.

    "nothing": it is one-to-one. "below": all that is below 0 becomes the same, as for ReLU. "size": what is lost depends on the
    size of the points, as for ReLU6. "bound": outputs beyond an end still say a little, as for SiLU, so that lost rows are an
    upper bound.
    """
    if f.one_to_one:
        return "nothing"
    if not f.only_side_elsewhere:
        return "bound"
    return "below" if (f.low, f.high) == (0.0, math.inf) else "size"


_LOOKS = (
    ("#7a7979", "o"),
    ("#c75600", "s"),
    ("#b64790", "D"),
    ("#c7880b", "^"),
    ("#039e73", "v"),
    ("#46799f", "P"),
    ("#409dcf", "X"),
    ("#7c60ce", "p"),
    ("#956e42", "h"),
    ("#905247", "<"),
    ("#5946e8", ">"),
    ("#008fff", "*"),
)

ACTIVATIONS: Registry[Activation] = Registry("activation", Activation, looks=_LOOKS)


def _sigmoid(z: Floats) -> Floats:
    """1 / (1 + exp(-z)), written so that no z overflows."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def _silu(z: Floats) -> Floats:
    """Z sigmoid(z)."""
    return np.maximum(z, _LEAST) * _sigmoid(z)


def _silu_slope(z: Floats) -> Floats:
    """Derivative of SiLU, sigmoid(z) (1 + z (1 - sigmoid(z)))."""
    return _sigmoid(z) * (1.0 + z * (1.0 - _sigmoid(z)))


def _normal_cdf(z: Floats) -> Floats:
    """Phi(z), the standard normal distribution function."""
    from scipy.special import ndtr  # twenty times as fast as math.erf value by value, and slow to load

    return np.asarray(ndtr(z))


def _gelu(z: Floats) -> Floats:
    """Z Phi(z)."""
    return np.maximum(z, _LEAST) * _normal_cdf(z)


def _gelu_slope(z: Floats) -> Floats:
    """Derivative of GELU, Phi(z) + z phi(z)."""
    return _normal_cdf(z) + z * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


def _newton(function: Callable[[Floats], Floats], slope: Callable[[Floats], Floats], gap: float) -> Callable[[Floats], Floats]:
    """Inverse on z > 0 by Newton's method, started at y + gap >= z, where gap = max (z - f(z)): it descends to the root."""

    def inverse(y: Floats) -> Floats:
        z = y + gap
        with np.errstate(invalid="ignore"):
            for _ in range(7):
                z = z - (function(z) - y) / slope(z)
        return np.where(np.isinf(y), y, z)

    return inverse


def _hardswish_inverse(y: Floats) -> Floats:
    """Z with z (z + 3) / 6 = y below z = 3, and z = y above."""
    return np.where(y < 3.0, 0.5 * (np.sqrt(9.0 + 24.0 * y) - 3.0), y)


_BELOW_0 = ((-math.inf, 0.0),)
_SMOOTH = 40.0  # from here on smooth slopes are 0 or 1 to the last digit of float64

for _name, _activation in {
    "linear": Activation(identity, inverse=identity, slope=Slope(1.0, 1.0), module="Identity", title="linear"),
    "relu": Activation(
        lambda z: np.maximum(z, 0.0),
        low=0.0,
        inverse=identity,
        flat=_BELOW_0,
        slope=Slope(0.0, 1.0),
        module="ReLU",
        title="ReLU",
    ),
    "relu6": Activation(
        lambda z: np.clip(z, 0.0, 6.0),
        low=0.0,
        high=6.0,
        inverse=identity,
        flat=(*_BELOW_0, (6.0, math.inf)),
        slope=Slope(0.0, 0.0, 0.0, 6.0, np.ones_like),
        module="ReLU6",
        title="ReLU6",
    ),
    "leaky_relu": Activation(
        lambda z: np.where(z > 0.0, z, LEAKY_SLOPE * z),
        inverse=lambda y: np.where(y > 0.0, y, y / LEAKY_SLOPE),
        slope=Slope(LEAKY_SLOPE, 1.0),
        module="LeakyReLU",
        title="leaky ReLU",
    ),
    "elu": Activation(
        lambda z: np.where(z > 0.0, z, np.expm1(np.minimum(z, 0.0))),
        inverse=lambda y: np.where(y > 0.0, y, np.log1p(np.minimum(y, 0.0))),
        slope=Slope(0.0, 1.0, -_SMOOTH, 0.0, np.exp),
        module="ELU",
        title="ELU",
    ),
    "tanh": Activation(
        np.tanh,
        inverse=np.arctanh,
        slope=Slope(0.0, 0.0, -_SMOOTH, _SMOOTH, lambda z: 1.0 / np.cosh(z) ** 2),
        module="Tanh",
        title="tanh",
    ),
    "silu": Activation(
        _silu,
        low=0.0,
        inverse=_newton(_silu, _silu_slope, gap=0.2785),
        slope=Slope(0.0, 1.0, -_SMOOTH, _SMOOTH, _silu_slope),
        module="SiLU",
        title="SiLU",
    ),
    "gelu": Activation(
        _gelu,
        low=0.0,
        inverse=_newton(_gelu, _gelu_slope, gap=0.17),
        slope=Slope(0.0, 1.0, -_SMOOTH, _SMOOTH, _gelu_slope),
        module="GELU",
        title="GELU",
    ),
    "hardswish": Activation(
        lambda z: np.maximum(z, -3.0) * np.clip(z + 3.0, 0.0, 6.0) / 6.0,
        low=0.0,
        inverse=_hardswish_inverse,
        flat=((-math.inf, -3.0),),
        slope=Slope(0.0, 1.0, -3.0, 3.0, lambda z: (2.0 * z + 3.0) / 6.0),
        module="Hardswish",
        title="h-swish",
    ),
}.items():
    ACTIVATIONS.add(_name, _activation)
