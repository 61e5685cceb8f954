"""Taking an unrolling away: the words that make the view of the page Unrolling again, and its numbers."""

from __future__ import annotations

from manifold import PointCloud
from manifold.checks import Floats
from manifold.ui.pages.unrolling.views import SCORED, RollSetting, Scores
from manifold.ui.share import command_line, csv_text, python_script, unless

_TRUE_SCORES = """
for score in (quality.procrustes_error, quality.affine_error):
    print(score.__name__, score(places, cloud.chart))
"""

_WAYS = """
import numpy as np
from manifold.learning import LandmarkIsomap, distance_error, residual_variance

model = LandmarkIsomap(n_neighbors=NEIGHBOURS).fit(cloud.points - cloud.points.mean(axis=0))
ways, straight = model.geodesics_, quality.distances_from(cloud.points, model.landmarks_)
print("residual_variance", residual_variance(ways, quality.distances_from(places, model.landmarks_)))
ant = np.unravel_index((ways / np.maximum(straight, straight.max() / 10.0)).argmax(), ways.shape)
print("along", ways[ant])
print("straight", straight[ant])
"""
_LENGTHS = """
true = quality.distances_from(cloud.chart, model.landmarks_)
print("true", true[ant])
print("along_off", distance_error(ways, true))
print("straight_off", distance_error(straight, true))
"""


def unrolling_script(setting: RollSetting, truth: str, *, joined: bool) -> str:
    """A script that prints the numbers shown for `setting`.

    `truth` is what the cloud's chart is, `joined` says whether there are ways.
    """
    stream = f"random_stream({setting.seed}, {setting.draw})"
    if setting.own is None:
        makers = "make_cloud, random_stream"
        cloud = f"make_cloud({setting.dataset!r}, {setting.n_points}, rng={stream})"
    else:
        makers = "fit_unit_disc, random_stream, read_points"
        options = "".join(f", {key}={value!r}" for key, value in setting.own.options.items())
        cloud = f"fit_unit_disc(read_points({setting.own.name!r}{options}, max_points={setting.n_points}))"
    scores = f"""
from manifold import {makers}
from manifold.learning import quality, unroll

cloud = {cloud}
places = unroll(cloud.points, method={setting.method!r}, n_neighbors={setting.n_neighbors}, rng={stream})
for score in (quality.trustworthiness, quality.continuity, quality.neighbour_overlap):
    print(score.__name__, score(cloud.points, places, n_neighbors={min(SCORED, (setting.n_points - 1) // 2)}))
"""
    parts = [scores, *([] if truth == "colour" else [_TRUE_SCORES])]
    if joined:
        parts.append(_WAYS.replace("NEIGHBOURS", str(setting.n_neighbors)))
        parts += [_LENGTHS] if truth == "lengths" else []
    return python_script(*parts)


def unrolling_command(setting: RollSetting, view: str, camera: tuple[int, int]) -> str:
    """The command that draws the map of `setting`, with what is drawn in a view, and points in space seen from a camera."""
    return command_line(
        "swiss_roll",
        seed=setting.seed,
        draws=1,
        dataset=setting.dataset,
        n_points=setting.n_points,
        n_neighbors=setting.n_neighbors,
        color=setting.own.color if setting.own else None,
        methods=setting.method,
        shown=setting.draw,
        view=unless("points", view),
        turn=unless(280, camera[0]),
        tilt=unless(20, camera[1]),
    )


def map_table(cloud: PointCloud, mapped: Floats, scores: Scores) -> str:
    """CSV: the points, their chart, the map, and the scores of every point, one line a point."""
    names = [f"x_{k + 1}" for k in range(cloud.points.shape[1])]
    names += [f"chart_{k + 1}" for k in range(cloud.chart.shape[1])] + ["map_1", "map_2", *scores.points]
    return csv_text(names, [cloud.points, cloud.chart, mapped, *scores.points.values()])
