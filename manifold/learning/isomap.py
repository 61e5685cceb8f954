"""Landmark Isomap: a surface unrolled by the lengths of ways along it, fast enough for a slider."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.validation import check_is_fitted, validate_data

from manifold.checks import Floats, Integers, check_count, check_real, check_size, check_unmasked, fault
from manifold.learning.graph import neighbour_graph, refuse_parts
from manifold.learning.quality import distances_from, residual_variance


class LandmarkIsomap(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Isomap (Tenenbaum, de Silva, Langford 2000) with distances to a few landmarks only (de Silva, Tenenbaum 2003).

    Neighbours are joined by straight lines; the length of the shortest way along them stands for the distance on the surface;
    classical scaling finds places in `n_components` dimensions with these distances between the landmarks, and every other
    point is put where its distances to them say. Landmarks are chosen one after the other, each farthest from those before. N
    points and L landmarks take L shortest-way searches and L N distances in memory, where Isomap itself takes N and N N.

    Parameters
    ----------
    n_components : int, default=2
        Dimension of the map; at most that of the points.
    n_neighbors : int, default=10
        k: every point is joined to its k nearest, at least 1; where there are fewer, to all. Not used where `radius` is given.
    radius : float, optional
        Join all points within this distance instead, new points too.
    n_landmarks : int, default=50
        L, more than `n_components`; where there are fewer points, all of them.

    Attributes
    ----------
    embedding_ : ndarray of shape (N, n_components)
        Of float32 where X is, else of float64; computed in float64.
    landmarks_ : ndarray of int, shape (L,)
        Which points are landmarks.
    geodesics_ : ndarray of shape (L, N)
        Lengths of the shortest ways from the landmarks.
    graph_ : sparse array of shape (N, N)
        Lengths of the lines between neighbours, both ways.
    residual_variance_ : float
        1 - R^2 between `geodesics_` and the straight distances in the map: 0 if the map shows all ways truly.

    Raises
    ------
    DisconnectedGraphError
        By `fit`, if some points cannot be reached from others; it names the parts, and the smallest k that connects them.
    ValueError, TypeError
        By `fit`, if a number does not fit the data, or the data are no finite (N, d) array.
    """

    def __init__(
        self, n_components: int = 2, *, n_neighbors: int = 10, radius: float | None = None, n_landmarks: int = 50
    ) -> None:
        self.n_components = n_components
        self.n_neighbors = n_neighbors
        self.radius = radius
        self.n_landmarks = n_landmarks

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Unroll the points X (N, d)."""
        points, kind = self._checked(X, reset=True)
        if len(points) < 2:
            raise ValueError("X must have at least two points to draw a map, got 1 sample; give more rows")
        dimensions = check_count(self.n_components, "n_components", minimum=1)
        if dimensions > points.shape[1]:
            raise fault(
                ValueError,
                "n_components must be at most the number of coordinates, n_features={shape}, got {dimensions}",
                shape=points.shape[1],
                dimensions=dimensions,
            )
        wanted = check_count(self.n_landmarks, "n_landmarks", minimum=dimensions + 1, reason=", one more than n_components")
        count = min(check_count(self.n_neighbors, "n_neighbors", minimum=1), len(points) - 1)
        self.graph_ = neighbour_graph(points, n_neighbors=count, radius=self.radius)
        parts, labels = connected_components(self.graph_, directed=False)
        if parts > 1:
            joined = f"radius={self.radius:g}" if self.radius is not None else f"n_neighbors={self.n_neighbors}"
            refuse_parts(points, parts, labels, joined)
        self.landmarks_, self.geodesics_ = choose_landmarks(self.graph_, min(wanted, len(points)), _outermost(points))
        self._scale(dimensions)
        self.embedding_ = self._place(self.geodesics_).astype(kind)
        self._neighbours = NearestNeighbors(n_neighbors=1).fit(points)
        self._n_features_out = dimensions
        return self

    def fit_transform(self, X: ArrayLike, y: object = None) -> Floats:
        """The map (N, n_components) of the points X (N, d)."""
        return self.fit(X).embedding_

    @property
    def residual_variance_(self) -> float:
        """1 - R^2 between `geodesics_` and the straight distances in the map: 0 if the map shows all ways truly."""
        check_is_fitted(self)
        return residual_variance(self.geodesics_, distances_from(self.embedding_, self.landmarks_))

    def transform(self, X: ArrayLike) -> Floats:
        """Places (M, n_components) of new points X (M, d): their ways to the landmarks lead through their fitted neighbours.

        These are the nearest `n_neighbors`, or all within `radius`: ValueError for a point that has none.
        """
        check_is_fitted(self)
        points, kind = self._checked(X, reset=False)
        if self.radius is None:
            count = min(self.n_neighbors, self.geodesics_.shape[1])
            lengths, neighbours = self._neighbours.kneighbors(points, n_neighbors=count)
            return self._place((self.geodesics_[:, neighbours] + lengths).min(axis=2)).astype(kind)
        lengths, neighbours = self._neighbours.radius_neighbors(points, radius=self.radius)
        if alone := [place for place, near in enumerate(neighbours) if not len(near)]:
            raise fault(
                ValueError,
                "X must have a fitted point within radius={radius:g} of every point, got none near row {row}; leave it out, "
                "or fit with a larger radius",
                radius=self.radius,
                row=alone[0],
            )
        ways = [(self.geodesics_[:, near] + far).min(axis=1) for near, far in zip(neighbours, lengths, strict=True)]
        return self._place(np.column_stack(ways)).astype(kind)

    def path(self, start: int, stop: int) -> Integers:
        """Points on the shortest way along the graph from one fitted point to another, both included."""
        check_is_fitted(self)
        last = len(self.embedding_) - 1
        for name, place in (("start", start), ("stop", stop)):
            check_count(place, name, minimum=0, maximum=last, reason=", the number of a point")
        before = dijkstra(self.graph_, indices=start, return_predecessors=True)[1]
        way = [stop]
        while way[-1] != start:
            way.append(int(before[way[-1]]))
        return np.array(way[::-1])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _checked(self, X: ArrayLike, *, reset: bool) -> tuple[Floats, Any]:
        """X as points (N, d) of float64, finite and of a size whose squares are, too; and the type of float of their places.

        A search in a tree of other points ends the process.
        """
        check_unmasked(X, "X")
        if hasattr(X, "detach") or (kind := np.asarray(X).dtype.kind) in "mM":
            check_real(X, "X", shape="(N, d)")  # for a tensor's gradient, and times, scikit-learn has no sentence
        elif kind == "c":
            raise ValueError("X must be real. Complex data not supported; take .real, .imag or abs() of it")
        try:
            with np.errstate(over="ignore"):
                given = validate_data(self, X, dtype=[np.float64, np.float32], reset=reset, ensure_all_finite=False)
        except OverflowError:
            given = check_real(X, "X", shape="(N, d)")  # which says so
        points: Floats = given.astype(np.float64, copy=False)
        if not np.isfinite(points).all():
            row, column = np.argwhere(~np.isfinite(points))[0]
            value = "NaN" if np.isnan(points[row, column]) else points[row, column]
            raise fault(
                ValueError,
                "X must be finite, got {value} at index ({row}, {column}); drop or fill such rows first",
                value=value,
                row=row,
                column=column,
            )
        return check_size(points, "X"), given.dtype

    def _scale(self, dimensions: int) -> None:
        """Classical scaling of the landmarks: axes of -1/2 H D^2 H, where H takes means away."""
        squared = self.geodesics_[:, self.landmarks_] ** 2
        self._mean = squared.mean(axis=1)
        centred = squared - self._mean - self._mean[:, None] + self._mean.mean()
        spectrum, axes = np.linalg.eigh(-0.5 * (centred + centred.T) / 2.0)
        spectrum, axes = spectrum[::-1][:dimensions], axes[:, ::-1][:, :dimensions]
        axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(dimensions)] < 0.0, -1.0, 1.0)
        real = spectrum > 1e-12 * max(float(spectrum[0]), np.finfo(np.float64).tiny)
        self._pull = axes.T * np.where(real, 1.0 / np.sqrt(np.where(real, spectrum, 1.0)), 0.0)[:, None]

    def _place(self, lengths: Floats) -> Floats:
        """Places (M, n_components) from lengths (L, M) of the ways to the landmarks (de Silva, Tenenbaum 2003, section 2.3)."""
        return np.asarray(-0.5 * (self._pull @ lengths**2 - (self._pull @ self._mean)[:, None]).T)


def choose_landmarks(graph: csr_array, count: int, first: int) -> tuple[Integers, Floats]:
    """`count` points: `first`, then each farthest from those before; and the lengths (count, N) of the ways from them."""
    landmarks, lengths = np.full(count, first, dtype=np.int64), np.empty((count, graph.shape[0]))
    nearest = np.full(graph.shape[0], np.inf)
    for place in range(count):
        lengths[place] = dijkstra(graph, indices=landmarks[place])
        nearest = np.minimum(nearest, lengths[place])
        landmarks[place + 1 : place + 2] = nearest.argmax()
    return landmarks, lengths


def _outermost(points: Floats) -> int:
    """The point farthest from the mean."""
    return int(((points - points.mean(axis=0)) ** 2).sum(axis=1).argmax())
