"""Sweeps: what is lost over a grid of settings and thousands of draws, as a table with one row per cell and draw.

Draw k is the stream `random_stream(seed, k)` in every cell, so a row is `recover` with that stream: it does not change when the
grid grows, is reordered, split or resumed, cells are compared on the same T, and a wider layer of independent rows adds rows.
Planar ReLU layers are measured by sectors (`by_sector`), all others point by point (`by_point`).
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

from manifold.checks import Floats, check_count, check_kind
from manifold.layer.activations import ACTIVATIONS
from manifold.layer.decoders import DECODERS, best_decoder
from manifold.layer.embeddings import EMBEDDINGS, EmbeddingLaw
from manifold.metrics import METRICS
from manifold.registry import choose
from manifold.runs import Execution, check_folder, run_blocks, write_blocks
from manifold.streams import random_stream, random_streams
from manifold.sweeps.by_point import LayerDraws
from manifold.sweeps.by_sector import SectorDraws
from manifold.sweeps.fan import Fan
from manifold.sweeps.grid import Cell, draw_points, first_cloud, make_grid
from manifold.sweeps.sums import DrawSums, Guesses, Truth

if TYPE_CHECKING:
    from pandas import DataFrame

_ROWS = 500  # of a part: a second, or less
_QUICK_ROWS = 5000  # of a part of planar ReLU layers alone
_MOST_PARTS = 1_000_000  # of a run, which are listed before the first is measured


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
        Draws of T, and of the points where they are random; at most as many as fill a million parts of some hundred rows.
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
    execution = Execution(workers, scheduler, None if folder is None else check_folder(folder), progress)
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
    execution = Execution(workers, scheduler, check_folder(folder), progress)
    return write_blocks(plan.measure, plan.blocks, identity=plan.identity, execution=execution)


@dataclass(frozen=True)
class _Plan:
    """The cells, the blocks of draws, what measures one, and what its rows depend on."""

    cells: list[Cell]
    blocks: list[range]
    measure: Callable[[Sequence[int]], DataFrame]
    identity: dict[str, Any]


def _plan(grid: Mapping[str, Any], metrics: Sequence[str] | None, draws: int, seed: int) -> _Plan:
    for name in grid:
        choose(name, inspect.signature(make_grid).parameters, "axis of a grid")
    cells, chosen = make_grid(**grid), check_metrics(metrics)
    check_count(seed, "seed", minimum=0, maximum=None)
    quick = all(_by_sectors(cell) for cell in cells) and all(METRICS[name].quick for name in chosen)
    size = max(1, (_QUICK_ROWS if quick else _ROWS) // len(cells))
    check_count(draws, "draws", minimum=1, maximum=size * _MOST_PARTS)
    blocks = [range(start, min(start + size, draws)) for start in range(0, draws, size)]
    clouds = {(cell.dataset, cell.n_points, cell.dimension) for cell in cells}
    points = {str(cloud): hashlib.sha256(first_cloud(*cloud).points.tobytes()).hexdigest() for cloud in clouds}
    best = sorted({best_decoder(cell.dimension) for cell in cells})  # which metrics ask for, too
    identity = {"cells": [asdict(cell) for cell in cells], "points": points, "metrics": chosen, "best": best, "seed": seed}
    return _Plan(cells, blocks, partial(measure_cells, cells, seed=seed, metrics=chosen), identity)


def check_metrics(names: Sequence[str] | None) -> list[str]:
    """The names in the order of `METRICS`, all of them for None."""
    if names is None:
        return list(METRICS)
    names = [names] if isinstance(names, str) else check_kind(names, "metrics", Sequence)  # type: ignore[type-abstract]
    for name in names:
        choose(name, METRICS, "metric")
    if not names:
        raise ValueError("metrics must name at least one metric, got none; leave it out for all")
    return [name for name in METRICS if name in names]


def measure_cells(cells: Sequence[Cell], draws: Sequence[int], *, seed: int, metrics: Sequence[str]) -> DataFrame:
    """Rows of some draws, by cell and draw; on one core, so that the last bit does not depend on their number."""
    import pandas as pd  # slow to load

    measured: dict[Cell, dict[str, Floats]] = {}
    with _cores().limit(limits=1, user_api="blas"):
        for group in _grouped(cells, lambda cell: (cell.dataset, cell.n_points, cell.dimension)):
            for same in _grouped(group, lambda cell: cell.embedding):
                measured |= _measure_law(same, draws, seed, metrics)
    settings = pd.DataFrame([asdict(cell) for cell in cells]).take(np.repeat(np.arange(len(cells)), len(draws)))
    columns = {name: np.concatenate([measured[cell][name] for cell in cells]) for name in metrics}
    return settings.reset_index(drop=True).assign(draw=np.tile(np.asarray(draws), len(cells)), **columns)


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
    measured: dict[Cell, dict[str, Floats]] = {}
    for group, (matrices, inverses) in zip(groups, _draw_layers(law, [g[0].width for g in groups], dim, streams), strict=True):
        for same in _grouped(group, lambda cell: (cell.activation, cell.noise, cell.scale)):
            f = ACTIVATIONS[same[0].activation]
            ratios_alone = (
                f.halves is not None and f.halves[0] == 0.0 and not same[0].noise
            )  # f(a x) = a f(x): no metric changes
            layers = LayerDraws(
                points if ratios_alone else same[0].scale * points,
                matrices,
                inverses,
                f,
                same[0].noise,
                lambda place: random_stream(seed, draws[place], 1),
            )
            measured |= _measure_layers(same, layers, cloud.fan, metrics)
    return measured


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
        pairs = []
        for rng, state in zip(streams, states, strict=True):
            rng.bit_generator.state = state
            pairs.append(law.draw(width, dim, rng))
        yield np.stack([matrix for matrix, _ in pairs]), np.stack([inverse for _, inverse in pairs])


def _measure_layers(
    cells: Sequence[Cell], layers: LayerDraws, cloud: Fan | None, metrics: Sequence[str]
) -> dict[Cell, dict[str, Floats]]:
    """Metrics (D,) of cells that differ in nothing but the decoder."""
    truth, needs = Truth.of(layers.points), _needs(metrics)
    draws = len(layers.matrices)
    sectors = None
    if cloud is not None and any(_by_sectors(cell) for cell in cells):
        sectors = SectorDraws(cloud, layers.matrices)
    lost, best = np.full((2, draws), np.nan)
    if "lost" in needs:
        lost = layers.lost() if sectors is None else sectors.lost() / layers.points.shape[1]
    name_of_best = best_decoder(layers.points.shape[2])
    if "best" in needs and not layers.noise and any(cell.decoder != name_of_best for cell in cells):
        best = layers.best_error() if sectors is None else sectors.best_error()
    measured = {}
    for cell in cells:
        guesses = _guesses(cell, layers, sectors, needs)
        least = guesses.error if cell.decoder == name_of_best else best
        sums = DrawSums(truth, guesses, lost, least, functools.partial(layers.guess, decoder=cell.decoder))
        measured[cell] = {name: _values(name, sums, layers, cell.decoder) for name in metrics}
    return measured


def _needs(metrics: Sequence[str]) -> frozenset[str]:
    """Which sums these metrics look at."""
    return frozenset().union(*(METRICS[name].needs for name in metrics))


def _values(name: str, sums: DrawSums, layers: LayerDraws, decoder: str) -> Floats:
    """A metric (D,), by its quick form where it has one."""
    metric = METRICS[name]
    if metric.exact_outputs and layers.noise:
        return np.full(len(layers.matrices), np.nan)
    if metric.quick is not None:
        return metric.quick(sums)
    return np.array([metric(layers.recovery(k, decoder)) for k in range(len(layers.matrices))], dtype=np.float64)


def _guesses(cell: Cell, layers: LayerDraws, sectors: SectorDraws | None, needs: frozenset[str]) -> Guesses:
    """Sums over the guesses by sectors, where they are known and the decoder allows it, or point by point."""
    decoder = DECODERS[cell.decoder]
    if sectors is not None and decoder.gain is not None:
        return sectors.linear(layers.inverses, decoder.gain, needs=needs)
    if sectors is not None and decoder.nearest:
        return sectors.nearest(needs=needs)
    return layers.guesses(cell.decoder, complete=bool({"moments", "worst"} & needs))


def _by_sectors(cell: Cell) -> bool:
    """Whether sums over sectors tell all about a cell, if its points are the same in every draw."""
    planar = cell.dimension == 2 and ACTIVATIONS[cell.activation].halves == (0.0, 1.0) and not cell.noise
    return planar and (DECODERS[cell.decoder].gain is not None or DECODERS[cell.decoder].nearest)


def _grouped(cells: Sequence[Cell], key: Callable[[Cell], Any]) -> list[list[Cell]]:
    """Cells with the same key together, in the order in which keys first come."""
    groups: dict[Any, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(key(cell), []).append(cell)
    return list(groups.values())
