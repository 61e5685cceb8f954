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

import torch
from matplotlib.figure import Figure
from pandas import DataFrame
from torch.profiler import ProfilerActivity, profile

from manifold import random_stream
from manifold.nets import InvertedResidual, SplitInvertedResidual, initialise, measure_cost, split_memory
from manifold.plots import Page
from manifold.runs import told
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole

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
    """Memory and time against the number of slices, as ratios to one slice: medians."""
    table = rows.groupby("slices").median(numeric_only=True)
    ratios = table / table.iloc[0]
    result = page.figure(2.8)
    memory, seconds = result.subplots(1, 2)
    for column, look, color in (("memory_values", "o-", "#0072b2"), ("allocated_bytes", "s--", "#009e73")):
        memory.plot(ratios.index, ratios[column], look, color=color, markersize=4, label=say(f"figure.memory_split.{column}"))
    memory.set(title=say("figure.memory_split.title"), ylim=(0.0, 1.05), ylabel=say("figure.memory_split.ratio"))
    memory.legend()
    seconds.plot(ratios.index, ratios["seconds"], "^-", color="#d55e00", markersize=4)
    seconds.set(title=say("figure.memory_split.seconds"), yscale="log")
    seconds.set_yticks([0.25, 0.5, 1, 2, 4, 8], ["¼", "½", "1", "2", "4", "8"])
    seconds.axhline(1.0, color="#555555", linewidth=0.8, linestyle=":")
    for ax in (memory, seconds):
        ax.set(xlabel=say("figure.memory_split.slices"), xscale="log")
        ax.set_xticks(_apart(list(table.index)), [str(count) for count in _apart(list(table.index))])
        ax.minorticks_off()
    return result


def _apart(counts: list[int]) -> list[int]:
    """The numbers of slices that leave room for their labels: each at least half as large again as the one before."""
    labelled = counts[:1]
    for count in counts[1:]:
        if count >= 1.5 * labelled[-1]:
            labelled.append(count)
    return labelled
