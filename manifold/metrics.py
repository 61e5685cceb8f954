"""Metrics: one number for how far the recovered points are from the true ones, and whose fault it is.

All are functions of a `Recovery`, or of anything else that holds points, what was recovered of them, and ranks. NMSE = sum
|x_hat - x|^2 / sum |x|^2: 0 is perfect, 1 is as bad as answering 0 everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from manifold.checks import Floats, Integers
from manifold.layer.decoders import best_decoder
from manifold.layer.recovery import Recovery, redecode
from manifold.registry import Registry

ROUNDING = 1e-20
"""An NMSE below it is rounding."""


class Recovered(Protocol):
    """What a metric looks at: points and recovered points (N, d), and the rank (N,) of what is known about each."""

    @property
    def points(self) -> Floats:
        """X."""

    @property
    def recovered(self) -> Floats:
        """The answer."""

    @property
    def rank(self) -> Integers:
        """Rank of the equations for x."""


METRICS: Registry[Callable[..., float]] = Registry("metric")


@METRICS.register("nmse")
def nmse(recovery: Recovered) -> float:
    """Sum |x_hat - x|^2 / sum |x|^2: position, size and shape as they are."""
    return _error(recovery, recovery.recovered)


@METRICS.register("scale-aligned")
def scale_aligned_nmse(recovery: Recovered) -> float:
    """Min over s of NMSE(s x_hat): as `nmse`, but a picture of the wrong size is forgiven."""
    guess = recovery.recovered
    energy = float((guess**2).sum())
    scale = float((guess * recovery.points).sum()) / energy if energy else 0.0
    return _error(recovery, scale * guess)


@METRICS.register("affine-aligned")
def affine_aligned_nmse(recovery: Recovered) -> float:
    """Min over A, b of NMSE(A x_hat + b): also position, rotation and shear are forgiven; only the shape counts."""
    return affine_error(recovery.points, recovery.recovered)


def affine_error(points: Floats, guess: Floats) -> float:
    """Min over A, b of sum |A g + b - x|^2 / sum |x|^2 for points x and guesses g, both (N, d)."""
    columns = np.column_stack([guess, np.ones(len(points))])
    fit = np.linalg.lstsq(columns, points, rcond=None)[0]
    return float(((columns @ fit - points) ** 2).sum()) / _size(points)


@METRICS.register("worst")
def worst_error(recovery: Recovered) -> float:
    """Max |x_hat - x| over the points, in units of their root mean square norm sqrt(mean |x|^2)."""
    miss = np.linalg.norm(recovery.recovered - recovery.points, axis=1).max()
    return float(miss / np.sqrt(_size(recovery.points) / len(recovery.points)))


@METRICS.register("lost")
def lost_share(recovery: Recovered) -> float:
    """Share of points whose active rows have rank < d: no decoder can recover them.

    For SiLU, GELU and h-swish an upper bound: their inactive rows still tell a little (see `Activation`).
    """
    return float((recovery.rank < recovery.points.shape[1]).mean())


@METRICS.register("decoder-share")
def decoder_share(recovery: Recovery) -> float:
    """Share of this decoder's NMSE that a better decoder would not have: 1 - NMSE(best) / NMSE.

    The best is that of `best_decoder`. 0 where nothing is wrong but rounding; below 0 where the decoder
    beats it, as `affine`, fitted to the truth, can.
    """
    best = best_decoder(recovery.points.shape[1])
    return avoidable_share(nmse(recovery), nmse(redecode(recovery, best)))


def avoidable_share(found: float, best: float) -> float:
    """1 - best / found for two NMSE, and 0 where `found` is below `ROUNDING`."""
    return 1.0 - best / found if found > ROUNDING else 0.0


def _error(recovery: Recovered, guess: Floats) -> float:
    return float(((guess - recovery.points) ** 2).sum()) / _size(recovery.points)


def _size(points: Floats) -> float:
    size = float((points**2).sum())
    if size == 0.0:
        raise ValueError("points are all 0, so there is no size to compare an error with; move them off the origin")
    return size
