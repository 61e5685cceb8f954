"""The numbers that integers of few bits stand for."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Levels:
    """The numbers s (q - z), q = 0 .. 2^bits - 1, that stand for all others.

    Attributes
    ----------
    scale : float
        s.
    zero : int
        z: the level that stands for 0.
    bits : int
    """

    scale: float
    zero: int
    bits: int

    @classmethod
    def over(cls, low: float, high: float, bits: int) -> Levels:
        """Levels that span from `low` to `high`, and 0."""
        low, high = min(low, 0.0), max(high, 0.0)
        scale = (high - low) / (2**bits - 1) or 1.0
        return cls(scale, round(-low / scale), bits)

    def __call__(self, x: Tensor) -> Tensor:
        """The nearest level of each number."""
        return self.whole(x).sub_(self.zero).mul_(self.scale)

    def whole(self, x: Tensor) -> Tensor:
        """The integers q = min(max(round(x / s) + z, 0), 2^bits - 1); a clamp would look like an activation to a probe."""
        whole = x.div(self.scale).round_().add_(self.zero)
        ends = whole.new_tensor([0.0, 2.0**self.bits - 1.0])
        return torch.minimum(torch.maximum(whole, ends[0], out=whole), ends[1], out=whole)

    def clipped(self, x: Tensor) -> float:
        """Share of numbers that lie more than half a step outside."""
        whole = x.div(self.scale).round_().add_(self.zero)
        return float(((whole < 0) | (whole > 2**self.bits - 1)).double().mean())


def round_weights(weight: Tensor, bits: int, *, per: str) -> tuple[Tensor, Tensor]:
    """Weights (O, ...) as s q, and the scales s, (O, 1, ...) per channel or (1, 1, ...) per tensor."""
    axes = tuple(range(per == "channel", weight.ndim))
    scale = weight.abs().amax(axes, keepdim=True) / (2 ** (bits - 1) - 1)
    scale = torch.where(scale > 0.0, scale, torch.ones_like(scale))
    return (weight / scale).round() * scale, scale
