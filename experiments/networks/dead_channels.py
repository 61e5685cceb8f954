"""Channels that are dead on some pictures go for nothing there, but a third to three fifths of them are alive on others.

Source: Hu et al. 2016 (Network Trimming), arXiv 1607.03250, who prune what is mostly 0 on pictures that are shown. A hidden
channel of trained EfficientNet-Lite0 is dead if behind the depthwise convolution it says the same at every position of all
crops that are shown; it goes, and what it always added goes into the batch norm behind. Held-out crops come from the other
halves of the photographs.
Output: how many channels are dead, how many of them are not on held-out crops, and the largest change of a logit over the
largest logit. Headline: means over 5 draws, and the largest change. On the crops shown outputs stay the same, to 6e-7 of
their size. On others they do not: of 1,149, 603 and 388 channels that are dead on 4, 16 and 64 crops 62, 44 and 34 per cent
are alive there, and a logit changes by up to 65, 29 and 9 per cent of the largest; of the first classes 59, 84 and 96 per
cent stay. What goes at 64 crops is 2.5 per cent of the MACs. Three photographs do not show what a network of 1,000 classes
has its channels for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from pandas import DataFrame
from torch import Tensor

from manifold import random_stream
from manifold.nets import efficientnet_lite0
from manifold.nets.compression.dead import hidden_ends, remove_dead
from manifold.nets.compression.prune import Pruned
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.plots.palettes import QUANTITIES
from manifold.runs import told
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole
from ._networks import halves

DRAWS = 5
_BATCH = 8


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    shown: Sequence[int] = parameter([4, 16, 64], "crops on which channels are dead", check=whole(1, 1000))
    crops: int = parameter(32, "crops that are held out", check=whole(1, 1000))
    size: int = parameter(224, "pixels of a crop's side", check=whole(32, 250))


QUICK = {"draws": 2, "shown": [2, 6], "crops": 2, "size": 48}
COLUMNS = ("draw", "shown", "dead", "fired", "macs_saved", "change", "held_change", "cosine", "top_kept")


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw and number of crops shown."""
    rows: list[dict[str, Any]] = []
    network = efficientnet_lite0(weights="imagenet").eval()
    for draw in told(draws, draws=len(draws)):
        some, held = halves(max(parameters.shown), parameters.crops, parameters.size, rng=random_stream(seed, draw))
        before, ends = _logits(network, held), hidden_ends(network, held)
        for shown in parameters.shown:
            pruned = remove_dead(network, some[:shown])
            few = some[: min(shown, parameters.crops)]
            after = _logits(pruned.network, held)
            rows.append(
                {
                    "draw": draw,
                    "shown": shown,
                    "macs_saved": 1.0 - pruned.after.macs / pruned.before.macs,
                    **_count(pruned, ends),
                    "change": _change(_logits(network, few), _logits(pruned.network, few)),
                    "held_change": _change(before, after),
                    "cosine": float(torch.cosine_similarity(before, after).mean()),
                    "top_kept": float((before.argmax(1) == after.argmax(1)).double().mean()),
                }
            )
    return DataFrame(rows)[list(COLUMNS)]


def _logits(network: torch.nn.Module, images: Tensor) -> Tensor:
    with torch.no_grad():
        return torch.cat([network(part) for part in torch.split(images, _BATCH)])


def _change(before: Tensor, after: Tensor) -> float:
    """The largest change of a logit, over the largest logit."""
    return float((after - before).abs().max() / before.abs().max())


def _count(pruned: Pruned, ends: dict[str, tuple[Tensor, Tensor]]) -> dict[str, int]:
    """Channels that went, and how many of them are not dead on the images whose ends these are."""
    dead = fired = 0
    for path, (low, high) in ends.items():
        gone = torch.ones_like(low, dtype=torch.bool)
        gone[pruned.kept[path]] = False
        dead += int(gone.sum())
        fired += int((gone & (high > low)).sum())
    return {"dead": dead, "fired": fired}


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Means over the draws, by crops shown; the largest change of a logit."""
    numbers: dict[str, float] = {}
    for (shown,), part in rows.groupby(["shown"], sort=False):
        for name in ("dead", "fired", "macs_saved", "cosine", "top_kept"):
            numbers[f"mean_{name}_shown={shown}"] = float(part[name].mean())
        share = part["fired"].sum() / max(part["dead"].sum(), 1)
        numbers[f"mean_fired_share_shown={shown}"] = float(share)
        for name in ("change", "held_change"):
            numbers[f"largest_{name}_shown={shown}"] = float(part[name].max())
    return numbers


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """Nothing beside the rows."""
    return {}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Channels that are dead, and those of them that fire on other crops, and what removing them changes there."""
    lines, columns = page.grid(2, least=2.4)
    result = page.figure(2.3 * lines + 0.5)
    left, right = result.subplots(lines, columns, squeeze=False).ravel()
    for look, name in zip(QUANTITIES, ("dead", "fired"), strict=False):
        _draw(left, rows, name, look)
    for look, name in zip(QUANTITIES[2:], ("change", "held_change"), strict=False):
        _draw(right, rows.assign(**{name: rows[name].clip(lower=1e-8)}), name, look)
    right.set_yscale("log")
    left.set(ylabel=say("networks.dead.channels"))
    right.set(ylabel=say("networks.dead.changed"))
    for ax in (left, right):
        ax.set_xscale("log", base=2)
        ax.set_xticks(sorted(parameters.shown), [str(each) for each in sorted(parameters.shown)])
        ax.set_xlabel(say("networks.dead.shown"))
    handles = [handle for ax in (left, right) for handle in ax.get_legend_handles_labels()[0]]
    result.legend(handles=handles, loc="outside lower center", ncols=columns)
    return result


def _draw(ax: Any, rows: DataFrame, name: str, look: Any) -> None:
    """Means over the draws; bars from least to most."""
    seen: Any = rows.groupby("shown")[name].agg(["mean", "min", "max"])
    ends = np.array([seen["mean"] - seen["min"], seen["max"] - seen["mean"]])
    ax.errorbar(seen.index, seen["mean"], ends, label=say(f"networks.dead.{name}"), markersize=3, elinewidth=0.8, **look.line)
