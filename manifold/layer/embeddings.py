"""Random linear embeddings T of R^d in R^n, each with its reading of "T^-1".

MobileNetV2 (arXiv 1801.04381, Figure 1) embeds a spiral "by a random matrix T" and projects back "using T^-1", and says neither
what law T has nor what the inverse of a matrix that is not square means. Three readings are in circulation; each is a law here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from manifold.checks import Floats, check_count, check_rng
from manifold.registry import Registry


@dataclass(frozen=True, eq=False)
class Embedding:
    """A matrix T and the matrix that reads it back.

    Attributes
    ----------
    matrix : ndarray of shape (n, d)
        T: a point x is embedded as T x, so a cloud X of shape (N, d) as X T^T.
    inverse : ndarray of shape (d, n)
        "T^-1": inverse @ matrix is the identity of R^d.
    """

    matrix: Floats
    inverse: Floats


@dataclass(frozen=True, eq=False)
class EmbeddingLaw:
    """How T is drawn.

    Attributes
    ----------
    draw : callable
        (width, dim, rng) -> Embedding.
    summary : str
        The law, in a few words.
    reading : str
        What "T^-1" means under it, in a few words.
    symbol : str
        How the inverse is written in figures.
    rows : callable, optional
        (width, dim, rng) -> T, where the rows are independent, drawn one after the other, and T^-1 is the pseudo-inverse.
    """

    draw: Callable[[int, int, np.random.Generator], Embedding]
    summary: str
    reading: str
    symbol: str
    rows: Callable[[int, int, np.random.Generator], Floats] | None = None

    def __call__(self, width: int, dim: int, *, rng: np.random.Generator) -> Embedding:
        """Draw T.

        Parameters
        ----------
        width : int
            n, the number of rows of T; at least `dim`.
        dim : int
            d, the dimension of the points; at least 1.
        rng : numpy.random.Generator
            The only source of randomness.

        Returns
        -------
        Embedding

        Raises
        ------
        TypeError, ValueError
            If a number is no integer, `dim` < 1 or `width` < `dim` (then no linear map could read T back).
        """
        dim = check_count(dim, "dim", minimum=1)
        width = check_count(width, "width", minimum=dim, reason=f" (the dimension of the points, {dim})")
        return self.draw(width, dim, check_rng(rng))


EMBEDDINGS: Registry[EmbeddingLaw] = Registry("embedding")


def _haar(rows: int, columns: int, rng: np.random.Generator) -> Floats:
    """Uniformly distributed matrix with orthonormal columns: QR of a Gaussian one, signs fixed (Mezzadri 2007)."""
    q, r = np.linalg.qr(rng.standard_normal((rows, columns)))
    return np.asarray(q * np.where(np.diag(r) < 0.0, -1.0, 1.0))


def _gaussian_rows(width: int, dim: int, rng: np.random.Generator) -> Floats:
    return rng.standard_normal((width, dim))


def _uniform_rows(width: int, dim: int, rng: np.random.Generator) -> Floats:
    return rng.uniform(-1.0, 1.0, (width, dim))


def _independent(rows: Callable[[int, int, np.random.Generator], Floats], summary: str) -> EmbeddingLaw:
    """The law of independent `rows`, read back by the pseudo-inverse."""

    def draw(width: int, dim: int, rng: np.random.Generator) -> Embedding:
        matrix = rows(width, dim, rng)
        return Embedding(matrix, np.asarray(np.linalg.pinv(matrix), dtype=np.float64))

    return EmbeddingLaw(draw, summary, "the pseudo-inverse T⁺", "T⁺", rows)


def _orthonormal(width: int, dim: int, rng: np.random.Generator) -> Embedding:
    matrix = _haar(width, dim, rng)
    return Embedding(matrix, matrix.T)


def _padded_gaussian(width: int, dim: int, rng: np.random.Generator) -> Embedding:
    square = rng.standard_normal((width, width))
    return Embedding(square[:, :dim], np.asarray(np.linalg.inv(square), dtype=np.float64)[:dim])


def _padded_orthogonal(width: int, dim: int, rng: np.random.Generator) -> Embedding:
    square = _haar(width, width, rng)
    return Embedding(square[:, :dim], square.T[:dim])


EMBEDDINGS.add("gaussian", _independent(_gaussian_rows, "independent N(0, 1) entries, n × d"))
EMBEDDINGS.add(
    "orthonormal",
    EmbeddingLaw(_orthonormal, "orthonormal columns, uniformly distributed, n × d", "the transpose, which is T⁺", "Tᵀ"),
)
EMBEDDINGS.add("uniform", _independent(_uniform_rows, "independent entries, uniform on [-1, 1], n × d"))
EMBEDDINGS.add(
    "padded-gaussian",
    EmbeddingLaw(
        _padded_gaussian,
        "square n × n Gaussian matrix applied to the point padded with zeros",
        "the true inverse of the square matrix, first d coordinates kept",
        "S⁻¹",
    ),
)
EMBEDDINGS.add(
    "padded-orthogonal",
    EmbeddingLaw(
        _padded_orthogonal,
        "square n × n orthogonal matrix, uniformly distributed, applied to the point padded with zeros",
        "the transpose of the square matrix, first d coordinates kept",
        "Qᵀ",
    ),
)
