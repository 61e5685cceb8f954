"""NumPy calls nearly every random layer with a nonlinearity full; the effective rank shows what each activation really adds.

Source: Han et al. 2021 (ReXNet), arXiv 2007.00992, judges layers by rank(f(W X)) / outputs against inputs / outputs; effective
rank: Roy, Vetterli 2007. The layer is one Gaussian matrix on Gaussian points, every output brought to mean 0 and variance 1 as
by batch norm, then the activation. ReLU6 is ReLU here: no value reaches 6.
Output: rank as a share of the 64 outputs against inputs per output, counted in four ways: with NumPy's default tolerance, near
1e-13; above 1 % of the largest singular value; the effective rank; and that with the mean taken away. Median and middle 80 per
cent of the draws. Headline: the medians. By NumPy's count ReLU, leaky ReLU and ELU are full from 2 inputs on, tanh, GELU and
SiLU from 4, h-swish from 8; at 1 % all are from 16. By the effective rank ReLU is ahead where inputs are few, GELU where they
are a quarter of the outputs or more; with the mean away ReLU, leaky ReLU and GELU are ahead of all others everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import ACTIVATIONS, effective_rank, numerical_rank, random_stream
from manifold.plots import Page, activation_look, figure_legend, label_ends, muted, sized, tick_measured
from manifold.runs import told
from manifold.text import named, say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, real, whole

DRAWS = 50


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    activations: Sequence[str] = parameter(
        list(ACTIVATIONS), "activations, by their names in `manifold.ACTIVATIONS`", check=one_of(ACTIVATIONS)
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
    """A panel for every way to count, with the names of the activations at the ends of their curves."""
    lines, columns = page.grid(len(MEASURES), least=2.4)
    result = page.figure(2.3 * lines + 0.3)
    axes = list(result.subplots(lines, columns, squeeze=False).flat)
    names = _names(rows, parameters.activations)
    for ax, measure in zip(axes, MEASURES, strict=False):
        ax.set(title=say(f"figure.rank.{measure}", tolerance=parameters.tolerance), ylim=(0.0, 1.05))
        ax.set_ylabel(say("figure.rank.share" if measure in MEASURES[:2] else "figure.rank.effective-share"))
        _draw_shares(ax, rows, measure, names, parameters.width)
    axes[0].plot([], [], "o-", markersize=sized(3.0), color=muted(), label=say("figure.rank.median"))
    axes[0].fill_between([], [], [], color=muted(), alpha=0.3, linewidth=0, label=say("figure.rank.band"))
    figure_legend(result, axes[0])
    return result


def _names(rows: DataFrame, activations: Sequence[str]) -> dict[str, list[str]]:
    """The activations to draw, and how each is called: one whose ranks are those of another throughout is named beside it."""
    names: dict[str, list[str]] = {}
    shares = {name: rows.loc[rows["activation"] == name, list(MEASURES)].to_numpy() for name in activations}
    for name in activations:
        same = next((other for other in names if np.array_equal(shares[other], shares[name])), name)
        names.setdefault(same, []).append(named(ACTIVATIONS, name))
    return names


def _draw_shares(ax: Axes, rows: DataFrame, measure: str, names: dict[str, list[str]], width: int) -> None:
    """Medians over the draws, and the middle 80 per cent of them, against inputs per output."""
    ends, inputs = [], sorted(rows["inputs"].unique().tolist())
    for activation, words in names.items():
        groups = rows[rows["activation"] == activation].groupby("inputs")[measure]
        middle, look = groups.median(), activation_look(activation)
        places = middle.index / width
        ax.fill_between(places, groups.quantile(0.1), groups.quantile(0.9), color=look.color, alpha=0.15, linewidth=0)
        ax.plot(places, middle, markersize=sized(3.0), **look.line)
        ends.append((float(middle.iloc[-1]), ", ".join(words), look.color))
    tick_measured(ax, [count / width for count in inputs], [str(Fraction(count, width)) for count in inputs], ratio=1.3)
    ax.set_xlabel(say("figure.rank.inputs"))
    label_ends(ax, ends)
