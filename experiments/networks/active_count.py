"""Trained channels fire together: how often too few are active follows from one common factor, and not from rates alone.

Source: `theory.firing`; Lemma 2 of Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, asks of an expansion from k channels
that A >= k of its channels are active, which is between 0 and 6. EfficientNet-Lite0 sees crops of photographs, with its
weights of ImageNet; and with random ones and the batch norms set by what passes. A draw draws crops and weights.
Output: share of positions with A < k at every expansion, its standard error over crops, since the positions of one crop are not
independent, and what laws say of it: binomial with the mean rate of the channels; Poisson-binomial with each channel's rate;
one factor, with the measured variance of A, too; normal, with mean and variance of A from mean and covariance of the
pre-activations, as if these were Gaussian, by orthant probabilities. Headline: how much wider A spreads than each law says,
and the largest and mean distance from the measured share. With random weights independent channels are right. With trained
ones the variance of A is up to 70 times theirs, and the one-factor law stays within .01 of the share everywhere. Orthants are
right with random weights, but not with trained ones: the standard deviation is .6 to 1.7 times what they say, as trained
pre-activations are not Gaussian.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame
from torch import Tensor, nn

from manifold import random_stream
from manifold.checks import Floats
from manifold.nets import Report, probe
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.plots.palettes import QUANTITIES
from manifold.plots.style import faint, ink
from manifold.runs import told
from manifold.text import say
from manifold.theory.firing import common_correlation, count_law, count_moments, firing_rate

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole
from ._networks import COLORS, crops, make_network

DRAWS = 3
ARMS = ("normed", "trained")
TICKS = (0.5, 0.7, 1, 1.5, 2, 3, 5, 8, 12)


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    crops: int = parameter(24, "crops of photographs", check=whole(2, 1000))
    kept: int = parameter(64, "positions kept of each crop, for mean and covariance", check=whole(2, 5000))
    size: int = parameter(224, "pixels of a crop's side", check=whole(32, 400))
    sites: Sequence[str] = parameter(["features.*.conv.0.2", "features.17.2"], "paths of the activations, as patterns")


QUICK = {"draws": 2, "crops": 5, "kept": 30, "size": 96, "sites": ["features.[59].conv.0.2", "features.12.conv.0.2"]}
LAWS = ("binomial", "independent", "one_factor", "orthants")
COLUMNS = (
    *("weights", "draw", "site", "channels", "inputs", "common_correlation", "sd", "sd_independent", "sd_orthants"),
    *("below", "below_error", *(f"below_{law}" for law in LAWS)),
)


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per arm, draw and expansion."""
    rows = []
    cells = [(draw, arm) for draw in draws for arm in ARMS]
    for draw, arm in told(cells, draws=len(draws)):
        images = crops(parameters.crops, parameters.size, rng=random_stream(seed, draw, 2))
        network = make_network(arm, images, rng=random_stream(seed, draw, 1))
        reports = [_probe(network, image, parameters) for image in images]
        for site in zip(*(report.sites for report in reports), strict=True):
            first = site[0]
            if first.k is not None and first.k < first.channels:
                counts = [reading.counts for reading in site]
                laws = np.array([each.active / each.positions for each in counts])  # (images, C + 1)
                rates = np.mean([(each.positive - each.high) / each.positions for each in counts], axis=0)
                sample = np.concatenate([reading.sample for reading in site]).astype(np.float64)
                known = {"site": first.site.path, "channels": first.channels, "inputs": first.k}
                rows.append({"weights": arm, "draw": draw, **known, **_compare(laws, rates, sample, first.k)})
    return DataFrame(rows)[list(COLUMNS)]


def _probe(network: nn.Module, image: Tensor, parameters: Parameters) -> Report:
    return probe(network, [image[None]], sites=parameters.sites, keep=parameters.kept)


def _compare(laws: Floats, rates: Floats, sample: Floats, k: int) -> dict[str, float]:
    """Share of positions with A < k in images whose laws of A are (images, C + 1), and what four laws say of it."""
    places = np.arange(laws.shape[1])
    law = laws.mean(axis=0)
    variance = float(law @ places**2 - (law @ places) ** 2)
    correlation = common_correlation(rates, variance)
    said = {
        "binomial": count_law(np.full(len(rates), rates.mean())),
        "independent": count_law(rates),
        "one_factor": count_law(rates, correlation),
    }
    below = laws[:, :k].sum(axis=1)
    mean, spread = count_moments(sample.mean(axis=0), np.cov(sample, rowvar=False))
    gaussian = firing_rate([k - 0.5 - mean], [math.sqrt(spread)])  # P(A < k) for A normal of these moments
    return {
        "common_correlation": correlation,
        "sd": math.sqrt(variance),
        "sd_independent": math.sqrt(float((rates * (1.0 - rates)).sum())),
        "sd_orthants": math.sqrt(spread),
        "below": float(below.mean()),
        "below_error": float(below.std(ddof=1)) / math.sqrt(len(below)),
        **{f"below_{name}": float(each[:k].sum()) for name, each in said.items()},
        "below_orthants": float(gaussian[0]),
    }


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """How far each law is from the measured share, and how much wider A spreads than independent channels let it."""
    numbers: dict[str, float] = {}
    for arm, part in rows.groupby("weights", sort=False):
        means: Any = part.groupby("site", sort=False)[list(COLUMNS[5:])].mean()
        wider: Any = (means["sd"] / means["sd_independent"]) ** 2
        behind = f"weights={arm}"
        numbers |= {
            f"ratio_variance_least_{behind}": float(wider.min()),
            f"ratio_variance_most_{behind}": float(wider.max()),
            f"ratio_sd_over_orthants_least_{behind}": float((means["sd"] / means["sd_orthants"]).min()),
            f"ratio_sd_over_orthants_most_{behind}": float((means["sd"] / means["sd_orthants"]).max()),
            f"largest_below_{behind}": float(means["below"].max()),
        }
        for law in LAWS:
            missed = (means[f"below_{law}"] - means["below"]).abs()
            numbers[f"largest_error_{law}_{behind}"] = float(missed.max())
            numbers[f"mean_error_{law}_{behind}"] = float(missed.mean())
    return numbers


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The share of positions with too few in the trained network, and how much wider A spreads than each law says."""
    lines, columns = page.grid(2, least=3.0)
    result = page.figure(2.4 * lines + 0.7)
    share, spread = result.subplots(lines, columns, squeeze=False).ravel()
    trained: Any = rows[rows["weights"] == "trained"]
    means: Any = trained.groupby("site", sort=False)[list(COLUMNS[5:])].mean()
    blocks = [site.split(".")[1] for site in means.index]
    for law, look in zip(LAWS, QUANTITIES, strict=True):
        share.plot(blocks, means[f"below_{law}"], **look.line, markersize=3, linewidth=0.9, label=say(f"networks.law.{law}"))
    interval = 1.96 * np.hypot.reduce(trained.pivot(index="draw", columns="site", values="below_error")[means.index].to_numpy())
    interval /= trained["draw"].nunique()
    share.errorbar(blocks, means["below"], interval, fmt="_", color=ink(), zorder=4, label=say("networks.measured"))
    share.set(ylabel=say("networks.too_few"), ylim=(-0.02, None))
    for arm in ARMS:
        some: Any = rows[rows["weights"] == arm].groupby("site", sort=False)[["sd", "sd_independent", "sd_orthants"]].mean()
        for name, dash in (("independent", "-"), ("orthants", ":")):
            label = say(f"networks.spread.{name}", arm=say(f"networks.short.{arm}"))
            ratio = some["sd"] / some[f"sd_{name}"]
            spread.plot(blocks, ratio, "o", linestyle=dash, color=COLORS[arm], markersize=3, linewidth=0.9, label=label)
    spread.axhline(1.0, color=faint(), linewidth=0.8, zorder=0)
    spread.set(ylabel=say("networks.spread"), yscale="log")
    low, high = spread.get_ylim()
    ticks = [tick for tick in TICKS if low <= tick <= high]
    spread.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    spread.minorticks_off()
    for ax in (share, spread):
        ax.set_xlabel(say("networks.expansion"))
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, columnspacing=1.0, handlelength=1.5)
    return result
