"""Under ReLU the plane falls into 2n sectors: two active rows or more keep a sector, one presses it to a line, none to a point.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, Lemma 2 and Theorem 1: the share lost is (n + 1)/2^n for d = 2.
Output: the plane under the typical draw for several n, with the spiral on it. Headline: the mean share of directions lost over
the draws beside the formula, its z-score, and the share of draws that are one-to-one on the whole plane beside theirs. For
every activation: medians of the share of the points lost and of the error of the best decoder.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import ACTIVATIONS, EMBEDDINGS, Activation, Recovery, is_injective, rank_shares, sectors
from manifold.metrics import lost_share, nmse
from manifold.planes.sectors import Planar, Plane, plane_data, plane_words
from manifold.plots import Page, figure_plane_views
from manifold.runs import told
from manifold.theory import collapsed_fraction, injective_probability

from ..runner.drawn import Drawn
from ..runner.parameters import draw_or_median, one_of, parameter, whole
from ._played import cloud_of, kept, one_draw, opened, play, seen_as
from ._recoveries import Setting, check_setting, draw_recoveries, medians, several_draws, shown_views, views_of
from ._scores import z_score

DRAWS = 1000


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("spiral", "points in the plane: a name in `manifold.DATASETS`, with options, or a file")
    n_points: int = parameter(500, "number of points N")
    widths: Sequence[int] = parameter([2, 3, 4, 5, 6, 8, 12, 15, 20, 30], "numbers of channels n", check=whole(2, 10_000))
    scale: float = parameter(1.0, "what the points are multiplied by")
    embedding: str = parameter("gaussian", "law of T, by its name in `manifold.EMBEDDINGS`", check=one_of(EMBEDDINGS))
    activation: str = parameter("relu", "activation, by its name in `manifold.ACTIVATIONS`", check=one_of(ACTIVATIONS))
    shown: str | int = parameter(
        "median", "number of the draw that the figure shows, or median for the typical one", check=draw_or_median
    )


QUICK = {"draws": 100}
COLUMNS = ("width", "draw", "lost", "best_nmse", "to_point", "to_line", "kept", "directions_lost", "injective")


def check(parameters: Parameters) -> None:
    """The points lie in the plane, and go through every layer."""
    check_setting(Setting.of(parameters))


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per width and draw: what is lost of the points, under ReLU also of directions, and whether it is one-to-one."""
    rows = []
    for draw in told(draws):
        recoveries = draw_recoveries(draw, Setting.of(parameters), seed=seed)[1]
        for width, recovery in zip(parameters.widths, recoveries, strict=True):
            row = {"width": width, "draw": draw, "lost": lost_share(recovery), "best_nmse": nmse(recovery.best)}
            rows.append(row | (_directions(recovery) if _cut_at_0(recovery.activation) else {}))
    return DataFrame(rows)


def _cut_at_0(f: Activation) -> bool:
    """Whether the fate of a point depends on its direction alone, as under ReLU."""
    return f.only_side_elsewhere and (f.low, f.high) == (0.0, math.inf)


def _directions(recovery: Recovery) -> dict[str, float | bool]:
    """Shares of all directions by what ReLU does to them."""
    to_point, to_line, kept = rank_shares(sectors(recovery.matrix))
    shares = {"to_point": to_point, "to_line": to_line, "kept": kept, "directions_lost": to_point + to_line}
    return {**shares, "injective": is_injective(recovery.matrix)}


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Medians over the draws; for ReLU, means against the closed forms."""
    numbers = medians(rows, ["lost", "best_nmse"])
    for width in parameters.widths if "directions_lost" in rows else ():
        at_width = rows[rows["width"] == width]
        lost, expected = at_width["directions_lost"], collapsed_fraction(width, 2)
        numbers[f"mean_directions_lost_width={width}"] = float(lost.mean())
        numbers[f"expected_directions_lost_width={width}"] = expected
        numbers[f"z_directions_lost_width={width}"] = z_score(lost, expected)
        numbers[f"mean_injective_width={width}"] = float(at_width["injective"].mean())
        numbers[f"expected_injective_width={width}"] = injective_probability(width)
    return numbers


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """The typical draw of each width, or the one that is asked for."""
    return {"views": shown_views(rows, Setting.of(parameters), seed=seed, shown=parameters.shown, printed=_printed(rows))}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The plane for each width."""
    return figure_plane_views(views_of(drawn["views"], rows, _printed(rows)), draws=several_draws(rows), page=page)


def _printed(rows: DataFrame) -> list[str]:
    """The number below each plane: lost of all directions, where they are counted, else of the points."""
    return ["directions_lost" if "directions_lost" in rows else "lost"]


def played(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """One draw at every width, read by the best decoder."""
    draw = one_draw(rows, parameters.shown, ("lost" if "lost" in rows else "points_lost", "best_nmse"))
    cloud, recoveries = play(draw, Setting.of(parameters, decoder="posterior"), seed=seed)
    return kept(cloud, draw, Plane.of(cloud, recoveries, embedding=parameters.embedding))


def interactive(rows: DataFrame, drawn: Drawn, *, parameters: Parameters) -> dict[str, Any]:
    """The page Where it is lost."""
    played, f = drawn["played"], ACTIVATIONS[parameters.activation]
    seen = seen_as(Plane, played["seen"] | {"numbers": seen_as(Planar, played["seen"]["numbers"])})
    data = plane_data(cloud_of(played), seen, f, scale=parameters.scale)
    return {**data, **plane_words(f, seen.numbers), **opened(parameters.widths)}
