"""What the spiral experiments share: one draw at several widths, its numbers as rows, and which draw a figure shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pandas import DataFrame

from manifold import PointCloud, Recovery, make_cloud, random_stream, recover_widths, redecode
from manifold.metrics import avoidable_share, lost_share, nmse, scale_aligned_nmse, worst_error

METRICS = {"nmse": nmse, "scale_aligned_nmse": scale_aligned_nmse, "worst": worst_error, "lost": lost_share}


def draw_recoveries(
    draw: int,
    *,
    seed: int,
    dataset: str,
    n_points: int,
    scale: float,
    widths: Sequence[int],
    embedding: str,
    activation: str,
    decoder: str = "inverse",
) -> tuple[PointCloud, list[Recovery]]:
    """Draw number `draw`: the points, and their recovery at every width."""
    rng = random_stream(seed, draw)
    cloud = make_cloud(dataset, n_points=n_points, scale=scale, rng=rng)
    found = recover_widths(cloud.points, widths=widths, embedding=embedding, activation=activation, decoder=decoder, rng=rng)
    return cloud, found


def measure_recoveries(draws: Sequence[int], *, widths: Sequence[int], **setting: Any) -> DataFrame:
    """One row per draw and width: the decoder's metrics, the NMSE of the exact one, and the decoder's share of the loss."""
    rows = []
    for draw in draws:
        for width, recovery in zip(widths, draw_recoveries(draw, widths=widths, **setting)[1], strict=True):
            row = {name: metric(recovery) for name, metric in METRICS.items()}
            best = nmse(redecode(recovery, "posterior"))
            rows.append(
                {"width": width, "draw": draw, **row, "best_nmse": best, "decoder_share": avoidable_share(row["nmse"], best)}
            )
    return DataFrame(rows)


def median_draw(rows: DataFrame, width: int) -> int:
    """The draw whose NMSE at this width is nearest the median from below: the typical picture, neither lucky nor unlucky."""
    at_width = rows[rows["width"] == width].sort_values(["nmse", "draw"])
    return int(at_width["draw"].iloc[(len(at_width) - 1) // 2])


def shown_recoveries(
    rows: DataFrame, *, shown: str | int, widths: Sequence[int], **setting: Any
) -> tuple[PointCloud, list[Recovery]]:
    """For each width the recovery that a figure shows: that of draw number `shown`, or of each width's median draw."""
    if shown != "median":
        return draw_recoveries(int(shown), widths=widths, **setting)
    drawn = [draw_recoveries(median_draw(rows, width), widths=[width], **setting) for width in widths]
    return drawn[0][0], [recoveries[0] for _, recoveries in drawn]


def medians(rows: DataFrame, columns: Sequence[str], by: str = "width") -> dict[str, float]:
    """Headline numbers: the median of each column over the draws, one for each value of `by`, as median_COLUMN_BY=VALUE."""
    table = rows.groupby(by, sort=False)[list(columns)].median()
    return {f"median_{column}_{by}={value}": float(table.loc[value, column]) for column in columns for value in table.index}
