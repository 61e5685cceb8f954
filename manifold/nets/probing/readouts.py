"""Readouts: what can be told of points from a signal inside a block.

exact       Lemma 2 of Sandler et al. 2018, arXiv 1801.04381, in its local form: near x the block is h = J x + c, J having zero
            rows where an activation is flat. If J has rank d, x is determined; else the shortest solution of J x = h - c is
            taken.
affine      the best linear map with offset, fitted to the true points: all that a following convolution can do.
neighbours  the mean of the points whose outputs are nearest: what any smooth readout can do, and the only one of the three that
            notices when far parts of the manifold are folded onto each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from manifold.checks import Floats, Integers
from manifold.layer.active_rows import row_spaces
from manifold.registry import Registry
from manifold.results import Result

NEIGHBOURS = 5
_FLAT = 1e-9  # singular values below this share of the largest of all points count as 0


@dataclass(frozen=True, eq=False, repr=False)
class Reading(Result):
    """What one readout makes of a signal; the metrics of `manifold.metrics` take it as they take a `Recovery`.

    Attributes
    ----------
    points, recovered : ndarray of shape (N, d)
        x, and the readout's answer.
    rank : ndarray of int, shape (N,)
        Rank of the equations that the signal holds on x.
    """

    points: Floats
    recovered: Floats
    rank: Integers


@dataclass(frozen=True, eq=False, repr=False)
class Signal(Result):
    """All points between two layers of a block.

    Attributes
    ----------
    place : str
        "input" or "output"; between them the last convolution ("1×1 to 24"), "gate", "sum" with a shortcut, or "all maps" of a
        dense block; then the activation's name, if one has acted: "1×1 to 24, relu6".
    points : ndarray of shape (N, d)
        x.
    hidden : ndarray of shape (N, n)
        The n channels.
    jacobian : ndarray of shape (N, n, d)
        Derivative of `hidden` by x at every point.
    """

    place: str
    points: Floats
    hidden: Floats
    jacobian: Floats

    @cached_property
    def directions(self) -> Floats:
        """Orthogonal projections (N, d, d) onto the directions of x that `hidden` sees."""
        return row_spaces(self.jacobian, flat=_FLAT)

    @property
    def rank(self) -> Integers:
        """Rank of the Jacobian, (N,)."""
        return np.asarray(np.rint(np.trace(self.directions, axis1=1, axis2=2)), dtype=np.int64)

    def read(self, readout: str) -> Reading:
        """What a readout of `READOUTS` makes of it."""
        return Reading(self.points, READOUTS[readout](self), self.rank)


READOUTS: Registry[Callable[[Signal], Floats]] = Registry("readout")


@READOUTS.register("exact")
def _exact(signal: Signal) -> Floats:
    """The shortest solution of J x' = h - c, which is the projection of x, for h - c = J x."""
    return np.asarray(np.einsum("nij,nj->ni", signal.directions, signal.points))


@READOUTS.register("affine")
def _affine(signal: Signal) -> Floats:
    columns = np.column_stack([signal.hidden, np.ones(len(signal.hidden))])
    return np.asarray(columns @ np.linalg.lstsq(columns, signal.points, rcond=None)[0])


@READOUTS.register("neighbours")
def _neighbours(signal: Signal) -> Floats:
    return neighbour_means(signal.hidden, signal.points)


def neighbour_means(hidden: Floats, points: Floats) -> Floats:
    """The mean (N, d) of the points (N, d) of those `NEIGHBOURS` others whose `hidden` (N, n) are nearest."""
    return np.asarray(points[nearest(hidden)].mean(axis=1))


def nearest(hidden: Floats) -> Integers:
    """Numbers (N, `NEIGHBOURS`) of the others whose `hidden` (N, n) are nearest to each, in no order."""
    channels = torch.from_numpy(hidden)
    distances = torch.cdist(channels, channels).fill_diagonal_(torch.inf).numpy()
    return np.asarray(np.argpartition(distances, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS])
