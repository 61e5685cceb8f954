"""Random linear embeddings T of R^d in R^n, each with its reading of "T^-1".

MobileNetV2 (arXiv 1801.04381, Figure 1) embeds a spiral "by a random matrix T" and projects back "using T^-1", and says neither
what law T has nor what the inverse of a matrix that is not square means. Three readings are in circulation; each is a law here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from manifold.checks import Floats, check_count, check_rng
from manifold.layer.activations import ACTIVATIONS
from manifold.layer.layer import Layer
from manifold.registry import Registry
from manifold.results import Result

Draw = Callable[[int, int, "np.random.Generator"], tuple[Floats, Floats]]
"""(width, dim, rng) -> (T, T^-1)."""


@dataclass(frozen=True, eq=False, repr=False)
class EmbeddingLaw(Result):
    """How T is drawn, and all that is known of it.

    Attributes
    ----------
    draw : callable
        (width, dim, rng) -> (T, T^-1), of shapes (n, d) and (d, n).
    rows : callable, optional
        (width, dim, rng) -> T, where the rows are independent, drawn one after the other, and T^-1 is the pseudo-inverse.
    symmetric : bool, default=False
        Whether flipping the sign of a row changes nothing, so that a row is active with probability 1/2.
    turns : bool, default=False
        Whether turning R^d changes nothing, so that closed forms for active rows hold.
    gaussian : bool, default=False
        Whether the rows of T are standard Gaussian.
    second_moment : callable, optional
        (n, d) -> E |T^-1 |T x||^2 / |x|^2, from which `theory.expected_nmse` follows.
    symbol : str, default="T⁻¹"
        How the inverse is written in figures.
    color, mark : str
        How figures draw it; the next free one of `EMBEDDINGS.looks` unless given.
    summary, reading : str, default=""
        The law, and what "T^-1" means under it, in a few words, where `manifold.text` has none.
    title : str
        As readers know it; the name unless given.
    name : str
        Its name in `EMBEDDINGS`, which enters it.
    """

    draw: Draw
    rows: Callable[[int, int, np.random.Generator], Floats] | None = None
    symmetric: bool = False
    turns: bool = False
    gaussian: bool = False
    second_moment: Callable[[int, int], float] | None = None
    symbol: str = "T⁻¹"
    color: str = ""
    mark: str = ""
    summary: str = ""
    reading: str = ""
    title: str = ""
    name: str = ""

    def __call__(self, width: int, dim: int, *, activation: str = "relu", rng: np.random.Generator) -> Layer:
        """Draw T, and put it into a layer.

        Parameters
        ----------
        width : int
            n, the number of rows of T; at least `dim`.
        dim : int
            d, the dimension of the points; at least 1.
        activation : str, default="relu"
            Its name in `ACTIVATIONS`.
        rng : numpy.random.Generator
            The only source of randomness.

        Returns
        -------
        Layer

        Raises
        ------
        TypeError, ValueError
            If a number is no integer, `dim` < 1 or `width` < `dim` (then no linear map could read T back).
        """
        dim = check_count(dim, "dim", minimum=1)
        width = check_count(width, "width", minimum=dim, reason=f" (the dimension of the points, {dim})")
        f = ACTIVATIONS[activation]
        return Layer(*self.draw(width, dim, check_rng(rng)), f, law=self.name)


_LOOKS = (("#e07516", "s"), ("#7c6af2", "o"), ("#7d6932", "^"), ("#3d9567", "D"), ("#9e4ea4", "v"), ("#536371", "p"))

EMBEDDINGS: Registry[EmbeddingLaw] = Registry("embedding", EmbeddingLaw, looks=_LOOKS)


def _haar(rows: int, columns: int, rng: np.random.Generator) -> Floats:
    """Uniformly distributed matrix with orthonormal columns: QR of a Gaussian one, signs fixed (Mezzadri 2007)."""
    q, r = np.linalg.qr(rng.standard_normal((rows, columns)))
    return np.asarray(q * np.where(np.diag(r) < 0.0, -1.0, 1.0))


def _gaussian_rows(width: int, dim: int, rng: np.random.Generator) -> Floats:
    return rng.standard_normal((width, dim))


def _uniform_rows(width: int, dim: int, rng: np.random.Generator) -> Floats:
    return rng.uniform(-1.0, 1.0, (width, dim))


def _inverted(rows: Callable[[int, int, np.random.Generator], Floats]) -> Draw:
    """Independent `rows`, read back by the pseudo-inverse."""

    def draw(width: int, dim: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        matrix = rows(width, dim, rng)
        return matrix, np.asarray(np.linalg.pinv(matrix), dtype=np.float64)

    return draw


def _orthonormal(width: int, dim: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    matrix = _haar(width, dim, rng)
    return matrix, matrix.T


def _padded_gaussian(width: int, dim: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    square = rng.standard_normal((width, width))
    return square[:, :dim], np.asarray(np.linalg.inv(square), dtype=np.float64)[:dim]


def _padded_orthogonal(width: int, dim: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    square = _haar(width, width, rng)
    return square[:, :dim], square.T[:dim]


def _gaussian_moment(n: int, d: int) -> float:
    """Derived in `theory.expected_nmse`; at d = 1 without its factor (n - 2)/(n - 2), as x_hat lies between 0 and x."""
    if d == 1:
        return 3 / (n + 2)
    return 2 / (n + 2) + (n * d - 2) / ((n + 2) * (n - d - 1)) if n >= d + 2 else math.inf


def _orthonormal_moment(n: int, d: int) -> float:
    return (d + 2) / (n + 2)


for _name, _law in {
    "gaussian": EmbeddingLaw(
        _inverted(_gaussian_rows),
        _gaussian_rows,
        symmetric=True,
        turns=True,
        gaussian=True,
        second_moment=_gaussian_moment,
        symbol="T⁺",
    ),
    "orthonormal": EmbeddingLaw(_orthonormal, symmetric=True, turns=True, second_moment=_orthonormal_moment, symbol="Tᵀ"),
    "uniform": EmbeddingLaw(_inverted(_uniform_rows), _uniform_rows, symmetric=True, symbol="T⁺"),
    "padded-gaussian": EmbeddingLaw(
        _padded_gaussian,
        symmetric=True,
        turns=True,
        gaussian=True,
        second_moment=lambda n, d: _gaussian_moment(n, d) if n == d else math.inf,
        symbol="S⁻¹",
    ),
    "padded-orthogonal": EmbeddingLaw(
        _padded_orthogonal, symmetric=True, turns=True, second_moment=_orthonormal_moment, symbol="Qᵀ"
    ),
}.items():
    EMBEDDINGS.add(_name, _law)
