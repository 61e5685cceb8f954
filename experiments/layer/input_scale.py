"""ReLU6 loses twice: below 0, as ReLU does at any size of the input, and above 6, the more the larger the input.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, uses ReLU6; at |x| = r a Gaussian row is active with probability
Phi(6/r) - 1/2 instead of 1/2.
Output: the share of points lost against the size of the input, ReLU6 beside ReLU, points on a circle, with the interval of the
mean over the draws and the exact formula; and what ReLU6 loses of the plane, with circles of three sizes, in the typical draw.
Headline: measured and expected share and the z-score at every size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Patch
from pandas import DataFrame

from manifold import ACTIVATIONS, EMBEDDINGS, make_cloud, random_stream, recover_with
from manifold.metrics import lost_share
from manifold.plots import Page, activation_look, figure_legend, ground, ink, muted, sized, tick_measured
from manifold.runs import told
from manifold.sweeps import share_interval
from manifold.text import named, percent, say
from manifold.theory import collapsed_fraction, relu6_active_probability

from ..runner.drawn import Drawn
from ..runner.parameters import parameter, whole
from ..runner.typical import typical_draw
from ._scores import z_score

DRAWS = 1000


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    n_points: int = parameter(200, "number of points N")
    width: int = parameter(6, "number of channels n", check=whole(2, 1000))
    radii: Sequence[float] = parameter([0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0], "sizes |x| of the points")


QUICK = {"draws": 200}
COLUMNS = ("activation", "radius", "draw", "lost")
ARMS = ("relu", "relu6")
SHOWN_RADII = (5.0, 10.0, 20.0)

_GRID = 600  # places along the side of the plane
_REACH = 1.1  # half that side, in units of the largest circle


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per activation, radius and draw: the share of a circle of that radius that is lost."""
    rows = []
    for draw in told(draws):
        rng = random_stream(seed, draw)
        circle = make_cloud("circle", parameters.n_points, rng=rng).points
        embedding = EMBEDDINGS["gaussian"](parameters.width, 2, rng=rng)
        for activation in ARMS:
            for radius in parameters.radii:
                lost = lost_share(recover_with(radius * circle, embedding, activation=activation))
                rows.append({"activation": activation, "radius": radius, "draw": draw, "lost": lost})
    return DataFrame(rows)


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Mean share lost over the draws against the closed form."""
    numbers = {}
    for activation in ARMS:
        for radius in parameters.radii:
            lost = rows.loc[(rows["activation"] == activation) & (rows["radius"] == radius), "lost"]
            expected = _expected(activation, radius, parameters.width)
            numbers[f"mean_lost_activation={activation}_radius={radius:g}"] = float(lost.mean())
            numbers[f"expected_lost_activation={activation}_radius={radius:g}"] = expected
            numbers[f"z_lost_activation={activation}_radius={radius:g}"] = z_score(lost, expected)
    return numbers


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """The plane under the typical draw: 2 where ReLU6 keeps x, 1 where it alone loses x, and 0 where ReLU does, too."""
    circles = _circles(parameters)
    of_circles = rows[rows["radius"].isin(circles)]
    draw = typical_draw(of_circles.pivot(index="draw", columns=["activation", "radius"], values="lost"))
    rng = random_stream(seed, draw)
    make_cloud("circle", parameters.n_points, rng=rng)  # as in `measure`, T comes after the points
    layer = EMBEDDINGS["gaussian"](parameters.width, 2, rng=rng)
    along = _REACH * circles[-1] * np.linspace(-1.0, 1.0, _GRID)
    places = np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2)
    kept, kept_by_relu = (recover_with(places, layer, activation=name).rank == 2 for name in ("relu6", "relu"))
    return {"draw": draw, "image": (kept.astype(np.uint8) + kept_by_relu).reshape(_GRID, _GRID)}


def _circles(parameters: Parameters) -> list[float]:
    """The sizes measured that are nearest to those worth showing."""
    return sorted({min(parameters.radii, key=lambda radius: abs(radius - shown)) for shown in SHOWN_RADII})


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The curves at the left, the plane under ReLU6 with circles of three sizes at the right."""
    high, wide = page.grid(2, least=2.4)
    result = page.figure(2.5 * high + 0.7)
    curve, plane = result.subplots(high, wide, width_ratios=[1.3, 1.0][:wide])
    _draw_curves(curve, rows, parameters)
    _draw_plane(plane, rows, drawn, parameters)
    tints = [Patch(facecolor=_tint(name), label=say(f"figure.input_scale.lost.{name}")) for name in ARMS]
    curves = [Line2D([], [], **activation_look(name).line, label=named(ACTIVATIONS, name)) for name in ARMS]
    count = int(rows["draw"].nunique())
    figure_legend(result, handles=[*curves, *tints], note=say("figure.input_scale.note", width=parameters.width, count=count))
    return result


def _draw_curves(ax: Axes, rows: DataFrame, parameters: Parameters) -> None:
    """Means with their intervals on the formulas, the two losses as areas."""
    fine = np.geomspace(min(parameters.radii), max(parameters.radii), 200)
    below = np.zeros(len(fine))
    for name in ARMS:
        look, exact = activation_look(name), [_expected(name, radius, parameters.width) for radius in fine]
        groups = rows[rows["activation"] == name].groupby("radius")["lost"]
        mean = groups.mean()
        ax.fill_between(fine, below, exact, color=_tint(name), linewidth=0)
        ax.plot(fine, exact, color=look.color)
        ax.errorbar(mean.index, mean, np.abs(np.array(share_interval(groups)) - mean.to_numpy()), **look.marks)
        below = np.array(exact)
    ax.vlines(_circles(parameters), 0.0, 1.0, transform=ax.get_xaxis_transform(), color=muted(), linewidth=sized(0.6))
    ax.set(xlabel=say("figure.input_scale.size"), ylabel=say("figure.axis.lost"), ylim=(0.0, None))
    tick_measured(ax, sorted(parameters.radii))


def _draw_plane(ax: Axes, rows: DataFrame, drawn: Drawn, parameters: Parameters) -> None:
    """What ReLU6 loses of the plane, and what is lost of each circle in that draw, in brackets the medians."""
    circles = _circles(parameters)
    reach = _REACH * circles[-1]
    colors = ListedColormap([_tint("relu"), _tint("relu6"), to_rgba(ground())])
    ax.imshow(drawn["image"], cmap=colors, vmin=0, vmax=2, extent=(-reach, reach) * 2, origin="lower", interpolation="nearest")
    lost = rows[rows["activation"] == "relu6"].pivot(index="draw", columns="radius", values="lost")
    back = {"facecolor": ground(), "edgecolor": "none", "pad": 0.8}
    for radius in circles:
        ax.add_patch(Circle((0.0, 0.0), radius, fill=False, edgecolor=ink(), linewidth=sized(0.8)))
        share = percent(float(lost[radius][drawn["draw"]]))
        share += f" ({percent(float(lost[radius].median()))})" if len(lost) > 1 else ""
        ax.text(0.0, radius, share, ha="center", va="center", size=sized(7.5), bbox=back)
    ax.set(xlabel=say("figure.input_scale.circles"), xticks=circles, yticks=circles)


def _tint(name: str) -> tuple[float, float, float, float]:
    """The paler colour of what an activation loses."""
    return to_rgba(activation_look(name).color, 0.35)


def _expected(activation: str, radius: float, width: int) -> float:
    return collapsed_fraction(width, 2, active=relu6_active_probability(radius) if activation == "relu6" else 0.5)
