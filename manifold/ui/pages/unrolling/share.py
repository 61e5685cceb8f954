"""Taking an unrolling away: the words that make the view of the page Unrolling again, and its numbers."""

from __future__ import annotations

import shlex

from manifold import PointCloud
from manifold._validation import Floats
from manifold.ui.pages.unrolling.views import SCORED, RollSetting, Scores
from manifold.ui.share import csv_text


def unrolling_script(setting: RollSetting, truth: str, color: str | None) -> str:
    """A script that prints the scores shown for `setting`; `color` is the column that colours a file."""
    stream = f"random_stream({setting.seed}, {setting.draw})"
    if setting.own is None:
        makers = "make_cloud, random_stream"
        cloud = f"make_cloud({setting.dataset!r}, {setting.n_points}, rng={stream})"
    else:
        makers = "fit_unit_disc, random_stream, read_points"
        column = f", color={color!r}" if color else ""
        cloud = f"fit_unit_disc(read_points({setting.dataset!r}{column}, max_points={setting.n_points}))"
    script = f"""from manifold import {makers}
from manifold.learning import quality, unroll

cloud = {cloud}
places = unroll(cloud.points, method={setting.method!r}, n_neighbors={setting.n_neighbors}, rng={stream})
for score in (quality.trustworthiness, quality.continuity, quality.neighbour_overlap):
    print(score.__name__, score(cloud.points, places, n_neighbors={SCORED}))
"""
    if truth == "colour":
        return script
    return f"""{script}for score in (quality.procrustes_error, quality.affine_error):
    print(score.__name__, score(places, cloud.chart))
"""


def unrolling_command(setting: RollSetting, color: str | None) -> str:
    """The command that draws the map of `setting`."""
    changes = {"dataset": setting.dataset, "n_points": setting.n_points, "n_neighbors": setting.n_neighbors}
    changes |= {"color": color} if color else {}
    changes |= {"methods": setting.method, "shown": setting.draw}
    words = [
        "python",
        "-m",
        "experiments",
        "run",
        "swiss_roll",
        "--out",
        "figures",
        "--seed",
        str(setting.seed),
        "--draws",
        "1",
    ]
    for key, value in changes.items():
        words += ["--set", f"{key}={value}"]
    return shlex.join(words)


def map_table(cloud: PointCloud, places: Floats, scores: Scores) -> str:
    """CSV: the points, their chart, the map, and the scores of every point, one line a point."""
    names = [f"x_{k + 1}" for k in range(cloud.points.shape[1])]
    names += [f"chart_{k + 1}" for k in range(cloud.chart.shape[1])] + ["map_1", "map_2", *scores.points]
    return csv_text(names, [cloud.points, cloud.chart, places, *scores.points.values()])
