"""Lifting: classes that no line separates in the plane may be separated by a plane once there are more dimensions."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from manifold.checks import Floats, Integers, Mask, check_array, check_count, check_kind, check_rng, check_size, fault
from manifold.clouds.cloud import PointCloud
from manifold.registry import Registry

Features = Callable[[Floats, Floats], Floats]
"""From points (M, d) and their charts (M, 1) to features (M, n)."""


@dataclass(frozen=True)
class Lift:
    """A way to give points more coordinates.

    Attributes
    ----------
    make : callable
        From a width n and a generator to `Features`.
    drawn : bool, default=False
        Whether it has a width, and weights at random; lifts by hand have neither.
    knows_chart : bool, default=False
        Whether the chart plays a part, so that a place off the curve has no features.
    title : str
        As readers know it; the name unless given.
    idea : str, default=""
        A sentence on it, where `manifold.text` has none.
    name : str
        Its name in `LIFTS`, which enters it.
    """

    make: Callable[[int, np.random.Generator], Features]
    drawn: bool = False
    knows_chart: bool = False
    title: str = ""
    idea: str = ""
    name: str = ""


@dataclass(frozen=True, eq=False)
class Separation:
    """What the best plane through features makes of two classes.

    Attributes
    ----------
    weights : ndarray of shape (n,)
    offset : float
        The plane is weights . h + offset = 0, class 1 above it.
    correct : ndarray of bool, shape (N,)
        Which points are on their class's side.
    accuracy : float
        Share of points on their class's side, the mean of both classes: 1 if the plane separates them, 1/2 by guessing.
    """

    weights: Floats
    offset: float
    correct: Mask
    accuracy: float

    def heights(self, features: Floats) -> Floats:
        """Signed distances (M,) of features (M, n) from the plane, in units of its weights."""
        return np.asarray(check_array(features, "features", shape="(M, n)", order="K") @ self.weights + self.offset)


def relu_layer(width: int, dim: int, *, rng: np.random.Generator) -> Callable[[Floats], Floats]:
    """A random layer h = relu(W x + b): W (n, d) standard Gaussian, b (n,) uniform in [-1, 1].

    A wider layer of the same stream begins with the units of the narrower one.
    """
    count, d = check_count(width, "width", minimum=1), check_count(dim, "dim", minimum=1)
    check_rng(rng)
    rows = np.array([np.append(rng.standard_normal(d), rng.uniform(-1.0, 1.0)) for _ in range(count)])

    def layer(points: Floats) -> Floats:
        x = check_array(points, "points", shape="(N, d)", order="K")
        if x.shape[1] != d:
            raise fault(ValueError, "points must have {d} coordinates, as the layer has, got {shape}", d=d, shape=x.shape)
        return np.asarray(np.maximum(x @ rows[:, :-1].T + rows[:, -1], 0.0))

    return layer


def _along(points: Floats, chart: Floats) -> Floats:
    way = chart[:, 0] - chart[:, 0].min()
    return np.column_stack([points, way / (way.max() or 1.0)])


def _relu(width: int, rng: np.random.Generator) -> Features:
    layer = relu_layer(width, 2, rng=rng)
    return lambda points, chart: layer(points)


LIFTS: Registry[Lift] = Registry("lift", Lift)
LIFTS.add("none", Lift(lambda width, rng: lambda points, chart: points))
LIFTS.add("bowl", Lift(lambda width, rng: lambda points, chart: np.column_stack([points, (points**2).sum(axis=1)])))
LIFTS.add("thread", Lift(lambda width, rng: _along, knows_chart=True))
LIFTS.add("relu", Lift(_relu, drawn=True))


def two_classes(cloud: PointCloud) -> Integers:
    """Class 0 or 1 of every point: the curve it lies on if there are two, else the half of the curve."""
    if check_kind(cloud, "cloud", PointCloud).component.max() == 1:
        return cloud.component
    return (cloud.chart[:, 0] > np.median(cloud.chart[:, 0])).astype(np.int64)


def separate(features: ArrayLike, labels: ArrayLike) -> Separation:
    """The best plane between two classes of points, by logistic regression on features of unit variance.

    Both classes count alike, however many points they have.

    Parameters
    ----------
    features : array-like of shape (N, n)
    labels : array-like of shape (N,)
        0 or 1; both must occur.

    Returns
    -------
    Separation
        Of these points themselves: whether they can be separated, not whether others would be.

    Raises
    ------
    ValueError, TypeError
        If shapes or labels do not fit.
    """
    there, classes = (
        check_size(check_array(features, "features", shape="(N, n)"), "features"),
        check_array(labels, "labels", shape="(N,)"),
    )
    if len(there) != len(classes):
        raise ValueError(f"features and labels must have as many points, got {len(there)} and {len(classes)}")
    if set(np.unique(classes)) != {0.0, 1.0}:
        raise ValueError(f"labels must be 0 and 1, both of them, got {', '.join(f'{c:g}' for c in np.unique(classes)[:5])}")
    middle, size = there.mean(axis=0), there.std(axis=0)
    size = np.where(size > 0.0, size, 1.0)
    model = LogisticRegression(C=1e4, solver="newton-cholesky", max_iter=200, class_weight="balanced")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # where the classes are far apart, any of many planes will do
        model.fit((there - middle) / size, classes)
    weights = model.coef_[0] / size
    offset = float(model.intercept_[0] - weights @ middle)
    correct = (there @ weights + offset > 0.0) == (classes > 0.5)
    accuracy = (correct[classes > 0.5].mean() + correct[classes < 0.5].mean()) / 2.0
    return Separation(weights, offset, correct, float(accuracy))
