"""A map of handwritten digits that knows no label keeps most digits apart, and a map by ways does it better than a shadow.

Source: scikit-learn's digits, 1797 pictures of 64 pixels (Alpaydin, Kaynak 1998).
Output: maps by PCA, landmark Isomap, spectral embedding and t-SNE, coloured by the digit, with some of the pictures on them.
Headline: the share of pictures whose nearest neighbour shows the same digit, in the map and among the 64 pixels, and the
trustworthiness; medians over the draws, each of which leaves out a tenth of the pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from pandas import DataFrame

from manifold import PointCloud, make_cloud, random_stream
from manifold.checks import Floats
from manifold.learning import METHODS, trustworthiness, unroll
from manifold.learning.methods import check_task
from manifold.learning.neighbours import nearest
from manifold.plots import GROUP_COLORS, Page, draw_map
from manifold.runs import told
from manifold.text import named, say

from ..runner.drawn import Drawn
from ..runner.parameters import draw_number, one_of, parameter, whole

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
    shown: int = parameter(0, "number of the draw that the figure shows", check=draw_number)


QUICK = {"draws": 1, "n_points": 200, "methods": ["pca", "t-sne"]}
COLUMNS = ("method", "draw", "same_digit", "trustworthiness")
SCORED = 10


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
    """What the draws that are shown follow from."""
    return {"seed": seed}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The map by every method."""
    seed = int(drawn["seed"])
    cloud = make_cloud("digits", parameters.n_points, rng=random_stream(seed, parameters.shown))
    colors = np.array(GROUP_COLORS)[cloud.component]
    table: Any = rows.groupby("method").median(numeric_only=True)
    columns = min(2, len(parameters.methods))
    lines = -(-len(parameters.methods) // columns)
    result = page.figure(3.65 * lines + 0.4)
    for place, method in enumerate(parameters.methods, 1):
        places = _map(cloud, method, parameters.n_neighbors, seed, parameters.shown)
        ax = draw_map(result.add_subplot(lines, columns, place), places, colors, size=5.0)
        ax.set_title(named(METHODS, method))
        ax.set_xlabel(say("figure.digits_map.same", share=table.loc[method, "same_digit"]))
        _add_pictures(ax, places, cloud.points)
    handles = [
        Line2D([], [], color=color, marker="o", linestyle="", label=str(digit)) for digit, color in enumerate(GROUP_COLORS)
    ]
    result.legend(handles=handles, loc="outside lower center", ncols=10, handletextpad=0.1, columnspacing=1.0)
    return result


def _add_pictures(ax: Axes, places: Floats, pictures: Floats) -> None:
    """Some of the pictures at their places, none upon another."""
    apart = 0.085 * float(np.ptp(places, axis=0).max())
    taken: list[int] = []
    for place in range(len(places)):
        if not taken or np.abs(places[taken] - places[place]).max(axis=1).min() > apart:
            taken.append(place)
            image = OffsetImage(1.0 - pictures[place].reshape(8, 8), zoom=1.25, cmap="gray", alpha=0.9)
            ax.add_artist(AnnotationBbox(image, tuple(places[place]), frameon=False, pad=0.0))
