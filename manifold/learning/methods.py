"""Ways to draw a map of points: `unroll` runs any of them, `METHODS` says what each keeps."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackError
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.manifold import MDS, TSNE, Isomap, LocallyLinearEmbedding, SpectralEmbedding

from manifold.checks import Floats, check_array, check_count, check_rng, check_size, fault, one_line
from manifold.learning.graph import DisconnectedGraphError, neighbour_graph, refuse_parts
from manifold.learning.isomap import LandmarkIsomap
from manifold.learning.neighbours import check_neighbours
from manifold.registry import Registry

Progress = Callable[[float], object]
"""Called with the share done, from 0 to 1."""


@dataclass(frozen=True)
class Task:
    """What a method is asked for.

    Attributes
    ----------
    n_components, n_neighbors : int
        Dimensions of the map, and k.
    seed : int
        For methods that start at random.
    progress : callable or None
        Called by methods that take steps.
    """

    n_components: int
    n_neighbors: int
    seed: int
    progress: Progress | None


@dataclass(frozen=True)
class Method:
    """A way to draw a map.

    Attributes
    ----------
    run : callable
        From points (N, d) and a `Task` to the map (N, n_components).
    fewest : callable, optional
        Smallest k for a number of components; without it k plays no part.
    joined : bool, default=True
        Whether the points must hang together under k neighbours.
    most : int, default=5000
        Number of points up to which it takes seconds.
    reports : bool, default=False
        Whether it calls `Task.progress`.
    random : bool, default=False
        Whether another seed gives another map of the same points.
    title : str
        As readers know it; the name unless given.
    keeps : str, default=""
        A sentence on what of the points the map shows truly, where `manifold.text` has none.
    name : str
        Its name in `METHODS`, which enters it.
    """

    run: Callable[[Floats, Task], Floats]
    fewest: Callable[[int], int] | None = None
    joined: bool = True
    most: int = 5_000
    reports: bool = False
    random: bool = False
    title: str = ""
    keeps: str = ""
    name: str = ""


METHODS: Registry[Method] = Registry("method", Method)


def unroll(
    points: ArrayLike,
    *,
    method: str = "landmark-isomap",
    n_components: int = 2,
    n_neighbors: int = 10,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> Floats:
    """A map of the points by one of `METHODS`.

    Parameters
    ----------
    points : array-like of shape (N, d)
    method : str, default="landmark-isomap"
        A name of `METHODS`.
    n_components : int, default=2
        m, from 1 to d.
    n_neighbors : int, default=10
        k, from 1 to N - 1; t-SNE's perplexity; without meaning for pca, mds and the autoencoders.
    rng : numpy.random.Generator
        For methods that start at random.
    progress : callable, optional
        Called with the share done, by the autoencoders.

    Returns
    -------
    ndarray of shape (N, m)

    Raises
    ------
    DisconnectedGraphError
        If the method joins neighbours, and some points cannot be reached from others.
    ValueError, TypeError
        If points or numbers do not fit, or the method finds no map.
    """
    there, components, k = check_task(points, method=method, n_components=n_components, n_neighbors=n_neighbors)
    task = Task(components, k, int(check_rng(rng).integers(2**31)), progress)
    return np.asarray(METHODS[method].run(there, task), dtype=np.float64)


def check_task(points: ArrayLike, *, method: str, n_components: int = 2, n_neighbors: int) -> tuple[Floats, int, int]:
    """Points about their mean, m and k, if the method can draw a map of them; else an error, as `unroll` raises it."""
    way, there = METHODS[method], check_size(check_array(points, "points", shape="(N, d)"), "points")
    there = there - there.mean(axis=0)  # no method minds where the points are, but some lose digits far from the origin
    count, dim = there.shape
    if count < 3:
        raise fault(ValueError, "points must be at least 3 to draw a map, got {count}", count=count)
    components = check_count(n_components, "n_components", minimum=1)
    if components > min(dim, count - 1):
        raise fault(
            ValueError,
            "n_components must be at most {most} for {count} points of {dim} coordinates, got {components}",
            most=min(dim, count - 1),
            count=count,
            dim=dim,
            components=components,
        )
    if not np.ptp(there, axis=0).any():
        raise fault(ValueError, "points must differ, but all {count} are the same; give at least two places", count=count)
    k = check_count(n_neighbors, "n_neighbors", minimum=1)
    if way.fewest is not None:
        _check_neighbours(way, there, components, k)
    return there, components, k


def _check_neighbours(way: Method, points: Floats, components: int, k: int) -> None:
    """Whether the k that each point is joined to are enough for the method, not more than there are, and join all points."""
    fewest = way.fewest(components) if way.fewest else 1
    if k < fewest:
        raise fault(
            ValueError,
            "{method} needs n_neighbors >= {fewest} for {components} components, got {k}",
            method=way.title,
            fewest=fewest,
            components=components,
            k=k,
        )
    check_neighbours(k, points)
    if way.joined:
        _check_joined(points, k)


def _check_joined(points: Floats, k: int) -> None:
    parts, labels = connected_components(neighbour_graph(points, n_neighbors=k), directed=False)
    if parts > 1:
        refuse_parts(points, parts, labels, f"n_neighbors={k}")


def _fit(estimator: Any, points: Floats) -> Floats:
    """The estimator's map; what only disturbs on the way is not shown, what makes a map impossible is one sentence."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)  # of what divides by 0, which then is the error below
        try:
            found: Floats = estimator.fit_transform(points)
        except DisconnectedGraphError:
            raise
        except (ArpackError, np.linalg.LinAlgError, ValueError) as error:
            raise fault(
                ValueError,
                "{name} found no map of these points ({error}); raise n_neighbors or add a little noise",
                name=type(estimator).__name__,
                error=one_line(error),
            ) from None
    return found


METHODS.add(
    "pca", Method(lambda points, task: _fit(PCA(task.n_components, svd_solver="full"), points), title="PCA", most=1_000_000)
)
METHODS.add(
    "mds",
    Method(
        lambda points, task: _fit(
            MDS(task.n_components, n_init=1, init="classical_mds", max_iter=100, random_state=task.seed), points
        ),
        title="MDS",
        most=1_000,
    ),
)


def _isomap(points: Floats, task: Task) -> Floats:
    solver = "dense"  # the other one starts from NumPy's global random state
    return _fit(Isomap(n_neighbors=task.n_neighbors, n_components=task.n_components, eigen_solver=solver), points)


METHODS.add("isomap", Method(_isomap, title="Isomap", fewest=lambda components: 1, most=2_000))
METHODS.add(
    "landmark-isomap",
    Method(
        lambda points, task: _fit(LandmarkIsomap(task.n_components, n_neighbors=task.n_neighbors), points),
        title="Landmark Isomap",
        fewest=lambda components: 1,
        most=100_000,
    ),
)


def _lle(title: str, variant: str, fewest: Callable[[int], int]) -> Method:
    def run(points: Floats, task: Task) -> Floats:
        estimator = LocallyLinearEmbedding(
            n_neighbors=task.n_neighbors,
            n_components=task.n_components,
            method=variant,
            eigen_solver="dense" if len(points) <= 300 else "arpack",
            random_state=task.seed,
        )
        return _fit(estimator, points)

    return Method(run, title=title, fewest=fewest, most=5_000)


METHODS.add("lle", _lle("LLE", "standard", lambda m: 1))
METHODS.add("modified-lle", _lle("Modified LLE", "modified", lambda m: m + 2))
METHODS.add("hessian-lle", _lle("Hessian LLE", "hessian", lambda m: m * (m + 3) // 2 + 1))
METHODS.add("ltsa", _lle("LTSA", "ltsa", lambda m: m + 1))


def _spectral(points: Floats, task: Task) -> Floats:
    if task.n_components > len(points) - 2:
        raise fault(
            ValueError,
            "Spectral embedding draws at most {most} components of {count} points; lower n_components",
            most=len(points) - 2,
            count=len(points),
        )
    count = task.n_neighbors + 1  # it counts a point among its own neighbours
    return _fit(SpectralEmbedding(task.n_components, n_neighbors=count, random_state=task.seed), points)


METHODS.add("spectral", Method(_spectral, title="Spectral embedding", fewest=lambda components: 1))


def _tsne(points: Floats, task: Task) -> Floats:
    if task.n_components > 3:
        raise ValueError(f"t-SNE draws maps of at most 3 components, got n_components={task.n_components}")
    near_one = points / np.abs(points).max()  # it computes in single precision
    return _fit(TSNE(task.n_components, perplexity=task.n_neighbors, random_state=task.seed), near_one)


METHODS.add("t-sne", Method(_tsne, title="t-SNE", fewest=lambda components: 1, joined=False, most=2_000, random=True))


def _autoencoder(activation: str, points: Floats, task: Task) -> Floats:
    from manifold.nets.training.autoencoder import learn_chart  # brings torch, which the other methods do not need

    rng = np.random.default_rng(task.seed)
    return learn_chart(points, task.n_components, activation=activation, rng=rng, progress=task.progress).codes


for _name, _activation, _title in (
    ("linear-autoencoder", "linear", "Autoencoder, linear"),
    ("autoencoder", "relu", "Autoencoder, ReLU"),
):
    METHODS.add(_name, Method(partial(_autoencoder, _activation), title=_title, most=3_000, reports=True, random=True))
