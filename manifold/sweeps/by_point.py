"""D draws of a layer y = f(T x), looked at point by point, in blocks that stay in the cache."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from manifold.checks import Floats, Integers, slices
from manifold.layer.activations import Activation
from manifold.layer.active_rows import ActiveRows, pseudo_inverses
from manifold.layer.decoders import DECODERS, Observation, best_decoder, observe_outputs
from manifold.layer.layer import Layer
from manifold.layer.recovery import Recovery
from manifold.results import Result
from manifold.sweeps.sums import Guesses, error_alone, join_draws, square, sum_guesses

_BLOCK = 65_536  # values of a layer at a time: half a megabyte


@dataclass(frozen=True, eq=False, repr=False)
class LayerDraws(Result):
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
        decode = DECODERS[decoder]
        if decode.gain is not None:
            if not complete:
                return error_alone(np.concatenate([self._linear_error(draws, decode.gain) for draws in self._draw_blocks]))
            return join_draws(sum_guesses(self._linear(draws, decode.gain), complete=True) for draws in self._draw_blocks)
        if decode.stacked and self.activation.keeps_values:
            return self._exact(decoder, complete=complete)
        pairs = ((self._points(k)[None], self.guess(k, decoder)[None]) for k in range(len(self.matrices)))
        return join_draws(sum_guesses([pair], complete=complete) for pair in pairs)

    def guess(self, k: int, decoder: str) -> Floats:
        """Guesses (N, d) of a decoder in draw k."""
        decode, seen = DECODERS[decoder], self._observe(k)
        if not (decode.exact and decode.stacked and self.activation.keeps_values):
            return decode(seen)
        guess = seen.points.copy()
        of_draw, of_point = self._lost_points
        lost = np.flatnonzero(of_draw == k)
        guess[of_point[lost]] = self._read_lost(decoder, lost)
        return guess

    def recovery(self, k: int, decoder: str) -> Recovery:
        """Draw k as `recover` gives it, for metrics without a quick form."""
        seen = self._observe(k)
        return Recovery(seen.points, seen.layer, seen.hidden, seen.rows, DECODERS[decoder](seen), decoder)

    def _exact(self, decoder: str, *, complete: bool) -> Guesses:
        """Sums of the guesses of an exact decoder: x, but at lost points what it answers there."""
        of_draw, of_point = self._lost_points
        draws = len(self.matrices)
        x = self.points[of_draw if len(self.points) > 1 else 0, of_point]  # (K, d)
        guess = self._read_lost(decoder, np.arange(len(x)))
        miss = x - guess
        squares = (miss**2).sum(axis=1)
        error = np.bincount(of_draw, squares, minlength=draws).astype(np.float64)  # integers where nothing is lost
        if not complete:
            return error_alone(error)

        def by_draw(terms: Floats) -> Floats:
            """Sums (D, ...) of terms (K, ...) over the lost points of each draw."""
            sums = np.zeros((draws, *terms.shape[1:]))
            np.add.at(sums, of_draw, terms)
            return sums

        farthest = np.zeros(draws)
        np.maximum.at(farthest, of_draw, np.sqrt(squares))
        spread = self.points.transpose(0, 2, 1) @ self.points
        return Guesses(
            error,
            spread - by_draw(x[:, :, None] * x[:, None, :] - guess[:, :, None] * guess[:, None, :]),
            spread - by_draw(x[:, :, None] * miss[:, None, :]),
            self.points.sum(axis=1) - by_draw(miss),
            farthest,
        )

    def _read_lost(self, decoder: str, lost: Integers) -> Floats:
        """What an exact decoder answers (K, d) at lost points, given by their places in `_lost_points`; all draws at once."""
        decode, (of_draw, of_point) = DECODERS[decoder], self._lost_points
        width, dim = self.matrices.shape[1:]
        guess = np.empty((len(lost), dim))
        for part in slices(len(lost), _BLOCK // (width * dim)):
            draws, points = of_draw[lost[part]], of_point[lost[part]]
            shared = draws if len(self.points) > 1 else np.zeros_like(draws)
            guess[part] = decode(self._stack(draws, self.points[shared, points], self._radii[shared]))
        return guess

    def _stack(self, draws: Integers, points: Floats, radius: Floats) -> StackedPoints:
        matrix = self.matrices[draws]  # (K, n, d)
        values = (matrix @ points[:, :, None])[:, :, 0]
        rows = ActiveRows(self.activation.active_at(values), matrix)
        return StackedPoints(points, self.activation, self.activation(values), rows, radius)

    @cached_property
    def _radii(self) -> Floats:
        """Largest |x| (D or 1,) of the points."""
        return np.asarray(np.linalg.norm(self.points, axis=2).max(axis=1))

    def best_error(self) -> Floats:
        """Sum of squared errors (D,) of the best decoder."""
        return self.guesses(best_decoder(self.matrices.shape[2]), complete=False).error

    def lost(self) -> Floats:
        """Shares (D,) of points with fewer than d active rows, any d of which are independent under the laws of T."""
        return np.asarray(np.bincount(self._lost_points[0], minlength=len(self.matrices)) / self.points.shape[1])

    @cached_property
    def _lost_points(self) -> tuple[Integers, Integers]:
        """Draw and number of every lost point, by draw."""
        parts = []
        for draws, rows in itertools.product(self._draw_blocks, self._row_blocks):
            active = self.activation.active_at(self._values(draws, rows)).sum(axis=2)
            of_draw, of_point = np.nonzero(active < self.matrices.shape[2])
            parts.append((of_draw + draws.start, of_point + rows.start))
        of_draw, of_point = (np.concatenate(each) for each in zip(*parts, strict=True))
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
        folded = self.activation.halves == (0.0, 1.0) and not self.noise
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
        points, layer = self._points(k), Layer(self.matrices[k], self.inverses[k], self.activation)
        outputs = self.activation(points @ layer.matrix.T)
        return observe_outputs(points, layer, outputs + self._noise(k) if self.noise else outputs)

    def _noise(self, k: int) -> Floats:
        """Noise (N, n) of draw k, drawn row by row of T, so that a wider layer adds to it."""
        return np.asarray(self.noise * self.stream(k).standard_normal((self.matrices.shape[1], self.points.shape[1])).T)


@dataclass(frozen=True, eq=False, repr=False)
class StackedPoints(Result):
    """Points of many draws, as a `stacked` decoder sees them: `rows.matrix` (K, n, d) holds a T for each, `radius` is (K,)."""

    points: Floats
    activation: Activation
    hidden: Floats
    rows: ActiveRows
    radius: Floats

    @property
    def layer(self) -> Layer:
        """None: each point has a T of its own."""
        raise TypeError("points of many draws have no layer in common; look at rows.matrix, a T for each point")
