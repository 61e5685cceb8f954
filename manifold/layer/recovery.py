"""The paper's Figure 1 as a value: embed points by a random T, apply an activation, decode, and keep all of it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from manifold import metrics
from manifold.checks import Floats, Integers, abridge, check_array, check_kind, check_rng, fault
from manifold.layer.decoders import DECODERS, Decoder, Observation, best_decoder, observe
from manifold.layer.embeddings import EMBEDDINGS
from manifold.layer.layer import Layer
from manifold.registry import choose


@dataclass(frozen=True, eq=False, repr=False)
class Recovery(Observation):
    """Points, what a layer y = f(T x) made of them, and what a decoder made of that.

    Attributes
    ----------
    points : ndarray of shape (N, d)
        x, the truth.
    layer : Layer
        T, its reading of T^-1, and f.
    hidden : ndarray of shape (N, n)
        y = f(T x).
    rows : ActiveRows
        The active rows at every point.
    recovered : ndarray of shape (N, d)
        The decoder's answer.
    decoder : str
        Its name in `DECODERS`.
    """

    recovered: Floats
    decoder: str

    def __repr__(self) -> str:
        """What was sent through which layer, and what came of it."""
        count, layer = len(self.points), self.layer
        law = f", {layer.law}" if layer.law else ""
        said = f"{count} points of R^{layer.dim} through n = {layer.width}{law}, {self.activation.name}, read by {self.decoder}"
        if not (self.points.any() and np.isfinite(self.recovered).all()):
            return f"Recovery: {said}"
        return f"Recovery: {said}: NMSE {metrics.nmse(self):.2g}, lost {100.0 * metrics.lost_share(self):.2g} %"

    @property
    def matrix(self) -> Floats:
        """T, of shape (n, d)."""
        return self.layer.matrix

    @property
    def inverse(self) -> Floats:
        """The reading of T^-1 that goes with T, of shape (d, n)."""
        return self.layer.inverse

    @property
    def active(self) -> Integers:
        """Number of active rows at each point, (N,): how many equations t_i.x = z_i its output holds."""
        return np.asarray(self.rows.active.sum(axis=1))

    @property
    def rank(self) -> Integers:
        """Rank of those equations, (N,): the point is determined by them where it is d."""
        return self.rows.rank

    @cached_property
    def best(self) -> Recovery:
        """The same output read by the decoder that errs least, see `best_decoder`."""
        return redecode(self, best_decoder(self.layer.dim))


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
    choose(decoder, DECODERS, "decoder")  # a wrong name must not cost a draw
    layer = EMBEDDINGS[embedding](width, points.shape[1], activation=activation, rng=check_rng(rng))
    return recover_with(points, layer, decoder=decoder)


def recover_with(points: ArrayLike, layer: Layer, *, activation: str | None = None, decoder: str = "inverse") -> Recovery:
    """The deterministic part of `recover`, for a layer of your own, or for its T under another activation."""
    decode = DECODERS[decoder]
    check_kind(layer, "layer", Layer)
    layer = layer if activation is None else layer.with_activation(activation)
    return _read(observe(points, layer), decode.name, decode)


def redecode(recovery: Recovery, decoder: str) -> Recovery:
    """The same points through the same layer, read by another decoder."""
    return _read(check_kind(recovery, "recovery", Observation), decoder, DECODERS[decoder])


def _read(seen: Observation, name: str, decode: Decoder) -> Recovery:
    return Recovery(seen.points, seen.layer, seen.hidden, seen.rows, decode(seen), name)


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
    if np.ndim(widths) != 1:
        raise fault(TypeError, "widths must be a sequence of integers, got {widths}", widths=abridge(widths))
    return [
        recover(points, width=n, embedding=embedding, activation=activation, decoder=decoder, rng=copy.deepcopy(rng))
        for n in widths
    ]
