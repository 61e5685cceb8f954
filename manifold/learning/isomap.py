"""Landmark Isomap: a surface unrolled by the lengths of ways along it, fast enough for a slider."""

from __future__ import annotations

from typing import NoReturn, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.validation import check_is_fitted, validate_data

from manifold.checks import Floats, Integers, Mask, check_count, check_number, check_size, fault
from manifold.learning.quality import STRICTLY, distances_from, residual_variance

_FLAT = 15  # coordinates up to which a tree finds neighbours faster than all distances do
_SMALL = 64  # neighbours of every point, up to which a graph takes little memory


class DisconnectedGraphError(ValueError):
    """Points fall into parts with no way between them.

    Attributes
    ----------
    components : ndarray of int, shape (N,)
        Number of the part of every point, for drawing.
    smallest_k : int
        The smallest number of neighbours that connects all.
    """

    def __init__(self, message: str, components: Integers, smallest_k: int) -> None:
        super().__init__(message)
        self.components = components
        self.smallest_k = smallest_k


class LandmarkIsomap(TransformerMixin, BaseEstimator):  # type: ignore[misc]
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
        k: every point is joined to its k nearest; at least 1, less than N. Not used where `radius` is given.
    radius : float, optional
        Join all points within this distance instead.
    n_landmarks : int, default=50
        L, more than `n_components`; where there are fewer points, all of them.

    Attributes
    ----------
    embedding_ : ndarray of shape (N, n_components)
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
        points = self._checked(X, reset=True)
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
        self.graph_ = neighbour_graph(points, n_neighbors=self.n_neighbors, radius=self.radius)
        parts, labels = connected_components(self.graph_, directed=False)
        if parts > 1:
            joined = f"radius={self.radius:g}" if self.radius is not None else f"n_neighbors={self.n_neighbors}"
            refuse_parts(points, parts, labels, joined)
        self.landmarks_, self.geodesics_ = choose_landmarks(self.graph_, min(wanted, len(points)), _outermost(points))
        self._scale(dimensions)
        self.embedding_ = self._place(self.geodesics_)
        self._neighbours = NearestNeighbors(n_neighbors=1).fit(points)
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
        """Places (M, n_components) of new points X (M, d): their ways to the landmarks lead through their fitted neighbours."""
        check_is_fitted(self)
        points = self._checked(X, reset=False)
        count = min(self.n_neighbors, self.geodesics_.shape[1])
        lengths, neighbours = self._neighbours.kneighbors(points, n_neighbors=count)
        return self._place((self.geodesics_[:, neighbours] + lengths).min(axis=2))

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

    def _checked(self, X: ArrayLike, *, reset: bool) -> Floats:
        """X as points (N, d), finite and of a size whose squares are, too: a search in a tree of others ends the process."""
        points: Floats = validate_data(self, X, dtype=np.float64, reset=reset, ensure_all_finite=False)
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
        return check_size(points, "X")

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


def neighbour_graph(points: Floats, *, n_neighbors: int = 10, radius: float | None = None) -> csr_array:
    """Sparse lengths (N, N) of the lines from every point to its neighbours, both ways.

    Parameters
    ----------
    points : ndarray of shape (N, d)
    n_neighbors : int, default=10
        From 1 to N - 1.
    radius : float, optional
        All points within it, instead.
    """
    if radius is not None:
        reach = check_number(radius, "radius", above=0.0)
        graph = NearestNeighbors(radius=reach).fit(points).radius_neighbors_graph(mode="distance")
    else:
        count = check_count(n_neighbors, "n_neighbors", minimum=1)
        if count >= len(points):
            raise fault(
                ValueError,
                "n_neighbors must be less than the number of points, {count}, got {other_count}",
                count=len(points),
                other_count=count,
            )
        graph = _nearest_graph(points, count)
    graph = csr_array(graph)
    graph.data = np.maximum(graph.data, np.finfo(np.float64).tiny)  # a line of length 0 between equal points is a line
    return csr_array(graph.maximum(graph.T))


def _nearest_graph(points: Floats, count: int) -> csr_array:
    """Lengths (N, N) of the lines from every point to its nearest `count` others."""
    if points.shape[1] > _FLAT:
        return csr_array(NearestNeighbors(n_neighbors=count).fit(points).kneighbors_graph(mode="distance"))
    lengths, ends = cKDTree(points).query(points, k=count + 1, workers=-1)
    own = ends == np.arange(len(points))[:, None]
    own[~own.any(axis=1), -1] = True  # so many equal points that it did not find itself
    starts = np.arange(0, count * len(points) + 1, count, dtype=np.int32)  # as SciPy's Dijkstra wants its indices
    return csr_array((lengths[~own], ends[~own].astype(np.int32), starts), shape=(len(points), len(points)))


def refuse_parts(points: Floats, parts: int, labels: Integers, joined: str) -> NoReturn:
    """Raise `DisconnectedGraphError` for points in `parts` parts, numbered by `labels` (N,), though `joined` joins them."""
    smallest = smallest_connecting_k(points)
    sizes = np.sort(np.bincount(labels))[::-1]
    shown = ", ".join(map(str, sizes[:3])) + (" ..." if parts > 3 else "")
    raise DisconnectedGraphError(
        f"with {joined} the points fall into {parts} parts ({shown} points) with no way between them; "
        f"the smallest n_neighbors that connects them is {smallest}",
        labels,
        smallest,
    )


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


def smallest_connecting_k(points: Floats) -> int:
    """The smallest number of neighbours whose graph is connected.

    Doubled until it is, then halved in between, while the graph is small; beyond, parts are joined one after the other, each
    time with the least number of neighbours with which a point of any of them reaches another part (Kruskal 1956).
    """
    low, high, last = 0, 1, len(points) - 1
    while (labels := _parts(points, high)).any():
        if high == last or high >= _SMALL:
            return _join_parts(points, high, labels)
        low, high = high, min(2 * high, last)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _parts(points, middle).any() else (low, middle)
    return high


def _parts(points: Floats, count: int) -> Integers:
    labels: Integers = connected_components(neighbour_graph(points, n_neighbors=count), directed=False)[1]
    return labels


def _join_parts(points: Floats, count: int, labels: Integers) -> int:
    """The smallest number of neighbours that connects the parts (N,) which `count` neighbours leave."""
    ways: dict[int, tuple[int, int]] = {}  # of every part, the fewest neighbours that lead out of it, and to which point
    while labels.any():
        for part in set(np.unique(labels).tolist()) - set(ways):
            ways[part] = _way_out(points, labels == part)
        count = max(count, min(rank for rank, _ in ways.values()))
        joined = [(part, int(labels[end])) for part, (rank, end) in ways.items() if rank <= count]
        new = connected_components(csr_array((np.ones(len(joined)), tuple(zip(*joined, strict=True))), [labels.max() + 1] * 2))[
            1
        ]
        kept = {int(new[part]): way for part, way in ways.items() if (new == new[part]).sum() == 1}
        labels, ways = new[labels], kept
    return count


def _way_out(points: Floats, inside: Mask) -> tuple[int, int]:
    """The fewest neighbours with which a point inside surely has one outside, and this one."""
    inner, outer = points[inside], np.nonzero(~inside)[0]
    lengths, ends = cKDTree(points[outer]).query(inner)
    ranks = cKDTree(inner).query_ball_point(inner, lengths / STRICTLY, return_length=True)  # itself for the one outside
    return int(ranks.min()), int(outer[ends[ranks.argmin()]])
