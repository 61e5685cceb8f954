"""Training spreads the share of positive channels from one half at every layer to .1 to .8, as the batch norms alone foretell.

Source: Figure 7 of Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381: mean, least and most positive channels at a position,
with the line 1/6; by Lemma 2 an expansion by 6 can be undone where more of its channels than that are active. `theory.firing`:
a channel behind a batch norm is positive at a rate of Phi(beta/|gamma|). EfficientNet-Lite0 sees crops of photographs, with its
weights of ImageNet; and with random ones and the batch norms set by what passes, as at the paper's step 0.
Output: at each of the 33 activations the mean share of positive channels; least and most at one position of all crops, counting
channels between 0 and 6, as those at 6 give no equation either; least and most rate of one channel; and the rates by the norms.
Headline: layer means; where the least at a position is below 1/6, and at how many of the expansions fewer channels are active
than entered; correlation and mean error of the norms' rates, of layer means and of single channels. The paper's "same mean as
before training" holds here for the mean over layers, .46, and for no late layer: those have a fifth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import random_stream
from manifold.checks import Floats
from manifold.nets import norms_before, probe
from manifold.nets.probing.norms import Norm
from manifold.nets.training.loop import one_thread
from manifold.plots import Page
from manifold.plots.style import ink, muted
from manifold.runs import told
from manifold.text import say
from manifold.theory.firing import firing_rate

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ._networks import ARMS, COLORS, crops, make_network

DRAWS = 5


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    crops: int = parameter(24, "crops of photographs", check=whole(1, 1000))
    size: int = parameter(224, "pixels of a crop's side", check=whole(32, 400))
    weights: Sequence[str] = parameter(["normed", "trained"], "of the network", check=one_of(ARMS))


QUICK = {"draws": 2, "crops": 6, "size": 96}
COLUMNS = (
    *("weights", "draw", "order", "site", "channels", "inputs", "positive", "active", "active_least", "active_most"),
    *("rate_sd", "rate_least", "rate_most", "expected", "expected_sd", "correlation", "channel_error"),
)
THRESHOLD = 1.0 / 6.0


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per arm, draw and activation."""
    rows = []
    cells = [(draw, arm) for draw in draws for arm in parameters.weights]
    for draw, arm in told(cells, draws=len(draws)):
        images = crops(parameters.crops, parameters.size, rng=random_stream(seed, draw, 2))
        network = make_network(arm, images, rng=random_stream(seed, draw, 1))
        report = probe(network, torch.split(images, 8), keep=2)
        norms = norms_before(network)
        for order, reading in enumerate(report.sites, 1):
            counts, norm = reading.counts, norms[reading.site.path]
            active = np.flatnonzero(counts.active)[[0, -1]] / reading.channels
            shares = {
                "active": float(counts.active @ np.arange(reading.channels + 1)) / counts.positions / reading.channels,
                "active_least": float(active[0]),
                "active_most": float(active[1]),
            }
            known = {"channels": reading.channels, "inputs": reading.k}
            rates = _rates(counts.positive / counts.positions, norm)
            rows.append({"weights": arm, "draw": draw, "order": order, "site": reading.site.path, **known, **shares, **rates})
    return DataFrame(rows)[list(COLUMNS)]


def _rates(measured: Floats, norm: Norm) -> dict[str, float]:
    """Firing rates of the channels of one site, as measured and as the norm alone says."""
    beta, gamma = (values.detach().double().numpy() for values in (norm.bias, norm.weight))
    expected = firing_rate(beta, gamma)
    alike = float(expected.std() * measured.std()) < 1e-12
    return {
        "positive": float(measured.mean()),
        "rate_sd": float(measured.std()),
        "rate_least": float(measured.min()),
        "rate_most": float(measured.max()),
        "expected": float(expected.mean()),
        "expected_sd": float(expected.std()),
        "correlation": 0.0 if alike else float(np.corrcoef(measured, expected)[0, 1]),
        "channel_error": float(np.abs(measured - expected).mean()),
    }


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Layer means, and how near the norms' answer is to them and to single channels; means over the draws."""
    numbers: dict[str, float] = {}
    for arm, part in rows.groupby("weights", sort=False):
        layers: Any = part.groupby("order")[["positive", "active_least"]].mean()
        behind = f"weights={arm}"
        numbers[f"mean_positive_{behind}"] = float(layers["positive"].mean())
        numbers[f"least_positive_{behind}"] = float(layers["positive"].min())
        numbers[f"largest_positive_{behind}"] = float(layers["positive"].max())
        draws, wide = part["draw"].nunique(), _expansions(part)
        numbers[f"mean_sites_below_sixth_{behind}"] = float((part["active_least"] < THRESHOLD).sum() / draws)
        short = wide["active_least"] * wide["channels"] < wide["inputs"]
        numbers[f"mean_expansions_with_too_few_{behind}"] = float(short.sum() / draws)
        scores: Any = DataFrame([_agreement(each) for _, each in part.groupby("draw")]).mean().dropna()
        numbers |= {f"mean_{name}_{behind}": float(value) for name, value in scores.items()}
    return numbers


def _expansions(rows: Any) -> Any:
    """Those behind a 1x1 convolution to more channels, which the first layer is not."""
    return rows[(rows["inputs"] < rows["channels"]) & (rows["order"] > 1)]


def _agreement(rows: Any) -> dict[str, float]:
    """Correlations and mean errors of layer means, and of all channels together, in one draw."""
    weight = rows["channels"] / rows["channels"].sum()
    middle = (weight * rows["positive"]).sum(), (weight * rows["expected"]).sum()
    shifts = rows["positive"] - middle[0], rows["expected"] - middle[1]

    def product(first: int, second: int, inside: Any) -> float:
        return float((weight * (shifts[first] * shifts[second] + inside)).sum())

    together = product(0, 1, rows["correlation"] * rows["rate_sd"] * rows["expected_sd"])
    sizes = product(0, 0, rows["rate_sd"] ** 2), product(1, 1, rows["expected_sd"] ** 2)
    known = sizes[1] > 1e-12
    return {
        "correlation_layers": float(rows["positive"].corr(rows["expected"])) if known else np.nan,
        "correlation_channels": together / float(np.sqrt(sizes[0] * sizes[1])) if known else np.nan,
        "error_layers": float((rows["positive"] - rows["expected"]).abs().mean()),
        "error_channels": float((weight * rows["channel_error"]).sum()),
    }


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """A panel for each arm."""
    lines, columns = page.grid(len(parameters.weights), least=3.0)
    result = page.figure(2.3 * lines + 0.7)
    axes = result.subplots(lines, columns, sharey=True, squeeze=False).ravel()
    for ax, arm in zip(axes, parameters.weights, strict=True):
        _draw_arm(ax, rows[rows["weights"] == arm], arm)
        ax.set(title=say(f"networks.arm.{arm}"), xlabel=say("networks.activation"), ylim=(-0.03, 1.03))
    for ax in axes[::columns]:
        ax.set_ylabel(say("networks.positive"))
    result.legend(*axes[-1].get_legend_handles_labels(), loc="outside lower center", ncols=columns)
    return result


def _draw_arm(ax: Axes, rows: Any, arm: str) -> None:
    table: Any = rows.groupby("order").agg(
        {
            "positive": "mean",
            "expected": "mean",
            "active_least": "min",
            "active_most": "max",
            "rate_least": "min",
            "rate_most": "max",
        }
    )
    color, orders = COLORS[arm], table.index
    ax.fill_between(
        orders, table["active_least"], table["active_most"], color=color, alpha=0.25, linewidth=0, label=say("networks.places")
    )
    for name, label in (("rate_least", say("networks.channels")), ("rate_most", None)):
        ax.plot(orders, table[name], color=color, linewidth=0.6, linestyle=":", label=label)
    ax.plot(orders, table["positive"], color=color, linewidth=1.2, label=say("networks.mean"))
    expansions = _expansions(rows)["order"].unique()
    ax.plot(expansions, table["positive"][expansions], "s", color=color, markersize=3, label=say("networks.expansions"))
    ax.plot(orders, table["expected"], "x", color=ink(), markersize=3, markeredgewidth=0.7, label=say("networks.foretold"))
    ax.axhline(THRESHOLD, color=muted(), linewidth=0.8, linestyle="--", label=say("networks.sixth"))
