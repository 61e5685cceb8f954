"""Under noise SiLU, GELU and leaky ReLU err as ReLU does, ELU a third to a half less, and none less than no activation.

Source: Bayes' rule; for the linear layer the posterior is Gaussian, so its error is known exactly.
Output: the least mean square error with which any decoder reads y = f(T x) + noise, against the number of channels, for every
activation: x is standard Gaussian in the plane, T Gaussian, and the posterior mean a sum over a fine grid of places. Mean over
the draws with its 95 per cent interval, and the difference from ReLU at the same T and noise; for the linear layer the exact
error tr (I + T^T T / s^2)^-1 / 2, mean over the same T. Headline: the means, and the z-score of the linear layer against its
formula, difference by difference over the draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from pandas import DataFrame

from manifold import ACTIVATIONS, EMBEDDINGS, Activation, random_stream
from manifold.checks import Floats
from manifold.plots import Page, activation_look, figure_legend, ink, label_ends, muted, sized, tick_measured
from manifold.runs import told
from manifold.text import named, say
from manifold.theory import linear_noise_nmse

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ._scores import summary, z_score

DRAWS = 200


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    widths: Sequence[int] = parameter([2, 3, 5, 8, 15], "numbers of channels n", check=whole(2, 10_000))
    noise: float = parameter(0.3, "standard deviation s of the noise on the output")
    n_points: int = parameter(20, "number of points N")
    activations: Sequence[str] = parameter(
        list(ACTIVATIONS), "activations, by their names in `manifold.ACTIVATIONS`", check=one_of(ACTIVATIONS)
    )


QUICK = {"draws": 15, "widths": [2, 5]}
_ASIDE = 1.012  # by which the marks of one activation stand beside those of the next
COLUMNS = ("activation", "width", "draw", "nmse", "linear_exact")

_REACH, _STEP = 4.5, 0.1  # of the grid, in standard deviations of x; the prior beyond holds 4e-5
_LINE = np.arange(-_REACH, _REACH + _STEP / 2.0, _STEP)
_PLACES = np.stack(np.meshgrid(_LINE, _LINE), axis=-1).reshape(-1, 2)
_PLACES = _PLACES[np.linalg.norm(_PLACES, axis=1) <= _REACH]


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per activation, width and draw; the same points, T and noise for every activation."""
    rows = []
    for draw in told(draws):
        rng = random_stream(seed, draw)
        points = rng.standard_normal((parameters.n_points, 2))
        matrix = EMBEDDINGS["gaussian"](max(parameters.widths), 2, rng=rng).matrix
        added = parameters.noise * rng.standard_normal((max(parameters.widths), parameters.n_points)).T
        for width in parameters.widths:
            layer = matrix[:width]
            exact = linear_noise_nmse(layer, parameters.noise)
            for name in parameters.activations:
                guess = posterior_mean(ACTIVATIONS[name], layer, points, added[:, :width], parameters.noise)
                error = float(((guess - points) ** 2).sum(axis=1).mean()) / 2.0  # E |x|^2 = 2
                rows.append({"activation": name, "width": width, "draw": draw, "nmse": error, "linear_exact": exact})
    return DataFrame(rows)


def posterior_mean(f: Activation, layer: Floats, points: Floats, added: Floats, noise: float) -> Floats:
    """E[x | y] of shape (N, 2) for y = f(T x) + `added` of standard deviation `noise`, x standard Gaussian."""
    at_places = f(_PLACES @ layer.T)  # (P, n)
    seen = f(points @ layer.T) + added  # (N, n)
    square = (at_places**2).sum(axis=1) - 2.0 * seen @ at_places.T  # |y - f(T x)|^2 but for |y|^2
    weight = -square / (2.0 * noise**2) - (_PLACES**2).sum(axis=1) / 2.0
    weight = np.exp(weight - weight.max(axis=1, keepdims=True))
    return np.asarray(weight @ _PLACES / weight.sum(axis=1, keepdims=True))


def headline(rows: Any, parameters: Parameters) -> dict[str, float]:
    """Means over the draws, and the linear layer against its formula."""
    numbers: dict[str, float] = {}
    scores = []
    for (name, width), part in rows.groupby(["activation", "width"], sort=False):
        numbers[f"mean_nmse_activation={name}_width={width}"] = float(part["nmse"].mean())
        if name == "linear":
            numbers[f"expected_nmse_activation=linear_width={width}"] = float(part["linear_exact"].mean())
            scores.append(z_score(part["nmse"] - part["linear_exact"], 0.0))
            numbers[f"z_nmse_activation=linear_width={width}"] = scores[-1]
    return numbers | summary(scores)


def figure(rows: Any, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """One line for every activation: its error, and how much it is above or below that of ReLU."""
    lines, columns = page.grid(2, least=2.9)
    result = page.figure(2.9 * lines + 0.2)
    error, beside = result.subplots(lines, columns, squeeze=False).flat
    errors: dict[str, Any] = {
        name: rows[rows["activation"] == name].pivot(index="width", columns="draw", values="nmse")
        for name in parameters.activations
    }
    exact = rows.groupby("width")["linear_exact"].mean()
    error.plot(exact.index, exact, "--", color=ink(), linewidth=sized(1.0), zorder=4, label=say("figure.noise.linear"))
    _draw_means(error, errors)
    error.set(ylabel=say("figure.noise.error", noise=parameters.noise))
    if "relu" in errors:
        relu = errors["relu"].mean(axis=1).to_numpy()[:, None]
        _draw_means(beside, {name: 1.0 + (each - errors["relu"]) / relu for name, each in errors.items()})
    beside.set(ylabel=say("figure.noise.beside"))
    figure_legend(result, error)
    return result


def _draw_means(ax: Axes, values: dict[str, Any]) -> None:
    """Means over the draws, of tables (widths, draws), with 95 per cent intervals side by side; their names at their ends."""
    ends, tables = [], list(values.values())
    for place, (name, table) in enumerate(values.items()):
        middle, interval, look = table.mean(axis=1), 1.96 * table.sem(axis=1).fillna(0.0), activation_look(name)
        aside = _ASIDE ** (place - (len(values) - 1) / 2.0)
        ax.errorbar(middle.index * aside, middle, interval, markersize=sized(3.5), **look.line)
        ends.append((float(middle.iloc[-1]), named(ACTIVATIONS, name), look.color))
    style: dict[str, Any] = {"color": muted(), "marker": "o", "markersize": sized(3.5)}
    ax.errorbar([], [], [], label=say("figure.curves.mean", count=tables[0].shape[1]), **style)
    ax.set(xlabel=say("axis.channels"), yscale="log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 4.0, 6.0)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.minorticks_off()
    tick_measured(ax, tables[0].index.to_list())
    label_ends(ax, ends)
