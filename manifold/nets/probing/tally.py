"""What is kept of one site while batches stream by: counts over all positions, and a few positions drawn at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from manifold.checks import Integers
from manifold.nets.probing.operations import Operation

_BLOCK = 1 << 20  # values looked at in one go, so that masks stay in a processor's cache
_BLOCK_ELSEWHERE = 1 << 26  # on other devices, where each call takes its time
_MOST_EXACT = 10**9  # beyond which NumPy draws no hypergeometric numbers


@dataclass(eq=False)
class Counts:
    """Exact counts over positions.

    Attributes
    ----------
    positions : int
    positive : ndarray of int, shape (C,)
        For each channel, at how many positions z > low.
    high : ndarray of int, shape (C,)
        For each channel, at how many positions z >= high.
    active : ndarray of int, shape (C + 1,)
        At how many positions so many channels have low < z < high.
    """

    positions: int
    positive: Integers
    high: Integers
    active: Integers

    @classmethod
    def none(cls, channels: int) -> Counts:
        """Nothing counted."""
        positive, high, active = (np.zeros(size, dtype=np.int64) for size in (channels, channels, channels + 1))
        return cls(0, positive, high, active)

    def add(self, z: Tensor, operation: Operation) -> None:
        """Count pre-activations of shape (A, C, B), with positions before and behind the channels."""
        here = z.device.type == "cpu"
        for part in torch.split(z, max(1, (_BLOCK if here else _BLOCK_ELSEWHERE) // z[0].numel())):
            positive, high, active = (count_by_numpy if here else count_by_torch)(part, operation)
            self.positive += positive
            self.high += high
            self.active += np.bincount(active.ravel(), minlength=z.shape[1] + 1)
        self.positions += z.shape[0] * z.shape[2]


def count_by_numpy(z: Tensor, operation: Operation) -> tuple[Integers, Integers, Integers]:
    """Of z (A, C, B) how many are above low, and how many at high, by channel; and how many between, by position (A, B).

    On a processor NumPy compares and counts three times as fast as torch.
    """
    values = z.to(_at_least_single(z.dtype)).numpy()
    above, at_high = values > operation.low, _at_high(values, operation.high)
    active = (above & ~at_high).sum(1, dtype=np.int32)
    return np.count_nonzero(above, axis=(0, 2)), np.count_nonzero(at_high, axis=(0, 2)), active


def count_by_torch(z: Tensor, operation: Operation) -> tuple[Integers, Integers, Integers]:
    """The same where the tensor is, as on a graphics card, of which only the counts come here."""
    above, at_high = z > operation.low, _at_high(z, operation.high)
    sums = (mask.sum((0, 2), dtype=torch.int64).cpu().numpy() for mask in (above, at_high))
    return (*sums, (above & ~at_high).sum(1, dtype=torch.int32).cpu().numpy())


def _at_high(values: Any, high: float) -> Any:
    """Where an activation is flat above, which nowhere is where it has no such end."""
    return values >= high if high < np.inf else values > high


class Sample:
    """At most `keep` of all positions seen, each set of so many as likely as any other.

    Parameters
    ----------
    keep : int
    rng : numpy.random.Generator

    Attributes
    ----------
    seen : int
        Positions so far.
    """

    def __init__(self, keep: int, rng: np.random.Generator) -> None:
        self._keep, self._rng = keep, rng
        self._table = torch.empty(0, 0)  # (keep, C), once the channels are known
        self.seen = 0

    @property
    def rows(self) -> Tensor:
        """Pre-activations (at most keep, C)."""
        return self._table[: min(self._keep, self.seen)]

    @property
    def memory(self) -> int:
        """Bytes that it takes from the first batch on."""
        return self._table.nbytes

    def add(self, z: Tensor) -> None:
        """Draw from pre-activations (A, C, B)."""
        before, channels, behind = z.shape
        if not self.seen:
            self._table = torch.empty(self._keep, channels, dtype=_at_least_single(z.dtype))
        fresh, old = before * behind, min(self._keep, self.seen)
        size = min(self._keep, self.seen + fresh)
        incoming = self._incoming(fresh, size)
        if incoming:
            drawn = self._rng.choice(fresh, incoming, replace=False)
            leaving = self._rng.choice(old, old + incoming - size, replace=False)
            slots = np.concatenate([leaving, np.arange(old, size)])
            order = np.argsort(drawn)  # in the order in which they lie in memory, a quarter faster
            places = torch.from_numpy(drawn[order]).to(z.device)
            self._table[slots[order]] = z[places // behind, :, places % behind].to("cpu", self._table.dtype)
        self.seen += fresh

    def _incoming(self, fresh: int, size: int) -> int:
        """How many of `size` positions drawn from all are among the fresh ones."""
        if self.seen + fresh < _MOST_EXACT:
            return int(self._rng.hypergeometric(fresh, self.seen, size))
        return int(self._rng.binomial(size, fresh / (self.seen + fresh)))  # hardly another law, among so many


def _at_least_single(dtype: torch.dtype) -> torch.dtype:
    return dtype if dtype.itemsize >= 4 else torch.float32


class Tally:
    """Counts and sample of one site.

    Parameters
    ----------
    operation : Operation
    channels : int
    inputs : int or None
        Channels that the layer before reads.
    sample : Sample
    counting : bool
        Whether to count at all positions.
    """

    def __init__(self, operation: Operation, channels: int, inputs: int | None, sample: Sample, *, counting: bool) -> None:
        self.operation, self.channels, self.inputs, self.sample = operation, channels, inputs, sample
        self.counts = Counts.none(channels) if counting else None
        self.calls = self.not_finite = 0

    def add(self, z: Tensor, axis: int) -> None:
        """Take in a tensor with its channels on this axis."""
        self.calls += 1
        if not z.numel():
            return
        z = z.detach()
        axis %= z.ndim
        before, behind = z.shape[:axis].numel(), z.shape[axis + 1 :].numel()
        stacked = z.reshape(before, z.shape[axis], behind)
        total = stacked.sum(dtype=_at_least_single(z.dtype))
        if not bool(torch.isfinite(total)):
            self.not_finite += int((~torch.isfinite(stacked)).sum())
        if self.counts is not None:
            self.counts.add(stacked, self.operation)
        self.sample.add(stacked)
