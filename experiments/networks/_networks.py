"""The trained network and the same one with random weights, and the photographs that experiments show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from pandas import DataFrame
from torch import Tensor, nn

from manifold import Views, random_stream, read_picture
from manifold.checks import Floats
from manifold.nets import efficientnet_lite0, initialise, prepare_image, take_statistics
from manifold.plots.style import ground
from manifold.text import say

ARMS = ("trained", "normed", "new")
"""Weights of ImageNet; random ones, the norms set by what passes; random ones, the norms as new, which norm nothing."""

COLORS = {"trained": "#0072b2", "normed": "#d55e00", "new": "#7a7a7a"}


def make_network(arm: str, images: Tensor, *, rng: np.random.Generator) -> nn.Module:
    """EfficientNet-Lite0 with the weights of an arm; `images` set the norms of "normed"."""
    if arm == "trained":
        return efficientnet_lite0(weights="imagenet").eval()
    network = initialise(efficientnet_lite0(), rng=rng).eval()
    return take_statistics(network, images) if arm == "normed" else network


def as_images(views: Views) -> Tensor:
    """Views as the network takes them, (N, 3, size, size)."""
    return torch.from_numpy(views.points).float().reshape(-1, *views.shape)


def crops(count: int, size: int, *, rng: np.random.Generator, pictures: Sequence[Any] | None = None) -> Tensor:
    """Square parts of pictures, the three photographs unless given, in turns and at random places, (count, 3, size, size)."""
    pictures = pictures or photographs()
    parts = []
    for number in range(count):
        picture = pictures[number % len(pictures)]
        top, left = (int(rng.integers(length - size + 1)) for length in picture.shape[:2])
        parts.append(prepare_image(picture[top : top + size, left : left + size], size=size))
    return torch.cat(parts)


def photographs() -> list[Any]:
    """A palace, a flower and a portrait, as scikit-learn and Matplotlib bring them: (H, W, 3) of uint8, 427 pixels and more."""
    from matplotlib import cbook
    from sklearn.datasets import load_sample_images

    return [*load_sample_images().images, read_picture(str(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)))]


def bootstrap_interval(values: Floats, *, times: int = 2000) -> tuple[float, float]:
    """Ends of the 95 per cent interval of the mean of values (N,): quantiles of means of as many values drawn again."""
    drawn = random_stream(0).integers(0, len(values), (times, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def draw_depth(ax: Axes, rows: DataFrame, score: str, arm: str) -> None:
    """A score against depth: before activations hollow, behind them filled, behind blocks squares; bands over the draws."""
    table: Any = rows.groupby("step")[score].agg(["mean", "min", "max"])
    sides = rows.drop_duplicates("step").set_index("step")["side"]
    color, front = COLORS[arm], 5 - ARMS.index(arm)
    ax.fill_between(table.index, table["min"], table["max"], color=color, alpha=0.2, linewidth=0, zorder=front)
    ax.plot(table.index, table["mean"], color=color, linewidth=0.8, label=say(f"networks.arm.{arm}"), zorder=front)
    for side, look, size in (("before", "o", 1.8), ("after", "o", 1.8), ("block", "s", 3.2)):
        some = table[sides == side]["mean"]
        face = ground() if side == "before" else color
        ax.plot(some, look, color=color, markerfacecolor=face, markersize=size, markeredgewidth=0.5, zorder=front)
