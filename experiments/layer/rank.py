"""NumPy calls nearly every random layer with a nonlinearity full; the effective rank shows what each activation really adds.

Source: Han et al. 2021 (ReXNet), arXiv 2007.00992, judges layers by rank(f(W X)) / outputs against inputs / outputs; effective
rank: Roy, Vetterli 2007. The layer is one Gaussian matrix on Gaussian points, every output brought to mean 0 and variance 1 as
by batch norm, then the activation. ReLU6 is ReLU here: no value reaches 6.
Output: rank as a share of the 64 outputs against inputs per output, counted in three ways: with NumPy's default tolerance, near
1e-13; above 1 % of the largest singular value; and the effective rank. Median and middle 80 per cent of the draws. Headline:
the medians, of the effective rank also with the mean taken away. By NumPy's count all but SiLU and h-swish are full from 2
inputs on, these from 4 and 8; at 1 % all are from 16. By the effective rank ReLU is ahead where inputs are few, SiLU and
h-swish where they are half the outputs or more; with the mean away ReLU is ahead everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import ACTIVATIONS, effective_rank, numerical_rank, random_stream
from manifold.plots import Page
from manifold.runs import told
from manifold.text import named, say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, real, whole

DRAWS = 50


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    activations: Sequence[str] = parameter(
        ["linear", "relu", "relu6", "elu", "silu", "hardswish"],
        "activations, by their names in `manifold.ACTIVATIONS`",
        check=one_of(ACTIVATIONS),
    )
    width: int = parameter(64, "outputs of the layer", check=whole(1, 10_000))
    inputs: Sequence[int] = parameter([2, 4, 8, 16, 32, 48, 64], "numbers of inputs of the layer", check=whole(1, 10_000))
    n_points: int = parameter(512, "number of points N", check=whole(2))
    tolerance: float = parameter(0.01, "singular values above this share of the largest count", check=real(below=1.0))


QUICK = {"draws": 8, "inputs": [2, 8, 32, 64]}
COLUMNS = ("activation", "inputs", "draw", "default", "tolerant", "effective", "effective_centred")
MEASURES = ("default", "tolerant", "effective", "effective_centred")


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per activation, number of inputs and draw: each kind of rank as a share of the layer's width."""
    rows = []
    for draw in told(draws):
        rng = random_stream(seed, draw)
        for count in parameters.inputs:
            signals = rng.standard_normal((parameters.n_points, count)) @ rng.standard_normal(
                (count, parameters.width)
            )  # (N, width)
            signals = (signals - signals.mean(axis=0)) / signals.std(axis=0)
            for activation in parameters.activations:
                outputs = ACTIVATIONS[activation](signals)
                ranks = (
                    np.linalg.matrix_rank(outputs),
                    numerical_rank(outputs, tolerance=parameters.tolerance),
                    effective_rank(outputs),
                    effective_rank(outputs, centred=True),
                )
                shares = {measure: rank / parameters.width for measure, rank in zip(MEASURES, ranks, strict=True)}
                rows.append({"activation": activation, "inputs": count, "draw": draw, **shares})
    return DataFrame(rows)


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Medians over the draws."""
    table: Any = rows.groupby(["activation", "inputs"], sort=False)[list(MEASURES)].median()
    return {
        f"median_{measure}_activation={activation}_inputs={count}": float(value)
        for measure in MEASURES
        for (activation, count), value in table[measure].items()
    }


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Three panels, one for every way to count, and a legend below."""
    result = page.figure(3.0)
    axes = result.subplots(1, 3, sharey=True)
    for ax, column in zip(axes, MEASURES[:3], strict=True):
        for activation in parameters.activations:
            groups = rows[rows["activation"] == activation].groupby("inputs")[column]
            middle = groups.median()
            color, style = ACTIVATIONS[activation].color, "--" if activation == "relu6" else "-"
            ax.plot(
                middle.index / parameters.width,
                middle,
                "o" + style,
                color=color,
                markersize=3,
                label=named(ACTIVATIONS, activation),
            )
            ax.fill_between(
                middle.index / parameters.width,
                groups.quantile(0.1),
                groups.quantile(0.9),
                color=color,
                alpha=0.15,
                linewidth=0,
            )
        title = say(f"figure.rank.{column}", tolerance=parameters.tolerance)
        ax.set(title=title, xscale="log", xlabel=say("figure.rank.inputs"), ylim=(0.0, 1.05))
        ticks = [Fraction(count, parameters.width) for count in parameters.inputs if parameters.width % count == 0]
        ax.set_xticks([float(tick) for tick in ticks], list(map(str, ticks)))
        ax.minorticks_off()
    axes[0].set_ylabel(say("figure.rank.share"))
    handles, labels = axes[0].get_legend_handles_labels()
    result.legend(handles, labels, loc="outside lower center", ncols=len(parameters.activations))
    return result
