"""Landmark Isomap takes a hundredth of the time and a twentieth of the memory of Isomap, at the same error; trust costs little.

Source: de Silva, Tenenbaum 2003, for the landmarks; scikit-learn's `Isomap` and `trustworthiness`, and, where it is installed,
the package tapkee, for comparison.
Output: seconds, memory and error against the number of points of a swiss roll, k = 10, as many landmarks in tapkee as here;
and trustworthiness of a good map (the true chart) and of a random one. Each is measured in a process of its own, which does
the sizes in rising order, the quick ones up to five times, in turns; a draw is one turn. Memory is the growth of the process's
largest resident size, where the system knows it. Headline: ratios at the largest size that both did, medians of the turns;
fitted exponents of growth; largest difference of trustworthiness. Times are this machine's, so these rows differ from run to
run.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import PointCloud, make_cloud, random_stream
from manifold.checks import Floats, fault
from manifold.learning import LandmarkIsomap, procrustes_error, trustworthiness
from manifold.plots import RIVALS, Page, ground, sized
from manifold.runs import told
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import parameter
from ._growth import draw_medians, mark_factor, set_sizes

DRAWS = 3


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    sizes: Sequence[int] = parameter(
        [1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000], "numbers of points of landmark Isomap alone"
    )
    compared: Sequence[int] = parameter([1000, 2000, 5000, 10_000], "numbers of points of all others")
    n_neighbors: int = parameter(10, "nearest neighbours k")
    n_landmarks: int = parameter(50, "points from which ways are measured")


QUICK = {"draws": 1, "sizes": [500, 1000, 2000], "compared": [500, 1000]}
COLUMNS = ("task", "draw", "n_points", "seconds", "megabytes", "procrustes_error", "trustworthiness")
OURS, THEIRS, TAPKEE = "landmark Isomap", "scikit-learn's Isomap", "tapkee's landmark Isomap"
_WARMING = 300  # points on which everything is tried first


def check(parameters: Parameters) -> None:
    """Even the smallest numbers of points are enough."""
    fewest = min(_WARMING, *parameters.sizes, *parameters.compared)
    for name in ("n_neighbors", "n_landmarks"):
        if getattr(parameters, name) >= fewest:
            raise fault(
                ValueError,
                "{name} must be below every number of points, {fewest}, got {given}",
                name=name,
                fewest=fewest,
                given=getattr(parameters, name),
            )


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per task, size and turn."""
    served = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if served else "spawn")
    if served:
        context.set_forkserver_preload([__name__, "sklearn.manifold"])
    tasks = [task for task in _TASKS if task != TAPKEE or importlib.util.find_spec("tapkee")]
    rows = []
    for draw in draws:
        for task in told(tasks, draws=1):
            counts = sorted(parameters.sizes) if task == OURS else sorted(parameters.compared)
            with context.Pool(1) as alone:
                measured = alone.apply(_run, (task, counts, seed, draw, parameters.n_neighbors, parameters.n_landmarks))
            rows += [{"task": task, "draw": draw, **row} for row in measured]
    return DataFrame(rows)


def _run(task: str, sizes: Sequence[int], seed: int, draw: int, n_neighbors: int, n_landmarks: int) -> list[dict[str, Any]]:
    """Time, memory and result of one task at every size, in this process."""
    do, quantity = _TASKS[task], "trustworthiness" if task.startswith("trustworthiness") else "procrustes_error"
    rng = random_stream(seed, draw)
    do(make_cloud("swiss roll", _WARMING, rng=rng), n_neighbors, n_landmarks)()  # what is loaded at first use is loaded
    before = _largest_size()
    rows = []
    for count in sizes:
        work = do(make_cloud("swiss roll", count, rng=rng), n_neighbors, n_landmarks)
        seconds: list[float] = []
        while len(seconds) < 5 and sum(seconds) < 1.0:
            started = time.perf_counter()
            result = work()
            seconds.append(time.perf_counter() - started)
        grown = (_largest_size() - before) / 1e6
        rows.append({"n_points": count, "seconds": float(np.median(seconds)), "megabytes": grown, quantity: result()})
    return rows


def _largest_size() -> float:
    """The most memory in bytes that this process has had at one time; NaN where the system does not tell."""
    try:
        import resource  # not on Windows
    except ImportError:
        return float("nan")
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(size if sys.platform == "darwin" else 1024 * size)


Work = Callable[[], Callable[[], float]]  # what is timed; its result, asked for afterwards, is an error or a score


def _ours(cloud: PointCloud, n_neighbors: int, n_landmarks: int) -> Work:
    def work() -> Callable[[], float]:
        places = LandmarkIsomap(n_neighbors=n_neighbors, n_landmarks=n_landmarks).fit_transform(cloud.points)
        return lambda: procrustes_error(places, cloud.chart)

    return work


def _theirs(cloud: PointCloud, n_neighbors: int, n_landmarks: int) -> Work:
    from sklearn.manifold import Isomap

    def work() -> Callable[[], float]:
        places = Isomap(n_neighbors=n_neighbors).fit_transform(cloud.points)
        return lambda: procrustes_error(places, cloud.chart)

    return work


def _tapkee(cloud: PointCloud, n_neighbors: int, n_landmarks: int) -> Work:
    import tapkee

    options = {"neighbors_method": "vptree", "num_neighbors": n_neighbors, "target_dimension": 2}
    columns = np.asfortranarray(cloud.points.T)

    def work() -> Callable[[], float]:
        places = tapkee.embed(columns, method="l-isomap", landmark_ratio=n_landmarks / len(cloud.points), **options)
        return lambda: procrustes_error(places if len(places) == len(cloud.points) else places.T, cloud.chart)

    return work


def _trust(score: str, good: bool) -> Callable[[PointCloud, int, int], Work]:
    def task(cloud: PointCloud, n_neighbors: int, n_landmarks: int) -> Work:
        from sklearn import manifold as theirs

        measure_trust = trustworthiness if score == "ours" else theirs.trustworthiness
        places: Floats = cloud.chart if good else random_stream(0).normal(size=cloud.chart.shape)

        def work() -> Callable[[], float]:
            trust = float(measure_trust(cloud.points, places, n_neighbors=n_neighbors))
            return lambda: trust

        return work

    return task


_TASKS: dict[str, Callable[[PointCloud, int, int], Work]] = {
    OURS: _ours,
    THEIRS: _theirs,
    TAPKEE: _tapkee,
    **{
        f"trustworthiness, {kind} map, {score}": _trust(score, kind == "good")
        for kind in ("good", "random")
        for score in ("ours", "scikit-learn's")
    },
}


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Ratios in one run, exponents, errors; what was not measured is left out."""
    count = int(rows.loc[rows["task"] == THEIRS, "n_points"].max())
    at: Any = rows[rows["n_points"] == count].groupby("task").median(numeric_only=True)
    at_size = f"n_points={count}"
    numbers: dict[str, float] = {"largest_n_points_compared": float(count)}
    for other, name in ((THEIRS, "scikit_learn"), (TAPKEE, "tapkee")):
        if other in at.index:
            for column in ("seconds", "megabytes"):
                numbers[f"ratio_{column}_{name}_over_ours_{at_size}"] = float(at.loc[other, column] / at.loc[OURS, column])
            numbers[f"median_procrustes_error_{name}_{at_size}"] = float(at.loc[other, "procrustes_error"])
    numbers[f"median_procrustes_error_ours_{at_size}"] = float(at.loc[OURS, "procrustes_error"])
    for kind in ("good", "random"):
        ours, theirs = (f"trustworthiness, {kind} map, {score}" for score in ("ours", "scikit-learn's"))
        numbers[f"ratio_seconds_trustworthiness_scikit_learn_over_ours_{kind}_{at_size}"] = float(
            at.loc[theirs, "seconds"] / at.loc[ours, "seconds"]
        )
        both = (
            rows[rows["task"] == task].sort_values(["draw", "n_points"])["trustworthiness"].to_numpy()
            for task in (ours, theirs)
        )
        numbers[f"largest_trustworthiness_difference_{kind}"] = float(np.abs(np.subtract(*both)).max())
    largest: Any = rows[rows["task"] == OURS].groupby("n_points").median(numeric_only=True).iloc[-1]
    numbers |= {
        f"median_{column}_ours_n_points={int(largest.name)}": float(largest[column])
        for column in ("seconds", "megabytes", "procrustes_error")
    }
    for task, name in ((OURS, "ours"), (THEIRS, "scikit_learn")):
        for column in ("seconds", "megabytes"):
            numbers[f"exponent_{column}_{name}"] = exponent(rows[rows["task"] == task], column)
    return {name: value for name, value in numbers.items() if np.isfinite(value)}


def exponent(rows: DataFrame, column: str) -> float:
    """Growth as a power of the number of points: slope of the logarithms of the medians, over the larger half of the sizes."""
    middle: Any = rows.groupby("n_points")[column].median()
    middle = middle[middle > 0.0].iloc[-max(2, (len(middle) + 1) // 2) :]
    if len(middle) < 2:
        return float("nan")
    return float(np.polyfit(np.log(middle.index.to_numpy(dtype=np.float64)), np.log(middle), 1)[0])


_LOOKS = {OURS: (RIVALS["ours"], "ours"), THEIRS: (RIVALS["theirs"], "theirs"), TAPKEE: (RIVALS["others"], "tapkee")}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Time, memory and error against the number of points; and the time of trustworthiness."""
    lines, columns = page.grid(4, least=2.6)
    result = page.figure(2.3 * lines + 0.6)
    axes = result.subplots(lines, columns, squeeze=False).ravel()
    for ax in axes:
        ax.set(xscale="log", yscale="log", xlabel=say("figure.axis.points"))
    for ax, column in zip(axes, ("seconds", "megabytes", "procrustes_error"), strict=False):
        middles = {
            task: draw_medians(ax, rows[rows["task"] == task], "n_points", column, look, say(f"figure.isomap_scale.{name}"))
            for task, (look, name) in _LOOKS.items()
        }
        ax.set(ylabel=say(f"figure.isomap_scale.{column}"))
        if column != "procrustes_error":
            mark_factor(ax, middles[THEIRS], middles[OURS])
    _draw_trust(axes[3], rows)
    for ax in axes:
        set_sizes(ax, sorted(set(parameters.sizes)))
    known = zip(*axes[0].get_legend_handles_labels(), strict=True)
    handles, labels = zip(*((handle, label) for handle, label in known), strict=True)
    result.legend(handles, labels, loc="outside upper center", ncols=1 if columns == 1 else 3)
    return result


def _draw_trust(ax: Axes, rows: DataFrame) -> None:
    """Times of trustworthiness: full marks for a random map, which takes longest, open ones for a good one."""
    for kind, fill in (("random", RIVALS["ours"].color), ("good", ground())):
        middles = {}
        for score, name in (("ours", "ours"), ("scikit-learn's", "theirs")):
            part = rows[rows["task"] == f"trustworthiness, {kind} map, {score}"]
            middles[name] = draw_medians(ax, part, "n_points", "seconds", RIVALS[name], "")
            if kind == "good":
                ax.lines[-1].set_markerfacecolor(fill)
        words = say(f"figure.isomap_scale.{kind}-map", factor=(middles["theirs"] / middles["ours"]).iloc[-1])
        ax.plot([], [], **RIVALS["ours"].line, markerfacecolor=fill, markersize=sized(4.0), label=words)
    ax.legend(loc="upper left")
    ax.set_ylim(top=6.0 * ax.get_ylim()[1])  # room for the legend
    ax.set(ylabel=say("figure.isomap_scale.trust"))


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """Medians by task and number of points."""
    names = {"task": "task", "n_points": "points", "seconds": "seconds", "megabytes": "MB", "procrustes_error": "error"}
    middle: DataFrame = rows.groupby(["task", "n_points"], sort=False)[list(names)[2:]].median()
    return middle.reset_index().rename(columns=names)
