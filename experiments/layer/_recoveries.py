"""What the spiral experiments share: one draw at several widths, its numbers as rows, and which draw a figure shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from pandas import DataFrame

from manifold import EMBEDDINGS, PointCloud, Recovery, make_cloud, random_stream, recover_widths, redecode
from manifold.checks import fault
from manifold.metrics import avoidable_share, lost_share, nmse, scale_aligned_nmse, worst_error
from manifold.plots import View, chart_shares
from manifold.runs import told

from ..runner.drawn import Drawn
from ..runner.typical import shown_draw

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


def shown_views(
    rows: DataFrame, setting: Setting, *, seed: int, shown: str | int, printed: Sequence[str], plane: bool = True
) -> list[Drawn]:
    """For each width what a figure shows: of draw number `shown`, or of the one whose `printed` numbers are typical."""
    views = []
    for n in setting.widths:
        numbers = rows[rows["width"] == n].set_index("draw")[list(printed)]
        draw = shown_draw(numbers, shown)
        views.append(keep_view(*draw_recoveries(draw, replace(setting, widths=[n]), seed=seed), setting.scale, plane=plane))
    return views


def keep_view(cloud: PointCloud, recoveries: Sequence[Recovery], scale: float, *, plane: bool = True) -> Drawn:
    """What the panels show of a draw at one width, its colours as shares of the way along the chart."""
    (recovery,) = recoveries
    symbol = EMBEDDINGS[recovery.layer.law].symbol
    return vars(View.of(recovery, chart_shares(cloud).astype("float32"), symbol=symbol, scale=scale, plane=plane))


def views_of(kept: Sequence[Drawn], rows: DataFrame, printed: Sequence[str]) -> list[View]:
    """The views that were kept, with the medians of their `printed` numbers over several draws."""
    views = []
    for entry in kept:
        of_width = rows[rows["width"] == entry["width"]]
        middle = {name: float(of_width[name].median()) for name in printed}
        views.append(View(**{**entry, "medians": middle if several_draws(rows) else {}}))
    return views


def several_draws(rows: DataFrame) -> int:
    """Draws that the rows are of; 0 if that is a single one, beside which no median stands."""
    count = int(rows["draw"].nunique())
    return count if count > 1 else 0


def medians(rows: DataFrame, columns: Sequence[str], by: str = "width") -> dict[str, float]:
    """Headline numbers: the median of each column over the draws, one for each value of `by`, as median_COLUMN_BY=VALUE."""
    table = rows.groupby(by, sort=False)[list(columns)].median()
    return {f"median_{column}_{by}={value}": float(table.loc[value, column]) for column in columns for value in table.index}
