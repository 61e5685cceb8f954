"""Ways along a swiss roll unroll it; straight distances, clusters and an untold network do not.

Source: Tenenbaum, de Silva, Langford 2000 (Isomap), de Silva, Tenenbaum 2003 (landmarks), and the papers behind the other
methods as scikit-learn has them; the roll's isometric chart is its arc length and height.
Output: the points and the map of every method side by side, with its error against the true chart (Procrustes, and with the
best stretching), trustworthiness and seconds, for one draw of the points. Headline: medians over the draws. Any dataset will
do, or a file, whose column `color` colours the points. Times are this machine's, so rows and figure differ from run to run.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import PointCloud, fit_unit_disc, make_cloud, random_stream, read_points
from manifold.checks import fault
from manifold.clouds.files import Reading, read_sheet
from manifold.clouds.spec import split_file
from manifold.learning import (
    METHODS,
    DisconnectedGraphError,
    affine_error,
    continuity,
    procrustes_error,
    trustworthiness,
    unroll,
    walk_cloud,
)
from manifold.learning.methods import check_task
from manifold.learning.quality import align
from manifold.planes.frames import hex_colors
from manifold.planes.maps import VIEWS, Drawing, Inks, few_points, map_data
from manifold.plots import GROUP_COLORS, Beside, Page, color_ramp, figure_maps, shadow, wrap_words
from manifold.runs import told
from manifold.text import named, say

from ..runner.drawn import Drawn
from ..runner.parameters import draw_or_median, one_of, parameter, whole
from ..runner.typical import shown_draw

DRAWS = 5


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("swiss roll", "points: a name in `manifold.DATASETS`, with options, or a file")
    color: str = parameter("", "column of the file that colours the points; empty for none")
    n_points: int = parameter(1000, "number of points N", check=whole(3))
    n_neighbors: int = parameter(10, "nearest neighbours k")
    methods: Sequence[str] = parameter(
        list(METHODS), "methods, by their names in `manifold.learning.METHODS`", check=one_of(METHODS)
    )
    shown: str | int = parameter(
        "median", "number of the draw that the figure shows, or median for the typical one", check=draw_or_median
    )
    view: str = parameter(
        "points", "what is drawn: a way along the points, lines between neighbours, or points alone", check=one_of(VIEWS)
    )
    turn: int = parameter(280, "from where points in space are seen, around", unit="degrees", check=whole(0, 360))
    tilt: int = parameter(20, "and from how high", unit="degrees", check=whole(-90, 90))


QUICK = {"draws": 1, "methods": ["pca", "isomap", "landmark-isomap", "hessian-lle"]}
SCORES = ("trustworthiness", "continuity", "procrustes_error", "affine_error")
COLUMNS = ("method", "draw", "seconds", *SCORES)
SCORED = 10


def check(parameters: Parameters) -> None:
    """The points can be drawn, and every method takes their neighbours."""
    if parameters.color and not Path(parameters.dataset).is_file():
        raise fault(
            ValueError,
            "color is a column of a file, and dataset {dataset!r} is none; leave it out",
            dataset=parameters.dataset,
        )
    points = _cloud(0, 0, parameters).points
    for method in parameters.methods:
        check_task(points, method=method, n_neighbors=parameters.n_neighbors)


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per method and draw."""
    rows = []
    for draw in told(draws):
        cloud = _cloud(draw, seed, parameters)
        for method in parameters.methods:
            started = time.perf_counter()
            places = unroll(cloud.points, method=method, n_neighbors=parameters.n_neighbors, rng=random_stream(seed, draw))
            row: dict[str, Any] = {"method": method, "draw": draw, "seconds": time.perf_counter() - started}
            for score in (trustworthiness, continuity):
                row[score.__name__] = score(cloud.points, places, n_neighbors=min(SCORED, (len(places) - 1) // 2))
            if cloud.truth != "colour":
                row |= {score.__name__: score(places, cloud.chart) for score in (procrustes_error, affine_error)}
            rows.append(row)
    return DataFrame(rows)


def _cloud(draw: int, seed: int, parameters: Parameters) -> PointCloud:
    dataset, count = parameters.dataset, parameters.n_points
    if parameters.color and (file := split_file(dataset)):
        path, options = file
        return fit_unit_disc(read_points(path, **options | {"color": parameters.color}, max_points=count))
    return make_cloud(dataset, count, columns=None, rng=random_stream(seed, draw))


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Medians over the draws."""
    table: Any = rows.drop(columns="draw").groupby("method", sort=False).median()
    return {
        f"median_{column}_method={method}": float(table.loc[method, column])
        for method in table.index
        for column in table.columns
    }


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """Which of a file's rows and columns these are; points and maps are among what is played."""
    file = split_file(parameters.dataset)
    if file is None:
        return {}
    path, options = file
    cloud, reading = _cloud(0, seed, parameters), Reading(options.get("decimal"), options.get("raw", False))
    total = read_sheet(path, max_rows=1, reading=reading).total
    return {"taken": {"count": len(cloud.points), "total": total, "file": Path(path).name}, "said": cloud.note}


def notes(drawn: Drawn) -> list[str]:
    """Which of a file's rows and columns these are, where that is not all."""
    taken = drawn.get("taken")
    rows = say("figure.swiss_roll.taken", **taken) if taken and taken["total"] > taken["count"] else ""
    return [part for part in (rows, drawn.get("said", "")) if part]


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The points, and their map by every method; of one method alone, larger."""
    played = drawn["played"]
    points, (count, dim) = played["points"], played["shape"].tolist()
    table: Any = rows.groupby("method", sort=False).median(numeric_only=True)
    maps = {named(METHODS, method): played["maps"][method] for method in parameters.methods}
    captions = {named(METHODS, method): _caption(table.loc[method]) for method in parameters.methods}
    inks, drawing = _inks(played, parameters), Drawing(**played["drawing"])
    colors = inks.dark if page.dark else inks.light
    beside = Beside(drawing.path, drawing.lines[drawing.short], (parameters.tilt, parameters.turn), inks.groups)
    kind = "errors" if "procrustes_error" in table else "scores"
    note = ". ".join([*notes(drawn), say(f"figure.swiss_roll.note.{kind}", count=rows["draw"].nunique())])
    result = figure_maps(points, colors, maps, captions, note=note, beside=beside, page=page)
    if len(maps) > 1:
        title = say("figure.points", count=count)
    else:
        title = wrap_words(say("figure.maps.points", count=count, dim=dim), page.width / 2.0, title=True)
    result.axes[0].set_title(title)
    return result


def _caption(scores: Any) -> str:
    """The scores, line by line."""
    known = {"trust": scores["trustworthiness"], "seconds": scores["seconds"]}
    if "affine_error" not in scores:
        return say("figure.swiss_roll.scores", **known)
    known |= {"error": scores["procrustes_error"], "stretched": scores["affine_error"]}
    return say("figure.swiss_roll.scores-and-errors", **known)


def played(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """The points of one draw in space, what is drawn beside them, and their map by every method."""
    draw = shown_draw(
        rows.pivot(index="draw", columns="method", values=[name for name in SCORES if name in rows]), parameters.shown
    )
    cloud, maps = _cloud(draw, seed, parameters), {}
    for method in parameters.methods:
        rng = random_stream(seed, draw)
        places = unroll(cloud.points, method=method, n_neighbors=parameters.n_neighbors, rng=rng)
        maps[method] = (places if cloud.truth == "colour" else align(places, cloud.chart)).astype(np.float32)
    drawing = _drawing(cloud, parameters)
    shown = few_points(len(cloud.points), drawing)
    return {
        "draw": draw,
        "drawing": vars(drawing.among(shown)),
        "shape": np.array(cloud.points.shape),
        "points": shadow(cloud.points)[shown].astype(np.float32),
        "maps": {method: places[shown] for method, places in maps.items()},
        "position": cloud.chart[shown, 0].astype(np.float32),
        "classes": cloud.component[shown] if cloud.component.max() > 0 and cloud.truth == "colour" else np.empty(0),
    }


def _drawing(cloud: PointCloud, parameters: Parameters) -> Drawing:
    """What the view shows; nothing where points do not hang together."""
    if parameters.view == "points":
        return Drawing()
    try:
        return Drawing.of(walk_cloud(cloud, n_neighbors=parameters.n_neighbors), parameters.view)
    except DisconnectedGraphError:
        return Drawing()


def interactive(rows: DataFrame, drawn: Drawn, *, parameters: Parameters) -> dict[str, Any]:
    """The page Unrolling: the points, and one map after another; of one method, the way to it."""
    played = drawn["played"]
    count, dim = played["shape"].tolist()
    maps = {named(METHODS, method): played["maps"][method] for method in parameters.methods}
    table: Any = rows.groupby("method", sort=False).median(numeric_only=True)
    captions = [_caption(table.loc[method]) for method in parameters.methods]
    title = say("figure.maps.points", count=count, dim=dim)
    seen: dict[str, Any] = {"drawing": Drawing(**played["drawing"]), "camera": (parameters.turn, parameters.tilt)}
    return map_data(played["points"], maps, captions, _inks(played, parameters), title=title, **seen)


def _inks(played: Drawn, parameters: Parameters) -> Inks:
    """Colours of classes, or along the chart."""
    if len(played["classes"]):
        inks = [GROUP_COLORS[number % len(GROUP_COLORS)] for number in played["classes"]]
        digits = parameters.dataset.startswith("digits")
        return Inks(inks, inks, {str(digit): color for digit, color in enumerate(GROUP_COLORS)} if digits else {})
    shares = played["position"] - played["position"].min()
    light, dark = (color_ramp(shares / (shares.max() or 1.0), on_dark=on_dark) for on_dark in (False, True))
    return Inks(hex_colors(light), hex_colors(dark))
