"""Noise on the output levels activations: those that lose nothing without it keep little of their lead, and none beats linear.

Source: Bayes' rule; for the linear layer the posterior is Gaussian, so its error is known exactly.
Output: the least mean square error with which any decoder reads y = f(T x) + noise, against the number of channels, for every
activation: x is standard Gaussian in the plane, T Gaussian, and the posterior mean a sum over a fine grid of places. Mean over
the draws with its 95 per cent interval; for the linear layer the exact error tr (I + T^T T / s^2)^-1 / 2, mean over the same T.
Headline: the means, and the z-score of the linear layer against its formula, difference by difference over the draws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame

from experiments._scores import z_score
from manifold import ACTIVATIONS, EMBEDDINGS, Activation, random_stream
from manifold._validation import Floats
from manifold.plots import ACTIVATION_COLORS, ACTIVATION_TITLES, styled

DRAWS = 200
PARAMETERS: dict[str, Any] = {
    "widths": [2, 3, 5, 8, 15],
    "noise": 0.3,
    "n_points": 20,
    "activations": list(ACTIVATIONS),
}
QUICK = {"draws": 15, "widths": [2, 5], "activations": ["linear", "relu", "leaky_relu", "silu"]}

_REACH, _STEP = 4.5, 0.1  # of the grid, in standard deviations of x; the prior beyond holds 4e-5
_LINE = np.arange(-_REACH, _REACH + _STEP / 2.0, _STEP)
_PLACES = np.stack(np.meshgrid(_LINE, _LINE), axis=-1).reshape(-1, 2)
_PLACES = _PLACES[np.linalg.norm(_PLACES, axis=1) <= _REACH]


def measure(
    draws: Sequence[int], *, seed: int, widths: Sequence[int], noise: float, n_points: int, activations: Sequence[str]
) -> DataFrame:
    """One row per activation, width and draw; the same points, T and noise for every activation."""
    rows = []
    for draw in draws:
        rng = random_stream(seed, draw)
        points = rng.standard_normal((n_points, 2))
        matrix = EMBEDDINGS["gaussian"](max(widths), 2, rng=rng).matrix
        added = noise * rng.standard_normal((max(widths), n_points)).T
        for width in widths:
            layer = matrix[:width]
            exact = float(np.trace(np.linalg.inv(np.eye(2) + layer.T @ layer / noise**2))) / 2.0
            for name in activations:
                guess = posterior_mean(ACTIVATIONS[name], layer, points, added[:, :width], noise)
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


def headline(rows: Any, *, widths: Sequence[int], **parameters: Any) -> dict[str, float]:
    """Means over the draws, and the linear layer against its formula."""
    found: dict[str, float] = {}
    for (name, width), part in rows.groupby(["activation", "width"], sort=False):
        found[f"mean_nmse_{name}_n={width}"] = float(part["nmse"].mean())
        if name == "linear":
            found[f"exact_nmse_linear_n={width}"] = float(part["linear_exact"].mean())
            found[f"z_linear_n={width}"] = z_score(part["nmse"] - part["linear_exact"], 0.0)
    return found


@styled
def figure(rows: Any, *, activations: Sequence[str], noise: float, **parameters: Any) -> Figure:
    """One line for every activation."""
    result = Figure(figsize=(5.6, 3.2), layout="constrained")
    ax = result.subplots()
    for name in activations:
        errors = rows[rows["activation"] == name].groupby("width")["nmse"]
        middle, interval = errors.mean(), 1.96 * errors.sem().fillna(0.0)
        color = ACTIVATION_COLORS[name]
        ax.errorbar(middle.index, middle, interval, fmt="o-", markersize=3, color=color, label=ACTIVATION_TITLES[name])
    exact = rows.groupby("width")["linear_exact"].mean()
    ax.plot(exact.index, exact, "k:", linewidth=1.0, label="linear, formula")
    ticks = sorted(rows["width"].unique())
    ax.set(xscale="log", yscale="log", xlabel="channels n", ylabel=f"least error (NMSE), noise {noise:g}")
    ax.set_xticks(ticks, list(map(str, ticks)))
    ax.minorticks_off()
    low = math.floor(math.log10(max(float(exact.min()), 1e-9)))
    ax.set_ylim(10.0**low, 1.0)
    result.legend(loc="outside right center")
    return result
