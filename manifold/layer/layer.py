"""The noun of this project: a layer y = f(T x)."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats, check_array, check_size, fault
from manifold.layer.activations import ACTIVATIONS, Activation
from manifold.results import Result


@dataclass(frozen=True, eq=False, repr=False)
class Layer(Result):
    """y = f(T x): a matrix T, the matrix that reads it back, and an activation f.

    Parameters
    ----------
    matrix : array-like of shape (n, d)
        T: a cloud X of shape (N, d) goes to f(X T^T), of shape (N, n).
    inverse : array-like of shape (d, n), optional
        "T^-1", with T^-1 T the identity of R^d; the pseudo-inverse T^+ unless given.
    activation : str or Activation, default="relu"
        f, or its name in `ACTIVATIONS`.
    law : str, default=""
        Name in `EMBEDDINGS` of the law that T was drawn from.

    Raises
    ------
    TypeError, ValueError
        If the matrices are no finite arrays of these shapes, T is of a size whose fourth power a float cannot hold, or the name
        is unknown.
    """

    matrix: Floats
    inverse: Floats = None  # type: ignore[assignment]
    activation: Activation = "relu"  # type: ignore[assignment]
    _: KW_ONLY
    law: str = ""

    def __post_init__(self) -> None:
        matrix = check_size(check_array(self.matrix, "matrix", shape="(n, d)"), "matrix")
        given: Any = np.linalg.pinv(matrix) if self.inverse is None else self.inverse
        inverse = check_array(given, "inverse", shape="(d, n)", order="K")  # last bits depend on the order
        if inverse.shape != matrix.T.shape:
            raise fault(
                ValueError,
                "matrix (n, d) and inverse (d, n) must agree, got {shape} and {other_shape}",
                shape=matrix.shape,
                other_shape=inverse.shape,
            )
        f = self.activation if isinstance(self.activation, Activation) else ACTIVATIONS[self.activation]
        for name, value in (("matrix", matrix), ("inverse", inverse), ("activation", f)):
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        """f, the dimensions, and the law of T."""
        law = f", {self.law}" if self.law else ""
        return f"Layer: R^{self.dim} through n = {self.width}{law}, {self.activation.name}"

    @property
    def width(self) -> int:
        """The number n of rows."""
        return len(self.matrix)

    @property
    def dim(self) -> int:
        """The dimension d of the points."""
        return int(self.matrix.shape[1])

    @property
    def halves(self) -> tuple[float, float] | None:
        """(a, b) where f(T x) = a T x + (b - a) max(T x, 0), so that a larger x gives an equally larger y; None elsewhere.

        Then T^-1 f(T x) = (a + b) x / 2 + (b - a) T^-1 |T x| / 2, an odd part and an even one.
        """
        return self.activation.halves

    def __call__(self, points: ArrayLike) -> Floats:
        """f(T x) of shape (N, n) for points (N, d)."""
        return self.activation(self.check_points(points) @ self.matrix.T)

    def check_points(self, points: ArrayLike) -> Floats:
        """`points` as a finite array (N, d), d being that of T."""
        x = check_size(check_array(points, "points", shape="(N, d)"), "points")
        if x.shape[1] != self.dim:
            raise fault(
                ValueError,
                "points (N, d) and matrix (n, d) must agree, got {shape} and {other_shape}",
                shape=x.shape,
                other_shape=self.matrix.shape,
            )
        return x

    def with_activation(self, activation: str | Activation) -> Layer:
        """The same T under another f."""
        return Layer(self.matrix, self.inverse, activation, law=self.law)  # type: ignore[arg-type]  # a name will do
