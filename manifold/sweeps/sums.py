"""Sums over the points of a cloud, of which every metric of a guess is made, for many draws of a layer at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from manifold.checks import Floats
from manifold.results import Result


@dataclass(frozen=True, eq=False, repr=False)
class Truth(Result):
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


@dataclass(frozen=True, eq=False, repr=False)
class Guesses(Result):
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

    What nobody asked for is NaN.
    """

    error: Floats
    square: Floats
    cross: Floats
    total: Floats
    worst: Floats


class DrawSums:
    """What the quick form of a metric looks at, see `metrics.Sums`; `guess` gives the guesses (N, d) of one draw."""

    def __init__(self, truth: Truth, guesses: Guesses, lost: Floats, best: Floats, guess: Callable[[int], Floats]) -> None:
        self.count = truth.points.shape[1]
        self.size, self.points_total = truth.size, truth.points.sum(axis=1)
        self.error, self.square, self.cross = guesses.error, guesses.square, guesses.cross
        self.total, self.worst = guesses.total, guesses.worst
        self.lost, self.best = lost, best
        self._points, self._guess = truth.points, guess

    def recovered(self, draw: int) -> tuple[Floats, Floats]:
        """Points and guesses (N, d) of one draw."""
        return self._points[draw if len(self._points) > 1 else 0], self._guess(draw)


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


def join_draws(parts: Iterator[Guesses]) -> Guesses:
    """The draws of all parts, one after the other."""
    fields = zip(*(vars(part).values() for part in parts), strict=True)
    return Guesses(*(np.concatenate(values) for values in fields))
