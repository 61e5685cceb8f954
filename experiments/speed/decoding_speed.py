"""Decoding all points together is over a hundred times faster than one least-squares problem for each, and as exact.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, Lemma 2, whose linear systems both solve.
Output: for each width the time of the decoder `active-rows` and of `numpy.linalg.lstsq` called for every point, on the same
outputs, in turns of 25 draws in one run. Headline: the ratio of their total times, its median for each width, and the largest
error of the decoder where the point is determined. The times are this machine's, so these rows differ from run to run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import DECODERS, EMBEDDINGS, Observation, make_cloud, random_stream
from manifold.checks import Floats
from manifold.layer.decoders import observe
from manifold.plots import RIVALS, Page, muted, sized
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole

DRAWS = 100


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    n_points: int = parameter(1000, "number of points N")
    widths: Sequence[int] = parameter([2, 3, 5, 15, 30], "numbers of channels n", check=whole(2, 1000))


QUICK = {"draws": 5}
COLUMNS = ("width", "draw", "seconds_together", "seconds_one_by_one", "worst_error")


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per width and draw: seconds of both, and the largest error where the rank is 2."""
    cells = [(width, draw, _layer(width, draw, seed, parameters.n_points)) for draw in draws for width in parameters.widths]
    _decode_together(cells[0][2])  # the first call of all is slower
    together = [_time(_decode_together, seen) for _, _, seen in cells]
    one_by_one = [_time(_decode_one_by_one, seen) for _, _, seen in cells]
    rows = []
    for (width, draw, seen), ours, theirs in zip(cells, together, one_by_one, strict=True):
        error = np.abs(_decode_together(seen) - seen.points)[seen.rows.rank == 2].max(initial=0.0)
        row = {"width": width, "draw": draw, "seconds_together": ours, "seconds_one_by_one": theirs, "worst_error": error}
        rows.append(row)
    return DataFrame(rows)


def _layer(width: int, draw: int, seed: int, n_points: int) -> Observation:
    rng = random_stream(seed, draw)
    points = make_cloud("spiral", n_points, rng=rng).points
    return observe(points, EMBEDDINGS["gaussian"](width, 2, rng=rng))


def _time(decode: Callable[[Observation], object], seen: Observation) -> float:
    started = time.perf_counter()
    decode(seen)
    return time.perf_counter() - started


def _decode_together(seen: Observation) -> Floats:
    return DECODERS["active-rows"](seen)


def _decode_one_by_one(seen: Observation) -> None:
    for output in seen.hidden:
        active = output > 0.0
        np.linalg.lstsq(seen.layer.matrix[active], output[active], rcond=None)


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Ratios of times, and the largest error."""
    ratio = rows["seconds_one_by_one"] / rows["seconds_together"]
    by_width = {
        f"median_seconds_ratio_width={width}": float(value) for width, value in ratio.groupby(rows["width"]).median().items()
    }
    total = rows["seconds_one_by_one"].sum() / rows["seconds_together"].sum()
    return {"total_seconds_ratio": float(total), **by_width, "largest_worst_error": float(rows["worst_error"].max())}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The ratio for each width: every turn, and the median in figures."""
    ratio = rows["seconds_one_by_one"] / rows["seconds_together"]
    result = page.figure(2.6)
    ax = result.subplots()
    look = RIVALS["ours"]
    for place, width in enumerate(parameters.widths):
        values = ratio[rows["width"] == width]
        ax.plot(np.full(len(values), place), values, "_", color=look.color, alpha=0.4, markersize=sized(14.0))
        ax.plot(place, values.median(), **look.marks, markersize=sized(5.0))
        words = say("figure.decoding_speed.factor", factor=values.median())
        ax.annotate(words, (place, values.max()), (0.0, sized(5.0)), textcoords="offset points", ha="center", va="bottom")
    words = say("figure.decoding_speed.claimed", factor=CLAIMED)
    ax.axhline(CLAIMED, color=muted(), linewidth=sized(0.8), linestyle=":", label=words)
    result.legend(loc="outside upper right")
    ax.set_xticks(range(len(parameters.widths)), [str(width) for width in parameters.widths])
    ax.set(xlabel=say("axis.channels"), ylabel=say("figure.decoding_speed.faster"), yscale="log")
    low, high = min(CLAIMED, ratio.min()) / 1.6, 1.6 * max(CLAIMED, ratio.max())
    ticks = [tick for tick in (10, 30, 100, 300, 1000, 3000, 10_000) if low <= tick <= high]
    ax.set(xlim=(-0.5, len(parameters.widths) - 0.5), ylim=(low, high))
    ax.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
    ax.minorticks_off()
    result.supxlabel(say("figure.turns"), size="medium", color=muted())
    return result


CLAIMED = 100.0  # times faster


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """Median times and factors by width."""
    middle: Any = rows.groupby("width").median(numeric_only=True)
    return DataFrame(
        {
            "channels n": middle.index,
            "one by one, ms": 1e3 * middle["seconds_one_by_one"],
            "together, ms": 1e3 * middle["seconds_together"],
            "factor": (rows["seconds_one_by_one"] / rows["seconds_together"]).groupby(rows["width"]).median(),
        }
    )
