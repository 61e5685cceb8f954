"""A cloud of points with its true chart, and what a dataset is that makes one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from manifold.checks import Floats, Integers, check_number, check_rng
from manifold.registry import Registry
from manifold.results import Result


@dataclass(frozen=True, eq=False, repr=False)
class PointCloud(Result):
    """Points with the coordinates they have on their own manifold.

    Attributes
    ----------
    points : ndarray of shape (N, d)
    chart : ndarray of shape (N, k)
        True intrinsic coordinates: arc length from the start of the curve for curves (k = 1), (x, y) for the grid (k = 2);
        of your own file the position in it, from 0 to 1, or the column to colour by (k = 1).
    component : ndarray of shape (N,)
        Number of the curve, or of the class, a point belongs to, from 0.
    truth : {"lengths", "places", "colour"}
        What the chart says: an isometric chart knows the lengths of ways on the manifold; another one tells the places on it
        apart; your own file's is a colour and no more.
    note : str
        What of a file was not taken for numbers, such as row numbers; empty if all was.
    """

    points: Floats
    chart: Floats
    component: Integers
    truth: str = "lengths"
    note: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class Dataset(Result):
    """What makes clouds of one kind.

    Attributes
    ----------
    make : callable
        (n_points, *, rng, ...) -> `PointCloud`; its other keywords are the dataset's options.
    dimension : int, optional
        d, coordinates of a point; without it d is the option `dim`, or the points tell.
    title : str
        As readers know it; the name unless given.
    name : str
        Its name in `DATASETS`, which enters it.
    """

    make: Callable[..., PointCloud]
    dimension: int | None = None
    title: str = ""
    name: str = ""

    def __call__(self, n_points: int = 1000, **options: Any) -> PointCloud:
        """A new cloud; the keywords are the generator `rng`, and those of `options`."""
        return self.make(n_points, **options)

    @cached_property
    def options(self) -> tuple[str, ...]:
        """Names of what may be chosen beside the number of points."""
        return tuple(key for key in inspect.signature(self.make).parameters if key not in ("n_points", "rng"))

    @property
    def any_dimension(self) -> bool:
        """Whether its points have as many coordinates as the option `dim` says."""
        return "dim" in self.options


DATASETS: Registry[Dataset] = Registry("dataset", Dataset)
"""Every dataset by name."""


def planar_datasets() -> list[str]:
    """Names of the datasets whose points lie in the plane, unless told otherwise."""
    return [name for name, dataset in DATASETS.items() if dataset.dimension == 2]


def add_noise(points: Floats, noise: float, rng: np.random.Generator) -> Floats:
    """Points with Gaussian noise of standard deviation `noise` in every coordinate."""
    noise = check_number(noise, "noise", above=0.0, inclusive=True)
    check_rng(rng)
    return points + noise * rng.standard_normal(points.shape) if noise else points
