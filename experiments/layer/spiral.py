"""ReLU after a random embedding loses points only in narrow layers; most of the loss in the paper's picture is its decoder's.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, Figure 1, whose law of T, spiral and reading of T^-1 are not given.
Output: for each width n the typical draw, whose numbers are nearest to all medians, through a linear layer, through ReLU and
T^-1, through ReLU and the exact decoder, and over the plane. Headline: medians over the draws of the NMSE, of the NMSE left
with the best decoder, of the share of points lost, and of the decoder's share of the NMSE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import ACTIVATIONS, DECODERS, EMBEDDINGS
from manifold.planes.recoveries import Curves, Decoded, spiral_data, spiral_numbers
from manifold.plots import Page, figure_views

from ..runner.drawn import Drawn
from ..runner.parameters import draw_or_median, one_of, parameter, whole
from ._played import cloud_of, kept, one_draw, opened, play, seen_as
from ._recoveries import Setting, check_setting, measure_recoveries, medians, several_draws, shown_views, views_of

DRAWS = 1000
PRINTED = ("nmse", "best_nmse", "lost")


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("spiral", "points in the plane: a name in `manifold.DATASETS`, with options, or a file")
    n_points: int = parameter(500, "number of points N")
    scale: float = parameter(1.0, "what the points are multiplied by")
    widths: Sequence[int] = parameter([2, 3, 5, 8, 15, 30], "numbers of channels n", check=whole(2, 10_000))
    embedding: str = parameter("gaussian", "law of T, by its name in `manifold.EMBEDDINGS`", check=one_of(EMBEDDINGS))
    activation: str = parameter("relu", "activation, by its name in `manifold.ACTIVATIONS`", check=one_of(ACTIVATIONS))
    decoder: str = parameter("inverse", "decoder, by its name in `manifold.DECODERS`", check=one_of(DECODERS))
    shown: str | int = parameter(
        "median", "number of the draw that the figure shows, or median for the typical one", check=draw_or_median
    )


QUICK = {"draws": 30, "n_points": 100}
COLUMNS = ("width", "draw", "nmse", "scale_aligned_nmse", "worst", "lost", "best_nmse", "decoder_share")


def check(parameters: Parameters) -> None:
    """The points lie in the plane, and go through every layer."""
    check_setting(Setting.of(parameters))


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per width and draw."""
    return measure_recoveries(draws, Setting.of(parameters), seed=seed)


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Medians over the draws."""
    return medians(rows, ["nmse", "best_nmse", "lost", "decoder_share"])


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """The typical draw of each width, or the one that is asked for."""
    return {"views": shown_views(rows, Setting.of(parameters), seed=seed, shown=parameters.shown, printed=PRINTED)}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The paper's figure with the rows that it leaves out; for a single width, side by side."""
    return figure_views(views_of(drawn["views"], rows, PRINTED), draws=several_draws(rows), page=page)


def played(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """One draw at every width."""
    draw = one_draw(rows, parameters.shown, PRINTED)
    cloud, recoveries = play(draw, Setting.of(parameters), seed=seed)
    return kept(cloud, draw, Decoded.of(recoveries))


def interactive(rows: DataFrame, drawn: Drawn, *, parameters: Parameters) -> dict[str, Any]:
    """The page Spiral."""
    played, layer = drawn["played"], Setting.of(parameters)
    seen = seen_as(Decoded, played["seen"] | {"curves": seen_as(Curves, played["seen"]["curves"])})
    names = {"embedding": layer.embedding, "activation": layer.activation, "decoder": layer.decoder}
    data = spiral_data(cloud_of(played), seen, **names, scale=layer.scale)
    return {**data, **opened(parameters.widths), "numbers": spiral_numbers(seen.curves, ACTIVATIONS[layer.activation])}
