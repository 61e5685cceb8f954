"""ReLU6 at one trained bottleneck spares the logits if a shortcut goes around it, and else wrecks them, mostly by its shift.

Source: section 3.2 and footnote 3 of Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381: activations at a bottleneck lose what
passes, and with shortcuts the loss is weaker. Trained EfficientNet-Lite0 gets ReLU6, or ReLU, which does not clip, at one
bottleneck, or at all: on the branch of a block, around which its shortcut goes; on the sum of the same blocks, the shortcut
inside; on blocks that have none. Behind it stands nothing, a factor and an offset for each channel, or a 1x1 convolution, by
least squares on crops of the other halves of the photographs than those that are scored. Nothing is trained anew.
Output: cosine between the logits before and after, whether the first class stays, and the squared error at the bottleneck over
the variance. Headline: means over crops, and blocks, with 95 per cent of such means of crops drawn again, which says nothing
of other photographs. Footnote 3 holds: in the same blocks the cosine is .97 with the shortcut around ReLU6, and .29 with it
inside, where ReLU leaves .49. That one activation destroys what passes does not: a factor and an offset bring .29 to .81. But a
third of the variance no linear layer brings back, nor three of five first classes, and of all at once the best repair makes
.50. In late blocks, with few positions a channel, the convolution fits no better than factors and offsets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame
from torch import Tensor, nn

from manifold import random_stream
from manifold.checks import fault
from manifold.nets import (
    REPAIRS,
    InvertedResidual,
    MobileNet,
    efficientnet_lite0,
    fit_insertions,
    inserted,
    repaired_activation,
)
from manifold.nets.probing.insertions import FEWEST
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.plots.palettes import QUANTITIES
from manifold.plots.style import faint, ground
from manifold.runs import told
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ._networks import bootstrap_interval, halves

DRAWS = 2
ACTED = ("relu6", "relu")
SHORTCUTS = ("around", "inside", "none")
"""On the branch, a shortcut around it; the same blocks, on the sum, the shortcut inside; blocks that have no shortcut."""


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    crops: int = parameter(32, "crops of photographs that are scored", check=whole(2, 1000))
    fitted: int = parameter(36, "other crops, on which the repairs are fitted", check=whole(1, 1000))
    size: int = parameter(224, "pixels of a crop's side", check=whole(32, 250))
    blocks: Sequence[int] = parameter([*range(1, 17)], "numbers of blocks, and all of them at once", check=whole(1, 16))
    activations: Sequence[str] = parameter([*ACTED], "what is put at the bottleneck", check=one_of(ACTED))


QUICK = {"draws": 2, "crops": 4, "fitted": 18, "size": 96, "blocks": [2, 3, 6, 7], "activations": ["relu6"]}
COLUMNS = ("draw", "crop", "block", "shortcut", "activation", "repair", "cosine", "top_kept", "unrepaired")
ALL = "all"


def check(parameters: Parameters) -> None:
    """There are enough positions for a linear repair of every block."""
    network, side = efficientnet_lite0(), -(-parameters.size // 2)
    for number, block in _blocks(network):
        side = -(-side // block.stride)
        least = -(-(FEWEST * block.oup) // side**2)
        if number in parameters.blocks and parameters.fitted < least:
            raise fault(
                ValueError,
                "fitted must be at least {least} for a linear repair of block {number}, got {fitted}",
                least=least,
                number=number,
                fitted=parameters.fitted,
            )


def _blocks(network: MobileNet) -> list[tuple[int, InvertedResidual]]:
    """Blocks by their numbers, which are those of the network's features."""
    return [(number, block) for number, block in enumerate(network.features) if isinstance(block, InvertedResidual)]


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw, block or all of them, place of the shortcut, activation, repair and crop."""
    rows: list[dict[str, Any]] = []
    network = efficientnet_lite0(weights="imagenet").eval()
    last = len(network.features)
    with torch.no_grad():
        for draw, number in told([(draw, number) for draw in draws for number in range(last + 1)], draws=len(draws)):
            if not number:
                images = halves(parameters.fitted, parameters.crops, parameters.size, rng=random_stream(seed, draw))
                entering, plain = images, network(images[1])
            cells = _all(network, *images, parameters) if number == last else _one(network, number, *entering, parameters)
            for cell, changed, missed in cells:
                cosine = torch.cosine_similarity(changed, plain).tolist()
                top = (changed.argmax(1) == plain.argmax(1)).double().tolist()
                for crop, values in enumerate(zip(cosine, top, missed, strict=True)):
                    rows.append({"draw": draw, "crop": crop, **cell, **dict(zip(COLUMNS[-3:], values, strict=True))})
            if number < last:
                entering = network.features[number](entering[0]), network.features[number](entering[1])
    return DataFrame(rows)[list(COLUMNS)]


_Scored = tuple[dict[str, Any], Tensor, Sequence[float]]


def _one(network: MobileNet, number: int, fitted: Tensor, scored: Tensor, parameters: Parameters) -> Iterator[_Scored]:
    """Logits with one block's bottleneck changed, and the share of the variance there that is missed, crop by crop.

    `fitted` and `scored` are what enters the block.
    """
    block: Any = network.features[number]
    if number not in parameters.blocks:
        return
    tail = nn.Sequential(network.features[number:], network.avgpool, nn.Flatten(1), network.classifier)
    for shortcut, inner in _places(block):
        known, wanted = ((block.conv if inner else block)(images) for images in (fitted, scored))  # (N, C, H, W)
        for activation, repair in _forms(parameters):
            stage = repaired_activation(activation, known, known, repair=repair)
            cell = {"block": str(number), "shortcut": shortcut, "activation": activation, "repair": repair}
            missed = (stage(wanted) - wanted).square().mean((1, 2, 3)) / wanted.var((0, 2, 3)).mean()
            with inserted(tail, {f"0.{number}{inner}": stage}):
                yield cell, tail(scored), missed.tolist()


def _places(block: InvertedResidual) -> list[tuple[str, str]]:
    """Where an activation can stand: relation to the shortcut, and the path inside the block."""
    return [("around", ".conv"), ("inside", "")] if block.adds_input else [("none", "")]


def _all(network: MobileNet, fitted: Tensor, scored: Tensor, parameters: Parameters) -> Iterator[_Scored]:
    """Logits with all bottlenecks changed; nothing is said of the variance missed."""
    blocks = [(number, block) for number, block in _blocks(network) if number in parameters.blocks]
    for place in (0, 1):
        paths = [f"features.{number}{_places(block)[-1 if place else 0][1]}" for number, block in blocks]
        for activation, repair in _forms(parameters):
            stages = fit_insertions(network, fitted, paths, activation=activation, repair=repair)
            cell = {"block": ALL, "shortcut": SHORTCUTS[place], "activation": activation, "repair": repair}
            with inserted(network, stages):
                yield cell, network(scored), [np.nan] * len(scored)


def _forms(parameters: Parameters) -> list[tuple[str, str]]:
    return [(activation, repair) for activation in parameters.activations for repair in REPAIRS]


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Means over crops, and over blocks, with the ends of their intervals, 95 per cent of crops drawn again."""
    numbers: dict[str, float] = {}
    for (shortcut, activation, repair), part in rows.groupby(["shortcut", "activation", "repair"], sort=False):
        behind = f"activation={activation}_repair={repair}_shortcut={shortcut}"
        for what, some in (("one", part[part["block"] != ALL]), ("all", part[part["block"] == ALL])):
            for score in ("cosine", "top_kept", "unrepaired"):
                if some[score].notna().any():
                    numbers |= _interval(some, score, f"{score}_{what}_{behind}")
    return numbers


def _interval(rows: Any, score: str, name: str) -> dict[str, float]:
    means = rows.groupby(["draw", "crop"])[score].mean().to_numpy()
    low, high = bootstrap_interval(means)
    return {f"mean_{name}": float(means.mean()), f"bound_low_{name}": low, f"bound_high_{name}": high}


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """Mean cosines and the ends of their intervals (3, blocks), by place of the shortcut, activation and repair."""
    cosines: dict[Any, Any] = {}
    for (shortcut, activation, repair), part in rows.groupby(["shortcut", "activation", "repair"], sort=False):
        values = [part[part["block"] == name]["cosine"].to_numpy() for name in _names(part)]
        scores = np.array([(each.mean(), *bootstrap_interval(each)) for each in values]).T
        cosines.setdefault(shortcut, {}).setdefault(activation, {})[repair] = scores
    return cosines


def _names(rows: Any) -> list[str]:
    """Numbers of the blocks in order, and "all" last."""
    return sorted(rows["block"].unique(), key=lambda name: (name == ALL, name.zfill(2)))


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """A panel for each place of the shortcut: logit cosine against the block."""
    lines, columns = page.grid(len(drawn), least=2.2)
    result = page.figure(2.1 * lines + 0.6)
    axes, more = np.split(result.subplots(lines, columns, sharey=True, squeeze=False).ravel(), [len(drawn)])
    for ax in more:
        ax.remove()
    forms = _forms(parameters)
    for ax, shortcut in zip(list(axes), [name for name in SHORTCUTS if name in drawn], strict=True):
        names = _names(rows[rows["shortcut"] == shortcut])
        ax.axhline(1.0, color=faint(), linewidth=0.8)
        for place, (activation, repair) in enumerate(forms):
            across = np.arange(len(names)) + 0.06 * (place - (len(forms) - 1) / 2.0)
            _draw(ax, across, drawn[shortcut][activation][repair], names, activation, repair)
        ax.set_xticks(range(len(names)), [say("networks.all") if name == ALL else name for name in names])
        ax.set(title=say(f"networks.shortcut.{shortcut}"), xlabel=say("networks.number"))
    for ax in axes[::columns]:
        ax.set_ylabel(say("networks.cosine"))
    result.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=max(2, columns), handlelength=3.0)
    return result


def _draw(ax: Axes, across: Any, scores: Any, names: Sequence[str], activation: str, repair: str) -> None:
    """Means over crops with their intervals; dashed and hollow for the second activation; all blocks at once aside."""
    look, second = QUANTITIES[REPAIRS.index(repair)], activation == ACTED[1]
    means, ends = scores[0], scores[1:]
    face, style = ground() if second else look.color, "--" if second else "-"
    label = say("networks.repaired", activation=say(f"networks.acted.{activation}"), repair=say(f"networks.repair.{repair}"))
    ax.errorbar(across, means, np.abs(ends - means), fmt="none", ecolor=look.color, elinewidth=0.8)
    marks: dict[str, Any] = {
        "color": look.color,
        "marker": look.marker,
        "markersize": 3,
        "markerfacecolor": face,
        "linewidth": 0.9,
    }
    single = np.array(names) != ALL
    for part, dash, said in ((single, style, label), (~single, "", None)):
        ax.plot(across[part], means[part], dash, label=said, **marks)
