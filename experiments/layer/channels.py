"""Channels per dimension decide: ReLU loses half of all points at n = 2 d - 1 channels, and fewer than 1 in 250 at n = 6 d.

Source: Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381, Appendix A, Theorem 1; the closed forms of the errors are derived
in `manifold.theory.expected_nmse`.
Output: for one number of dimensions, activation and decoder, as on the page How many channels: the share of points lost against
the number of channels, mean over the draws with its 95 per cent interval; the error, median and the middle 90 per cent of the
draws; and the closed forms of both means, where there are any. Headline: the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import ACTIVATIONS, DECODERS, EMBEDDINGS
from manifold.checks import Floats
from manifold.plots import Page, figure_curves
from manifold.sweeps import measure_cells
from manifold.sweeps.curves import expansion_widths, expected_errors, expected_losses, width_curves
from manifold.sweeps.grid import Cell, first_cloud, make_grid
from manifold.text import named, say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, whole

DRAWS = 1000
BLOCK = 250


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("ball", "points in the plane: a name in `manifold.DATASETS`, with options, or a file")
    n_points: int = parameter(20, "number of points N")
    dimension: int = parameter(8, "dimensions d of the points, for a dataset of any number of them", check=whole(1, 1000))
    widths: Sequence[int] = parameter(expansion_widths(8), "numbers of channels n", check=whole(1, 10_000))
    embedding: str = parameter("gaussian", "law of T, by its name in `manifold.EMBEDDINGS`", check=one_of(EMBEDDINGS))
    activation: str = parameter("relu", "activation, by its name in `manifold.ACTIVATIONS`", check=one_of(ACTIVATIONS))
    decoder: str = parameter("inverse", "decoder, by its name in `manifold.DECODERS`", check=one_of(DECODERS))
    scale: float = parameter(1.0, "what the points are multiplied by")


QUICK = {"draws": 100}
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
)


def check(parameters: Parameters) -> None:
    """Every cell of the grid can be measured."""
    _cells(parameters)


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per width and draw."""
    return measure_cells(_cells(parameters), draws, seed=seed, metrics=["nmse", "lost"])


def _cells(parameters: Parameters) -> list[Cell]:
    grid = asdict(parameters)
    return make_grid(width=grid.pop("widths"), **grid)


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Median error and mean share lost at every width, and the closed forms of both means."""
    curves = width_curves(rows)
    losses, errors = _closed_forms(curves.widths.tolist(), parameters)
    columns = {"median_nmse": curves.median, "mean_lost": curves.lost, "expected_lost": losses, "expected_nmse": errors}
    return {
        f"{name}_width={width}": float(value)
        for name, values in columns.items()
        for width, value in zip(curves.widths, values, strict=True)
        if np.isfinite(value)
    }


def _closed_forms(measured: Sequence[int], parameters: Parameters) -> tuple[Floats, Floats]:
    """Expected share lost and expected error (W,) at the widths measured; NaN where there is none."""
    law = {"embedding": parameters.embedding, "activation": parameters.activation}
    points = parameters.scale * first_cloud(parameters.dataset, 1000, parameters.dimension).points
    errors = expected_errors(measured, parameters.dimension, decoder=parameters.decoder, **law)
    return expected_losses(measured, points, **law), errors


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Share lost and error against the width."""
    curves = width_curves(rows)
    losses, errors = _closed_forms(curves.widths.tolist(), parameters)
    activation = named(ACTIVATIONS, parameters.activation)
    return figure_curves(
        curves,
        activation=parameters.activation,
        title=say("channels.figure", activation=activation, law=named(EMBEDDINGS, parameters.embedding), dim=curves.dimension),
        decoder=parameters.decoder,
        losses=losses,
        errors=errors,
        page=page,
    )
