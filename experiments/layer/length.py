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
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from pandas import DataFrame, Series

from manifold import ACTIVATIONS, random_stream
from manifold.checks import Floats
from manifold.plots import (
    Page,
    activation_look,
    color_ramp,
    faint,
    figure_legend,
    frame_map,
    label_ends,
    muted,
    shadow,
    sized,
    wrap_words,
)
from manifold.runs import told
from manifold.text import named, say

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, real, whole
from ..runner.typical import typical_draw
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
PIECE = 10  # of them in one colour
CARRIED = ("relu", "tanh")  # activations it is carried through
CANDIDATES = 200  # draws of which it may be


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
    """One circle behind some layers of usual weights, seen from its two widest directions, its lengths and the median ones.

    It is that draw, of the first ones, whose lengths are nearest to all medians.
    """
    layers = [layer for layer in SHOWN if layer <= parameters.depth]
    draws = range(min(CANDIDATES, int(rows["draw"].nunique())))
    lengths = DataFrame([_shown_lengths(parameters, layers, seed, draw) for draw in draws])
    draw = typical_draw(lengths.map(math.log))
    curves = {
        activation: [
            shadow(points)[:, :2].astype(np.float32) for points, _ in _carry(parameters, activation, FINE, layers, seed, draw)
        ]
        for activation in CARRIED
    }
    numbers = {"lengths": lengths.loc[draw], "medians": lengths.median()}
    return {"layers": layers, "curves": curves, **{name: each.to_numpy().reshape(2, -1) for name, each in numbers.items()}}


def _shown_lengths(parameters: Parameters, layers: Sequence[int], seed: int, draw: int) -> list[float]:
    """Lengths behind the layers, with one activation and then with the other."""
    carried = (_carry(parameters, activation, parameters.n_points, layers, seed, draw) for activation in CARRIED)
    return [float(np.linalg.norm(tangents, axis=1).mean()) for circles in carried for _, tangents in circles]


def _carry(
    parameters: Parameters, activation: str, count: int, layers: Sequence[int], seed: int, draw: int
) -> list[tuple[Floats, Floats]]:
    """`count` points and tangents of a circle behind some layers of usual weights, the same with every activation."""
    rng = random_stream(seed, draw)
    behind = list(carry_circle(count, activation, 1.0, parameters.width, parameters.depth, parameters.offset, rng))
    return [behind[layer] for layer in layers]


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The lengths above, one curve below."""
    lines, columns = page.grid(2, least=2.9)
    places = page.some(len(drawn["layers"]), least=1.0)
    heights = [
        (2.2 if lines == 1 else 1.55) * lines + 0.3,
        2 * min(page.width / page.scale / len(places), 1.4 if lines == 1 else 1.0) + 0.95,
    ]
    result = page.figure(sum(heights))
    parts: Any = result.subfigures(2, 1, height_ratios=heights)
    above, below = parts
    left, right = above.subplots(lines, columns, squeeze=False).flat
    sizes = [(activation, scale, parameters.width) for activation in CARRIED for scale in parameters.scales]
    words = [say("figure.length.scale", activation=named(ACTIVATIONS, name), scale=scale) for name, scale, _ in sizes]
    left.set(title=say("figure.length.sizes", width=parameters.width), yscale="log")
    _draw_lengths(left, rows, dict(zip(words, sizes, strict=True)))
    widths = {say("figure.length.units", count=units): ("relu", 1.0, units) for units in sorted(set(parameters.widths))}
    _draw_lengths(right, rows, widths)
    right.set_ylim(bottom=0.0)
    right.set(title=say("figure.length.scale", activation=named(ACTIVATIONS, "relu"), scale=1.0))
    figure_legend(above, left)
    below.suptitle(wrap_words(say("figure.length.circle"), page.width, title=True))
    panels = below.subplots(2, len(places), squeeze=False)
    for number, line in enumerate(panels):
        _draw_circles(line, drawn, number, places)
    for ax, place in zip(panels[0], places, strict=True):
        ax.set_title(say("figure.layers", count=int(drawn["layers"][place])))
    return result


def _draw_lengths(ax: Axes, rows: DataFrame, networks: dict[str, tuple[str, float, int]]) -> None:
    """Means with intervals, the formula for ReLU, and the words for every network at the ends."""
    ends = []
    for words, (activation, scale, width) in networks.items():
        cell = (rows["activation"] == activation) & (rows["scale"] == scale) & (rows["width"] == width)
        lengths, look = rows[cell].groupby("layer")["length"], activation_look(activation)
        middle, interval = lengths.mean(), 1.96 * lengths.sem().fillna(0.0)
        ax.errorbar(middle.index, middle, interval, markersize=sized(3.0), linewidth=sized(1.0), **look.marks)
        if activation == "relu":
            ax.plot(middle.index, expected_stretch(width, scale=scale) ** middle.index.to_numpy(), color=look.color)
        ends.append((float(middle.iloc[-1]), words, look.color))
    ax.errorbar(
        [], [], [], fmt="o", markersize=sized(3.0), color=muted(), label=say("figure.curves.mean", count=rows["draw"].nunique())
    )
    ax.plot([], [], color=muted(), label=say("figure.length.formula"))
    ax.axhline(1.0, color=faint(), linewidth=sized(0.8), zorder=0)
    ax.set(xlabel=say("figure.length.layers"), ylabel=say("figure.length.ratio"), xlim=(0, rows["layer"].max() + 0.5))
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    label_ends(ax, ends)


def _draw_circles(panels: Sequence[Axes], drawn: Drawn, number: int, places: Sequence[int]) -> None:
    """One circle behind the layers at some places, with one activation, and under it its length and the median one."""
    activation = CARRIED[number]
    for ax, place in zip(panels, places, strict=True):
        curve = drawn["curves"][activation][place]
        closed = np.vstack([curve, curve[:1]])
        pieces = [closed[start : start + PIECE + 1] for start in range(0, len(curve), PIECE)]
        colors = color_ramp(np.linspace(0.0, 1.0, len(pieces)))
        frame_map(ax, curve).add_collection(LineCollection(pieces, colors=colors, linewidths=sized(1.4), capstyle="round"))
        ax.set_xlabel(f"{drawn['lengths'][number][place]:.2f} ({drawn['medians'][number][place]:.2f})")
    panels[0].set_ylabel(named(ACTIVATIONS, activation))
