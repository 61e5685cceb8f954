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
from manifold.plots.style import current_page, ground, lost_color, rank_colors, sized
from manifold.text import say

EXTENT = 1.2
"""Half the side of a panel, in units of the data's radius."""

_GRID = 600  # places along the side of a panel


def draw_cloud(ax: Axes, points: Floats, colors: Floats, *, lost: Mask | None = None, size: float = 2.0) -> Axes:
    """Dots at `points` (N, 2) in `colors` (N, 4) on a square panel; those `lost` (N,) are red."""
    gone = np.zeros(len(points), dtype=bool) if lost is None else lost
    area = size * sized(1.0) ** 2
    ax.scatter(points[gone, 0], points[gone, 1], color=lost_color(), s=area / 2.0, linewidths=0)
    ax.scatter(points[~gone, 0], points[~gone, 1], c=colors[~gone], s=area, linewidths=0)
    outside = float((np.abs(points) > EXTENT).any(axis=1).mean())
    if outside >= 0.005:
        text, back = say("figure.outside", share=outside), {"facecolor": ground(), "edgecolor": "none", "pad": 0.5}
        ax.text(0.98, 0.02, text, ha="right", va="bottom", size="small", bbox=back, transform=ax.transAxes)
    return frame_panel(ax)


def draw_plane(ax: Axes, layer: Layer, *, scale: float = 1.0) -> Axes:
    """The plane painted by the rank of the active rows of a layer f(T x), T of shape (n, 2); see `rank_legend`.

    The exact sectors for ReLU, whose picture is the same at every size; otherwise a grid of places, x being `scale` times the
    place in the panel.
    """
    if layer.halves != (0.0, 1.0):
        places = np.linspace(-EXTENT, EXTENT, _GRID)
        grid = scale * np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
        image = observe(grid, layer).rows.rank.reshape(_GRID, _GRID)
        colors = ListedColormap(rank_colors())
        ax.imshow(image, cmap=colors, vmin=0, vmax=2, extent=(-EXTENT, EXTENT) * 2, origin="lower", interpolation="nearest")
        return frame_panel(ax)
    plane = sectors(layer.matrix)
    for start, stop, rank in zip(np.degrees(plane.start), np.degrees(plane.stop), plane.rank, strict=True):
        color = rank_colors()[rank]
        ax.add_patch(Wedge((0.0, 0.0), 3.0 * EXTENT, start, stop, facecolor=color, edgecolor=ground(), linewidth=sized(0.4)))
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
    """Legend of the colours of `draw_plane`, below everything."""
    handles = [Patch(facecolor=color, label=say(f"figure.plane.{rank}")) for rank, color in enumerate(rank_colors())]
    figure.legend(handles=handles[::-1], loc="outside lower center", ncols=3, handlelength=1.2, columnspacing=2.0)


def panel_table(
    rows: int, column_titles: Sequence[str], *, gap: float = 0.2, most: float = 2.2
) -> tuple[Figure, NDArray[np.object_]]:
    """A figure with a table of square panels, titled on top.

    Parameters
    ----------
    rows : int
    column_titles : sequence of str
    gap, most : float, default=0.2, 2.2
        Height between two rows of panels, and the largest side of a panel, in inches at 8 points.

    Returns
    -------
    Figure, ndarray of Axes of shape (rows, columns)
    """
    page, columns = current_page(), len(column_titles)
    panel = min((page.width / page.scale - 0.35) / columns, most)
    spacing = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.05, wspace=0.0, hspace=0.0, rect=(0.0, 0.0, 1.0, 0.985))
    figure = page.figure((panel + gap) * rows + 0.65, layout=spacing)
    axes = figure.subplots(rows, columns, squeeze=False)
    for ax, title in zip(axes[0], column_titles, strict=True):
        ax.set_title(title)
    return figure, axes
