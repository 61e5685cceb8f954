"""Decoders: five answers to "what was x?" when only y = f(T x) is seen.

Two of them are exact (Sandler et al. 2018, arXiv 1801.04381, Lemma 2): on the active rows A the layer says t_i.x = z_i, so x
solves T_A x = z_A. Where rank(T_A) = d that is x itself. Where the rank is smaller, x cannot be told from the other points of
{T_A x = z_A, inactive rows on their side}, and a decoder can only pick one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats, Integers, check_kind, fault
from manifold.layer.activations import Activation
from manifold.layer.active_rows import ActiveRows
from manifold.layer.disc import cell_centroids, clip_lines
from manifold.layer.layer import Layer
from manifold.registry import Registry
from manifold.results import Result

_CELL_BLOCK = 200_000  # numbers of cells that are looked at together


class Seen(Protocol):
    """What a decoder may look at: a layer and its output at N points.

    An exact decoder that is `stacked` gets points of many draws at once: then `rows.matrix` is a T for each point, of shape
    (N, n, d), `radius` has the shape (N,), and there is no `layer`.
    """

    @property
    def points(self) -> Floats:
        """X (N, d), the truth. Only `affine`, which is fitted to it, looks here."""

    @property
    def layer(self) -> Layer:
        """T, its reading of T^-1, and f."""

    @property
    def activation(self) -> Activation:
        """F."""

    @property
    def hidden(self) -> Floats:
        """y, of shape (N, n)."""

    @property
    def rows(self) -> ActiveRows:
        """The active rows at every point."""

    @property
    def radius(self) -> Floats:
        """Radius of the disc that the points fill, the prior of `posterior`."""


@dataclass(frozen=True, eq=False, repr=False)
class Observation(Result):
    """A layer y = f(T x) and its output at N points; see `Seen`.

    Attributes
    ----------
    points : ndarray of shape (N, d)
    layer : Layer
    hidden : ndarray of shape (N, n)
    rows : ActiveRows
    """

    points: Floats
    layer: Layer
    hidden: Floats
    rows: ActiveRows

    @property
    def activation(self) -> Activation:
        """F."""
        return self.layer.activation

    @property
    def radius(self) -> Floats:
        """Largest |x|."""
        return np.asarray(np.linalg.norm(self.points, axis=1).max())


def observe(points: ArrayLike, layer: Layer) -> Observation:
    """Send points (N, d) through the layer; TypeError or ValueError where they are none, or do not fit T."""
    x = check_kind(layer, "layer", Layer).check_points(points)
    return observe_outputs(x, layer, layer.activation(x @ layer.matrix.T))


def observe_outputs(points: Floats, layer: Layer, hidden: Floats) -> Observation:
    """The layer with outputs (N, n) that are known already, or were disturbed."""
    return Observation(points, layer, hidden, ActiveRows(layer.activation.active(hidden), layer.matrix))


@dataclass(frozen=True, eq=False, repr=False)
class Decoder(Result):
    """A map from what is seen to the recovered points (N, d).

    Attributes
    ----------
    decode : callable
        The map, from a `Seen`.
    gain : float, optional
        Of a decoder that is a multiple of T^-1: which.
    exact : bool, default=False
        Whether it finds every point that is not lost (Sandler, Lemma 2), given outputs without noise.
    stacked : bool, default=False
        Of an exact one: whether it takes points that have a T each, as sweeps hand it the lost points of all draws.
    dimension : int, optional
        The only d that it is for.
    nearest : bool, default=False
        Whether it answers with the point nearest to 0 of all that solve the equations, for which closed forms are known.
    color, mark : str
        How figures draw it; the next free one of `DECODERS.looks` unless given.
    summary : str, default=""
        A sentence on what it is, where `manifold.text` has none.
    title : str
        As readers know it; the name unless given.
    name : str
        Its name in `DECODERS`, which enters it.
    """

    decode: Callable[[Seen], Floats]
    gain: float | None = None
    exact: bool = False
    stacked: bool = False
    dimension: int | None = None
    nearest: bool = False
    color: str = ""
    mark: str = ""
    summary: str = ""
    title: str = ""
    name: str = ""

    def __call__(self, seen: Seen) -> Floats:
        """Recovered points (N, d)."""
        self.check_dimension(seen.points.shape[1])
        return self.decode(seen)

    def check_dimension(self, dim: int) -> None:
        """ValueError if it is not for points of `dim` coordinates."""
        if self.dimension not in (None, dim):
            raise fault(
                ValueError,
                "decoder {name!r} needs points of dimension {dimension}, got {dim}; use 'active-rows'",
                name=self.name,
                dimension=self.dimension,
                dim=dim,
            )


_LOOKS = (
    ("#64971c", "o"),
    ("#a77665", "s"),
    ("#5f707a", "^"),
    ("#72692c", "D"),
    ("#b5306a", "v"),
    ("#3d6ec7", "P"),
    ("#428daa", "X"),
    ("#a09190", "p"),
)

DECODERS: Registry[Decoder] = Registry("decoder", Decoder, looks=_LOOKS)


def best_decoder(dim: int) -> str:
    """Name of the decoder that errs least without a look at the truth: `posterior` for d = 2, `active-rows` otherwise."""
    return "posterior" if dim == 2 else "active-rows"


def _inverse(seen: Seen) -> Floats:
    return seen.hidden @ seen.layer.inverse.T


def _doubled(seen: Seen) -> Floats:
    return 2.0 * _inverse(seen)


def _affine(seen: Seen) -> Floats:
    columns = np.column_stack([seen.hidden, np.ones(len(seen.hidden))])
    return np.asarray(columns @ np.linalg.lstsq(columns, seen.points, rcond=None)[0])


def _active_rows(seen: Seen) -> Floats:
    return seen.rows.solve(seen.activation.preimage(seen.hidden))


def _posterior(seen: Seen) -> Floats:
    """Mean (N, 2) of all points of the disc of `radius` with the same output, for each output seen; d = 2."""
    recovered = _active_rows(seen)
    radius = np.broadcast_to(seen.radius, len(recovered))
    on_line, in_cell = np.flatnonzero(seen.rows.rank == 1), np.flatnonzero(seen.rows.rank == 0)
    if len(on_line):
        along = _line_directions(seen.rows, on_line)
        start, stop = clip_lines(recovered[on_line], along, _sides(seen.rows, on_line), _limits(seen, on_line), radius[on_line])
        recovered[on_line] += along * ((start + stop) / 2.0)[:, None]
    if len(in_cell):
        recovered[in_cell] = _centroids(seen, in_cell, radius[in_cell])
    return recovered


def _centroids(seen: Seen, points: Integers, radius: Floats) -> Floats:
    """Centroids (M, 2) of the cells of points without an active row; equal cells are looked at once."""
    limits = _limits(seen, points)
    stacked = seen.rows.matrix.ndim == 3
    keys = np.column_stack([limits, seen.rows.matrix[points].reshape(len(points), -1)]) if stacked else limits
    _, first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    sides = np.broadcast_to(_sides(seen.rows, points[first]), (len(first), limits.shape[1], 2))
    centroids = np.empty((len(first), 2))
    step = max(1, _CELL_BLOCK // limits.shape[1] ** 2)
    for start in range(0, len(first), step):
        part = slice(start, start + step)
        centroids[part] = cell_centroids(sides[part], limits[first[part]], radius[first[part]])
    return np.nan_to_num(centroids[which.ravel()])  # a cell without area is the origin alone


def _sides(rows: ActiveRows, points: Integers) -> Floats:
    """Normals (2n, 2), or (M, 2n, 2), of the half-planes t.x <= low and -t.x <= -high."""
    if rows.matrix.ndim == 2:
        return np.vstack([rows.matrix, -rows.matrix])
    return np.concatenate([rows.matrix[points], -rows.matrix[points]], axis=1)


def _limits(seen: Seen, points: Integers) -> Floats:
    """Offsets (M, 2n) of the half-planes t.x <= low, -t.x <= -high that inactive rows stand for; inf where there is none."""
    f, hidden, inactive = seen.activation, seen.hidden[points], ~seen.rows.active[points]
    floor, ceiling = f.outputs
    below = inactive & (hidden <= floor) & np.isfinite(f.low)
    above = inactive & (hidden >= ceiling) & np.isfinite(f.high)
    return np.hstack([np.where(below, f.low, np.inf), np.where(above, -f.high, np.inf)])


def _line_directions(rows: ActiveRows, points: Integers) -> Floats:
    """Unit vectors (M, 2) across the longest active row of each point: the line on which it can lie where the rank is 1."""
    matrix = rows.matrix if rows.matrix.ndim == 2 else rows.matrix[points]
    place = np.argmax(rows.active[points] * np.linalg.norm(matrix, axis=-1), axis=1)
    longest = matrix[place] if matrix.ndim == 2 else matrix[np.arange(len(points)), place]
    across = np.stack([-longest[:, 1], longest[:, 0]], axis=1)
    return np.asarray(across / np.linalg.norm(longest, axis=1, keepdims=True))


for _name, _decoder in {
    "inverse": Decoder(_inverse, gain=1.0),
    "doubled": Decoder(_doubled, gain=2.0),
    "affine": Decoder(_affine),
    "active-rows": Decoder(_active_rows, exact=True, stacked=True, nearest=True),
    "posterior": Decoder(_posterior, exact=True, stacked=True, dimension=2),
}.items():
    DECODERS.add(_name, _decoder)
