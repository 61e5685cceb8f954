"""A trained block can lack equations at a third of its positions and lose a fiftieth of the variance; the last layer a third.

Source: `theory.expansion`: with A active channels, A < k, the k inputs of an expansion are not determined; but under a Gaussian
prior the active channels tell more of them than A directions. Trained EfficientNet-Lite0 sees crops of photographs. Mean and
covariance of the inputs of every expansion come from some crops, and positions of other crops are decoded. A draw draws both.
Output: share of positions with A < k; equations missing, max(k - A, 0) / k; share of the variance that active channels leave
open by the formula; and the squared error of the decoder over the variance: means over crops with 95 per cent intervals.
Headline: the same, by block, and the largest. Where as many channels are active as there are inputs, these are determined, the
rows of trained weights being in general position. Four of sixteen expansions lack equations anywhere. In blocks the error is
at most a third of the share of equations. The last expansion, to 1280 channels before the mean over the image, keeps least: of
other crops the decoder misses more than the formula says, as their covariance is not quite the same.
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
from manifold.checks import Floats
from manifold.nets import MobileNet, efficientnet_lite0, inserted
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.plots.palettes import QUANTITIES
from manifold.runs import told
from manifold.text import say
from manifold.theory.expansion import decode_expansion, variance_lost

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole
from ._networks import crops

DRAWS = 3


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    crops: int = parameter(24, "crops that tell mean and covariance", check=whole(1, 1000))
    scored: int = parameter(12, "other crops, whose inputs are decoded", check=whole(2, 1000))
    kept: int = parameter(20, "positions seen of each of these", check=whole(1, 1000))
    size: int = parameter(224, "pixels of a crop's side", check=whole(32, 400))
    blocks: Sequence[int] = parameter([*range(2, 18)], "numbers of the blocks, 17 the last expansion", check=whole(2, 17))


QUICK = {"draws": 2, "crops": 12, "scored": 4, "kept": 9, "size": 96, "blocks": [5, 12]}
COLUMNS = ("draw", "crop", "block", "channels", "inputs", "below", "directions_missing", "variance_lost", "decoded_error")
SCORES = COLUMNS[-4:]


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw, expansion and scored crop."""
    rows: list[dict[str, Any]] = []
    network = efficientnet_lite0(weights="imagenet").eval()
    for draw in told(draws):
        images = [crops(count, parameters.size, rng=random_stream(seed, draw, branch)) for branch, count in _counts(parameters)]
        known, seen = (_inputs(network, part, parameters.blocks) for part in images)
        for block in parameters.blocks:
            weights, shift = _expansion(network, block)
            prior = known[block].movedim(1, -1).flatten(0, -2).double().numpy()
            for crop, values in enumerate(seen[block]):
                x = _some(values, parameters.kept, rng=random_stream(seed, draw, 4, crop))
                scores = _score(weights, shift, x, prior)
                sizes = {"channels": len(weights), "inputs": weights.shape[1]}
                rows.append({"draw": draw, "crop": crop, "block": str(block), **sizes, **scores})
    return DataFrame(rows)[list(COLUMNS)]


def _counts(parameters: Parameters) -> list[tuple[int, int]]:
    return [(2, parameters.crops), (3, parameters.scored)]


def _inputs(network: MobileNet, images: Tensor, blocks: Sequence[int]) -> dict[int, Tensor]:
    """What enters each block, (N, k, H, W)."""
    entering: dict[int, Tensor] = {}

    def keep(block: int, output: Tensor) -> Tensor:
        entering[block] = output.clone()
        return output

    def keeper(block: int) -> Any:
        return lambda output: keep(block, output)

    with torch.no_grad(), inserted(network, {f"features.{block - 1}": keeper(block) for block in blocks}):
        network(images)
    return entering


def _expansion(network: MobileNet, block: int) -> tuple[Floats, Floats]:
    """W (n, k) and b (n,) of the block's first convolution, the batch norm inside."""
    layer: Any = network.features[block]
    convolution, norm = (layer if block == len(network.features) - 1 else layer.conv[0])[:2]
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weights, shift = convolution.weight[:, :, 0, 0] * scale[:, None], norm.bias - norm.running_mean * scale
    return weights.detach().double().numpy(), shift.detach().double().numpy()


def _some(values: Tensor, kept: int, *, rng: np.random.Generator) -> Floats:
    """Some positions (at most kept, k) of one image (k, H, W)."""
    rows = values.flatten(1).T.double().numpy()
    return np.asarray(rows[rng.choice(len(rows), min(kept, len(rows)), replace=False)])


def _score(weights: Floats, shift: Floats, x: Floats, prior: Floats) -> dict[str, float]:
    """What active channels leave open of x (N, k): in equations, in variance, and in the error of the decoder.

    As many active channels as inputs determine them, as the rows of trained weights are in general position.
    """
    mean, covariance = prior.mean(axis=0), np.cov(prior, rowvar=False)
    outputs = np.clip(x @ weights.T + shift, 0.0, 6.0)
    active = (outputs > 0.0) & (outputs < 6.0)
    missing = np.maximum(weights.shape[1] - active.sum(axis=1), 0)
    few = missing > 0
    lost, error = 0.0, 0.0
    if few.any():
        lost = float(variance_lost(weights, active[few], covariance).sum())
        decoded = decode_expansion(weights, shift, outputs[few], mean, covariance, high=6.0)
        error = float(((decoded - x[few]) ** 2).sum() / np.trace(covariance))
    return {
        "below": float(few.mean()),
        "directions_missing": float(missing.mean()) / weights.shape[1],
        "variance_lost": lost / len(x),
        "decoded_error": error / len(x),
    }


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Means of each expansion, those where most is missing first in the largest."""
    means: Any = rows.groupby("block", sort=False)[list(SCORES)].mean()
    numbers = {f"largest_{score}": float(means[score].max()) for score in SCORES}
    return numbers | {
        f"mean_{score}_block={block}": float(means.loc[block, score]) for block in means.index for score in SCORES
    }


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Four shares against the block, on a scale that shows the small ones."""
    result = page.figure(3.0)
    ax: Any = result.subplots()
    means: Any = rows.groupby("block", sort=False)[list(SCORES)].agg(["mean", "sem"])
    for score, look in zip(SCORES, QUANTITIES, strict=True):
        middle, error = means[score]["mean"], 1.96 * means[score]["sem"]
        ax.errorbar(means.index, middle, error, **look.line, markersize=3, linewidth=0.9, label=say(f"networks.open.{score}"))
    ax.set_yscale("symlog", linthresh=1e-3)
    ax.set(xlabel=say("networks.expansion"), ylabel=say("networks.share"), ylim=(-1e-4, 1.5))
    ax.set_yticks((0.0, 1e-3, 1e-2, 1e-1, 1.0), ("0", "0.001", "0.01", "0.1", "1"))
    ax.minorticks_off()
    result.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=page.grid(2, least=3.0)[1])
    return result
