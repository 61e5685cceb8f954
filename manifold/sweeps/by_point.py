"""A layer y = f(T x) drawn D times: its guesses by any decoder, in blocks that stay in the cache."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from manifold.checks import Floats, Integers, Mask
from manifold.layer.activations import Activation
from manifold.layer.decoders import DECODERS, Observation, best_decoder, posterior_mean
from manifold.layer.embeddings import Embedding
from manifold.sweeps.sums import Guesses, error_alone, join_draws, slices, square, sum_guesses

_BLOCK = 65_536  # values of a layer at a time: half a megabyte
_WELL_CONDITIONED = 1e-5  # of T^T T, above which T^+ from it errs by less than about 1e-11


@dataclass(frozen=True, eq=False)
class Layers:
    """D draws of a layer.

    Attributes
    ----------
    points : ndarray of shape (D, N, d) or (1, N, d)
        Of each draw, or of all.
    matrices : ndarray of shape (D, n, d)
        T.
    given : ndarray of shape (D, d, n) or None
        T^-1; T^+ unless given.
    activation : Activation
    noise : float
        Standard deviation of what is added to every output.
    stream : callable
        The generator of a draw's noise, from its place among the D.
    """

    points: Floats
    matrices: Floats
    given: Floats | None
    activation: Activation
    noise: float
    stream: Callable[[int], np.random.Generator]

    @cached_property
    def inverses(self) -> Floats:
        """T^-1 (D, d, n), found when first asked for: exact decoders need none."""
        return pseudo_inverses(self.matrices) if self.given is None else self.given

    def guesses(self, decoder: str, *, complete: bool) -> Guesses:
        """Sums over the guesses of a decoder; the error alone unless `complete`."""
        gain = DECODERS[decoder].gain
        if gain is not None:
            if not complete:
                return error_alone(np.concatenate([self._linear_error(draws, gain) for draws in self._draw_blocks]))
            return join_draws(sum_guesses(self._linear(draws, gain), complete=True) for draws in self._draw_blocks)
        if decoder == "active-rows" and self.activation.keeps_values:
            return self._active_rows(complete=complete)
        pairs = ((self._points(k)[None], self.guess(k, decoder)[None]) for k in range(len(self.matrices)))
        return join_draws(sum_guesses([pair], complete=complete) for pair in pairs)

    def guess(self, k: int, decoder: str) -> Floats:
        """Guesses (N, d) of a decoder in draw k."""
        seen = self._observe(k)
        if not DECODERS[decoder].exact:
            return DECODERS[decoder](seen)
        radius = float(np.linalg.norm(seen.points, axis=1).max())
        guess = seen.points.copy()
        of_draw, of_point = self._lost_points
        asked = of_point[of_draw == k] if self.activation.keeps_values else np.arange(len(guess))
        if len(asked):
            part = Observation(seen.points[asked], seen.embedding, seen.activation, seen.hidden[asked])
            guess[asked] = posterior_mean(part, radius) if decoder == "posterior" else DECODERS[decoder](part)
        return guess

    def _active_rows(self, *, complete: bool) -> Guesses:
        """Sums of the guesses of `active-rows`: x, but at lost points the shadow of x on the span of the active rows."""
        of_draw, of_point = self._lost_points
        draws, width, dim = self.matrices.shape
        x = self.points[of_draw if len(self.points) > 1 else 0, of_point]  # (K, d)
        guess = np.empty_like(x)
        for part in slices(len(x), _BLOCK // (width * dim)):
            rows = self.matrices[of_draw[part]]  # (k, n, d)
            active = self.activation.active_at((rows @ x[part, :, None])[:, :, 0])
            guess[part] = _shadows(x[part], rows, active)
        miss = x - guess
        squares = (miss**2).sum(axis=1)
        error = np.bincount(of_draw, squares, minlength=draws).astype(np.float64)  # integers where nothing is lost
        if not complete:
            return error_alone(error)

        def gather(terms: Floats) -> Floats:
            found = np.zeros((draws, *terms.shape[1:]))
            np.add.at(found, of_draw, terms)
            return found

        farthest = np.zeros(draws)
        np.maximum.at(farthest, of_draw, np.sqrt(squares))
        spread = self.points.transpose(0, 2, 1) @ self.points
        return Guesses(
            error,
            spread - gather(x[:, :, None] * x[:, None, :] - guess[:, :, None] * guess[:, None, :]),
            spread - gather(x[:, :, None] * miss[:, None, :]),
            self.points.sum(axis=1) - gather(miss),
            farthest,
        )

    def best_error(self) -> Floats:
        """Sum of squared errors (D,) of the best decoder."""
        best = best_decoder(self.matrices.shape[2])
        error = np.zeros(len(self.matrices))
        asked = np.unique(self._lost_points[0]) if self.activation.keeps_values else range(len(error))
        for k in asked:
            error[k] = ((self.guess(k, best) - self._points(k)) ** 2).sum()
        return error

    def lost(self) -> Floats:
        """Shares (D,) of points with fewer than d active rows, any d of which are independent under the laws of T."""
        return np.asarray(np.bincount(self._lost_points[0], minlength=len(self.matrices)) / self.points.shape[1])

    @cached_property
    def _lost_points(self) -> tuple[Integers, Integers]:
        """Draw and number of every lost point."""
        found = []
        for draws, rows in itertools.product(self._draw_blocks, self._row_blocks):
            active = self.activation.active_at(self._values(draws, rows)).sum(axis=2)
            of_draw, of_point = np.nonzero(active < self.matrices.shape[2])
            found.append((of_draw + draws.start, of_point + rows.start))
        of_draw, of_point = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return of_draw, of_point

    def _linear(self, draws: slice, gain: float) -> Iterator[tuple[Floats, Floats]]:
        """Points and guesses gain T^-1 f(T x) of some draws, block by block."""
        for points, part, share in self._parts(draws, gain):
            yield points, part + share * points

    def _linear_error(self, draws: slice, gain: float) -> Floats:
        """Sum of squared errors (D,) of these guesses."""
        return np.asarray(sum(square(part - (1.0 - share) * points) for points, part, share in self._parts(draws, gain)))

    def _parts(self, draws: slice, gain: float) -> Iterator[tuple[Floats, Floats, float]]:
        """Points x, and a part and a share with gain T^-1 f(T x) = part + share x, of some draws, block by block.

        ReLU by T^-1 relu(T x) = (x + T^-1 |T x|) / 2: NumPy takes absolute values three times as fast as maxima.
        """
        folded = self.activation.name == "relu" and not self.noise
        turned, back = (np.ascontiguousarray(m[draws].transpose(0, 2, 1)) for m in (self.matrices, self.inverses))
        back = (gain / 2.0 if folded else gain) * back
        noise = np.stack([self._noise(k) for k in range(draws.start, draws.stop)]) if self.noise else None
        for rows in self._row_blocks:
            points = self._shared(draws)[:, rows]
            values = points @ turned
            if folded:
                yield points, np.abs(values, out=values) @ back, gain / 2.0
            else:
                outputs = self.activation(values)
                yield points, (outputs if noise is None else outputs + noise[:, rows]) @ back, 0.0

    @property
    def _row_blocks(self) -> list[slice]:
        """Points that are measured at a time."""
        return slices(self.points.shape[1], _BLOCK // self.matrices.shape[1])

    @property
    def _draw_blocks(self) -> list[slice]:
        """Draws that are measured at a time."""
        draws, width, _ = self.matrices.shape
        return slices(draws, _BLOCK // (width * self.points.shape[1]))

    def _values(self, draws: slice, rows: slice) -> Floats:
        """T x of shape (draws, rows, n)."""
        return self._shared(draws)[:, rows] @ self.matrices[draws].transpose(0, 2, 1)

    def _shared(self, draws: slice) -> Floats:
        return self.points[draws] if len(self.points) > 1 else self.points

    def _points(self, k: int) -> Floats:
        return np.asarray(self.points[k if len(self.points) > 1 else 0])

    def _observe(self, k: int) -> Observation:
        points, layer = self._points(k), Embedding(self.matrices[k], self.inverses[k])
        outputs = self.activation(points @ layer.matrix.T)
        return Observation(points, layer, self.activation, outputs + self._noise(k) if self.noise else outputs)

    def _noise(self, k: int) -> Floats:
        """Noise (N, n) of draw k, drawn row by row of T, so that a wider layer adds to it."""
        return np.asarray(self.noise * self.stream(k).standard_normal((self.matrices.shape[1], self.points.shape[1])).T)


def _shadows(points: Floats, rows: Floats, active: Mask) -> Floats:
    """Shadows (K, d) of points (K, d) on the span of fewer than d active ones among their rows (K, n, d).

    R^+ R x with R the active rows: R^+ = R^T (R R^T)^-1, and by singular values where that would not be precise.
    """
    most = rows.shape[2] - 1
    first = np.argsort(~active, axis=1, kind="stable")[:, :most]
    silent = ~np.take_along_axis(active, first, axis=1)  # (K, d - 1), filled up with rows of zeros
    chosen = np.where(silent[:, :, None], 0.0, np.take_along_axis(rows, first[:, :, None], axis=1))
    back, condition = _right_inverses(chosen, silent)
    poor = ~(condition < 1.0 / _WELL_CONDITIONED)
    if poor.any():
        back[poor] = np.linalg.pinv(chosen[poor])
    return np.asarray((back @ (chosen @ points[:, :, None]))[:, :, 0])


def _right_inverses(rows: Floats, silent: Mask) -> tuple[Floats, Floats]:
    """R^T (R R^T)^-1 (K, d, m) of rows (K, m, d), some of them zeros, and a bound (K,) on the condition of R R^T."""
    turned = rows.transpose(0, 2, 1)
    over, condition = _inverses(rows @ turned + silent[:, :, None] * np.eye(rows.shape[1]))
    return turned @ over, condition


def pseudo_inverses(matrices: Floats) -> Floats:
    """T^+ (D, d, n) of T (D, n, d): (T^T T)^-1 T^T, and by singular values where that would not be precise."""
    found, condition = (_planar_inverses if matrices.shape[2] == 2 else _normal_inverses)(matrices)
    poor = ~(condition < 1.0 / _WELL_CONDITIONED)
    if poor.any():
        found[poor] = np.linalg.pinv(matrices[poor])
    return found


def _normal_inverses(matrices: Floats) -> tuple[Floats, Floats]:
    """(T^T T)^-1 T^T, and a bound (D,) on the condition of T^T T."""
    turned = matrices.transpose(0, 2, 1)
    over, condition = _inverses(turned @ matrices)
    return over @ turned, condition


def _inverses(matrices: Floats) -> tuple[Floats, Floats]:
    """Inverses (K, m, m), and bounds (K,) on the condition; of all infinite if one is singular."""
    try:
        found = np.asarray(np.linalg.inv(matrices), dtype=np.float64)
    except np.linalg.LinAlgError:
        return matrices, np.full(len(matrices), np.inf)
    return found, np.asarray(np.linalg.norm(matrices, axis=(1, 2)) * np.linalg.norm(found, axis=(1, 2)))


def _planar_inverses(matrices: Floats) -> tuple[Floats, Floats]:
    """`_normal_inverses` for d = 2 in closed form, by the adjugate; its condition is not above the one given."""
    x, y = matrices[:, :, 0], matrices[:, :, 1]
    a, b, c = (x * x).sum(axis=1), (x * y).sum(axis=1), (y * y).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        over = 1.0 / (a * c - b * b)
        a, b, c = (a * over)[:, None], (b * over)[:, None], (c * over)[:, None]
        found = np.stack([c * x - b * y, a * y - b * x], axis=1)
    return found, ((a + c) ** 2 / over[:, None])[:, 0]
