"""The trained network and the same one with random weights, and the photographs that experiments show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from pandas import DataFrame
from torch import Tensor, nn

from manifold import PHOTOGRAPHS, Views, random_stream
from manifold.checks import Floats
from manifold.nets import NETWORKS, initialise, load_network, prepare_image, take_statistics
from manifold.plots import ARM_COLORS
from manifold.plots import draw_depth as draw_line
from manifold.text import say

ARMS = ("trained", "normed", "new")
"""Weights of ImageNet; random ones, the norms set by what passes; random ones, the norms as new, which norm nothing."""

COLORS = ARM_COLORS


def make_network(
    arm: str, images: Tensor, *, network: str = "efficientnet_lite0", checkpoint: str = "", rng: np.random.Generator
) -> nn.Module:
    """A network of `NETWORKS` with the weights of an arm; trained ones from a file, if there is one; `images` set norms."""
    make = NETWORKS[network]
    if arm == "trained" and checkpoint:
        return load_network(network, checkpoint)
    if arm == "trained":
        return make(weights="imagenet").eval()
    drawn = initialise(make(), rng=rng).eval()
    return take_statistics(drawn, images) if arm == "normed" else drawn


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


def halves(fitted: int, scored: int, size: int, *, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Crops to fit and crops to score, from different halves of the same photographs."""
    parts = [np.array_split(picture, 2, axis=int(picture.shape[1] > picture.shape[0])) for picture in photographs()]
    sides = rng.integers(0, 2, len(parts))
    first, second = ([half[side ^ other] for half, side in zip(parts, sides, strict=True)] for other in (0, 1))
    return crops(fitted, size, rng=rng, pictures=first), crops(scored, size, rng=rng, pictures=second)


def photographs() -> list[Any]:
    """A palace, a flower and a portrait, (H, W, 3) of uint8."""
    return [load() for load in PHOTOGRAPHS.values()]


def bootstrap_interval(values: Floats, *, times: int = 2000) -> tuple[float, float]:
    """Ends of the 95 per cent interval of the mean of values (N,): quantiles of means of as many values drawn again."""
    drawn = random_stream(0).integers(0, len(values), (times, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def draw_depth(ax: Axes, rows: DataFrame, score: str, arm: str) -> None:
    """A score of an arm against depth, bands over the draws."""
    draw_line(ax, rows, score, color=COLORS[arm], label=say(f"networks.arm.{arm}"), front=5 - ARMS.index(arm))
