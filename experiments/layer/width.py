"""The decoder of the paper's picture errs at every width; the best one errs only at lost points, 1 in 100 at ten channels.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, Figure 1, for the layer and its T^-1; the formula for the mean is
derived in `manifold.theory.expected_nmse`.
Output: error against the number of channels for every decoder, median and the middle 90 per cent of the draws, with the exact
mean of two of them, (1 + q)/4 and q; the share of points lost, with the exact one; and the share of the error that is the
decoder's own fault, median and middle 90 per cent. Headline: the medians, and the largest z-score of means against formulas,
with the number of cells compared. The mean error of T^+ has a finite variance from n = 6 on only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import ACTIVATIONS, DECODERS, EMBEDDINGS
from manifold.plots import (
    Page,
    activation_look,
    decoder_look,
    draw_errors,
    draw_lost,
    error_range,
    figure_legend,
    mark_places,
    tick_measured,
)
from manifold.sweeps import WidthCurves, expected_errors, expected_losses, measure_cells, width_curves
from manifold.sweeps.grid import Cell, first_cloud, make_grid
from manifold.text import named, one_in, say, say_lost
from manifold.theory import collapsed_fraction, expected_nmse

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole
from ._scores import can_be_scored, summary, z_score

DRAWS = 1000
BLOCK = 50


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("spiral", "points in the plane: a name in `manifold.DATASETS`, with options, or a file")
    n_points: int = parameter(300, "number of points N")
    widths: Sequence[int] = parameter(
        [2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30], "numbers of channels n", check=whole(2, 10_000)
    )
    decoders: Sequence[str] = parameter(
        ["inverse", "doubled", "affine", "active-rows", "posterior"],
        "decoders, by their names in `manifold.DECODERS`",
        check=one_of(DECODERS),
    )
    embedding: str = parameter("gaussian", "law of T, by its name in `manifold.EMBEDDINGS`", check=one_of(EMBEDDINGS))
    activation: str = parameter("relu", "activation, by its name in `manifold.ACTIVATIONS`", check=one_of(ACTIVATIONS))


QUICK = {"draws": 50, "n_points": 100, "widths": [2, 3, 5, 8, 15, 30]}
COLUMNS = (
    "dataset",
    "n_points",
    "dimension",
    "embedding",
    "width",
    "activation",
    "decoder",
    "noise",
    "scale",
    "draw",
    "nmse",
    "lost",
    "decoder_share",
)
PAPERS = ("inverse", "doubled")
"""The decoder of the paper's picture, and twice it: their mean error has a formula, and their share of the fault is drawn."""
TEN = 10
"""Channels at which the claim says what is lost."""


def check(parameters: Parameters) -> None:
    """Every cell of the grid can be measured."""
    _cells(parameters)


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per width, decoder and draw."""
    rows = measure_cells(_cells(parameters), draws, seed=seed, metrics=["nmse", "lost", "decoder-share"])
    return rows.rename(columns={"decoder-share": "decoder_share"})


def _cells(parameters: Parameters) -> list[Cell]:
    grid = asdict(parameters)
    return make_grid(width=grid.pop("widths"), decoder=grid.pop("decoders"), **grid)


def headline(rows: Any, parameters: Parameters) -> dict[str, float]:
    """Medians, and z-scores where there is a formula."""
    numbers: dict[str, float] = {}
    for (decoder, width), part in rows.groupby(["decoder", "width"], sort=False):
        numbers[f"median_nmse_decoder={decoder}_width={width}"] = float(part["nmse"].median())
        numbers[f"median_decoder_share_decoder={decoder}_width={width}"] = float(part["decoder_share"].median())
    scores = list(_scores(rows)) if (parameters.embedding, parameters.activation) == ("gaussian", "relu") else []
    return numbers | summary(scores)


def _scores(rows: Any) -> Iterator[float]:
    """Mean - formula in standard errors of the mean."""
    for (decoder, width), part in rows.groupby(["decoder", "width"]):
        if decoder in PAPERS and width >= 6:
            yield z_score(part["nmse"], expected_nmse(width, 2, decoder=decoder))
    for width, part in rows[rows["decoder"] == rows["decoder"].iloc[0]].groupby("width"):
        if can_be_scored(collapsed_fraction(width, 2), len(part)):
            yield z_score(part["lost"], collapsed_fraction(width, 2))


def figure(rows: Any, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """A panel for the error of every decoder, then the share lost, and the decoder's share of its error, each against n."""
    tables = {decoder: rows[rows["decoder"] == decoder] for decoder in parameters.decoders}
    curves = {decoder: width_curves(table) for decoder, table in tables.items()}
    lines, columns = page.grid(len(curves) + 2, least=1.6)
    result = page.figure(1.65 * lines + 0.2)
    panels = list(result.subplots(lines, columns, squeeze=False).flat)
    for ax in panels:
        ax.set_xlabel(say("axis.channels"))
        tick_measured(ax, sorted(parameters.widths))
    law: dict[str, str] = {"embedding": parameters.embedding, "activation": parameters.activation}
    ends = np.array([error_range(each) for each in curves.values()])
    for place, (decoder, each) in enumerate(curves.items()):
        means = expected_errors(each.widths.tolist(), 2, decoder=decoder, **law)
        ax = draw_errors(panels[place], each, means, look=decoder_look(decoder))
        ax.set(ylim=(ends[:, 0].min(), ends[:, 1].max()), ylabel="" if place % columns else say("channels.axis.error"))
        ax.set_title(named(DECODERS, decoder, "brief"), color=decoder_look(decoder).color)
        ax.tick_params(labelleft=place % columns == 0)
    lost, share, *free = panels[len(curves) :]
    _draw_lost(lost, next(iter(curves.values())), parameters)
    _draw_shares(share, tables)
    for ax in free:
        ax.set_axis_off()
    figure_legend(result, panels[0], lost, place=free[0] if free else None)
    return result


def _draw_lost(ax: Axes, curves: WidthCurves, parameters: Parameters) -> None:
    """The share lost, and what the formula says at ten channels."""
    points = first_cloud(parameters.dataset, 1000, None).points
    losses = expected_losses(
        [*curves.widths.tolist(), TEN], points, embedding=parameters.embedding, activation=parameters.activation
    )
    draw_lost(ax, curves, losses[:-1], look=activation_look(parameters.activation))
    ax.set_title(say_lost("figure.axis.lost", known=ACTIVATIONS[parameters.activation].only_side_elsewhere))
    if 0.0 < losses[-1] < 1.0:
        mark_places(ax, {TEN: say("figure.width.lost", width=TEN, share=one_in(losses[-1]))})


def _draw_shares(ax: Axes, tables: dict[str, Any]) -> None:
    """Median and middle 90 per cent of the share of the error that is the decoder's own."""
    for decoder in filter(tables.__contains__, PAPERS):
        groups, look = tables[decoder].groupby("width")["decoder_share"], decoder_look(decoder)
        middle, low, high = (groups.quantile(share) for share in (0.5, 0.05, 0.95))
        ax.fill_between(middle.index, low, high, color=look.color, alpha=0.18, linewidth=0)
        ax.plot(middle.index, middle, f"{look.marker}-", color=look.color)
    ax.set(title=say("figure.width.share"), ylim=(0.0, 1.05))
