"""The three readings of "T^-1" in circulation give three different pictures: two of them improve with n, none reaches 0.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, Figure 1, which says "T^-1" of a matrix that is not square.
Output: for each reading and width the typical draw. Headline: the median NMSE over the draws, and the expected one where it
exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from manifold import ACTIVATIONS
from manifold.metrics import nmse
from manifold.planes.recoveries import readings_data
from manifold.plots import READINGS, Page, figure_reading_views
from manifold.theory import expected_nmse

from ..runner.drawn import Drawn
from ..runner.parameters import draw_or_median, one_of, parameter, whole
from ._played import WIDTHS, cloud_of, kept, one_draw, opened, play
from ._recoveries import Setting, check_setting, measure_recoveries, several_draws, shown_views, views_of

DRAWS = 1000


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("spiral", "points in the plane: a name in `manifold.DATASETS`, with options, or a file")
    n_points: int = parameter(500, "number of points N")
    scale: float = parameter(1.0, "what the points are multiplied by")
    widths: Sequence[int] = parameter([2, 3, 5, 8, 15, 30], "numbers of channels n", check=whole(2, 10_000))
    activation: str = parameter("relu", "activation, by its name in `manifold.ACTIVATIONS`", check=one_of(ACTIVATIONS))
    shown: str | int = parameter(
        "median", "number of the draw that the figure shows, or median for the typical one", check=draw_or_median
    )


QUICK = {"draws": 50, "n_points": 200}
COLUMNS = ("width", "draw", "nmse", "scale_aligned_nmse", "worst", "lost", "best_nmse", "decoder_share", "embedding")


def check(parameters: Parameters) -> None:
    """The points lie in the plane, and go through every layer."""
    for name in READINGS:
        check_setting(Setting.of(parameters, embedding=name))


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> pd.DataFrame:
    """One row per reading, width and draw."""
    parts = []
    for name in READINGS:
        rows = measure_recoveries(draws, Setting.of(parameters, embedding=name), seed=seed)
        parts.append(rows.assign(embedding=name))
    return pd.concat(parts, ignore_index=True)


def headline(rows: pd.DataFrame, parameters: Parameters) -> dict[str, float]:
    """Median NMSE of each reading and width; for ReLU beside the expected one where that is finite."""
    numbers: dict[str, float] = {}
    for name in READINGS:
        of_reading = rows[rows["embedding"] == name].groupby("width", sort=False)["nmse"].median()
        numbers |= {f"median_nmse_embedding={name}_width={width}": float(error) for width, error in of_reading.items()}
        for width in parameters.widths if parameters.activation == "relu" else ():
            expected = expected_nmse(width, 2, embedding=name)
            if np.isfinite(expected):
                numbers[f"expected_nmse_embedding={name}_width={width}"] = expected
    return numbers


def drawn(rows: pd.DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """The typical draw of each reading and width, or the one that is asked for."""
    shown: dict[str, Any] = {"seed": seed, "shown": parameters.shown, "printed": ["nmse"], "plane": False}
    return {
        name: shown_views(rows[rows["embedding"] == name], Setting.of(parameters, embedding=name), **shown) for name in READINGS
    }


def figure(rows: pd.DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """One row per reading, one column per width."""
    views = {name: views_of(drawn[name], rows[rows["embedding"] == name], ["nmse"]) for name in READINGS}
    return figure_reading_views(views, draws=several_draws(rows), page=page)


def played(rows: pd.DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """One draw of the points, under each reading at every width."""
    draw = one_draw(rows, parameters.shown, ("nmse",))
    shown = {name: play(draw, Setting.of(parameters, embedding=name), seed=seed) for name in READINGS}
    decoded = {name: np.stack([recovery.recovered for recovery in recoveries]) for name, (_, recoveries) in shown.items()}
    errors = {name: np.array(list(map(nmse, recoveries))) for name, (_, recoveries) in shown.items()}
    return kept(shown[READINGS[0]][0], draw, {"decoded": decoded, "nmse": errors})


def interactive(rows: pd.DataFrame, drawn: Drawn, *, parameters: Parameters) -> dict[str, Any]:
    """The readings on the page Spiral."""
    played, seen = drawn["played"], drawn["played"]["seen"]
    data = readings_data(cloud_of(played), np.array(WIDTHS), seen["decoded"], seen["nmse"], scale=parameters.scale)
    return {**data, **opened(parameters.widths)}
