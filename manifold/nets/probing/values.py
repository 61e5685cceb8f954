"""The report of a probe from saved values: what stands before an activation, and perhaps behind it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike

from manifold.checks import Floats, check_array, check_count, check_size, fault
from manifold.layer.activations import ACTIVATIONS
from manifold.nets.probing.operations import Operation
from manifold.nets.probing.probe import read_site
from manifold.nets.probing.report import Report
from manifold.nets.probing.sites import Site
from manifold.nets.probing.tally import Sample, Tally
from manifold.streams import random_stream

_CLOSE = 0.02
"""Part of its size, and of the standard deviation of all, by which a value in half precision or few decimals may be off."""

_LOOKED_AT = 1000  # rows by which an activation is found, before all are compared


def probe_values(
    before: ArrayLike,
    after: ArrayLike | None = None,
    *,
    activation: str | None = None,
    k: int | None = None,
    keep: int = 1024,
    seed: int = 0,
    name: str = "",
) -> Report:
    """Report on one activation from values that were saved, for a model that cannot be run here; as `probe` does.

    Parameters
    ----------
    before : array-like of shape (N, C)
        Pre-activations: a row for each position, a column for each of at least two channels.
    after : array-like of shape (N, C), optional
        What the activation makes of them, which tells it.
    activation : str, optional
        Its name in `ACTIVATIONS`, where there is no `after`.
    k : int, optional
        Channels that the layer before reads.
    keep, seed : int
        As for `probe`.
    name : str, default=""
        What sentences call the place.

    Returns
    -------
    Report
        Of one site.

    Raises
    ------
    TypeError, ValueError
        If these are no such numbers, or no activation, or another one, takes one to the other.
    """
    z = check_size(check_array(before, "before", shape="(N, C)"), "before")
    if z.shape[1] < 2:
        sentence = "before must have a column for each of at least two channels, got {count}"
        raise fault(ValueError, sentence, count=z.shape[1])
    if (after is None) == (activation is None):
        raise ValueError("either after or activation must be given, which tell what acts on before")
    if after is not None:
        activation = find_activation(z, check_array(after, "after", shape="(N, C)"))
    operation = _operation(str(activation))
    inputs = None if k is None else check_count(k, "k", minimum=1)
    sample = Sample(check_count(keep, "keep", minimum=2), random_stream(check_count(seed, "seed", minimum=0)))
    tally = Tally(operation, z.shape[1], inputs, sample, counting=True)
    tally.add(torch.from_numpy(z), axis=1)
    return Report((read_site(Site(name, operation.name, 1), tally, inputs),), 1, (), sample.memory)


def find_activation(before: Floats, after: Floats) -> str:
    """Name of the activation of `ACTIVATIONS` that takes all of one (N, C) to the other; ValueError if none does."""
    if before.shape != after.shape:
        raise fault(
            ValueError,
            "before and after must have the same rows and columns, got {before} and {after}",
            before=before.shape,
            after=after.shape,
        )
    some = slice(None, None, -(-len(before) // _LOOKED_AT))
    nearest = min(ACTIVATIONS, key=lambda name: float(_misses(name, before[some], after[some]).max()))
    misses = _misses(nearest, before, after)
    row, column = np.unravel_index(misses.argmax(), before.shape)
    if misses[row, column] > 1.0:
        raise fault(
            ValueError,
            "no known activation makes all of after of before; nearest is {name}, but row {row}, column {column} has "
            "{value:.4g} for {z:.4g}; both need the same rows and columns in the same order",
            name=nearest,
            row=int(row) + 1,
            column=int(column) + 1,
            value=after[row, column],
            z=before[row, column],
        )
    return nearest


def _misses(name: str, before: Floats, after: Floats) -> Floats:
    """How far each value is from what an activation gives, in units of what rounding may do."""
    unit = _CLOSE * (np.abs(after) + after.std()) + np.finfo(np.float32).tiny
    with np.errstate(all="ignore"):
        return np.asarray(np.nan_to_num(np.abs(ACTIVATIONS[name](before) - after) / unit, nan=np.inf))


def _operation(name: str) -> Operation:
    """An activation of `ACTIVATIONS` as a probe sees one."""
    entry = ACTIVATIONS[name]
    return Operation(name, entry.low, entry.high, lambda z: torch.from_numpy(entry(z.numpy())))
