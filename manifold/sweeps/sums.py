"""Sums over the points of a cloud, of which every metric of a guess is made, for many draws of a layer at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from manifold.checks import Floats
from manifold.metrics import ROUNDING, affine_error

_WELL_CONDITIONED = 1e-4  # ratio of the variances of a guess above which the affine fit errs by less than about 1e-10


@dataclass(frozen=True, eq=False)
class Truth:
    """The points of D draws, or of one that all share (D = 1).

    Attributes
    ----------
    points : ndarray of shape (D, N, d)
    size : ndarray of shape (D,)
        Sum of |x|^2.
    """

    points: Floats
    size: Floats

    @classmethod
    def of(cls, points: Floats) -> Truth:
        """The sums of points (D, N, d)."""
        size = square(points)
        if not size.all():
            raise ValueError("points are all 0, so there is no size to compare an error with; move them off the origin")
        return cls(points, size)


@dataclass(frozen=True, eq=False)
class Guesses:
    """Sums over the guesses g at the points x, for D draws.

    Attributes
    ----------
    error : ndarray of shape (D,)
        Sum of |g - x|^2.
    square : ndarray of shape (D, d, d)
        Sum of g g^T.
    cross : ndarray of shape (D, d, d)
        Sum of x g^T.
    total : ndarray of shape (D, d)
        Sum of g.
    worst : ndarray of shape (D,)
        Max of |g - x|.

    A route that was not asked for all, or does not look at single points, leaves NaN.
    """

    error: Floats
    square: Floats
    cross: Floats
    total: Floats
    worst: Floats

    def nmse(self, truth: Truth) -> Floats:
        """Sum |g - x|^2 / sum |x|^2."""
        return np.asarray(self.error / truth.size)

    def scale_aligned(self, truth: Truth) -> Floats:
        """1 - (sum g.x)^2 / (sum |g|^2 sum |x|^2), which is the least NMSE of a multiple of g."""
        along, energy = np.trace(self.cross, axis1=1, axis2=2), np.trace(self.square, axis1=1, axis2=2)
        explained = np.divide(along**2, energy, out=np.zeros_like(energy), where=energy > 0.0)
        return np.asarray(np.maximum(1.0 - explained / truth.size, 0.0))

    def affine_aligned(self, truth: Truth, redo: Callable[[int], Floats]) -> Floats:
        """(tr S_xx - tr S_xg S_gg^-1 S_gx) / sum |x|^2 with S the centred sums: the least NMSE of an affine map of g.

        Where S_gg is ill-conditioned, the fit is made to the guesses themselves, which `redo(draw)` gives.
        """
        count = truth.points.shape[1]
        mean = truth.points.sum(axis=1)
        inner = self.square - self.total[:, :, None] * self.total[:, None, :] / count
        across = self.cross - mean[:, :, None] * self.total[:, None, :] / count
        spectrum = np.linalg.eigvalsh(inner)
        sound = spectrum[:, 0] > _WELL_CONDITIONED * spectrum[:, -1]
        inner = np.where(sound[:, None, None], inner, np.eye(inner.shape[1]))
        explained = np.trace(across @ np.linalg.solve(inner, across.transpose(0, 2, 1)), axis1=1, axis2=2)
        found = np.maximum((truth.size - (mean**2).sum(axis=1) / count - explained) / truth.size, 0.0)
        for draw in np.flatnonzero(~sound):
            points = truth.points[draw if len(truth.points) > 1 else 0]
            found[draw] = affine_error(points, redo(int(draw)))
        return np.asarray(found)

    def worst_error(self, truth: Truth) -> Floats:
        """Max |g - x| in units of sqrt(mean |x|^2)."""
        return np.asarray(self.worst / np.sqrt(truth.size / truth.points.shape[1]))


def avoidable_shares(found: Floats, best: Floats) -> Floats:
    """1 - best / found for NMSE of D draws, and 0 where `found` is rounding."""
    return np.asarray(np.where(found > ROUNDING, 1.0 - best / np.where(found > ROUNDING, found, 1.0), 0.0))


def error_alone(error: Floats) -> Guesses:
    """The error (D,), and nothing else."""
    none = np.full_like(error, np.nan)
    return Guesses(error, none, none, none, none)


def sum_guesses(pairs: Iterable[tuple[Floats, Floats]], *, complete: bool) -> Guesses:
    """Sums over pairs of points (D or 1, R, d) and guesses (D, R, d) block by block; the error alone unless `complete`."""
    parts = [_sum_block(points, guess, complete) for points, guess in pairs]
    if len(parts) == 1:
        return parts[0]
    sums = {name: sum(getattr(part, name) for part in parts) for name in ("error", "square", "cross", "total")}
    return Guesses(**sums, worst=np.max([part.worst for part in parts], axis=0))


def _sum_block(points: Floats, guess: Floats, complete: bool) -> Guesses:
    miss = guess - points
    if not complete:
        return error_alone(square(miss))
    squares = (miss**2).sum(axis=2)
    return Guesses(
        squares.sum(axis=1),
        guess.transpose(0, 2, 1) @ guess,
        points.transpose(0, 2, 1) @ guess,
        guess.sum(axis=1),
        np.sqrt(squares.max(axis=1)),
    )


def square(values: Floats) -> Floats:
    """Sums (D,) of squares of values (D, R, d), the same to the last bit whatever D is, as `numpy.einsum` is not."""
    flat = values.reshape(len(values), 1, -1)
    return np.asarray((flat @ flat.transpose(0, 2, 1))[:, 0, 0])


def slices(count: int, step: int) -> list[slice]:
    """0 .. count cut into slices of `step`, at least 1."""
    step = max(1, step)
    return [slice(first, min(first + step, count)) for first in range(0, count, step)]


def join_draws(parts: Iterator[Guesses]) -> Guesses:
    """The draws of all parts, one after the other."""
    fields = zip(*(vars(part).values() for part in parts), strict=True)
    return Guesses(*(np.concatenate(values) for values in fields))
