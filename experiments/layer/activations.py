"""Of nine activations only those with a flat piece lose points for good, but T^-1 makes every one but the linear look bad.

Source: the spiral of Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, Figure 1, through other activations.
Output: the same draw of T through every activation, read by T^-1 and by the exact decoder. Headline: medians over the draws of
the NMSE by T^-1, of the NMSE left with the exact decoder, and of the share of points lost. For SiLU, GELU and h-swish only a
bound on that share is known, "lost_at_most": a negative output of theirs has two origins, which the decoder here does not use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from manifold import ACTIVATIONS, EMBEDDINGS, Activation
from manifold.plots import (
    Page,
    View,
    draw_cloud,
    error_beside,
    figure_legend,
    legend_lines,
    lost_color,
    lost_text,
    muted,
    panel_blocks,
    sized,
)
from manifold.text import named, say

from ..runner.drawn import Drawn
from ..runner.parameters import draw_or_median, one_of, parameter, whole
from ..runner.typical import shown_draw
from ._recoveries import (
    Setting,
    check_setting,
    draw_recoveries,
    keep_view,
    measure_recoveries,
    medians,
    several_draws,
    views_of,
)

DRAWS = 200
PRINTED = ("nmse", "lost")


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("spiral", "points in the plane: a name in `manifold.DATASETS`, with options, or a file")
    n_points: int = parameter(500, "number of points N")
    scale: float = parameter(5.0, "what the points are multiplied by")
    width: int = parameter(5, "number of channels n", check=whole(2, 10_000))
    embedding: str = parameter("gaussian", "law of T, by its name in `manifold.EMBEDDINGS`", check=one_of(EMBEDDINGS))
    shown: str | int = parameter(
        "median", "number of the draw that the figure shows, or median for the typical one", check=draw_or_median
    )


QUICK = {"draws": 20, "n_points": 200}
COLUMNS = (
    "width",
    "draw",
    "nmse",
    "scale_aligned_nmse",
    "worst",
    "lost_at_most",
    "best_nmse",
    "decoder_share",
    "lost",
    "activation",
)


def check(parameters: Parameters) -> None:
    """The points lie in the plane, and go through every layer."""
    check_setting(_setting(parameters, "relu"))


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> pd.DataFrame:
    """One row per activation and draw; "lost" is NaN where the share of points lost has but a bound, "lost_at_most"."""
    parts = []
    for name, activation in ACTIVATIONS.items():
        rows = measure_recoveries(draws, _setting(parameters, name), seed=seed).rename(columns={"lost": "lost_at_most"})
        lost = rows["lost_at_most"] if activation.only_side_elsewhere else np.nan
        parts.append(rows.assign(lost=lost, activation=name))
    return pd.concat(parts, ignore_index=True)


def headline(rows: pd.DataFrame, parameters: Parameters) -> dict[str, float]:
    """Medians over the draws."""
    known = rows["lost"].notna()
    numbers = medians(rows, ["nmse", "best_nmse"], by="activation")
    return numbers | medians(rows[known], ["lost"], by="activation") | medians(rows[~known], ["lost_at_most"], by="activation")


def _setting(parameters: Parameters, activation: str) -> Setting:
    return Setting.of(parameters, widths=[parameters.width], activation=activation)


def drawn(rows: pd.DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """One draw through every activation: the one that is asked for, or whose numbers are nearest to all medians."""
    printed = rows.pivot_table(index="draw", columns="activation", values=["nmse", "lost_at_most"])
    draw = shown_draw(printed, parameters.shown)
    settings = {name: _setting(parameters, name) for name in ACTIVATIONS}
    return {
        name: keep_view(*draw_recoveries(draw, each, seed=seed), each.scale, plane=False) for name, each in settings.items()
    }


def figure(rows: pd.DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """For each activation what T^-1 gives back above, and the exact decoder below."""
    known = rows.assign(lost=rows["lost_at_most"])
    views = {name: views_of([kept], known[rows["activation"] == name], PRINTED)[0] for name, kept in drawn.items()}
    first, key = next(iter(views.values())), [_dot(lost_color(), "lost"), _dot(muted(), "bound"), _flat_line()]
    note = _note(rows, parameters, first)
    kinds = [say("figure.activations.inverse", symbol=first.symbol), say("figure.activations.exact")]
    titles = [named(ACTIVATIONS, name) for name in views]
    table = panel_blocks(kinds, titles, under=1.0, below=legend_lines(key, note=note))
    for (above, below), view in zip(table.panels.T, views.values(), strict=True):
        draw_cloud(above, view.recovered, view.colors)
        draw_cloud(below, view.best, view.colors, lost=view.rank < 2, bound=view.bound)
        above.set_xlabel(error_beside(view, "nmse", table.inches))
        below.set_xlabel(lost_text(view, inches=table.inches), size=sized(7.5))
        above.title.set(color=ACTIVATIONS[view.activation].color, weight="bold")
        _draw_function(above, ACTIVATIONS[view.activation])
    figure_legend(table.figure, handles=key, note=note)
    return table.figure


def _note(rows: pd.DataFrame, parameters: Parameters, view: View) -> str:
    """What goes through which layer, and what the numbers are."""
    size = float(np.linalg.norm(view.points.astype(float), axis=1).max()) * parameters.scale
    draws = several_draws(rows)
    numbers = say("figure.views.numbers.median", count=draws) if draws else say("figure.views.numbers")
    return f"{say('figure.activations.layer', width=parameters.width, size=f'{size:.2g}')} {numbers}"


def _dot(color: str, kind: str) -> Line2D:
    return Line2D([], [], color=color, marker="o", markersize=sized(3.0), linestyle="", label=say(f"figure.activations.{kind}"))


def _flat_line() -> Line2D:
    return Line2D([], [], color=lost_color(), linewidth=sized(2.0), label=say("figure.activations.flat"))


def _draw_function(ax: Axes, f: Activation) -> None:
    """An activation in the corner of a panel, its flat pieces red."""
    small = ax.inset_axes((0.02, 0.78, 0.2, 0.2))
    small.set_axis_off()
    ends = (-6.0, 9.0)
    z = np.linspace(*ends, 200)
    small.plot(z, f(z), color=f.color, linewidth=sized(0.8))
    for low, high in f.flat:
        piece = np.clip((low, high), *ends)
        small.plot(piece, f(piece), color=lost_color(), linewidth=sized(1.6))
