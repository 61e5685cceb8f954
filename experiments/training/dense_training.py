"""At equal parameters dense connections are more accurate than shortcuts, and late layers use the maps of early ones.

Source: Huang et al. 2017 (DenseNet), arXiv 1608.06993, section 5, Figures 4 and 5. Dense, residual and plain networks of
sixteen 3x3 convolutions, the picture halved after eight, have 18,000 parameters within 2 per cent; dense costs a quarter more
MACs. Output: test accuracy; for dense networks Figure 5's map, the mean |weight| from each source to each layer, in one draw;
and the accuracy once every layer forgets the older or the younger half of its sources, batch norms set anew.
Headline: means, and paired differences with their 95 per cent intervals and verdicts.
Twelve draws: dense is .7 points [.2, 1.2] better than residual, reproduced, and 17 [9, 24] better than plain, which at this
depth often does not train in 300 steps. The map says little: weights spread evenly over sources, oldest over youngest .98
[.95, 1.00], but so they did before training. Leaving out tells what is used: without older sources 64 points are lost [58, 70],
without younger ones 4 [3, 6]. Late layers live on early maps, as the paper says, far more than on those just before them.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from pandas import DataFrame

from manifold.checks import Floats
from manifold.nets import DenseBlock, Recipe, SmallNet, Split, Training, take_statistics
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.deep import DEEP, deep_net, forget_sources, source_weights
from manifold.nets.training.loop import one_thread
from manifold.plots import Page, figure_legend
from manifold.runs import told
from manifold.sweeps import mean_interval
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, real, whole
from ._arms import arm_sentence, claims_table, draw_arms, draw_differences, with_costs
from ._bottlenecks import arm_cost, picture_shape, stem_stride
from ._pairs import Difference, batch_seed, begin, draw_split, final_scores, in_points, over_draws, paired_difference
from ._verdicts import difference_numbers, note_height

DRAWS = 12
BLOCK = 1
CLAIMS = (("dense", "residual"), ("dense", "plain"))
HALVES = ("older", "younger")
"""Of a layer's sources."""


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("digits", "set of pictures", check=one_of(IMAGE_SETS))
    networks: Sequence[str] = parameter(["dense", "residual", "plain"], "kinds of stacks", check=one_of(DEEP))
    steps: int = parameter(300, "steps of a training", check=whole(1, 100_000))
    batch: int = parameter(32, "pictures in a step", check=whole(2, 1000))
    rate: float = parameter(0.01, "size of the first step, by AdamW")
    decay: float = parameter(1.0, "weight decay, by which weights that are not used shrink", check=real(0.0, inclusive=True))


QUICK = {"draws": 2, "steps": 4}
COLUMNS = (
    *("network", "draw", "accuracy", "train_accuracy", "without_older", "without_younger", "older_over_younger"),
    *("parameters", "macs", "seconds"),
)


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw and kind of stack; of dense ones also what halves of the connections are worth."""
    rows: list[dict[str, Any]] = []
    for draw, name in told([(draw, name) for draw in draws for name in parameters.networks], draws=len(draws)):
        split = draw_split(parameters.dataset, seed, draw)
        training, network = _begin(name, split, seed=seed, draw=draw, parameters=parameters)
        row = {"network": name, "draw": draw, **final_scores(training), **arm_cost(network, split)}
        if name == "dense":
            older, younger = (_accuracy_without(network, split, older=older) for older in (True, False))
            row |= {"without_older": older, "without_younger": younger, "older_over_younger": _weight_ratio(network)}
        rows.append(row)
    return DataFrame(rows, columns=list(COLUMNS))


def _begin(name: str, split: Split, *, seed: int, draw: int, parameters: Parameters) -> tuple[Training, SmallNet]:
    network = deep_net(name, picture_shape(split), len(split.train.names), stride=stem_stride(split))
    recipe = Recipe(parameters.steps, parameters.batch, parameters.rate, parameters.decay, seed=batch_seed(seed, draw))
    return begin(network, split, recipe, seed=seed, draw=draw), network


def _dense_blocks(network: SmallNet) -> list[DenseBlock]:
    return [block for block in network.blocks if isinstance(block, DenseBlock)]


def _accuracy_without(network: SmallNet, split: Split, *, older: bool) -> float:
    """Test accuracy with half of each layer's sources forgotten, batch norms set anew by the training pictures."""
    changed = copy.deepcopy(network)
    for block in _dense_blocks(changed):
        forget_sources(block, older=older)
    take_statistics(changed, split.train.images)
    with torch.no_grad():
        right = changed(split.test.images).argmax(1) == split.test.labels
    return float(right.double().mean())


def _weight_ratio(network: SmallNet) -> float:
    """Mean |weight| from the block's input over that from the layer before, mean over later halves of the blocks' layers."""
    maps = [source_weights(block) for block in _dense_blocks(network)]
    ratios = [weights[layer, 0] / weights[layer, layer] for weights in maps for layer in range(len(weights) // 2, len(weights))]
    return float(np.mean(ratios))


def differences(rows: DataFrame) -> dict[tuple[str, str], Difference]:
    """Of two networks the first minus the second; of dense ones what is lost without half of the sources."""
    pairs = [pair for pair in CLAIMS if set(pair) <= set(rows["network"])]
    found = {pair: paired_difference(rows, "network", *pair) for pair in pairs}
    dense = rows[rows["network"] == "dense"]
    for half in HALVES if len(dense) else ():
        lost = (dense["accuracy"] - dense[f"without_{half}"]).to_numpy()
        found["dense", half] = over_draws(lost)
    return found


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Mean accuracy of each network; differences with intervals and verdicts; weights of older over younger sources."""
    numbers = {f"mean_accuracy_network={name}": float(part["accuracy"].mean()) for name, part in rows.groupby("network")}
    for (one, other), each in differences(rows).items():
        numbers |= difference_numbers(each, f"lost_without_{other}" if other in HALVES else f"gain_of_{one}_over_{other}")
    ratios = rows["older_over_younger"].dropna()
    if len(ratios) > 1:
        low, high = mean_interval(ratios)
        numbers |= {"mean_weight_older_over_younger": float(ratios.mean())}
        numbers |= {"bound_low_weight_older_over_younger": low, "bound_high_weight_older_over_younger": high}
    return numbers


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """A row per difference."""
    return claims_table({_minus(*pair): each for pair, each in differences(rows).items()})


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """Mean |weight| (layers, layers) by source and layer in each block of the first draw's dense network."""
    if "dense" not in parameters.networks:
        return {}
    draw = int(rows["draw"].min())
    split = draw_split(parameters.dataset, seed, draw)
    training, network = _begin("dense", split, seed=seed, draw=draw, parameters=parameters)
    training.run()
    return {"maps": [source_weights(block).T for block in _dense_blocks(network)]}


def _name(network: str) -> str:
    return say(f"figure.dense_training.{network}")


def _minus(one: str, other: str) -> str:
    if other in HALVES:
        return say(f"figure.dense_training.without.{other}")
    return say("training.minus", one=_name(one), other=_name(other))


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Accuracy of each network over the draws, the differences, and the maps of both dense blocks."""
    found, maps = differences(rows), drawn.get("maps", [])
    lines, columns = page.grid(2 + len(maps), least=2.8)
    said = [arm_sentence(_name(one), _name(other), found[one, other]) for one, other in found if other not in HALVES]
    halves = [(other, each) for (_, other), each in found.items() if other in HALVES]
    said += [say(f"figure.dense_training.lost.{half}", points=in_points(each)) for half, each in halves]
    note = "\n".join(line[:1].upper() + line[1:] for line in said)
    result = page.figure(2.5 * lines + note_height(note, page, entries=2), layout=ConstrainedLayoutEngine(w_pad=0.08))
    panels = result.subplots(lines, columns, squeeze=False).ravel()
    parts = {name: rows[rows["network"] == name] for name in parameters.networks}
    draw_arms(panels[0], {with_costs(_name(name), part): part["accuracy"] for name, part in parts.items()})
    draw_differences(panels[1], {_minus(*pair): each for pair, each in found.items()})
    panels[0].set_title(say("training.arms"))
    panels[1].set_title(say("training.claims"))
    for number, (ax, weights) in enumerate(zip(panels[2:], maps, strict=False), 1):
        _draw_map(result, ax, weights, number)
    figure_legend(result, panels[0], note=note)
    return result


def _draw_map(figure: Figure, ax: Axes, weights: Floats, number: int) -> None:
    """Mean |weight| by source, upwards, and layer."""
    count = len(weights)
    image = ax.imshow(weights, cmap="viridis", origin="lower", vmin=0.0, vmax=float(np.nanmax(weights)))
    ax.set_xticks(range(count), list(map(str, range(1, count + 1))))
    ax.set_yticks(range(count))
    ax.set(xlabel=say("figure.dense_training.layer"), ylabel=say("figure.dense_training.source"))
    ax.set_title(say("figure.dense_training.map", block=number))
    figure.colorbar(image, ax=ax).set_label(say("figure.dense_training.weight"))
