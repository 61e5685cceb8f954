"""Under ReLU the plane falls into 2n sectors: two active rows or more keep a sector, one presses it to a line, none to a point.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, Lemma 2 and Theorem 1: the share lost is (n + 1)/2^n for d = 2.
Output: the plane under the typical draw for several n, with the spiral on it. Headline: the mean share of directions lost over
the draws beside the formula, its z-score, and the share of draws that are one-to-one on the whole plane beside theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import ACTIVATIONS, EMBEDDINGS, is_injective, rank_shares, sectors
from manifold.plots import figure_planes
from manifold.theory import collapsed_fraction, injective_probability

from ..runner.parameters import draw_or_median, one_of, parameter, whole
from ._recoveries import Setting, check_setting, draw_recoveries
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


def check(parameters: Parameters) -> None:
    """The points lie in the plane, and go through every layer."""
    check_setting(Setting.of(parameters))


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per width and draw: shares of all directions by what ReLU does to them, and whether it is one-to-one."""
    rows = []
    for draw in draws:
        recoveries = draw_recoveries(draw, Setting.of(parameters), seed=seed)[1]
        for width, recovery in zip(parameters.widths, recoveries, strict=True):
            to_point, to_line, kept = rank_shares(sectors(recovery.matrix))
            row = {"width": width, "draw": draw, "to_point": to_point, "to_line": to_line, "kept": kept}
            rows.append({**row, "lost": to_point + to_line, "injective": is_injective(recovery.matrix)})
    return DataFrame(rows)


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Means over the draws against the closed forms."""
    numbers = {}
    for width in parameters.widths:
        at_width = rows[rows["width"] == width]
        lost, expected = at_width["lost"], collapsed_fraction(width, 2)
        numbers[f"mean_lost_width={width}"] = float(lost.mean())
        numbers[f"expected_lost_width={width}"] = expected
        numbers[f"z_lost_width={width}"] = z_score(lost, expected)
        numbers[f"injective_share_width={width}"] = float(at_width["injective"].mean())
        numbers[f"expected_injective_share_width={width}"] = injective_probability(width)
    return numbers


def figure(rows: DataFrame, *, seed: int, parameters: Parameters) -> Figure:
    """The plane for each width under draw number `shown`, or under the draw whose lost share is the median one."""
    recoveries, shown = [], parameters.shown
    for width in parameters.widths:
        at_width = rows[rows["width"] == width].sort_values(["lost", "draw"])
        draw = int(at_width["draw"].iloc[(len(at_width) - 1) // 2]) if shown == "median" else int(shown)
        recoveries += draw_recoveries(draw, Setting.of(parameters, widths=[width]), seed=seed)[1]
    return figure_planes(recoveries, scale=parameters.scale)
