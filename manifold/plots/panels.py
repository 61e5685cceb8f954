"""Square panels of the plane on one shared scale, and tables of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch, Wedge
from numpy.typing import NDArray

from manifold.checks import Floats, Mask
from manifold.layer.decoders import observe
from manifold.layer.layer import Layer
from manifold.layer.plane import sectors
from manifold.plots.style import RANK_COLORS
from manifold.text import say

EXTENT = 1.2
"""Half the side of a panel, in units of the data's radius."""

_GRID = 600  # places along the side of a panel


def draw_cloud(ax: Axes, points: Floats, colors: Floats, *, lost: Mask | None = None, size: float = 2.0) -> Axes:
    """Dots at `points` (N, 2) in `colors` (N, 4) on a square panel; those `lost` (N,) are small and pale."""
    pale = np.zeros(len(points), dtype=bool) if lost is None else lost
    ax.scatter(points[pale, 0], points[pale, 1], c=colors[pale], s=size / 3.0, alpha=0.45, linewidths=0)
    ax.scatter(points[~pale, 0], points[~pale, 1], c=colors[~pale], s=size, linewidths=0)
    outside = float((np.abs(points) > EXTENT).any(axis=1).mean())
    if outside >= 0.005:
        text, back = say("figure.outside", share=outside), {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        ax.text(0.98, 0.02, text, ha="right", va="bottom", size="small", bbox=back, transform=ax.transAxes)
    return frame_panel(ax)


def draw_plane(ax: Axes, layer: Layer, *, scale: float = 1.0) -> Axes:
    """The plane painted by the rank of the active rows of a layer f(T x), T of shape (n, 2).

    The exact sectors for ReLU, whose picture is the same at every size; otherwise a grid of places, x being `scale` times the
    place in the panel.
    """
    if layer.halves != (0.0, 1.0):
        places = np.linspace(-EXTENT, EXTENT, _GRID)
        grid = scale * np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
        image = observe(grid, layer).rows.rank.reshape(_GRID, _GRID)
        colors = ListedColormap(RANK_COLORS)
        ax.imshow(image, cmap=colors, vmin=0, vmax=2, extent=(-EXTENT, EXTENT) * 2, origin="lower", interpolation="nearest")
        return frame_panel(ax)
    plane = sectors(layer.matrix)
    for start, stop, rank in zip(np.degrees(plane.start), np.degrees(plane.stop), plane.rank, strict=True):
        color = RANK_COLORS[rank]
        ax.add_patch(Wedge((0.0, 0.0), 3.0 * EXTENT, start, stop, facecolor=color, edgecolor="white", linewidth=0.4))
    return frame_panel(ax)


def frame_panel(ax: Axes) -> Axes:
    """Equal axes on the shared scale, without ticks."""
    ax.set(xlim=(-EXTENT, EXTENT), ylim=(-EXTENT, EXTENT), xticks=[], yticks=[], aspect="equal")
    return ax


def write_note(ax: Axes, title: str, text: str) -> None:
    """Use a panel as a margin for a title and a few words, wrapped by hand at line breaks."""
    ax.set_axis_off()
    ax.set(xlim=(0.0, 1.0), ylim=(0.0, 1.0), aspect="equal")
    ax.text(0.0, 0.8, title, ha="left", va="bottom", weight="bold", size="large")
    ax.text(0.0, 0.74, text, ha="left", va="top", linespacing=1.4)


def rank_legend(figure: Figure) -> None:
    """Legend of the colours of `draw_sectors`, below everything."""
    handles = [Patch(facecolor=color, label=say(f"figure.plane.{rank}")) for rank, color in enumerate(RANK_COLORS)]
    figure.legend(handles=handles[::-1], loc="outside lower center", ncols=3, handlelength=1.2, columnspacing=2.0)


def panel_table(
    rows: int, column_titles: Sequence[str], *, panel: float = 1.3, gap: float = 0.2
) -> tuple[Figure, NDArray[np.object_]]:
    """A figure with a table of square panels, titled on top.

    Parameters
    ----------
    rows : int
    column_titles : sequence of str
    panel, gap : float, default=1.3, 0.2
        Side of a panel and height between two rows of them, in inches.

    Returns
    -------
    Figure, ndarray of Axes of shape (rows, columns)
    """
    columns = len(column_titles)
    spacing = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.05, wspace=0.0, hspace=0.0, rect=(0.0, 0.0, 1.0, 0.985))
    figure = Figure(figsize=(panel * columns + 0.35, (panel + gap) * rows + 0.65), layout=spacing)
    axes = figure.subplots(rows, columns, squeeze=False)
    for ax, title in zip(axes[0], column_titles, strict=True):
        ax.set_title(title)
    return figure, axes
