"""Sweeps: what is lost over a grid of settings and thousands of draws, as a table with one row per cell and draw.

Draw k is the stream `random_stream(seed, k)` in every cell, so a row is `recover` with that stream: it does not change when the
grid grows, is reordered, split or resumed, cells are compared on the same T, and a wider layer of independent rows adds rows.
Planar ReLU layers are measured by sectors (`manifold._planar`), all others point by point (`manifold._layers`).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from manifold._layers import EXACT, LINEAR, Layers, pseudo_inverses
from manifold._planar import Fan, Sectors, fan
from manifold._random import random_stream, random_streams
from manifold._sums import Guesses, Truth, avoidable_shares
from manifold._validation import Floats, check_count, check_number
from manifold.activations import ACTIVATIONS
from manifold.clouds import make_cloud
from manifold.datasets import DATASETS
from manifold.decoders import DECODERS
from manifold.embeddings import EMBEDDINGS, EmbeddingLaw
from manifold.metrics import METRICS
from manifold.runs import run_blocks, write_blocks

if TYPE_CHECKING:
    from pandas import DataFrame

T = TypeVar("T")

_ROWS = 500  # of a part: a second, or less
_QUICK_ROWS = 5000  # of a part of planar ReLU layers alone


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


def sweep(
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
    metrics: Sequence[str] | None = None,
    draws: int = 1000,
    seed: int = 0,
    workers: int = 1,
    scheduler: str | None = None,
    folder: str | Path | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> DataFrame:
    """Measure every combination of the values given, over many draws.

    Parameters
    ----------
    width : int or sequence of int
        n, rows of T; at least the dimension of the points.
    dataset : str or sequence of str
        As `make_cloud` reads it: "spiral", "thread,noise=0.02", a file.
    n_points : int, default=1000
        N.
    dimension : int or sequence of int, optional
        d, for datasets of any dimension ("ball", "thread"); others have their own.
    embedding, activation, decoder : str or sequence of str
        Names in `EMBEDDINGS`, `ACTIVATIONS`, `DECODERS`.
    noise : float or sequence of float
        Standard deviation of Gaussian noise added to every output f(t_i.x), before decoding; at least 0.
    scale : float or sequence of float
        What the points are multiplied by; above 0.
    metrics : sequence of str, optional
        Names in `METRICS`; all unless given. Planar ReLU layers are quick, whatever N, without "worst" and "decoder-share".
        With noise, "lost" is what the layer itself loses, and "decoder-share" is NaN.
    draws : int, default=1000
        Draws of T, and of the points where they are random.
    seed : int, default=0
    workers : int, default=1
        Processes on this computer.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers measure instead.
    folder : str or path, optional
        Where parts are kept as they come, so that the same call goes on where it was stopped; see `run_blocks`.
    progress : callable, optional
        Called with the number of draws done and of all.

    Returns
    -------
    pandas.DataFrame
        One row per cell, in the order of the grid, and draw: the columns of `Cell`, "draw", and one for every metric.

    Raises
    ------
    TypeError, ValueError
        If a name is unknown, a number out of range, an axis empty or with a value twice, or two axes contradict each other.
    """
    cells = make_grid(
        dataset=dataset,
        n_points=n_points,
        dimension=dimension,
        embedding=embedding,
        width=width,
        activation=activation,
        decoder=decoder,
        noise=noise,
        scale=scale,
    )
    plan = _plan(cells, check_metrics(metrics), draws, seed)
    where = None if folder is None else Path(folder)
    table = run_blocks(*plan[:2], identity=plan[2], folder=where, workers=workers, scheduler=scheduler, progress=progress)
    order = np.concatenate([np.repeat(np.arange(len(cells)), len(block)) for block in plan[1]])
    return table.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def sweep_to(
    folder: str | Path,
    *,
    n_points: int = 1000,
    metrics: Sequence[str] | None = None,
    draws: int = 1000,
    seed: int = 0,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Callable[[int, int], object] | None = None,
    **axes: Any,
) -> list[Path]:
    """`sweep` for more rows than fit in memory: they stay in Parquet files in `folder`, whose paths are returned.

    Parameters are those of `sweep`; the same call goes on where it was stopped. A file has the rows of some draws, by cell and
    draw.
    """
    cells = make_grid(n_points=n_points, **{**_DEFAULTS, **axes})
    measure, blocks, identity = _plan(cells, check_metrics(metrics), draws, seed)
    return write_blocks(
        measure, blocks, identity=identity, folder=Path(folder), workers=workers, scheduler=scheduler, progress=progress
    )


_DEFAULTS = {
    "dataset": "spiral",
    "dimension": None,
    "embedding": "gaussian",
    "activation": "relu",
    "decoder": "inverse",
    "noise": 0.0,
    "scale": 1.0,
}


def _plan(
    cells: Sequence[Cell], metrics: list[str], draws: int, seed: int
) -> tuple[Callable[[Sequence[int]], DataFrame], list[range], dict[str, Any]]:
    """What measures a block of draws, the blocks, and what the rows depend on."""
    check_count(draws, "draws", minimum=1)
    check_count(seed, "seed", minimum=0)
    quick = all(_by_sectors(cell, metrics) for cell in cells)
    size = max(1, (_QUICK_ROWS if quick else _ROWS) // len(cells))
    blocks = [range(start, min(start + size, draws)) for start in range(0, draws, size)]
    identity = {"cells": [asdict(cell) for cell in cells], "metrics": metrics, "seed": seed}
    return partial(measure_cells, cells, seed=seed, metrics=metrics), blocks, identity


def make_grid(*, n_points: int, **axes: Any) -> list[Cell]:
    """The cells of a grid, checked; axes and errors as for `sweep`."""
    check_count(n_points, "n_points", minimum=1)
    if unknown := set(axes) ^ set(_CHECKS):
        raise TypeError(f"a grid has the axes {', '.join(_CHECKS)}, got or missed {', '.join(sorted(unknown))}")
    checked: dict[str, list[Any]] = {}
    for name in _CHECKS:
        given = axes[name]
        several = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
        if not several:
            raise ValueError(
                f"{name} must name at least one value, got an empty {type(given).__name__}; leave it out, or add one"
            )
        checked[name] = [_CHECKS[name](value) for value in several]
        if twice := [value for place, value in enumerate(checked[name]) if value in checked[name][:place]]:
            raise ValueError(f"{name} must name every value once, got {twice[0]!r} twice")
    cells = []
    dims = {(spec, dim): _dimension(spec, n_points, dim) for spec in checked["dataset"] for dim in checked["dimension"]}
    for chosen in itertools.product(*checked.values()):
        setting = dict(zip(checked, chosen, strict=True))
        setting["dimension"] = dims[setting["dataset"], setting["dimension"]]
        cells.append(_agree(Cell(n_points=n_points, **setting)))
    if len(set(cells)) < len(cells):
        raise ValueError("dimension must name every value once, got a dataset's own dimension and the same number")
    return cells


def check_metrics(names: Sequence[str] | None) -> list[str]:
    """The names in the order of `METRICS`, all of them for None."""
    if names is None:
        return list(METRICS)
    if isinstance(names, str):
        names = [names]
    for name in names:
        METRICS[name]
    if not names:
        raise ValueError("metrics must name at least one metric, got none; leave it out for all")
    return [name for name in METRICS if name in names]


def measure_cells(cells: Sequence[Cell], draws: Sequence[int], *, seed: int, metrics: Sequence[str]) -> DataFrame:
    """Rows of some draws, by cell and draw; on one core, so that the last bit does not depend on their number."""
    import pandas as pd  # slow to load

    found: dict[Cell, dict[str, Floats]] = {}
    with _cores().limit(limits=1, user_api="blas"):
        for group in _grouped(cells, lambda cell: (cell.dataset, cell.n_points, cell.dimension)):
            for same in _grouped(group, lambda cell: cell.embedding):
                found |= _measure_law(same, draws, seed, metrics)
    settings = pd.DataFrame([asdict(cell) for cell in cells]).take(np.repeat(np.arange(len(cells)), len(draws)))
    measured = {name: np.concatenate([found[cell][name] for cell in cells]) for name in metrics}
    return settings.reset_index(drop=True).assign(draw=np.tile(np.asarray(draws), len(cells)), **measured)


@functools.cache
def _cores() -> Any:
    """What holds the libraries of linear algebra to one thread; to find them takes milliseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@dataclass(frozen=True, eq=False)
class _Cloud:
    """Points (N, d) of one draw.

    `fan` makes sums over those of the plane quick. `drawn` says whether other draws have other points.
    """

    points: Floats
    fan: Fan | None
    drawn: bool


def _first_cloud(dataset: str, n_points: int, dimension: int | None) -> _Cloud:
    """The points of draw 0 of seed 0, kept where they come from no file that may change."""
    known = dataset.partition(",")[0] in DATASETS
    return (_draw_first if known else _draw_first.__wrapped__)(dataset, n_points, dimension)


@functools.lru_cache(maxsize=4)
def _draw_first(dataset: str, n_points: int, dimension: int | None) -> _Cloud:
    rng = random_stream(0)
    before = rng.bit_generator.state
    points = _draw_points(dataset, n_points, dimension, rng)
    drawn = rng.bit_generator.state != before
    return _Cloud(points, fan(points) if points.shape[1] == 2 and not drawn else None, drawn)


def _measure_law(
    cells: Sequence[Cell], draws: Sequence[int], seed: int, metrics: Sequence[str]
) -> dict[Cell, dict[str, Floats]]:
    """Metrics (D,) of cells with the same points and law of T."""
    law, dataset, count, dim = EMBEDDINGS[cells[0].embedding], cells[0].dataset, cells[0].n_points, cells[0].dimension
    streams = random_streams(seed, draws)
    cloud = _first_cloud(dataset, count, dim)
    points = cloud.points[None]
    if cloud.drawn:
        points = np.stack([_draw_points(dataset, count, dim, rng) for rng in streams])  # before T, as in `recover`
    groups = _grouped(cells, lambda cell: cell.width)
    found: dict[Cell, dict[str, Floats]] = {}
    for group, (matrices, inverses) in zip(groups, _draw_layers(law, [g[0].width for g in groups], dim, streams), strict=True):
        for same in _grouped(group, lambda cell: (cell.activation, cell.noise, cell.scale)):
            ratios_alone = same[0].activation == "relu" and not same[0].noise  # relu(a x) = a relu(x): no metric changes
            layers = Layers(
                points if ratios_alone else same[0].scale * points,
                matrices,
                inverses,
                ACTIVATIONS[same[0].activation],
                same[0].noise,
                lambda place: random_stream(seed, draws[place], 1),
            )
            found |= _measure_layers(same, layers, cloud.fan, metrics)
    return found


def _draw_layers(
    law: EmbeddingLaw, widths: Sequence[int], dim: int, streams: Sequence[np.random.Generator]
) -> Iterable[tuple[Floats, Floats]]:
    """T (D, n, d) and T^-1 (D, d, n) for every width, each from the same state of the streams."""
    if law.rows:
        rows = np.empty((len(streams), max(widths), dim))
        for place, rng in enumerate(streams):
            rows[place] = law.rows(max(widths), dim, rng)
        for width in widths:
            matrices = np.ascontiguousarray(rows[:, :width])
            yield matrices, pseudo_inverses(matrices)
        return
    states = [rng.bit_generator.state for rng in streams]
    for width in widths:
        drawn = []
        for rng, state in zip(streams, states, strict=True):
            rng.bit_generator.state = state
            drawn.append(law(width, dim, rng=rng))
        yield np.stack([pair.matrix for pair in drawn]), np.stack([pair.inverse for pair in drawn])


def _measure_layers(
    cells: Sequence[Cell], layers: Layers, cloud: Fan | None, metrics: Sequence[str]
) -> dict[Cell, dict[str, Floats]]:
    """Metrics (D,) of cells that differ in nothing but the decoder."""
    truth = Truth.of(layers.points)
    quick = cloud is not None and any(_by_sectors(cell, metrics) for cell in cells)
    sectors = Sectors(cloud, layers.matrices) if cloud is not None and quick else None
    draws = len(layers.matrices)
    lost, best = np.empty(draws), np.full(draws, np.nan)
    if "lost" in metrics:
        lost = layers.lost() if sectors is None else sectors.lost() / layers.points.shape[1]
    if "decoder-share" in metrics and not layers.noise:
        best = layers.best_error() / truth.size
    found = {}
    for cell in cells:
        guesses = _guesses(cell, layers, sectors, complete=bool({"scale-aligned", "affine-aligned", "worst"} & set(metrics)))
        formulas: dict[str, Callable[[Guesses], Floats]] = {
            "nmse": lambda sums: sums.nmse(truth),
            "scale-aligned": lambda sums: sums.scale_aligned(truth),
            "affine-aligned": lambda sums, name=cell.decoder: sums.affine_aligned(truth, lambda k: layers.guess(k, name)),  # type: ignore[misc]
            "worst": lambda sums: sums.worst_error(truth),
            "lost": lambda sums: lost,
            "decoder-share": lambda sums: avoidable_shares(sums.nmse(truth), best),
        }
        found[cell] = {name: formulas[name](guesses) for name in metrics}
    return found


def _guesses(cell: Cell, layers: Layers, sectors: Sectors | None, *, complete: bool) -> Guesses:
    """Sums over the guesses by sectors, where they are known and the decoder allows it, or point by point."""
    if sectors is not None and cell.decoder in LINEAR:
        return sectors.linear(layers.inverses, LINEAR[cell.decoder], complete=complete)
    if sectors is not None and cell.decoder == "active-rows":
        return sectors.active_rows()
    return layers.guesses(cell.decoder, complete=complete)


def _by_sectors(cell: Cell, metrics: Sequence[str]) -> bool:
    """Whether sums over sectors tell all that is asked of a cell, if its points are the same in every draw."""
    planar = cell.dimension == 2 and cell.activation == "relu" and not cell.noise
    return planar and cell.decoder in (*LINEAR, "active-rows") and not {"worst", "decoder-share"} & set(metrics)


def _grouped(cells: Sequence[Cell], key: Callable[[Cell], Any]) -> list[list[Cell]]:
    """Cells with the same key together, in the order in which keys first come."""
    groups: dict[Any, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(key(cell), []).append(cell)
    return list(groups.values())


def _check_name(registry: Any) -> Callable[[Any], str]:
    def check(name: Any) -> str:
        registry[name]
        return str(name)

    return check


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "dataset": str,
    "dimension": lambda value: None if value is None else check_count(value, "dimension", minimum=1),
    "embedding": _check_name(EMBEDDINGS),
    "width": lambda value: check_count(value, "width", minimum=1),
    "activation": _check_name(ACTIVATIONS),
    "decoder": _check_name(DECODERS),
    "noise": lambda value: check_number(value, "noise", above=0.0, inclusive=True),
    "scale": lambda value: check_number(value, "scale", above=0.0),
}


_ANY_DIMENSION = ("thread", "ball")


def _draw_points(dataset: str, n_points: int, dimension: int | None, rng: np.random.Generator) -> Floats:
    """Points (N, d); d is what the dataset has, or may have; of a file, the first two columns unless told otherwise."""
    spec = f"{dataset},dim={dimension}" if dataset.partition(",")[0] in _ANY_DIMENSION and dimension else dataset
    return np.ascontiguousarray(make_cloud(spec, n_points, columns=range(dimension or 2), rng=rng).points)


def _dimension(dataset: str, n_points: int, wanted: int | None) -> int:
    """The dimension of a dataset's points, drawn once to see that it can be."""
    found = _first_cloud(dataset, n_points, wanted).points.shape[1]
    if wanted is not None and found != wanted:
        able = " or ".join(map(repr, _ANY_DIMENSION))
        raise ValueError(f"dataset {dataset!r} has dimension {found}, got dimension {wanted}; leave it out, or take {able}")
    return int(found)


def _agree(cell: Cell) -> Cell:
    """The cell itself, if its values go together."""
    if cell.width < cell.dimension:
        raise ValueError(
            f"width must be >= dimension, got width {cell.width} with dimension {cell.dimension}; "
            "sweep every dimension by itself, with widths of its own"
        )
    if cell.decoder == "posterior" and cell.dimension != 2:
        raise ValueError(f"decoder 'posterior' needs points of dimension 2, got {cell.dimension}; use 'active-rows'")
    if cell.noise and cell.decoder in EXACT:
        raise ValueError(
            f"decoder {cell.decoder!r} takes outputs for exact, got noise {cell.noise:g}; use 'inverse', 'doubled' or 'affine'"
        )
    return cell
