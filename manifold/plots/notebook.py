"""The figure that a notebook shows for a result."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from manifold.clouds.cloud import PointCloud
from manifold.layer.embeddings import EMBEDDINGS
from manifold.layer.layer import Layer
from manifold.layer.recovery import Recovery
from manifold.plots.labels import figure_legend, legend_lines
from manifold.plots.page import Page
from manifold.plots.panels import draw_plane, rank_patches
from manifold.plots.recoveries import figure_recovery
from manifold.plots.style import chart_colors, figure_bytes, styled
from manifold.plots.tables import panel_grid


def draw(result: object) -> str | None:
    """The figure of a result as SVG; None where there is none, as of points that are all 0, whose error is no number."""
    try:
        figure = _figure(result)
        if figure is None:
            return None
        svg = figure_bytes(figure, "svg").decode()
    except (ValueError, ArithmeticError):
        return None
    return svg[svg.index("<svg") :]


def _figure(result: object) -> Figure | None:
    if isinstance(result, Recovery) and result.layer.dim == 2 and result.points.any():
        return _recovery(result)
    if isinstance(result, Layer) and result.dim == 2:
        return _plane(result, page=Page(width=2.6))
    if isinstance(result, PointCloud) and result.points.shape[1] in (2, 3):
        return _points(result)
    return None


def _recovery(recovery: Recovery) -> Figure:
    """As on the page Spiral, coloured by the place in the list of points, in units of their size."""
    count = len(recovery.points)
    cloud = PointCloud(recovery.points, np.arange(count)[:, None] / max(count - 1, 1), np.zeros(count, dtype=np.int64))
    symbol = EMBEDDINGS[recovery.layer.law].symbol if recovery.layer.law else "T⁻¹"
    scale = float(np.abs(recovery.points).max())
    return figure_recovery(recovery, chart_colors(cloud), symbol=symbol, scale=scale)


@styled
def _plane(layer: Layer, *, page: Page) -> Figure:
    key = rank_patches()
    table = panel_grid(1, least=1.0, under=0.0, below=legend_lines(key))
    draw_plane(table.panels[0], layer)
    figure_legend(table.figure, handles=key)
    return table.figure


@styled
def _points(cloud: PointCloud) -> Figure:
    figure = Figure(figsize=(3.2, 3.2), layout="constrained")
    space = cloud.points.shape[1] == 3
    ax = figure.add_subplot(projection="3d" if space else None)
    plot: Any = ax.scatter  # of two coordinates, or of three
    plot(*cloud.points.T, c=chart_colors(cloud), s=4.0)
    ax.set_aspect("equal")
    return figure
