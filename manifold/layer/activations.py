"""Activations: the function, and which pre-activations it still lets you read off its output.

Each acts on every coordinate alone. `low` and `high` bound the pre-activations z that are the only ones with their output, so
that one equation t.x = z can be written down for that row. A row outside is inactive: its output tells a side, not a value.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats, Mask
from manifold.registry import Registry

LEAKY_SLOPE = 0.01


@dataclass(frozen=True, eq=False)
class Activation:
    """A coordinate-wise function f with the interval on which it can be read back.

    Attributes
    ----------
    name : str
        Its name in `ACTIVATIONS`.
    function : callable
        f, array to array of the same shape.
    inverse : callable
        z from f(z), for outputs of pre-activations in (low, high).
    low, high : float
        Ends of the open interval of pre-activations z with f(z') = f(z) for no other z'.
    keeps : str
        One sentence for the reader: what the function preserves.
    only_side_elsewhere : bool
        True where an inactive output says nothing but z <= low or z >= high. False for SiLU, GELU and h-swish, whose negative
        outputs have two preimages each and so say more than the side: a loss counted by active rows is an upper bound there.
    """

    name: str
    function: Callable[[Floats], Floats]
    inverse: Callable[[Floats], Floats]
    low: float
    high: float
    keeps: str
    only_side_elsewhere: bool = True

    def __call__(self, values: ArrayLike) -> Floats:
        """f(values), float64, of the same shape; NaN stays NaN."""
        return self.function(np.asarray(values, dtype=np.float64))

    @property
    def keeps_values(self) -> bool:
        """Whether an active output is the pre-activation itself, as for ReLU."""
        return self.inverse is _identity

    @cached_property
    def outputs(self) -> tuple[float, float]:
        """f(low) and f(high)."""
        return float(self(self.low)), float(self(self.high))

    def active(self, outputs: Floats) -> Mask:
        """Where an output determines its pre-activation: f(low) < output < f(high)."""
        floor, ceiling = self.outputs
        return outputs > floor if math.isinf(ceiling) else (outputs > floor) & (outputs < ceiling)

    def active_at(self, values: Floats) -> Mask:
        """`active` of f(values): where low < value < high, and float64 does not round the output to an end."""
        if math.isinf(self.low):
            return self.active(self(values))
        return values > self.low if math.isinf(self.high) else (values > self.low) & (values < self.high)

    def preimage(self, outputs: Floats) -> Floats:
        """Pre-activations of the active outputs, 0 elsewhere; of the same shape, perhaps the argument itself."""
        if self.keeps_values and self.outputs == (0.0, math.inf):
            return outputs  # as they are for ReLU
        active = self.active(outputs)
        values = np.zeros_like(outputs)
        values[active] = self.inverse(outputs[active])
        return values


def _identity(values: Floats) -> Floats:
    return values


ACTIVATIONS: Registry[Activation] = Registry("activation")


def _add(
    name: str,
    function: Callable[[Floats], Floats],
    inverse: Callable[[Floats], Floats],
    *,
    low: float = -math.inf,
    high: float = math.inf,
    keeps: str,
    only_side_elsewhere: bool = True,
) -> None:
    ACTIVATIONS.add(name, Activation(name, function, inverse, low, high, keeps, only_side_elsewhere))


def _sigmoid(z: Floats) -> Floats:
    """1 / (1 + exp(-z)), written so that no z overflows."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def _silu(z: Floats) -> Floats:
    """Z sigmoid(z)."""
    return z * _sigmoid(z)


def silu_slope(z: Floats) -> Floats:
    """Derivative of SiLU, sigmoid(z) (1 + z (1 - sigmoid(z)))."""
    return _sigmoid(z) * (1.0 + z * (1.0 - _sigmoid(z)))


def _normal_cdf(z: Floats) -> Floats:
    """Phi(z), the standard normal distribution function."""
    from scipy.special import ndtr  # twenty times as fast as math.erf value by value, and slow to load

    return np.asarray(ndtr(z))


def _gelu(z: Floats) -> Floats:
    """Z Phi(z)."""
    return z * _normal_cdf(z)


def gelu_slope(z: Floats) -> Floats:
    """Derivative of GELU, Phi(z) + z phi(z)."""
    return _normal_cdf(z) + z * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


def _newton(function: Callable[[Floats], Floats], slope: Callable[[Floats], Floats], gap: float) -> Callable[[Floats], Floats]:
    """Inverse on z > 0 by Newton's method, started at y + gap >= z, where gap = max (z - f(z)): it descends to the root."""

    def inverse(y: Floats) -> Floats:
        z = y + gap
        for _ in range(7):
            z = z - (function(z) - y) / slope(z)
        return z

    return inverse


def _hardswish_inverse(y: Floats) -> Floats:
    """Z with z (z + 3) / 6 = y below z = 3, and z = y above."""
    return np.where(y < 3.0, 0.5 * (np.sqrt(9.0 + 24.0 * y) - 3.0), y)


_add("linear", _identity, _identity, keeps="Everything: no activation at all, as at the end of MobileNetV2's blocks.")
_add("relu", lambda z: np.maximum(z, 0.0), _identity, low=0.0, keeps="Positive values; every negative one becomes 0.")
_add(
    "relu6",
    lambda z: np.clip(z, 0.0, 6.0),
    _identity,
    low=0.0,
    high=6.0,
    keeps="Values between 0 and 6; what is below becomes 0, what is above becomes 6.",
)
_add(
    "leaky_relu",
    lambda z: np.where(z > 0.0, z, LEAKY_SLOPE * z),
    lambda y: np.where(y > 0.0, y, y / LEAKY_SLOPE),
    keeps="Everything, negative values at a hundredth of their size: nothing is lost until there is noise.",
)
_add(
    "elu",
    lambda z: np.where(z > 0.0, z, np.expm1(np.minimum(z, 0.0))),
    lambda y: np.where(y > 0.0, y, np.log1p(np.minimum(y, 0.0))),
    keeps="Everything, but negative values are squeezed above -1.",
)
_add(
    "tanh",
    np.tanh,
    np.arctanh,
    keeps="Everything in exact arithmetic; large values are squeezed against 1 until float64 runs out (|z| near 19).",
)
_add(
    "silu",
    _silu,
    _newton(_silu, silu_slope, gap=0.2785),
    low=0.0,
    only_side_elsewhere=False,
    keeps="Positive values; a negative output has two possible origins, which other rows can tell apart.",
)
_add(
    "gelu",
    _gelu,
    _newton(_gelu, gelu_slope, gap=0.17),
    low=0.0,
    only_side_elsewhere=False,
    keeps="Positive values; a negative output has two possible origins, which other rows can tell apart.",
)
_add(
    "hardswish",
    lambda z: z * np.clip(z + 3.0, 0.0, 6.0) / 6.0,
    _hardswish_inverse,
    low=0.0,
    only_side_elsewhere=False,
    keeps="Positive values; outputs below 0 have two possible origins, and everything below -3 becomes 0.",
)
