"""A block computed in a few slices of its inner channels gives the same output with less than half the memory.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, section 5.1, which advises 2 to 5 slices. The block is by default
the network's widest, the first with expansion, on one image of 112 x 112.
Output: for every number of slices, M(G) by formula and by running, the most bytes that torch had allocated at one time, and the
time against one slice, in turns in one run; a draw is one turn. Headline: the ratios to one slice, the largest difference of
the output relative to its largest value, and how many formulas differ. Times are this machine's, so these rows differ from run
to run.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from pandas import DataFrame
from torch.profiler import ProfilerActivity, profile

from manifold import random_stream
from manifold.nets import InvertedResidual, SplitInvertedResidual, initialise, measure_cost, split_memory
from manifold.plots import QUANTITIES, RIVALS, Page, faint, muted, sized
from manifold.runs import told
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole
from ._growth import draw_medians, write_beside

DRAWS = 15


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    inp: int = parameter(16, "channels of the input", check=whole(1, 1000))
    oup: int = parameter(24, "channels of the output", check=whole(1, 1000))
    stride: int = parameter(2, "stride of the block", check=whole(1, 2))
    expand_ratio: int = parameter(6, "channels inside per channel of the input", check=whole(1, 100))
    size: int = parameter(112, "height and width of the input", unit="pixels", check=whole(1, 1024))
    slices: Sequence[int] = parameter([1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 48, 96], "numbers of slices of the inner channels")


QUICK = {"draws": 3, "slices": [1, 2, 4, 8, 96]}
COLUMNS = ("slices", "draw", "seconds", "memory_values", "measured_memory_values", "same_macs", "allocated_bytes", "difference")


def check(parameters: Parameters) -> None:
    """The block can be cut into every number of slices."""
    for count in parameters.slices:
        SplitInvertedResidual(_block(parameters), count)


def _block(parameters: Parameters) -> InvertedResidual:
    return InvertedResidual(parameters.inp, parameters.oup, parameters.stride, parameters.expand_ratio)


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per number of slices and turn."""
    rng = random_stream(seed)
    block = initialise(_block(parameters), rng=rng).eval()
    shape = (parameters.inp, parameters.size, parameters.size)
    image = torch.from_numpy(rng.normal(size=(1, *shape))).float()
    parts = {count: SplitInvertedResidual(block, count) for count in parameters.slices}
    whole, macs = block(image).detach(), measure_cost(block, shape).macs
    facts = {}
    for count, part in parts.items():
        cost = measure_cost(part, shape)
        facts[count] = {
            "memory_values": split_memory(block, shape, count),
            "measured_memory_values": cost.memory,
            "same_macs": cost.macs == macs,
            "allocated_bytes": allocated_peak(functools.partial(part, image)),
            "difference": float(((part(image) - whole).abs().max() / whole.abs().max()).detach()),
        }
    rows = []
    for draw in told(draws):
        rows += [
            {"slices": count, "draw": draw, "seconds": _time(part, image), **facts[count]} for count, part in parts.items()
        ]
    return DataFrame(rows)


def allocated_peak(function: Callable[[], object]) -> int:
    """The most bytes that torch holds at one time for tensors made inside `function`, from the profiler's memory events."""
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # the profiler would report on itself
    with torch.inference_mode():
        function()  # kernels are chosen and cached at the first call
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watched:
            function()
    profiler: Any = watched.profiler
    events = [event for event in profiler.kineto_results.events() if event.name() == "[memory]"]
    held = peak = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    return peak


def _time(part: torch.nn.Module, image: torch.Tensor) -> float:
    with torch.inference_mode():
        started = time.perf_counter()
        part(image)
        return time.perf_counter() - started


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Ratios to one slice."""
    table = rows.groupby("slices").median(numeric_only=True)
    first = table.loc[table.index.min()]
    numbers = {}
    for count, row in table.iterrows():
        for column in ("memory_values", "allocated_bytes", "seconds"):
            numbers[f"ratio_{column}_slices={count}"] = float(row[column] / first[column])
    wrong = (rows["memory_values"] != rows["measured_memory_values"]) | ~rows["same_macs"]
    return {**numbers, "largest_difference": float(rows["difference"].max()), "count_formulas_that_differ": float(wrong.sum())}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Memory and time against the number of slices, as ratios to one slice; the slices that the paper advises are marked."""
    slices = sorted(rows["slices"].unique())
    ratios = {column: _ratios(rows, column) for column in ("memory_values", "allocated_bytes", "seconds")}
    lines, columns = page.grid(2, least=2.4)
    result = page.figure(2.3 * lines + 0.3)
    memory, seconds = result.subplots(lines, columns, sharex=True, squeeze=False).ravel()
    for column, look in zip(("memory_values", "allocated_bytes"), QUANTITIES, strict=False):
        label = say(f"figure.memory_split.{column}")
        draw_medians(memory, ratios[column], "slices", column, look, label)
    draw_medians(seconds, ratios["seconds"], "slices", "seconds", RIVALS["ours"], "")
    memory.set(title=say("figure.memory_split.title"), yscale="log")
    seconds.set(title=say("figure.memory_split.seconds"), yscale="log")
    for ax in (memory, seconds):
        ax.axvspan(*ADVISED, color=faint(), zorder=0, linewidth=0)
        ax.axhline(1.0, color=muted(), linewidth=sized(0.8), linestyle=":")
        ax.set(xlabel=say("figure.memory_split.slices"), ylabel=say("figure.memory_split.ratio"), xscale="log")
        ax.set_xticks(_apart(slices), [str(count) for count in _apart(slices)])
        low, high = ax.get_ylim()
        ticks = {place: text for place, text in _FRACTIONS.items() if low <= place <= high}
        ax.set_yticks(list(ticks), list(ticks.values()))
        ax.minorticks_off()
    memory.set_ylim(top=2.0)  # room for the legend
    memory.legend(loc="upper right")
    words = say("figure.memory_split.advised")
    middle, foot = np.sqrt(np.prod(ADVISED)), ("data", "axes fraction")
    write_beside(memory, words, (middle, 0.04), xycoords=foot, ha="center", va="bottom", color=muted())
    return result


ADVISED = (2, 5)  # slices, by the paper
_FRACTIONS = {0.125: "⅛", 0.25: "¼", 0.5: "½", 1.0: "1", 2.0: "2", 4.0: "4", 8.0: "8", 16.0: "16"}


def _ratios(rows: DataFrame, column: str) -> DataFrame:
    """A column in units of its value at the fewest slices, turn by turn."""
    first = rows[rows["slices"] == rows["slices"].min()].set_index("draw")[column]
    return DataFrame({"slices": rows["slices"], column: rows[column] / first.loc[rows["draw"]].to_numpy()})


def _apart(counts: list[int]) -> list[int]:
    """The numbers of slices that leave room for their labels: each at least half as large again as the one before."""
    labelled = counts[:1]
    for count in counts[1:]:
        if count >= 1.5 * labelled[-1]:
            labelled.append(count)
    return labelled


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """Medians of the ratios by number of slices."""
    names = {"memory_values": "M(G)", "allocated_bytes": "allocated", "seconds": "time"}
    columns = {name: _ratios(rows, column).groupby("slices")[column].median() for column, name in names.items()}
    return DataFrame(columns).reset_index()
