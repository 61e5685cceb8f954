"""What layers read may have 5 bits, behind linear bottlenecks as behind ReLU6; one weight scale a layer wrecks depthwise ones.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, section 3, who take ReLU6 "because of its robustness when used
with low-precision computation"; Krishnamoorthi 2018, arXiv 1806.08342, by whom 8 bits do for activations and a scale for each
layer's weights breaks MobileNets; Sheng et al. 2018, arXiv 1803.08607, who blame the depthwise layers. Trained
EfficientNet-Lite0, batch norms folded, computes with integers of 4 to 8 bits in some of its parts: what layers read that
ReLU6 gave, or a linear bottleneck, which its shortcut carries in integers too, or all; weights, with a scale for each channel
that goes out or for the layer. Ranges come from crops of the other halves of the photographs than those that are scored.
Output: cosine between the logits in floats and in integers, and whether the first class stays. Headline: means over crops,
and gaps between arms crop by crop with verdicts (1 shown, 0 undecided, -1 the other way round), with 95 per cent of such
means of crops drawn again, which says nothing of other photographs. On 64 crops all that layers read stands 8 bits at a
cosine of .999 and keeps 95 per cent of first classes [89, 100]. Behind ReLU6 and behind linear bottlenecks 8, 6 and 5 bits do
the same, within .004; at 4 bits bottlenecks are worse, .84 beside .90, by .058 [.049, .067]. Weights with a scale for each
channel lose more: .995 at 8 bits, .85 at 6, .29 at 4. With one for a layer .89 at 8 bits and .19 at 6, and the depthwise
layers, 4 per cent of the weights, do more harm alone than all others together, .26 beside .66 at 6 bits; at 4 bits nothing is
left to tell them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import random_stream
from manifold.checks import Floats
from manifold.nets import efficientnet_lite0
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.plots.palettes import QUANTITIES
from manifold.plots.style import faint
from manifold.runs import told
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole
from ._networks import bootstrap_interval, halves
from ._quantised import ARMS, parts, with_integers

DRAWS = 2
SCORES = ("cosine", "top_kept")
CLAIMS = {"bottleneck": ("activated", "bottleneck"), "depthwise": ("others", "depthwise"), "tensor": ("channel", "tensor")}
"""What is said to be harder: the first arm's cosine minus the second's, by crop."""


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    crops: int = parameter(32, "crops of photographs that are scored", check=whole(2, 1000))
    fitted: int = parameter(12, "other crops, which calibrate ranges", check=whole(2, 1000))
    size: int = parameter(224, "pixels of a crop's side", check=whole(32, 250))
    bits: Sequence[int] = parameter([8, 6, 5, 4], "of integers", check=whole(2, 8))


QUICK = {"draws": 2, "crops": 3, "fitted": 3, "size": 48, "bits": [8, 4]}
COLUMNS = ("draw", "crop", "arm", "bits", "weight_megabytes", *SCORES)


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw, arm, number of bits and crop."""
    rows: list[dict[str, Any]] = []
    network = efficientnet_lite0(weights="imagenet").eval()
    cells = [(draw, arm, bits) for draw in draws for arm in ARMS for bits in parameters.bits]
    for number, (draw, arm, bits) in enumerate(told(cells, draws=len(draws))):
        if number % (len(cells) // len(draws)) == 0:
            fitted, scored = halves(parameters.fitted, parameters.crops, parameters.size, rng=random_stream(seed, draw))
            sites = parts(network, fitted)
        quantised = with_integers(network, fitted, arm, bits, sites)
        damage = quantised.damage(scored)
        cell = {"draw": draw, "arm": arm, "bits": bits, "weight_megabytes": quantised.megabytes}
        for crop, (cosine, kept) in enumerate(zip(damage.cosine.tolist(), damage.kept.tolist(), strict=True)):
            rows.append({**cell, "crop": crop, "cosine": cosine, "top_kept": float(kept)})
    return DataFrame(rows)[list(COLUMNS)]


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Means over crops and gaps between arms, with the ends of their intervals, 95 per cent of crops drawn again."""
    numbers: dict[str, float] = {}
    for (arm, bits), part in rows.groupby(["arm", "bits"], sort=False):
        for score in SCORES:
            numbers |= _interval(part[score].to_numpy(), f"{score}_arm={arm}_bits={bits}")
    for (bits,), part in rows.groupby(["bits"], sort=False):
        table: Any = part.pivot_table(index=["draw", "crop"], columns="arm", values="cosine")
        for claim, (easy, hard) in CLAIMS.items():
            found = _interval((table[easy] - table[hard]).to_numpy(), f"cosine_gap_{claim}_bits={bits}")
            low, high = list(found.values())[1:]
            numbers |= {**found, f"verdict_{claim}_bits={bits}": float(low > 0.0) - float(high < 0.0)}
    for (bits,), part in rows[rows["arm"] == "channel"].groupby(["bits"], sort=False):
        numbers[f"total_weight_megabytes_bits={bits}"] = float(part["weight_megabytes"].iloc[0])
    return numbers


def _interval(values: Floats, name: str) -> dict[str, float]:
    low, high = bootstrap_interval(values)
    return {f"mean_{name}": float(values.mean()), f"bound_low_{name}": low, f"bound_high_{name}": high}


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """Means over crops and the ends of their intervals (3, bits), by score and arm."""
    kept: dict[str, Any] = {score: {} for score in SCORES}
    for score in SCORES:
        for arm, part in rows.groupby("arm", sort=False):
            values = [part[part["bits"] == bits][score].to_numpy() for bits in parameters.bits]
            kept[score][arm] = np.array([(each.mean(), *bootstrap_interval(each)) for each in values]).T
    return kept


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Cosines above, first classes kept below, against bits: of activations left, of weights right."""
    lines, columns = page.grid(2, least=2.4)
    sides = ("activations", "weights")
    result = page.figure(2.0 * 2 * lines + 0.9 * lines)
    panels: Any = result.subfigures(lines, columns, squeeze=False)
    for side, panel in zip(sides, panels.ravel(), strict=True):
        axes = panel.subplots(2, 1, sharex=True)
        arms = [arm for arm, (what, _, _) in ARMS.items() if what == side]
        for ax, score in zip(axes, SCORES, strict=True):
            for place, arm in enumerate(arms):
                _draw(ax, drawn[score][arm], parameters.bits, arm, QUANTITIES[place], 0.08 * (place - (len(arms) - 1) / 2))
            ax.axhline(1.0, color=faint(), linewidth=0.8)
            ax.set(ylabel=say(f"networks.quantised.{score}"), ylim=(min(-0.05, ax.get_ylim()[0]), 1.05))
        axes[0].set_title(say(f"networks.quantised.{side}"))
        axes[1].set_xlabel(say("networks.quantised.bits"))
        axes[1].set_xticks(sorted(parameters.bits))
        panel.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=1)
    return result


def _draw(ax: Axes, scores: Any, bits: Sequence[int], arm: str, look: Any, shift: float) -> None:
    """Means over crops with their intervals."""
    across = np.array(bits) + shift
    error = np.abs(scores[1:] - scores[0])
    ax.errorbar(across, scores[0], error, label=say(f"networks.quantised.arm.{arm}"), markersize=3, elinewidth=0.8, **look.line)
