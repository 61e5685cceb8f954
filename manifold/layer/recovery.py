"""The paper's Figure 1 as a value: embed points by a random T, apply an activation, decode, and keep all of it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats, Integers, check_array, check_rng
from manifold.layer.activations import ACTIVATIONS
from manifold.layer.decoders import DECODERS, Observation, observe
from manifold.layer.embeddings import EMBEDDINGS, Embedding


@dataclass(frozen=True, eq=False)
class Recovery:
    """Points, what a layer y = f(T x) made of them, and what a decoder made of that.

    Attributes
    ----------
    seen : Observation
        The layer and its output at the points.
    recovered : ndarray of shape (N, d)
        The decoder's answer.
    decoder : str
        Its name in `DECODERS`.
    """

    seen: Observation
    recovered: Floats
    decoder: str

    @property
    def points(self) -> Floats:
        """x, the truth, of shape (N, d)."""
        return self.seen.points

    @property
    def matrix(self) -> Floats:
        """T, of shape (n, d)."""
        return self.seen.embedding.matrix

    @property
    def inverse(self) -> Floats:
        """The reading of T^-1 that goes with T, of shape (d, n)."""
        return self.seen.embedding.inverse

    @property
    def hidden(self) -> Floats:
        """Y = f(T x), of shape (N, n)."""
        return self.seen.hidden

    @property
    def activation(self) -> str:
        """Name of f in `ACTIVATIONS`."""
        return self.seen.activation.name

    @property
    def active(self) -> Integers:
        """Number of active rows at each point, (N,): how many equations t_i.x = z_i its output holds."""
        return np.asarray(self.seen.rows.active.sum(axis=1))

    @property
    def rank(self) -> Integers:
        """Rank of those equations, (N,): the point is determined by them where it is d."""
        return self.seen.rows.rank


def recover(
    points: ArrayLike,
    *,
    width: int,
    embedding: str = "gaussian",
    activation: str = "relu",
    decoder: str = "inverse",
    rng: np.random.Generator,
) -> Recovery:
    """Draw T, send the points through x -> f(T x), and decode them.

    Parameters
    ----------
    points : array-like of shape (N, d)
        Any d >= 1; the decoder `posterior` needs d = 2.
    width : int
        n, rows of T; at least d.
    embedding, activation, decoder : str
        Names in `EMBEDDINGS`, `ACTIVATIONS`, `DECODERS`. The defaults are the paper's figure.
    rng : numpy.random.Generator
        Draws T. Laws of independent entries draw row by row: the same stream at a larger width begins with the same rows.

    Returns
    -------
    Recovery

    Raises
    ------
    TypeError, ValueError
        If the points are not a finite (N, d) array, `width` is no integer or smaller than d, or a name is unknown.
    """
    points = check_array(points, "points", shape="(N, d)")
    law = EMBEDDINGS[embedding]
    ACTIVATIONS[activation], DECODERS[decoder]  # a wrong name must not cost a draw
    pair = law(width, points.shape[1], rng=check_rng(rng))
    return recover_with(points, pair, activation=activation, decoder=decoder)


def recover_with(points: ArrayLike, embedding: Embedding, *, activation: str = "relu", decoder: str = "inverse") -> Recovery:
    """The deterministic part of `recover`: the same for a T of your own; arguments, return and errors are alike."""
    decode = DECODERS[decoder]
    seen = observe(points, embedding, activation)
    return Recovery(seen, decode(seen), decoder)


def redecode(recovery: Recovery, decoder: str) -> Recovery:
    """The same points through the same layer, read by another decoder."""
    return Recovery(recovery.seen, DECODERS[decoder](recovery.seen), decoder)


def recover_widths(
    points: ArrayLike,
    *,
    widths: Sequence[int],
    embedding: str = "gaussian",
    activation: str = "relu",
    decoder: str = "inverse",
    rng: np.random.Generator,
) -> list[Recovery]:
    """`recover` at several widths, each from a copy of the same stream, so that wider layers of independent rows add rows."""
    check_rng(rng)
    return [
        recover(points, width=n, embedding=embedding, activation=activation, decoder=decoder, rng=copy.deepcopy(rng))
        for n in widths
    ]
