"""Random ReLU layers of the usual size do not make a curve longer; larger weights do, and with tanh the usual ones do.

Source: Hanin, Jeong, Rolnick 2021, arXiv 2102.10492, against the exponential growth of Raghu et al. 2017, arXiv 1606.05336;
weights of variance 2 / n are those of He et al. 2015, arXiv 1502.01852. In the mean over the weights a ReLU layer of n units
multiplies every length by c(n), see `expected_stretch`: a little less than 1, and s c(n) if all weights are s times as large.
Output: length of a circle behind every layer in units of its own, mean with the interval over the draws and formula, for
several sizes of the weights and for several widths; and one circle behind some layers, with ReLU and with tanh after the same
weights, seen from its two widest directions and enlarged to its frame. Headline: measured and expected length and the z-score
behind some layers, the largest z-score and the number of cells; for tanh the measured length alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame, Series

from manifold import ACTIVATIONS, random_stream
from manifold.checks import Floats
from manifold.plots import Page, color_ramp, draw_map, shadow
from manifold.runs import told
from manifold.text import named, say

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, real, whole
from ._scores import summary, z_score

DRAWS = 400


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    n_points: int = parameter(200, "points of the circle at which tangents are measured")
    depth: int = parameter(20, "number of layers", check=whole(1, 1000))
    width: int = parameter(30, "units of a layer where the size of the weights differs", check=whole(1, 1000))
    widths: Sequence[int] = parameter([10, 30, 100], "units of a layer where weights have the usual size", check=whole(1, 1000))
    scales: Sequence[float] = parameter([1.0, 1.5, 2.0], "sizes s of the weights, 1 for a variance of 2 / n")
    offset: float = parameter(0.1, "standard deviation of the offsets", check=real(inclusive=True))


QUICK = {"draws": 60, "widths": [10, 30]}
COLUMNS = ("activation", "scale", "width", "draw", "layer", "length")
HEADLINED = (1, 3, 5, 10, 20)
SHOWN = (0, 1, 3, 10, 20)
FINE = 2000  # points of the curve that is shown


def expected_stretch(width: int, *, scale: float = 1.0) -> float:
    """How much longer a random ReLU layer of n = `width` units makes a curve in n dimensions, in the mean over the weights.

    s c(n) with c(n) = sqrt(2/n) sum_k C(n, k) 2^-n E chi_k and E chi_k = sqrt(2) Gamma((k + 1)/2) / Gamma(k/2), for Gaussian
    weights of variance 2 s^2 / n and any offsets of a symmetric law. A unit's row w and offset b are as likely as -w and -b; of
    these one is active at a place, and |w.v| is the same for a tangent v. So k ~ Bin(n, 1/2) units are active, whatever |w.v|,
    and v comes out s sqrt(2/n) chi_k |v| long. c(n) is near 1 - 5/(8 n), and l layers multiply by (s c(n))^l.
    """
    active = range(1, width + 1)
    chi = np.array([math.exp(math.lgamma((k + 1) / 2) - math.lgamma(k / 2)) * math.sqrt(2.0) for k in active])
    return scale * math.sqrt(2.0 / width) * float(chi @ [math.comb(width, k) / (1 << width) for k in active])


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per network, layer and draw: the length of the curve over that of the circle, by its tangents at `n_points`."""
    rows = []
    for draw in told(draws):
        rng = random_stream(seed, draw)
        for activation, scale, units in _networks(parameters.width, parameters.widths, parameters.scales):
            network = {"activation": activation, "scale": scale, "width": units, "draw": draw}
            for layer, (_, tangents) in enumerate(
                carry_circle(parameters.n_points, activation, scale, units, parameters.depth, parameters.offset, rng)
            ):
                rows.append({**network, "layer": layer, "length": np.linalg.norm(tangents, axis=1).mean()})
    return DataFrame(rows)


def _networks(width: int, widths: Sequence[int], scales: Sequence[float]) -> list[tuple[str, float, int]]:
    """Activation, size of the weights and width: every size at one width, every width at the usual size."""
    sized = [(activation, float(scale), width) for activation in ("relu", "tanh") for scale in scales]
    return list(dict.fromkeys([*sized, *(("relu", 1.0, units) for units in widths)]))


def carry_circle(
    n_points: int, activation: str, scale: float, units: int, depth: int, offset: float, rng: np.random.Generator
) -> Iterator[tuple[Floats, Floats]]:
    """Points and tangents (n_points, units) of a unit circle, as it is and behind every layer."""
    angles = 2.0 * np.pi * np.arange(n_points) / n_points
    plane = np.linalg.qr(rng.standard_normal((units, 2)))[0].T
    points = np.column_stack([np.cos(angles), np.sin(angles)]) @ plane
    tangents = np.column_stack([-np.sin(angles), np.cos(angles)]) @ plane
    yield points, tangents
    for _ in range(depth):
        weights = scale * np.sqrt(2.0 / units) * rng.standard_normal((units, units))
        points = ACTIVATIONS[activation](points @ weights.T + offset * rng.standard_normal(units))
        slopes = points > 0.0 if activation == "relu" else 1.0 - points**2
        tangents = slopes * (tangents @ weights.T)
        yield points, tangents


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Means over the draws, beside the formula where there is one."""
    numbers, scores = {}, []
    for (activation, scale, width, layer), lengths in _cells(rows):
        if layer in HEADLINED:
            name = f"activation={activation}_scale={scale:g}_width={width}_layer={layer}"
            numbers[f"mean_length_{name}"] = float(lengths.mean())
            if activation == "relu":
                expected = expected_stretch(width, scale=scale) ** layer
                scores.append(z_score(lengths, expected))
                numbers |= {f"expected_length_{name}": expected, f"z_length_{name}": scores[-1]}
    return numbers | summary(scores)


def _cells(rows: DataFrame) -> Iterator[tuple[Any, Series[float]]]:
    yield from rows.groupby(["activation", "scale", "width", "layer"], sort=False)["length"]


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """What the draws that are shown follow from."""
    return {"seed": seed}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The lengths above, one curve below."""
    seed = int(drawn["seed"])
    result = page.figure(5.6)
    parts: Any = result.subfigures(2, 1, height_ratios=[1.15, 1.0])
    above, below = parts
    left, right = above.subplots(1, 2, width_ratios=[1.35, 1.0])
    for activation in ("tanh", "relu"):
        for scale in parameters.scales:
            label = say("figure.length.scale", activation=named(ACTIVATIONS, activation), scale=scale)
            _draw_lengths(left, rows, activation, scale, parameters.width, label)
    left.set(title=say("figure.length.sizes", width=parameters.width), yscale="log")
    for units in sorted(set(parameters.widths)):
        _draw_lengths(right, rows, "relu", 1.0, units, say("figure.length.units", count=units))
    right.set(title=say("figure.length.scale", activation=named(ACTIVATIONS, "relu"), scale=1.0), ylim=(0.0, 1.15))
    for ax in (left, right):
        ax.axhline(1.0, color="#999999", linewidth=0.8, zorder=0)
        ax.set(
            xlabel=say("figure.length.layers"),
            ylabel=say("figure.length.ratio"),
            xlim=(0, 1.42 * parameters.depth),
            xticks=range(0, parameters.depth + 1, 5),
        )
    layers = [layer for layer in SHOWN if layer <= parameters.depth]
    panels = below.subplots(2, len(layers), squeeze=False)
    for row, activation in zip(panels, ("relu", "tanh"), strict=True):
        places = [
            points
            for points, _ in carry_circle(
                FINE, activation, 1.0, parameters.width, parameters.depth, parameters.offset, random_stream(seed, 0)
            )
        ]
        for ax, layer in zip(row, layers, strict=True):
            draw_map(ax, shadow(places[layer])[:, :2], color_ramp(np.linspace(0.0, 1.0, FINE)), size=1.5)
        row[0].set_ylabel(named(ACTIVATIONS, activation))
    for ax, layer in zip(panels[0], layers, strict=True):
        ax.set_title(say("figure.layers", count=layer))
    return result


def _draw_lengths(ax: Axes, rows: DataFrame, activation: str, scale: float, width: int, label: str) -> None:
    """Means with intervals, the formula for ReLU, and a label at the end."""
    cell = (rows["activation"] == activation) & (rows["scale"] == scale) & (rows["width"] == width)
    lengths = rows[cell].pivot(index="layer", columns="draw", values="length")
    middle, interval = lengths.mean(axis=1), 1.96 * lengths.std(axis=1) / np.sqrt(lengths.shape[1])
    color = ACTIVATIONS[activation].color
    ax.errorbar(middle.index, middle, interval, fmt="o", markersize=3.0, linewidth=1.0, color=color)
    if activation == "relu":
        ax.plot(middle.index, expected_stretch(width, scale=scale) ** middle.index.to_numpy(), color=color)
    ax.annotate(label, (middle.index[-1], middle.iloc[-1]), xytext=(6, 0), textcoords="offset points", va="center", color=color)
