"""Metrics: one number for how far the recovered points are from the true ones, and whose fault it is.

All are functions of a `Recovery`, or of anything else that holds points, what was recovered of them, and ranks. NMSE = sum
|x_hat - x|^2 / sum |x|^2: 0 is perfect, 1 is as bad as answering 0 everywhere. Beside each stands its quick form: the same
number of D draws at once, from sums over the points, as `sweep` takes it. TypeError or ValueError for what holds none, or
masked, complex or infinite numbers, or NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import WELL_CONDITIONED, Floats, Integers, abridge, check_array, check_real, fault
from manifold.registry import Registry
from manifold.results import Result

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


class Sums(Protocol):
    """Sums over N points x and the guesses g at them, of D draws: what the quick form of a metric looks at.

    size, error (D,): sums of |x|^2 and |g - x|^2. square, cross (D, d, d): sums of g g^T and x g^T. total, points_total (D, d):
    sums of g and of x. worst (D,): largest |g - x|. lost (D,): share of points lost. best (D,): the error of the best decoder.
    """

    count: int
    size: Floats
    error: Floats
    square: Floats
    cross: Floats
    total: Floats
    points_total: Floats
    worst: Floats
    lost: Floats
    best: Floats

    def recovered(self, draw: int) -> tuple[Floats, Floats]:
        """Points and guesses (N, d) of one draw."""


@dataclass(frozen=True, eq=False, repr=False)
class Metric(Result):
    """A number that says how good a recovery is.

    Attributes
    ----------
    definition : callable
        From a `Recovered` to the number.
    quick : callable, optional
        The same (D,) from `Sums`. Without it a sweep goes through its draws one by one.
    needs : frozenset of str, default=empty
        Which of the sums beyond "error" the quick form looks at: "moments" (square, cross, total), "worst", "lost", "best".
    exact_outputs : bool, default=False
        Whether it is NaN where noise is added to the outputs.
    title : str
        As readers know it; the name unless given.
    name : str
        Its name in `METRICS`, which enters it.
    """

    definition: Callable[[Any], float]
    quick: Callable[[Sums], Floats] | None = None
    needs: frozenset[str] = frozenset()
    exact_outputs: bool = False
    title: str = ""
    name: str = ""

    def __call__(self, recovery: Recovered) -> float:
        """The number."""
        return self.definition(recovery)


METRICS: Registry[Metric] = Registry("metric", Metric)


def nmse(recovery: Recovered) -> float:
    """Sum |x_hat - x|^2 / sum |x|^2: position, size and shape as they are."""
    points, recovered = _arrays(recovery)
    return _error(points, recovered)


def _quick_nmse(sums: Sums) -> Floats:
    return sums.error / sums.size


def scale_aligned_nmse(recovery: Recovered) -> float:
    """Min over s of NMSE(s x_hat): as `nmse`, but a picture of the wrong size is forgiven."""
    points, guess = _arrays(recovery)
    energy = float((guess**2).sum())
    scale = float((guess * points).sum()) / energy if energy else 0.0
    return _error(points, scale * guess)


def _quick_scale_aligned(sums: Sums) -> Floats:
    """1 - (sum g.x)^2 / (sum |g|^2 sum |x|^2), which is that minimum."""
    along, energy = np.trace(sums.cross, axis1=1, axis2=2), np.trace(sums.square, axis1=1, axis2=2)
    explained = np.divide(along**2, energy, out=np.zeros_like(energy), where=energy > 0.0)
    return np.asarray(np.maximum(1.0 - explained / sums.size, 0.0))


def affine_aligned_nmse(recovery: Recovered) -> float:
    """Min over A, b of NMSE(A x_hat + b): also position, rotation and shear are forgiven; only the shape counts."""
    return affine_error(*_arrays(recovery))


def affine_error(points: ArrayLike, guess: ArrayLike) -> float:
    """Min over A, b of sum |A g + b - x|^2 / sum |x|^2 for points x and guesses g, both (N, d)."""
    points, guess = _check_pair(points, guess)
    columns = np.column_stack([guess, np.ones(len(points))])
    fit = np.linalg.lstsq(columns, points, rcond=None)[0]
    return float(((columns @ fit - points) ** 2).sum()) / _size(points)


def _quick_affine_aligned(sums: Sums) -> Floats:
    """(tr S_xx - tr S_xg S_gg^-1 S_gx) / sum |x|^2 with S the centred sums, which is that minimum.

    Where S_gg is ill-conditioned, the fit is made to the guesses themselves.
    """
    inner = sums.square - sums.total[:, :, None] * sums.total[:, None, :] / sums.count
    across = sums.cross - sums.points_total[:, :, None] * sums.total[:, None, :] / sums.count
    spectrum = np.linalg.eigvalsh(inner)
    sound = spectrum[:, 0] > WELL_CONDITIONED * spectrum[:, -1]
    inner = np.where(sound[:, None, None], inner, np.eye(inner.shape[1]))
    explained = np.trace(across @ np.linalg.solve(inner, across.transpose(0, 2, 1)), axis1=1, axis2=2)
    left = (sums.size - (sums.points_total**2).sum(axis=1) / sums.count - explained) / sums.size
    errors = np.array(np.maximum(left, 0.0))
    for draw in np.flatnonzero(~sound):
        errors[draw] = affine_error(*sums.recovered(int(draw)))
    return errors


def worst_error(recovery: Recovered) -> float:
    """Max |x_hat - x| over the points, in units of their root mean square norm sqrt(mean |x|^2)."""
    points, recovered = _arrays(recovery)
    miss = np.linalg.norm(recovered - points, axis=1).max()
    return float(miss / np.sqrt(_size(points) / len(points)))


def _quick_worst(sums: Sums) -> Floats:
    return np.asarray(sums.worst / np.sqrt(sums.size / sums.count))


def lost_share(recovery: Recovered) -> float:
    """Share of points whose active rows have rank < d: no decoder can recover them.

    For SiLU, GELU and h-swish an upper bound: their inactive rows still tell a little (see `Activation`).
    """
    _check_holds(recovery, "points", "rank")
    rank = check_array(recovery.rank, "rank", shape="(N,)")
    return float((rank < np.shape(recovery.points)[-1]).mean())


def decoder_share(recovery: Any) -> float:
    """Share of this decoder's NMSE that a better decoder would not have: 1 - NMSE(best) / NMSE.

    The best is `Recovery.best`. 0 where nothing is wrong but rounding; below 0 where the decoder beats it, as `affine`, fitted
    to the truth, can.
    """
    error = nmse(recovery)
    _check_holds(recovery, "best")
    return float(avoidable_share(error, nmse(recovery.best)))


def _quick_decoder_share(sums: Sums) -> Floats:
    return np.asarray(avoidable_share(sums.error / sums.size, sums.best / sums.size))


def avoidable_share(error: Any, best: Any) -> Any:
    """1 - best / error for NMSE, single or of D draws, and 0 where `error` is below `ROUNDING`; NaN for NaN."""
    error, best = check_real(error, "error"), check_real(best, "best")
    wrong = ~(error <= ROUNDING)
    return np.where(wrong, 1.0 - best / np.where(wrong, error, 1.0), 0.0)[()]  # a number for numbers


for _name, _metric in {
    "nmse": Metric(nmse, _quick_nmse),
    "scale-aligned": Metric(scale_aligned_nmse, _quick_scale_aligned, frozenset({"moments"})),
    "affine-aligned": Metric(affine_aligned_nmse, _quick_affine_aligned, frozenset({"moments"})),
    "worst": Metric(worst_error, _quick_worst, frozenset({"worst"})),
    "lost": Metric(lost_share, lambda sums: sums.lost, frozenset({"lost"})),
    "decoder-share": Metric(decoder_share, _quick_decoder_share, frozenset({"best"}), exact_outputs=True),
}.items():
    METRICS.add(_name, _metric)


def _arrays(recovery: Recovered) -> tuple[Floats, Floats]:
    """Points and recovered points (N, d)."""
    _check_holds(recovery, "points", "recovered")
    return _check_pair(recovery.points, recovery.recovered)


def _check_holds(recovery: Any, *names: str) -> None:
    if not all(hasattr(recovery, name) for name in names):
        raise fault(
            TypeError,
            "recovery must hold {names}, as what `manifold.recover` returns does, got {value}",
            names=" and ".join(names),
            value=abridge(recovery),
        )


def _check_pair(points: ArrayLike, recovered: ArrayLike) -> tuple[Floats, Floats]:
    """Both, in their own order in memory, on which the last bit of a sum depends."""
    truth = check_array(points, "points", shape="(N, d)", order="K")
    answers = check_array(recovered, "recovered", shape="(N, d)", order="K")
    if truth.shape != answers.shape:
        raise fault(
            ValueError,
            "points and recovered must have one shape, got {shape} and {other_shape}",
            shape=truth.shape,
            other_shape=answers.shape,
        )
    return truth, answers


def _error(points: Floats, guess: Floats) -> float:
    return float(((guess - points) ** 2).sum()) / _size(points)


def _size(points: Floats) -> float:
    size = float((points**2).sum())
    if size == 0.0:
        raise ValueError("points are all 0, so there is no size to compare an error with; move them off the origin")
    return size
