"""The cells of a sweep: which settings are measured, checked before anything is drawn, and the points of each."""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from manifold.checks import Floats, check_count, check_kind, check_number, fault
from manifold.clouds.cloud import DATASETS
from manifold.clouds.spec import make_cloud
from manifold.layer.activations import ACTIVATIONS
from manifold.layer.decoders import DECODERS
from manifold.layer.embeddings import EMBEDDINGS
from manifold.registry import Registry, choose
from manifold.results import Result
from manifold.streams import random_stream
from manifold.sweeps.fan import Fan, fan

MOST_CELLS = 100_000
"""The most settings of a grid."""
MOST_POINTS, MOST_CHANNELS = 10_000_000, 100_000
"""The largest N, and the largest n and d, of a sweep: a block of draws of more fits no memory."""


@dataclass(frozen=True)
class Cell:
    """One setting of a sweep; `dimension` is that of the points, `noise` the standard deviation added to every output."""

    dataset: str
    n_points: int
    dimension: int
    embedding: str
    width: int
    activation: str
    decoder: str
    noise: float
    scale: float


def make_grid(
    *,
    width: int | Sequence[int],
    dataset: str | Sequence[str] = "spiral",
    n_points: int = 1000,
    dimension: int | Sequence[int] | None = None,
    embedding: str | Sequence[str] = "gaussian",
    activation: str | Sequence[str] = "relu",
    decoder: str | Sequence[str] = "inverse",
    noise: float | Sequence[float] = 0.0,
    scale: float | Sequence[float] = 1.0,
) -> list[Cell]:
    """The cells of a grid, at most `MOST_CELLS`, in the order of the axes, the last one fastest.

    Parameters
    ----------
    width : int or sequence of int
        n, rows of T; at least the dimension of the points, at most `MOST_CHANNELS`.
    dataset : str or sequence of str
        As `make_cloud` reads it: "spiral", "thread,noise=0.02", a file.
    n_points : int, default=1000
        N, at most `MOST_POINTS`.
    dimension : int or sequence of int, optional
        d, for datasets of any dimension ("ball", "thread"), and columns of a file; others have their own.
    embedding, activation, decoder : str or sequence of str
        Names in `EMBEDDINGS`, `ACTIVATIONS`, `DECODERS`.
    noise : float or sequence of float
        Standard deviation of Gaussian noise added to every output f(t_i.x), before decoding; at least 0.
    scale : float or sequence of float
        What the points are multiplied by; above 0.

    Returns
    -------
    list of Cell

    Raises
    ------
    TypeError, ValueError
        If a name is unknown, a number out of range, an axis empty or with a value twice, or two axes contradict each other.
    """
    check_count(n_points, "n_points", minimum=1, maximum=MOST_POINTS)
    given = {
        "dataset": dataset,
        "dimension": dimension,
        "embedding": embedding,
        "width": width,
        "activation": activation,
        "decoder": decoder,
        "noise": noise,
        "scale": scale,
    }
    axes = {name: check_axis(name, values, _CHECKS[name]) for name, values in given.items()}
    if (count := math.prod(map(len, axes.values()))) > MOST_CELLS:
        raise fault(ValueError, "a grid must have at most {most} cells, got {count} or more", most=MOST_CELLS, count=count)
    own = {pair: _dimension(pair[0], n_points, pair[1]) for pair in itertools.product(axes["dataset"], axes["dimension"])}
    cells = []
    for chosen in itertools.product(*axes.values()):
        setting = dict(zip(axes, chosen, strict=True))
        setting["dimension"] = own[setting["dataset"], setting["dimension"]]
        cells.append(_agree(Cell(n_points=n_points, **setting)))
    if len(set(cells)) < len(cells):
        raise ValueError("dimension must name every value once, got a dataset's own dimension and the same number")
    return cells


def check_axis(name: str, values: Any, check: Callable[[Any], Any]) -> list[Any]:
    """The values of an axis of any grid, one or several, each as `check` gives it, none twice."""
    listed = isinstance(values, Iterable) and not isinstance(values, str)
    several = list(itertools.islice(values, MOST_CELLS + 1)) if listed else [values]
    if not several:
        raise fault(
            ValueError,
            "{name} must name at least one value, got an empty {type_name}; leave it out, or add one",
            name=name,
            type_name=type(values).__name__,
        )
    checked = [check(value) for value in several]
    if twice := [value for value, times in Counter(checked).items() if times > 1]:
        raise fault(ValueError, "{name} must name every value once, got {twice!r} twice", name=name, twice=twice[0])
    return checked


@dataclass(frozen=True, eq=False, repr=False)
class FirstCloud(Result):
    """Points (N, d) of one draw.

    `fan` makes sums over those of the plane quick. `drawn` says whether other draws have other points.
    """

    points: Floats
    fan: Fan | None
    drawn: bool


def first_cloud(dataset: str, n_points: int, dimension: int | None) -> FirstCloud:
    """The points of draw 0 of seed 0, kept where they come from no file that may change."""
    known = dataset.partition(",")[0] in DATASETS
    return (_draw_first if known else _draw_first.__wrapped__)(dataset, n_points, dimension)


@functools.lru_cache(maxsize=4)
def _draw_first(dataset: str, n_points: int, dimension: int | None) -> FirstCloud:
    rng = random_stream(0)
    before = rng.bit_generator.state
    points = draw_points(dataset, n_points, dimension, rng)
    drawn = rng.bit_generator.state != before
    return FirstCloud(points, fan(points) if points.shape[1] == 2 and not drawn else None, drawn)


def forget_clouds() -> None:
    """Draw and sort points anew when they are next asked for, so that a measured time holds that, too."""
    _draw_first.cache_clear()


def draw_points(dataset: str, n_points: int, dimension: int | None, rng: np.random.Generator) -> Floats:
    """Points (N, d); d is what the dataset has, or may have; of a file, the first two columns unless told otherwise."""
    known = DATASETS.get(dataset.partition(",")[0])
    spec = f"{dataset},dim={dimension}" if known is not None and known.any_dimension and dimension else dataset
    return np.ascontiguousarray(make_cloud(spec, n_points, columns=range(dimension or 2), rng=rng).points)


def _dimension(dataset: str, n_points: int, wanted: int | None) -> int:
    """The dimension of a dataset's points, drawn once to see that it can be."""
    own = int(first_cloud(dataset, n_points, wanted).points.shape[1])
    if wanted is not None and own != wanted:
        able = " or ".join(repr(name) for name, entry in DATASETS.items() if entry.any_dimension)
        raise fault(
            ValueError,
            "dataset {dataset!r} has dimension {own}, got dimension {wanted}; take dataset {able}, or leave the dimension out",
            dataset=dataset,
            own=own,
            wanted=wanted,
            able=able,
        )
    return own


def _agree(cell: Cell) -> Cell:
    """The cell itself, if its values go together."""
    if cell.width < cell.dimension:
        raise fault(
            ValueError,
            "width must be >= dimension, got width {width} with dimension {dimension}; sweep every dimension by "
            "itself, with widths of its own",
            width=cell.width,
            dimension=cell.dimension,
        )
    DECODERS[cell.decoder].check_dimension(cell.dimension)
    if cell.noise and DECODERS[cell.decoder].exact:
        raise fault(
            ValueError,
            "decoder {decoder!r} takes outputs for exact, got noise {noise:g}; use 'inverse', 'doubled' or 'affine'",
            decoder=cell.decoder,
            noise=cell.noise,
        )
    return cell


def _check_name(registry: Registry[Any]) -> Callable[[Any], str]:
    return lambda name: choose(name, registry, registry.kind)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "dataset": lambda value: check_kind(value, "dataset", str),
    "dimension": lambda value: None if value is None else check_count(value, "dimension", minimum=1, maximum=MOST_CHANNELS),
    "embedding": _check_name(EMBEDDINGS),
    "width": lambda value: check_count(value, "width", minimum=1, maximum=MOST_CHANNELS),
    "activation": _check_name(ACTIVATIONS),
    "decoder": _check_name(DECODERS),
    "noise": lambda value: check_number(value, "noise", above=0.0, inclusive=True),
    "scale": lambda value: check_number(value, "scale", above=0.0),
}
