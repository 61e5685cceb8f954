"""What the spiral experiments share: one draw at several widths, its numbers as rows, and which draw a figure shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from pandas import DataFrame

from manifold import PointCloud, Recovery, make_cloud, random_stream, recover_widths, redecode
from manifold.checks import fault
from manifold.metrics import avoidable_share, lost_share, nmse, scale_aligned_nmse, worst_error
from manifold.runs import told

from ..runner.typical import typical_draw

METRICS = {"nmse": nmse, "scale_aligned_nmse": scale_aligned_nmse, "worst": worst_error, "lost": lost_share}


@dataclass(frozen=True)
class Setting:
    """What goes through which layers, and how it is read."""

    dataset: str
    n_points: int
    scale: float
    widths: Sequence[int]
    embedding: str
    activation: str
    decoder: str = "inverse"

    @classmethod
    def of(cls, parameters: Any, **others: Any) -> Setting:
        """The parameters of an experiment that have the same names, and the others."""
        shared = {field.name for field in fields(cls)} & {field.name for field in fields(parameters)}
        return cls(**{name: getattr(parameters, name) for name in shared} | others)


def draw_recoveries(draw: int, setting: Setting, *, seed: int) -> tuple[PointCloud, list[Recovery]]:
    """Draw number `draw`: the points, and their recovery at every width."""
    rng = random_stream(seed, draw)
    cloud = make_cloud(setting.dataset, n_points=setting.n_points, scale=setting.scale, rng=rng)
    layers = {"embedding": setting.embedding, "activation": setting.activation, "decoder": setting.decoder}
    return cloud, recover_widths(cloud.points, widths=setting.widths, **layers, rng=rng)


def check_setting(setting: Setting) -> None:
    """ValueError if the points do not lie in the plane, or a layer does not take them."""
    cloud = draw_recoveries(0, setting, seed=0)[0]
    if cloud.points.shape[1] != 2:
        raise fault(
            ValueError, "dataset must lie in the plane, such as 'spiral' or 'thread', got {dataset!r}", dataset=setting.dataset
        )


def measure_recoveries(draws: Sequence[int], setting: Setting, *, seed: int) -> DataFrame:
    """One row per draw and width: the decoder's metrics, the NMSE of the exact one, and the decoder's share of the loss."""
    rows = []
    for draw in told(draws):
        for width, recovery in zip(setting.widths, draw_recoveries(draw, setting, seed=seed)[1], strict=True):
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
    rows: DataFrame, setting: Setting, *, seed: int, shown: str | int, printed: Sequence[str] = ()
) -> tuple[PointCloud, list[Recovery]]:
    """For each width the recovery that a figure shows: that of draw number `shown`, or the typical one of each width.

    That is the draw of median NMSE, or, if several numbers are `printed` under it, the one nearest to all their medians.
    """
    if shown != "median":
        return draw_recoveries(int(shown), setting, seed=seed)
    table = rows.set_index("draw")
    typical = {
        n: typical_draw(table.loc[table["width"] == n, list(printed)]) if printed else median_draw(rows, n)
        for n in setting.widths
    }
    drawn = [draw_recoveries(typical[n], replace(setting, widths=[n]), seed=seed) for n in setting.widths]
    return drawn[0][0], [recoveries[0] for _, recoveries in drawn]


def medians(rows: DataFrame, columns: Sequence[str], by: str = "width") -> dict[str, float]:
    """Headline numbers: the median of each column over the draws, one for each value of `by`, as median_COLUMN_BY=VALUE."""
    table = rows.groupby(by, sort=False)[list(columns)].median()
    return {f"median_{column}_{by}={value}": float(table.loc[value, column]) for column in columns for value in table.index}
