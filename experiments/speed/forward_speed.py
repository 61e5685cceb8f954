"""The networks are as fast as plain torch modules, and their copies for inference faster than plain modules in place.

Source: the networks of `manifold.nets`; the plain ones have the same layers and weights in `torch.nn.Sequential`, unchecked.
Output: seconds of one forward pass in evaluation mode, in turns: ours and plain modules, both out of place, so that hooks see
true values; the copy of `fold_norms` and plain modules that write activations over their inputs, as torchvision's do. A draw is
one turn. Headline: median ratios for every network, and the largest difference of the logits. Times are this machine's, so
these rows differ from run to run.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from pandas import DataFrame
from torch import Tensor, nn

from manifold import random_stream
from manifold.nets import NETWORKS, Block, DenseBlock, SqueezeExcite, fold_norms
from manifold.plots import RIVALS, Page, muted, sized
from manifold.text import named, say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ._growth import write_beside

DRAWS = 15


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    networks: Sequence[str] = parameter(
        list(NETWORKS), "networks, by their names in `manifold.nets.NETWORKS`", check=one_of(NETWORKS)
    )
    batch: int = parameter(8, "images at a time", check=whole(1, 1024))
    size: int = parameter(224, "height and width of the input", unit="pixels", check=whole(1, 4096))
    threads: int = parameter(2, "threads that torch may use", check=whole(1, 256))


QUICK = {"draws": 3, "networks": ["mobilenet_v2", "mobilenet_v3_small"], "batch": 2, "threads": 1}
COLUMNS = (
    "network",
    "draw",
    "seconds_ours",
    "seconds_plain",
    "seconds_in_place",
    "seconds_folded",
    "difference_ours",
    "difference_plain",
    "difference_in_place",
    "difference_folded",
)


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per network and turn."""
    rows = []
    images = torch.from_numpy(random_stream(seed).normal(size=(parameters.batch, 3, parameters.size, parameters.size))).float()
    before = torch.get_num_threads()
    torch.set_num_threads(parameters.threads)
    try:
        for name in parameters.networks:
            ours = NETWORKS[name]().eval()
            plain_forms = {form: plain(ours, inplace=form == "in_place") for form in ("plain", "in_place")}
            forms = {"ours": ours, **plain_forms, "folded": fold_norms(ours)}
            with torch.inference_mode():
                logits = {form: network(images) for form, network in forms.items()}
            differences = {f"difference_{form}": float((logits[form] - logits["ours"]).abs().max()) for form in forms}
            for draw in draws:
                turn = np.roll(list(forms), draw)  # so that none always comes first
                seconds = {form: _time(forms[form], images) for form in turn}
                rows.append(
                    {"network": name, "draw": draw, **{f"seconds_{form}": seconds[form] for form in forms}, **differences}
                )
    finally:
        torch.set_num_threads(before)
    return DataFrame(rows)


def plain(network: nn.Module, *, inplace: bool) -> nn.Module:
    """The same layers and weights in plain torch modules: sequences, sums, concatenations; activations in place or not."""
    network = copy.deepcopy(network)
    for layer in network.modules():
        if hasattr(layer, "inplace"):
            setattr(layer, "inplace", inplace)  # noqa: B010 - the type of a module does not know it
    return _plain(network)


def _plain(module: nn.Module) -> nn.Module:
    children = [_plain(child) for child in module.children()]
    if isinstance(module, DenseBlock):
        return _Dense(children)
    if isinstance(module, SqueezeExcite) or not children:
        return module
    if not isinstance(module, nn.Sequential | Block):  # a network: features, pooling, classifier
        *features, classifier = children
        return nn.Sequential(*features, nn.Flatten(1), classifier)
    sequence = nn.Sequential(*children)
    return _Sum(sequence) if getattr(module, "adds_input", False) else sequence


class _Sum(nn.Module):
    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, x: Tensor) -> Tensor:
        return torch.add(x, self.branch(x))


class _Dense(nn.Module):
    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> Tensor:
        maps = [x]
        for layer in self.layers:
            maps.append(layer(torch.cat(maps, 1)))
        return torch.cat(maps, 1)


def _time(network: nn.Module, images: Tensor) -> float:
    with torch.inference_mode():
        started = time.perf_counter()
        network(images)
        return time.perf_counter() - started


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Median over the turns of every ratio in `RATIOS`, and the largest difference to our logits."""
    medians: dict[str, float] = {}
    for name, turns in rows.groupby("network", sort=False):
        medians |= {
            f"median_{over}_over_{under}_network={name}": float(_ratio(turns, over, under).median()) for over, under in RATIOS
        }
    differences = [column for column in rows.columns if column.startswith("difference_")]
    return {**medians, **{f"largest_{column}": float(rows[column].max()) for column in differences}}


RATIOS = (("ours", "plain"), ("folded", "in_place"))


def _ratio(turns: DataFrame, over: str, under: str) -> Any:
    """Time of one form in units of the other's, turn by turn."""
    return turns[f"seconds_{over}"] / turns[f"seconds_{under}"]


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Both ratios for every network: every turn, and the median in figures."""
    names = list(rows["network"].unique())
    lines, columns = page.grid(2, least=2.3)
    result = page.figure((0.28 * len(names) + 0.75) * lines + 0.2, layout=ConstrainedLayoutEngine(w_pad=0.1))
    axes = result.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for ax, (over, under) in zip(axes, RATIOS, strict=True):
        for y, name in enumerate(names):
            ratio = _ratio(rows[rows["network"] == name], over, under)
            color = RIVALS["ours" if ratio.median() <= 1.05 else "theirs"].color
            ax.plot(ratio, [y] * len(ratio), "|", color=color, alpha=0.5, markersize=sized(7.0))
            ax.plot(ratio.median(), y, "o", color=color, markersize=sized(4.0))
            write_beside(ax, f"{ratio.median():.2f}", (1.0, y), left=2.0, xycoords=("axes fraction", "data"))
        ax.axvline(1.0, color=muted(), linewidth=sized(0.8), linestyle=":")
        ax.set(title=say(f"figure.forward_speed.{over}"), xlabel=say("figure.forward_speed.ratio"))
    every = np.concatenate([_ratio(rows, *pair).to_numpy() for pair in RATIOS])
    low, high = min(0.9, every.min()), max(1.1, every.max())
    axes[0].set(xlim=(low - 0.05 * (high - low), high + 0.22 * (high - low)), ylim=(len(names) - 0.4, -0.6))
    axes[0].set_yticks(range(len(names)), [named(NETWORKS, name) for name in names])
    result.supxlabel(say("figure.turns"), size="medium", color=muted())
    return result


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """Median ratios by network."""
    medians = {over: _ratio(rows, over, under).groupby(rows["network"]).median() for over, under in RATIOS}
    table = DataFrame({say(f"figure.forward_speed.{over}"): ratios for over, ratios in medians.items()})
    return table.rename_axis("network").reset_index()
