"""Decoders: five answers to "what was x?" when only y = f(T x) is seen.

Two of them are exact (Sandler et al. 2018, arXiv 1801.04381, Lemma 2): on the active rows A the layer says t_i.x = z_i, so x
solves T_A x = z_A. Where rank(T_A) = d that is x itself. Where the rank is smaller, x cannot be told from the other points of
{T_A x = z_A, inactive rows on their side}, and a decoder can only pick one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats, Mask, check_array, check_size
from manifold.layer.activations import ACTIVATIONS, Activation
from manifold.layer.active_rows import ActiveRows, find_active_rows, solve
from manifold.layer.disc import cell_centroid, clip_lines
from manifold.layer.embeddings import Embedding
from manifold.registry import Registry


@dataclass(frozen=True, eq=False)
class Observation:
    """A layer y = f(T x) and its output at N points: what a decoder may look at.

    Attributes
    ----------
    points : ndarray of shape (N, d)
        x, the truth. Only `affine`, which is fitted to it, and `posterior`, for the radius of its prior, look here.
    embedding : Embedding
        T and its reading of T^-1.
    activation : Activation
        f.
    hidden : ndarray of shape (N, n)
        y.
    """

    points: Floats
    embedding: Embedding
    activation: Activation
    hidden: Floats

    @cached_property
    def rows(self) -> ActiveRows:
        """The active rows at every point, factorised when first asked for."""
        return find_active_rows(self.activation.active(self.hidden), self.embedding.matrix)


def observe(points: ArrayLike, embedding: Embedding, activation: str) -> Observation:
    """Send points (N, d) through the layer; ValueError where shapes disagree, a number is not finite, or a name is unknown."""
    f = ACTIVATIONS[activation]
    points = check_size(check_array(points, "points", shape="(N, d)"), "points")
    matrix = check_size(check_array(embedding.matrix, "matrix", shape="(n, d)"), "matrix")
    inverse = check_array(embedding.inverse, "inverse", shape="(d, n)")
    if matrix.shape[1] != points.shape[1] or inverse.shape != matrix.T.shape:
        shapes = f"{points.shape}, {matrix.shape}, {inverse.shape}"
        raise ValueError(f"points (N, d), matrix (n, d) and inverse (d, n) must agree, got {shapes}")
    return Observation(points, embedding, f, f(points @ matrix.T))


@dataclass(frozen=True, eq=False)
class Decoder:
    """A map from an `Observation` to the recovered points (N, d).

    Attributes
    ----------
    decode : callable
        The map.
    summary : str
        A sentence on what it is.
    gain : float, optional
        Of a decoder that is a multiple of T^-1: which.
    exact : bool, default=False
        Whether it finds every point that is not lost (Sandler, Lemma 2), given outputs without noise.
    """

    decode: Callable[[Observation], Floats]
    summary: str
    gain: float | None = None
    exact: bool = False

    def __call__(self, seen: Observation) -> Floats:
        """Recovered points (N, d)."""
        return self.decode(seen)


DECODERS: Registry[Decoder] = Registry("decoder")


def best_decoder(dim: int) -> str:
    """Name of the decoder that errs least without a look at the truth: `posterior` for d = 2, `active-rows` otherwise."""
    return "posterior" if dim == 2 else "active-rows"


def _inverse(seen: Observation) -> Floats:
    return seen.hidden @ seen.embedding.inverse.T


def _doubled(seen: Observation) -> Floats:
    return 2.0 * _inverse(seen)


def _affine(seen: Observation) -> Floats:
    columns = np.column_stack([seen.hidden, np.ones(len(seen.hidden))])
    return np.asarray(columns @ np.linalg.lstsq(columns, seen.points, rcond=None)[0])


def _active_rows(seen: Observation) -> Floats:
    return solve(seen.rows, seen.activation.preimage(seen.hidden))


def _posterior(seen: Observation) -> Floats:
    return posterior_mean(seen, float(np.linalg.norm(seen.points, axis=1).max()))


def posterior_mean(seen: Observation, radius: float) -> Floats:
    """Mean (N, 2) of all points of the disc of `radius` with the same output, for each output seen; d = 2."""
    matrix = seen.embedding.matrix
    if matrix.shape[1] != 2:
        raise ValueError(f"decoder 'posterior' needs points of dimension 2, got {matrix.shape[1]}; use 'active-rows'")
    recovered = _active_rows(seen)
    rank = seen.rows.rank
    normals = np.vstack([matrix, -matrix])
    on_line, in_cell = rank == 1, rank == 0
    if on_line.any():
        along = _line_directions(seen, on_line)
        start, stop = clip_lines(recovered[on_line], along, normals, _side_limits(seen, on_line), radius)
        recovered[on_line] += along * ((start + stop) / 2.0)[:, None]
    if in_cell.any():
        cells, which = np.unique(_side_limits(seen, in_cell), axis=0, return_inverse=True)
        centroids = np.array([cell_centroid(normals[np.isfinite(c)], c[np.isfinite(c)], radius) for c in cells])
        recovered[in_cell] = np.nan_to_num(centroids[which.ravel()])  # a cell without area is the origin alone
    return recovered


def _side_limits(seen: Observation, where: Mask) -> Floats:
    """Offsets (M, 2n) of the half-planes t.x <= low, -t.x <= -high that inactive rows stand for; inf where there is none."""
    f, hidden, inactive = seen.activation, seen.hidden[where], ~seen.rows.active[where]
    floor, ceiling = f.outputs
    below = inactive & (hidden <= floor) & np.isfinite(f.low)
    above = inactive & (hidden >= ceiling) & np.isfinite(f.high)
    return np.hstack([np.where(below, f.low, np.inf), np.where(above, -f.high, np.inf)])


def _line_directions(seen: Observation, where: Mask) -> Floats:
    """Unit vectors (M, 2) across the longest active row of each point: the line on which it can lie where the rank is 1."""
    matrix = seen.embedding.matrix
    longest = matrix[np.argmax(seen.rows.active[where] * np.linalg.norm(matrix, axis=1), axis=1)]
    across = np.stack([-longest[:, 1], longest[:, 0]], axis=1)
    return np.asarray(across / np.linalg.norm(longest, axis=1, keepdims=True))


DECODERS.add("inverse", Decoder(_inverse, "T⁻¹ applied to the output, as in the paper's figure", gain=1.0))
DECODERS.add("doubled", Decoder(_doubled, "twice T⁻¹: a ReLU halves the signal on average, so undo that", gain=2.0))
DECODERS.add(
    "affine", Decoder(_affine, "the best linear map with offset, fitted to the true points: all a linear layer can do")
)
DECODERS.add(
    "active-rows",
    Decoder(_active_rows, "solves for the point on the active rows; the shortest solution where they are too few", exact=True),
)
DECODERS.add(
    "posterior",
    Decoder(
        _posterior,
        "as active-rows; where rows are too few, the mean of all points of the disc that look the same (d = 2)",
        exact=True,
    ),
)
