"""Sums over sectors make a planar sweep ten times as fast as a loop at 1000 points, and hundreds of times at 100,000.

Source: the formula that a ReLU layer is one matrix in each of its sectors, derived in `manifold.sweeps.by_sector`.
Output: seconds for a draw at the widths together, against the number of points, of a sweep (T Gaussian, ReLU, decoder
`inverse`, NMSE) and of the plain loop: draw T, multiply, `numpy.linalg.pinv`, for one draw and width after another; and seconds
for a draw of the sweep against the width. A sweep's time holds everything, the sort of the points too. At many points the loop
makes fewer draws. A draw of the experiment is one turn, in which all are measured, one after the other. Headline: medians over
the turns of the ratios at each number of points; fitted exponents of growth; for points of eight dimensions and 48 rows the
operations a second of the two products T x and T^-1 y alone, as a share of those of one product of large matrices on the same
one thread; two worker processes against one; seconds and bytes of a row by both routes, of which the plan of a long run is
made. Times are this machine's, so these rows differ from run to run.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame
from threadpoolctl import threadpool_limits

from manifold import make_cloud, random_stream, sweep
from manifold.checks import Floats
from manifold.plots import RIVALS, Page
from manifold.sweeps.grid import forget_clouds
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole
from ._growth import draw_medians, draw_power, mark_factor, set_sizes

DRAWS = 5
BLOCK = 1


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    sizes: Sequence[int] = parameter(
        [100, 300, 1000, 3000, 10_000, 30_000, 100_000], "numbers of points at which sweep and loop are compared"
    )
    widths: Sequence[int] = parameter([2, 3, 5, 15, 30], "numbers of channels n", check=whole(2, 1000))
    grown: Sequence[int] = parameter(
        [5, 10, 20, 40, 80, 160], "numbers of channels, one at a time, of a sweep over 1000 points", check=whole(2, 1000)
    )
    layers: int = parameter(1000, "draws of a sweep")
    loop_points: int = parameter(1_000_000, "points of all draws of a loop together, by which its draws are cut")
    general_points: int = parameter(10_000, "points of eight dimensions, measured point by point")
    general_layers: int = parameter(200, "draws over these points")
    shared_points: int = parameter(1000, "points of the run that one process and two share")
    shared_layers: int = parameter(150_000, "draws of that run")


QUICK = {
    "draws": 1,
    "sizes": [100, 1000, 10_000],
    "grown": [5, 20],
    "layers": 100,
    "loop_points": 20_000,
    "general_points": 1000,
    "general_layers": 25,
    "shared_layers": 500,
}
COLUMNS = ("task", "n_points", "width", "seconds", "draw", "operations_per_second", "bytes")
_DIM, _WIDTH = 8, 48
_LARGE = 1024  # side of the matrices whose product sets the rate
Row = Mapping[str, Any]


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per task, number of points, width and turn: seconds a draw, operations a second, or bytes of a row."""
    sweep(width=3, n_points=10, draws=2)  # what is loaded at first use is loaded
    return DataFrame([{**row, "draw": draw} for draw in draws for row in _turn(draw, seed, parameters)])


def _turn(turn: int, seed: int, parameters: Parameters) -> Iterator[Row]:
    layers, widths = parameters.layers, parameters.widths
    planar = {"metrics": ["nmse"], "seed": seed}
    for count in parameters.sizes:
        some = min(layers, max(3, parameters.loop_points // count))
        points = make_cloud("spiral", count, rng=random_stream(seed)).points
        rng = random_stream(seed, turn)
        yield _row("loop", count, 0, _time(lambda: _loop(points, widths, some, rng)) / some)  # noqa: B023 - called at once
        yield _row("sweep", count, 0, _time_sweep(width=widths, n_points=count, draws=layers, **planar) / layers)
    for width in parameters.grown:
        yield _row("sweep, one width", 1000, width, _time_sweep(width=width, n_points=1000, draws=layers, **planar) / layers)
    yield from _general(parameters.general_points, parameters.general_layers, seed)
    yield from _shared(parameters.shared_points, parameters.shared_layers, seed)
    rows = sweep(width=widths, draws=200, seed=seed)
    yield {"task": "bytes of a row", "n_points": 0, "width": 0, "bytes": len(rows.to_parquet(index=False)) / len(rows)}


def _row(task: str, points: int, width: int, seconds: float) -> Row:
    return {"task": task, "n_points": points, "width": width, "seconds": seconds}


def _loop(points: Floats, widths: Sequence[int], draws: int, rng: np.random.Generator) -> list[float]:
    """What one writes first."""
    size = float((points**2).sum())
    errors = []
    for _ in range(draws):
        for width in widths:
            matrix = rng.standard_normal((width, 2))
            guess = np.maximum(points @ matrix.T, 0.0) @ np.linalg.pinv(matrix).T
            errors.append(float(((guess - points) ** 2).sum()) / size)
    return errors


def _time(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _time_sweep(**grid: Any) -> float:
    """Seconds of a sweep from nothing: its points are drawn and sorted again."""
    forget_clouds()
    return _time(lambda: sweep(**grid))


def _general(count: int, layers: int, seed: int) -> Iterator[Row]:
    """Operations a second: of a product of large matrices, and of T x and T^-1 y in a sweep over the points of a file."""
    factors = np.random.default_rng(seed).standard_normal((2, _LARGE, _LARGE))
    with threadpool_limits(1, user_api="blas"):
        seconds = min(_time(lambda: factors[0] @ factors[1]) for _ in range(5))
    yield {"task": "product", "n_points": 0, "width": 0, "operations_per_second": 2.0 * _LARGE**3 / seconds}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "points.npy"
        np.save(path, np.random.default_rng(seed).standard_normal((count, _DIM)))
        grid = {"dataset": str(path), "n_points": count, "dimension": _DIM, "width": _WIDTH, "metrics": ["nmse"]}
        seconds = _time_sweep(**grid, draws=layers, seed=seed) / layers
    yield _row("general", count, _WIDTH, seconds)
    rate = 2 * 2.0 * count * _WIDTH * _DIM / seconds
    yield {"task": "general rate", "n_points": count, "width": _WIDTH, "operations_per_second": rate}


def _shared(count: int, layers: int, seed: int) -> Iterator[Row]:
    """The same run by one process and by two, the start of the processes included."""
    grid = {"dataset": "ball", "n_points": count, "dimension": _DIM, "width": _WIDTH, "metrics": ["nmse"], "seed": seed}
    for workers in (1, 2):
        yield _row(f"workers {workers}", count, _WIDTH, _time_sweep(**grid, draws=layers, workers=workers))


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Ratios within turns, and their medians."""
    tables = {
        task: part.pivot_table(values=_measured(part), index="draw", columns=["n_points", "width"])
        for task, part in rows.groupby("task", sort=False)
    }
    ratio: Any = (tables["loop"] / tables["sweep"]).median()
    numbers = {f"median_loop_over_sweep_n_points={count}": float(ratio[count, 0]) for count in parameters.sizes}
    middle: Any = tables["sweep"].median()
    grown: Any = tables["sweep, one width"].median()
    numbers["exponent_seconds_over_points"] = _slope(middle.index.get_level_values("n_points"), middle)
    numbers["exponent_seconds_over_width"] = _slope(grown.index.get_level_values("width"), grown)
    rate, product = (tables[task].to_numpy()[:, 0] for task in ("general rate", "product"))
    one, two = (tables[f"workers {workers}"].to_numpy()[:, 0] for workers in (1, 2))
    numbers["median_share_of_product_rate"] = float(np.median(rate / product))
    numbers["median_gigaflops_product"] = float(np.median(product)) / 1e9
    numbers["median_one_worker_over_two"] = float(np.median(one / two))
    numbers["median_seconds_one_worker"] = float(np.median(one))
    numbers["median_microseconds_a_row_by_sectors"] = 1e6 * float(middle.iloc[0]) / len(parameters.widths)
    numbers["median_microseconds_a_row_by_points"] = 1e6 * float(np.median(tables["general"]))
    numbers["median_bytes_a_row"] = float(np.median(tables["bytes of a row"]))
    return numbers


def _measured(part: DataFrame) -> str:
    """The column that holds what was measured for a task."""
    return next(column for column in ("seconds", "operations_per_second", "bytes") if part[column].notna().any())


def _slope(sizes: Any, values: Any) -> float:
    """Growth as a power: slope of the logarithms."""
    return float(np.polyfit(np.log(np.asarray(sizes, dtype=np.float64)), np.log(values.to_numpy()), 1)[0])


_LOOKS = {"loop": RIVALS["theirs"], "sweep": RIVALS["ours"]}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Time of a draw against the points, by both ways, and against the width."""
    lines, columns = page.grid(2, least=2.6)
    result = page.figure(2.5 * lines + 0.3)
    left, right = result.subplots(lines, columns, squeeze=False).ravel()
    scaled = rows.assign(microseconds=1e6 * rows["seconds"])
    middles = {
        task: draw_medians(left, part, "n_points", "microseconds", _LOOKS[str(task)], say(f"figure.sweep_speed.{task}"))
        for task, part in scaled[scaled["task"].isin(_LOOKS)].groupby("task")
    }
    for size in (1000, max(parameters.sizes)):
        mark_factor(left, *(middles[task][[each for each in middles[task].index if each <= size]] for task in _LOOKS))
    label = say("figure.sweep_speed.sweep")
    grown = draw_medians(right, scaled[scaled["task"] == "sweep, one width"], "width", "microseconds", _LOOKS["sweep"], label)
    draw_power(right, [*grown.index], float(grown.iloc[0]), 1.0, say("figure.sweep_speed.linear"))
    left.set(title=say("figure.sweep_speed.together", widths=", ".join(map(str, parameters.widths))))
    right.set(title=say("figure.sweep_speed.alone"), xlabel=say("axis.channels"), ylabel=say("figure.sweep_speed.microseconds"))
    left.set(xlabel=say("figure.axis.points"), ylabel=say("figure.sweep_speed.microseconds"))
    set_sizes(left, sorted(parameters.sizes))
    set_sizes(right, sorted(parameters.grown))
    left.legend(loc="upper left")
    return result


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """Median microseconds of a draw at the widths together, by number of points, and the factor between the ways."""
    times: Any = rows[rows["task"].isin(_LOOKS)].groupby(["n_points", "task"])["seconds"].median().unstack()
    columns = {"loop, µs": 1e6 * times["loop"], "sweep, µs": 1e6 * times["sweep"], "factor": times["loop"] / times["sweep"]}
    return DataFrame(columns).rename_axis("points").reset_index()
