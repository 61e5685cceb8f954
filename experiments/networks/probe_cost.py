"""A probe of every activation takes at most 2.5 times the plain forward pass, and no more memory for 100 batches than for two.

Source: `manifold.nets.probe`; ResNet-26 in the usual code, whose activations act in place. TorchLens, which keeps all tensors,
is timed where it is installed.
Output: seconds of a batch in turns: the plain forward pass, the whole call of `probe` with counts and by its sample alone, each
on the same few batches, and TorchLens's `trace` of one; a draw is one turn. Once for each network the most bytes that torch
holds at one time while it is probed on one batch, on two, before which all samples have their memory, and on many. Headline:
median ratios to the plain pass, those of the bytes, and the sites. Times are this machine's: these rows differ from run to run.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.figure import Figure
from pandas import DataFrame, Series
from torch import Tensor, nn

from manifold import random_stream
from manifold.nets import NETWORKS, probe
from manifold.plots import Page
from manifold.plots.palettes import RIVALS
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ..speed.memory_split import allocated_peak
from ._resnet import ResNet26

DRAWS = 9
PROBED: Mapping[str, Callable[[], nn.Module]] = {**NETWORKS, "resnet26": ResNet26}
FORMS = ("counts", "sampling", "torchlens")
LOOKS = dict(zip(FORMS, (RIVALS[side] for side in ("ours", "others", "theirs")), strict=True))
_TICKS = (1, 1.2, 1.5, 2, 3, 5)
_FEW_TICKS = (1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    networks: Sequence[str] = parameter(
        ["mobilenet_v2", "efficientnet_lite0", "resnet26"],
        "networks of `manifold.nets.NETWORKS`, or resnet26",
        check=one_of(PROBED),
    )
    batches: int = parameter(5, "batches of a turn, over which what comes once a call is shared", check=whole(1, 1000))
    batch: int = parameter(8, "images at a time", check=whole(1, 1024))
    size: int = parameter(224, "height and width of the input", unit="pixels", check=whole(32, 4096))
    threads: int = parameter(2, "threads that torch may use", check=whole(1, 256))
    many: int = parameter(100, "batches against whose memory that of one is held", check=whole(2, 10_000))
    many_size: int = parameter(64, "height and width of their images", unit="pixels", check=whole(32, 4096))


QUICK = {
    "draws": 2,
    "networks": ["mobilenet_v2"],
    "batches": 1,
    "batch": 2,
    "size": 96,
    "threads": 1,
    "many": 4,
    "many_size": 32,
}
COLUMNS = (
    *("network", "draw", "sites", "one_bytes", "two_bytes", "many_bytes", "seconds_plain"),
    *(f"seconds_{form}" for form in FORMS),
)


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per network and turn."""
    rows = []
    before = torch.get_num_threads()
    torch.set_num_threads(parameters.threads)
    try:
        for name in parameters.networks:
            network = PROBED[name]().eval()
            images = _images(parameters.batch, parameters.size, seed)
            runs = _runs(network, [images] * parameters.batches)
            facts = {"network": name, "sites": len(probe(network, [images]).sites), **_memory(network, seed, parameters)}
            for draw in draws:
                turn = np.roll(list(runs), draw)  # so that none always comes first
                seconds = {form: _time(*runs[form]) for form in turn}
                times = {f"seconds_{form}": seconds.get(form, np.nan) for form in ("plain", *FORMS)}
                rows.append({**facts, "draw": draw, **times})
    finally:
        torch.set_num_threads(before)
    return DataFrame(rows)


def _images(count: int, size: int, seed: int) -> Tensor:
    return torch.from_numpy(random_stream(seed).normal(size=(count, 3, size, size))).float()


def _runs(network: nn.Module, batches: Sequence[Tensor]) -> dict[str, tuple[Callable[[], object], int]]:
    """What is timed, by its form, and how many batches it runs on."""

    def plain() -> None:
        with torch.no_grad():
            for images in batches:
                network(images)

    runs: dict[str, tuple[Callable[[], object], int]] = {
        "plain": (plain, len(batches)),
        "counts": (lambda: probe(network, batches), len(batches)),
        "sampling": (lambda: probe(network, batches, counts=False), len(batches)),
    }
    if importlib.util.find_spec("torchlens") is not None:
        lens = importlib.import_module("torchlens")
        runs["torchlens"] = lambda: lens.trace(network, batches[0]), 1
    return runs


def _memory(network: nn.Module, seed: int, parameters: Parameters) -> dict[str, int]:
    """Bytes at the peak of a probe of one batch, of two and of many."""
    images = _images(parameters.batch, parameters.many_size, seed)
    return {
        column: allocated_peak(lambda count=count: probe(network, (images for _ in range(count))))  # type: ignore[misc]
        for column, count in (("one_bytes", 1), ("two_bytes", 2), ("many_bytes", parameters.many))
    }


def _time(run: Callable[[], object], batches: int) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) / batches


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Median ratios, the ratio of the bytes, and the sites, by network."""
    numbers: dict[str, float] = {}
    for name, turns in rows.groupby("network", sort=False):
        for form in FORMS:
            ratio = _ratio(turns, form)
            if ratio.notna().any():
                numbers[f"ratio_seconds_{form}_over_plain_network={name}"] = float(ratio.median())
        for few in ("one", "two"):
            ratio = turns["many_bytes"] / turns[f"{few}_bytes"]
            numbers[f"ratio_bytes_many_over_{few}_network={name}"] = float(ratio.iloc[0])
        numbers[f"total_sites_network={name}"] = float(turns["sites"].iloc[0])
    return numbers


def _ratio(turns: DataFrame, form: str) -> Series:
    return turns[f"seconds_{form}"] / turns["seconds_plain"]


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The ratios of time to the plain pass, every turn and the median, for each network."""
    names = list(rows["network"].unique())
    result = page.figure(0.5 * len(names) + 1.3)
    ax = result.subplots()
    for place, (form, look) in enumerate(LOOKS.items()):
        ratio = _ratio(rows, form).dropna()
        if len(ratio):
            heights = rows["network"].map(names.index) + 0.2 * (place - 1)
            ax.plot(ratio, heights[ratio.index], "|", color=look.color, alpha=0.4)
            medians = ratio.groupby(heights).median()
            ax.plot(medians, medians.index, look.marker, color=look.color, label=say(f"figure.probe_cost.{form}"))
    ax.axvline(1.0, color="#555555", linewidth=0.8, linestyle=":")
    ax.set(xscale="log", xlabel=say("figure.probe_cost.ratio"), ylim=(len(names) - 0.5, -0.5))
    low, high = ax.get_xlim()
    ticks = [tick for tick in (_TICKS if high < 5.0 * low else _FEW_TICKS) if low <= tick <= high]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_yticks(range(len(names)), names)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=page.grid(len(LOOKS), least=2.2)[1])
    return result
