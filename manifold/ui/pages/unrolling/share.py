"""Taking an unrolling away: the words that make the view of the page Unrolling again, and its numbers."""

from __future__ import annotations

from manifold import PointCloud
from manifold.checks import Floats
from manifold.ui.pages.unrolling.views import SCORED, RollSetting, Scores
from manifold.ui.share import command_line, csv_text, python_script

_TRUE_SCORES = """
for score in (quality.procrustes_error, quality.affine_error):
    print(score.__name__, score(places, cloud.chart))
"""


def unrolling_script(setting: RollSetting, truth: str) -> str:
    """A script that prints the scores shown for `setting`."""
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
    print(score.__name__, score(cloud.points, places, n_neighbors={SCORED}))
"""
    return python_script(scores) if truth == "colour" else python_script(scores, _TRUE_SCORES)


def unrolling_command(setting: RollSetting) -> str:
    """The command that draws the map of `setting`."""
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
    )


def map_table(cloud: PointCloud, mapped: Floats, scores: Scores) -> str:
    """CSV: the points, their chart, the map, and the scores of every point, one line a point."""
    names = [f"x_{k + 1}" for k in range(cloud.points.shape[1])]
    names += [f"chart_{k + 1}" for k in range(cloud.chart.shape[1])] + ["map_1", "map_2", *scores.points]
    return csv_text(names, [cloud.points, cloud.chart, mapped, *scores.points.values()])
