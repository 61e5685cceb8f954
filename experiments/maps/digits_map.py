"""A map of handwritten digits that knows no label keeps most digits apart, and a map by ways does it better than a shadow.

Source: scikit-learn's digits, 1797 pictures of 64 pixels (Alpaydin, Kaynak 1998).
Output: maps by PCA, landmark Isomap, spectral embedding and t-SNE, coloured by the digit, with some of the pictures on them.
Headline: the share of pictures whose nearest neighbour shows the same digit, in the map and among the 64 pixels, and the
trustworthiness; medians over the draws, each of which leaves out a tenth of the pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from pandas import DataFrame

from manifold import PointCloud, make_cloud, random_stream
from manifold.checks import Floats, Integers
from manifold.learning import METHODS, trustworthiness, unroll
from manifold.learning.methods import check_task
from manifold.learning.neighbours import nearest
from manifold.plots import GROUP_COLORS, Page, sized
from manifold.runs import told
from manifold.text import named, say

from ..runner.drawn import Drawn
from ..runner.parameters import draw_or_median, one_of, parameter, whole
from ..runner.typical import shown_draw

DRAWS = 3


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    n_points: int = parameter(1600, "pictures of a draw", check=whole(22))
    n_neighbors: int = parameter(10, "nearest neighbours k")
    methods: Sequence[str] = parameter(
        ["pca", "landmark-isomap", "spectral", "t-sne"],
        "methods, by their names in `manifold.learning.METHODS`",
        check=one_of(METHODS),
    )
    shown: str | int = parameter(
        "median", "number of the draw that the figure shows, or median for the typical one", check=draw_or_median
    )


QUICK = {"draws": 1, "n_points": 200, "methods": ["pca", "t-sne"]}
COLUMNS = ("method", "draw", "same_digit", "trustworthiness")
SCORED = 10
SQUARES, PICTURES = 15, 2  # squares along the side of a map, of which each digit has two for pictures


def check(parameters: Parameters) -> None:
    """The points can be drawn, and every method takes their neighbours."""
    points = make_cloud("digits", parameters.n_points, rng=random_stream(0)).points
    for method in parameters.methods:
        check_task(points, method=method, n_neighbors=parameters.n_neighbors)


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per method and draw, the 64 pixels being a method, too."""
    rows = []
    for draw in told(draws):
        cloud = make_cloud("digits", parameters.n_points, rng=random_stream(seed, draw))
        rows.append({"method": "pixels", "draw": draw, "same_digit": _same(cloud.points, cloud), "trustworthiness": 1.0})
        for method in parameters.methods:
            places = _map(cloud, method, parameters.n_neighbors, seed, draw)
            trust = trustworthiness(cloud.points, places, n_neighbors=SCORED)
            rows.append({"method": method, "draw": draw, "same_digit": _same(places, cloud), "trustworthiness": trust})
    return DataFrame(rows)


def _map(cloud: PointCloud, method: str, n_neighbors: int, seed: int, draw: int) -> Floats:
    return unroll(cloud.points, method=method, n_neighbors=n_neighbors, rng=random_stream(seed, draw))


def _same(places: Floats, cloud: PointCloud) -> float:
    """Share of points whose nearest other point has the same digit."""
    return float((cloud.component[nearest(places, 1)[:, 0]] == cloud.component).mean())


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Medians over the draws."""
    table: Any = rows.drop(columns="draw").groupby("method", sort=False).median()
    return {
        f"median_{column}_method={method}": float(table.loc[method, column])
        for method in table.index
        for column in table.columns
    }


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """The maps of one draw, and for each some pictures and free places for them."""
    draw = shown_draw(rows.pivot(index="draw", columns="method", values=["same_digit", "trustworthiness"]), parameters.shown)
    cloud = make_cloud("digits", parameters.n_points, rng=random_stream(seed, draw))
    maps = {}
    for method in parameters.methods:
        places = _map(cloud, method, parameters.n_neighbors, seed, draw)
        chosen, beside = _beside(places, cloud.component)
        pictures = cloud.points[chosen].reshape(-1, 8, 8).astype(np.float32)
        maps[method] = {"places": places.astype(np.float32), "chosen": chosen, "beside": beside, "pictures": pictures}
    return {"digits": cloud.component.astype(np.uint8), "maps": maps}


def _beside(places: Floats, digits: Integers) -> tuple[Integers, Floats]:
    """Points, some of each digit, and for each the centre (P, 2) of a square near it in which there is no point."""
    low, high = _frame(places)
    side = (high - low)[0] / SQUARES
    cells = low + side * (np.stack(np.meshgrid(*[np.arange(SQUARES)] * 2), axis=-1).reshape(-1, 2) + 0.5)
    free = cells[np.abs(cells[:, None] - places).max(axis=2).min(axis=1) > 0.6 * side]
    chosen, beside = [], []
    for digit in np.tile(np.unique(digits), PICTURES):
        if not len(free):
            break
        own = np.flatnonzero(digits == digit)
        distances = np.linalg.norm(places[own][:, None] - free, axis=2)
        point, cell = np.unravel_index(distances.argmin(), distances.shape)
        chosen.append(own[point])
        beside.append(free[cell])
        free = free[np.abs(free - free[cell]).max(axis=1) > 1.4 * side]
    return np.array(chosen, dtype=np.int64), np.array(beside).reshape(-1, 2)


def _frame(places: Floats) -> tuple[Floats, Floats]:
    """Lower left and upper right corner of a square with a margin for pictures around the points."""
    low, high = places.min(axis=0), places.max(axis=0)
    reach = 0.62 * float((high - low).max())
    middle = (low + high) / 2.0
    return middle - reach, middle + reach


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The map by every method; a point is its digit."""
    table: Any = rows.groupby("method")["same_digit"].median()
    lines, columns = page.grid(len(drawn["maps"]), least=1.75 if page.height else 2.2)
    side = page.width / page.scale / columns
    result = page.figure((side + 0.5) * lines)
    axes = result.subplots(lines, columns, squeeze=False).ravel()
    for ax in axes[len(drawn["maps"]) :]:
        ax.set_axis_off()
    for ax, (method, shown) in zip(axes, drawn["maps"].items(), strict=False):
        _draw_digits(ax, shown, drawn["digits"], size=sized(1.25 * min(side, 3.6)))
        ax.set_title(named(METHODS, method))
        ax.set_xlabel(say("figure.digits_map.same", share=table[method], pixels=table["pixels"]))
    return result


def _draw_digits(ax: Axes, shown: Mapping[str, Any], digits: Integers, *, size: float) -> None:
    """Every point as its digit, `size` points high, and the pictures beside theirs."""
    places = shown["places"]
    for digit in np.unique(digits):
        own, color = places[digits == digit], GROUP_COLORS[digit]
        ax.plot(*own.T, linestyle="", marker=f"${digit}$", markersize=size, markeredgewidth=0.0, color=color)
    low, high = _frame(places)
    half = 0.5 * (high - low)[0] / SQUARES
    for place, (x, y), picture in zip(shown["chosen"], shown["beside"], shown["pictures"], strict=True):
        color = GROUP_COLORS[digits[place]]
        ax.plot(*np.transpose([places[place], (x, y)]), color=color, linewidth=sized(0.7), zorder=3)
        ax.imshow(picture, extent=(x - half, x + half, y - half, y + half), cmap="gray_r", zorder=4)
        ax.add_patch(
            Rectangle((x - half, y - half), 2 * half, 2 * half, fill=False, edgecolor=color, linewidth=sized(1.2), zorder=5)
        )
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xticks=[], yticks=[], aspect="equal")
