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
from matplotlib.figure import Figure

from manifold import ACTIVATIONS, EMBEDDINGS, redecode
from manifold.metrics import lost_share, nmse
from manifold.plots import Page, chart_colors, draw_cloud, error_text, panel_table
from manifold.text import named, say

from ..runner.drawn import Drawn
from ..runner.parameters import draw_or_median, one_of, parameter, whole
from ..runner.typical import typical_draw
from ._recoveries import Setting, check_setting, draw_recoveries, measure_recoveries, medians

DRAWS = 200


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
    """What the draws that are shown follow from."""
    return {"seed": seed}


def figure(rows: pd.DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Two rows of panels: T^-1 above, the exact decoder below; of one draw, whose numbers are nearest to all medians."""
    seed = int(drawn["seed"])
    shown, scale = parameters.shown, parameters.scale
    printed = rows.pivot_table(index="draw", columns="activation", values=["nmse", "lost_at_most"])
    draw = typical_draw(printed) if shown == "median" else int(shown)
    result, axes = panel_table(2, [named(ACTIVATIONS, name) for name in ACTIVATIONS], gap=0.05)
    for (above, below), name in zip(axes.T, ACTIVATIONS, strict=True):
        cloud, (recovery,) = draw_recoveries(draw, _setting(parameters, name), seed=seed)
        best, colors = redecode(recovery, "posterior"), chart_colors(cloud)
        draw_cloud(above, recovery.recovered / scale, colors)
        draw_cloud(below, best.recovered / scale, colors, lost=recovery.rank < 2)
        above.set_xlabel(error_text(nmse(recovery)))
        bound = "lost" if ACTIVATIONS[name].only_side_elsewhere else "at-most"
        below.set_xlabel(say(f"figure.activations.{bound}", share=lost_share(recovery)))
        above.title.set(color=ACTIVATIONS[name].color, weight="bold")
    axes[0, 0].set_ylabel(f"T⁺, n = {parameters.width}")
    axes[1, 0].set_ylabel(say("figure.activations.exact"))
    return result
