"""Sweeps: what is lost over a grid of settings and thousands of draws, as a table with one row per cell and draw.

Draw k is the stream `random_stream(seed, k)` in every cell, so a row is `recover` with that stream: it does not change when the
grid grows, is reordered, split or resumed, cells are compared on the same T, and a wider layer of independent rows adds rows.
Planar ReLU layers are measured by sectors (`manifold._planar`), all others point by point (`manifold._layers`).
"""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from manifold._layers import Layers
from manifold._planar import Fan, Sectors
from manifold._random import random_stream, random_streams
from manifold._registry import Registry
from manifold._sums import Guesses, Truth, avoidable_shares
from manifold._validation import Floats, check_count
from manifold.activations import ACTIVATIONS
from manifold.decoders import DECODERS
from manifold.embeddings import EMBEDDINGS, EmbeddingLaw
from manifold.grids import Cell, draw_points, first_cloud, make_grid
from manifold.metrics import METRICS
from manifold.runs import Execution, run_blocks, write_blocks

if TYPE_CHECKING:
    from pandas import DataFrame

_ROWS = 500  # of a part: a second, or less
_QUICK_ROWS = 5000  # of a part of planar ReLU layers alone


def sweep(
    *,
    metrics: Sequence[str] | None = None,
    draws: int = 1000,
    seed: int = 0,
    workers: int = 1,
    scheduler: str | None = None,
    folder: str | Path | None = None,
    progress: Callable[[int, int], object] | None = None,
    **grid: Any,
) -> DataFrame:
    """Measure every combination of the values given, over many draws.

    Parameters
    ----------
    **grid
        Axes: width (required), dataset, n_points, dimension, embedding, activation, decoder, noise, scale; each one value or,
        but for n_points, several. `make_grid` says what they mean, and their defaults, which are those of `recover`.
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
        Called with the number of draws done and of all, as is `manifold.runs.ProgressLine("my sweep")`.

    Returns
    -------
    pandas.DataFrame
        One row per cell, in the order of the grid, and draw: the columns of `Cell`, "draw", and one for every metric.

    Raises
    ------
    TypeError, ValueError
        As by `make_grid` and `run_blocks`, and for unknown metrics.
    """
    plan = _plan(grid, metrics, draws, seed)
    execution = Execution(workers, scheduler, None if folder is None else Path(folder), progress)
    table = run_blocks(plan.measure, plan.blocks, identity=plan.identity, execution=execution)
    cells = np.arange(len(plan.cells))
    order = np.concatenate([np.repeat(cells, len(block)) for block in plan.blocks])  # blocks come by draw, cells are wanted
    return table.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def sweep_to(
    folder: str | Path,
    *,
    metrics: Sequence[str] | None = None,
    draws: int = 1000,
    seed: int = 0,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Callable[[int, int], object] | None = None,
    **grid: Any,
) -> list[Path]:
    """`sweep` for more rows than fit in memory: they stay in Parquet files in `folder`, whose paths are returned.

    Parameters are those of `sweep`; the same call goes on where it was stopped. A file has the rows of some draws, by cell and
    draw.
    """
    plan = _plan(grid, metrics, draws, seed)
    execution = Execution(workers, scheduler, Path(folder), progress)
    return write_blocks(plan.measure, plan.blocks, identity=plan.identity, execution=execution)


@dataclass(frozen=True)
class _Plan:
    """The cells, the blocks of draws, what measures one, and what its rows depend on."""

    cells: list[Cell]
    blocks: list[range]
    measure: Callable[[Sequence[int]], DataFrame]
    identity: dict[str, Any]


def _plan(grid: Mapping[str, Any], metrics: Sequence[str] | None, draws: int, seed: int) -> _Plan:
    axes: Registry[None] = Registry("axis of a grid")
    for name in inspect.signature(make_grid).parameters:
        axes.add(name, None)
    for name in grid:
        axes[name]
    cells, chosen = make_grid(**grid), check_metrics(metrics)
    check_count(draws, "draws", minimum=1)
    check_count(seed, "seed", minimum=0)
    quick = all(_by_sectors(cell, chosen) for cell in cells)
    size = max(1, (_QUICK_ROWS if quick else _ROWS) // len(cells))
    blocks = [range(start, min(start + size, draws)) for start in range(0, draws, size)]
    clouds = {(cell.dataset, cell.n_points, cell.dimension) for cell in cells}
    points = {str(cloud): hashlib.sha256(first_cloud(*cloud).points.tobytes()).hexdigest() for cloud in clouds}
    identity = {"cells": [asdict(cell) for cell in cells], "points": points, "metrics": chosen, "seed": seed}
    return _Plan(cells, blocks, partial(measure_cells, cells, seed=seed, metrics=chosen), identity)


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


def _measure_law(
    cells: Sequence[Cell], draws: Sequence[int], seed: int, metrics: Sequence[str]
) -> dict[Cell, dict[str, Floats]]:
    """Metrics (D,) of cells with the same points and law of T."""
    law, dataset, count, dim = EMBEDDINGS[cells[0].embedding], cells[0].dataset, cells[0].n_points, cells[0].dimension
    streams = random_streams(seed, draws)
    cloud = first_cloud(dataset, count, dim)
    points = cloud.points[None]
    if cloud.drawn:
        points = np.stack([draw_points(dataset, count, dim, rng) for rng in streams])  # before T, as in `recover`
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
) -> Iterable[tuple[Floats, Floats | None]]:
    """T (D, n, d) for every width, each from the same state of the streams, with T^-1 (D, d, n) where it is not T^+."""
    if law.rows:
        rows = np.empty((len(streams), max(widths), dim))
        for place, rng in enumerate(streams):
            rows[place] = law.rows(max(widths), dim, rng)
        for width in widths:
            yield np.ascontiguousarray(rows[:, :width]), None
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
    gain = DECODERS[cell.decoder].gain
    if sectors is not None and gain is not None:
        return sectors.linear(layers.inverses, gain, complete=complete)
    if sectors is not None and cell.decoder == "active-rows":
        return sectors.active_rows()
    return layers.guesses(cell.decoder, complete=complete)


def _by_sectors(cell: Cell, metrics: Sequence[str]) -> bool:
    """Whether sums over sectors tell all that is asked of a cell, if its points are the same in every draw."""
    planar = cell.dimension == 2 and cell.activation == "relu" and not cell.noise
    summed = DECODERS[cell.decoder].gain is not None or cell.decoder == "active-rows"
    return planar and summed and not {"worst", "decoder-share"} & set(metrics)


def _grouped(cells: Sequence[Cell], key: Callable[[Cell], Any]) -> list[list[Cell]]:
    """Cells with the same key together, in the order in which keys first come."""
    groups: dict[Any, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(key(cell), []).append(cell)
    return list(groups.values())
