"""Under ReLU the plane falls into 2n sectors: two active rows or more keep a sector, one presses it to a line, none to a point.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, Lemma 2 and Theorem 1: the share lost is (n + 1)/2^n for d = 2.
Output: the plane under the typical draw for several n, with the spiral on it. Headline: the mean share of directions lost over
the draws beside the formula, its z-score, and the share of draws that are one-to-one on the whole plane beside theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame

from experiments._recoveries import make_cloud
from manifold import EMBEDDINGS, is_injective, random_stream, rank_shares, sectors
from manifold.plots import draw_cloud, draw_sectors, panel_table, rank_legend, styled
from manifold.theory import collapsed_fraction, injective_probability

DRAWS = 1000
PARAMETERS: dict[str, Any] = {
    "dataset": "spiral",
    "n_points": 500,
    "widths": [2, 3, 4, 5, 6, 8, 12, 15, 20, 30],
    "embedding": "gaussian",
}
QUICK = {"draws": 100}
COLUMNS = 5


def measure(draws: Sequence[int], *, seed: int, widths: Sequence[int], embedding: str, **parameters: Any) -> DataFrame:
    """One row per width and draw: shares of all directions by what happens to them, and whether the layer is one-to-one."""
    rows = []
    for draw in draws:
        for width in widths:
            matrix = EMBEDDINGS[embedding](width, 2, rng=random_stream(seed, draw)).matrix
            to_point, to_line, kept = rank_shares(sectors(matrix))
            row = {"width": width, "draw": draw, "to_point": to_point, "to_line": to_line, "kept": kept}
            rows.append({**row, "lost": to_point + to_line, "injective": is_injective(matrix)})
    return DataFrame(rows)


def headline(rows: DataFrame, *, widths: Sequence[int], **parameters: Any) -> dict[str, float]:
    """Means over the draws against the closed forms."""
    found = {}
    for width in widths:
        at_width = rows[rows["width"] == width]
        lost, expected = at_width["lost"], collapsed_fraction(width, 2)
        error = lost.std() / np.sqrt(len(lost))
        found[f"mean_lost_width={width}"] = float(lost.mean())
        found[f"expected_lost_width={width}"] = expected
        found[f"z_lost_width={width}"] = float((lost.mean() - expected) / error) if error > 0.0 else 0.0
        found[f"injective_share_width={width}"] = float(at_width["injective"].mean())
        found[f"expected_injective_share_width={width}"] = injective_probability(width)
    return found


@styled
def figure(rows: DataFrame, *, seed: int, widths: Sequence[int], dataset: str, n_points: int, embedding: str) -> Figure:
    """The plane for each width under the draw whose lost share is the median one."""
    columns = min(COLUMNS, len(widths))
    lines = -(-len(widths) // columns)
    result, axes = panel_table(lines, [""] * columns, panel=1.45)
    for ax in axes.ravel()[len(widths) :]:
        ax.set_axis_off()
    for ax, width in zip(axes.ravel(), widths, strict=False):
        at_width = rows[rows["width"] == width].sort_values(["lost", "draw"])
        typical = at_width.iloc[(len(at_width) - 1) // 2]
        rng = random_stream(seed, int(typical["draw"]))
        matrix = EMBEDDINGS[embedding](width, 2, rng=rng).matrix
        cloud = make_cloud(dataset, n_points=n_points, scale=1.0, rng=rng)
        draw_sectors(ax, matrix)
        draw_cloud(ax, cloud.points, np.tile([0.0, 0.0, 0.0, 1.0], (len(cloud.points), 1)), size=1.0)
        ax.set_title(f"n = {width}")
        ax.set_xlabel(f"lost {typical['lost']:.1%}, mean {collapsed_fraction(width, 2):.2g}")
    rank_legend(result)
    return result
