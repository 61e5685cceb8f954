"""Square panels of the plane on one shared scale, tables of them, and what stands below."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch, Wedge
from numpy.typing import NDArray

from manifold.checks import Floats, Mask
from manifold.layer.layer import Layer
from manifold.plots.style import color_ramp, current_page, ground, lost_color, muted, rank_colors, sized
from manifold.plots.views import EXTENT, Painted, paint
from manifold.text import percent, say

_LETTER = 4.4  # points, width of a letter in the mean, at 8-point type
_LINE, _SIDE = 0.145, 0.17  # inches of a line of text, and of one beside a panel
_LEAST, _MOST = 0.7, 1.7  # inches of a panel
_HOLE = 0.008  # of the radius for each sector, around the centre, where their edges would be denser than 2 points


def draw_cloud(
    ax: Axes, points: Floats, colors: Floats, *, lost: Mask | None = None, bound: bool = False, size: float = 2.0
) -> Axes:
    """Dots at `points` (N, 2) on a square panel; those `lost` (N,) are red, or grey if that is but a `bound`.

    `colors` are RGBA (N, 4), or shares (N,) of the way along the chart.
    """
    gone = np.zeros(len(points), dtype=bool) if lost is None else lost
    colors = color_ramp(colors) if colors.ndim == 1 else colors
    area = size * sized(1.0) ** 2
    ax.scatter(points[gone, 0], points[gone, 1], color=muted() if bound else lost_color(), s=area / 2.0, linewidths=0)
    ax.scatter(points[~gone, 0], points[~gone, 1], c=colors[~gone], s=area, linewidths=0)
    outside = float((np.abs(points) > EXTENT).any(axis=1).mean())
    if outside >= 0.005:
        text, back = say("figure.outside", share=percent(outside)), {"facecolor": ground(), "edgecolor": "none", "pad": 0.5}
        ax.text(0.98, 0.02, text, ha="right", va="bottom", size=sized(7.5), bbox=back, transform=ax.transAxes)
    return frame_panel(ax)


def draw_plane(ax: Axes, layer: Layer, *, scale: float = 1.0) -> Axes:
    """The plane painted by the rank of the active rows of a layer f(T x), see `paint` and `rank_legend`."""
    return draw_painted(ax, paint(layer, scale=scale))


def draw_painted(ax: Axes, plane: Painted) -> Axes:
    """The plane as `paint` has painted it: sectors with their edges, or a grid of places."""
    if "image" in plane:
        colors = ListedColormap(rank_colors())
        place: dict[str, Any] = {"extent": (-EXTENT, EXTENT) * 2, "origin": "lower", "interpolation": "nearest"}
        ax.imshow(plane["image"], cmap=colors, vmin=0, vmax=2, **place)
        return frame_panel(ax)
    start, rank = plane["start"], plane["rank"]
    first = np.flatnonzero(rank != np.roll(rank, 1)) if len(set(rank)) > 1 else np.zeros(1, dtype=np.int64)
    stops = np.append(start[first[1:]], start[first[0]] + 2.0 * np.pi)
    for place, stop in zip(first, stops, strict=True):  # neighbours of the same rank are painted as one
        angles = np.degrees((start[place], stop))
        ax.add_patch(Wedge((0.0, 0.0), 3.0 * EXTENT, *angles, facecolor=rank_colors()[rank[place]], linewidth=0, zorder=0.0))
    edges = np.column_stack([np.cos(start), np.sin(start)])
    lines = edges[:, None] * np.array([_HOLE * len(start), 2.0 * EXTENT])[:, None]
    ax.add_collection(LineCollection(list(lines), colors=ground(), linewidths=sized(0.5), zorder=0.5))
    return frame_panel(ax)


def frame_panel(ax: Axes) -> Axes:
    """Equal axes on the shared scale, without ticks."""
    ax.set(xlim=(-EXTENT, EXTENT), ylim=(-EXTENT, EXTENT), xticks=[], yticks=[], aspect="equal")
    return ax


def rank_patches() -> list[Patch]:
    """What explains the colours of `draw_plane`, kept first."""
    return [Patch(facecolor=color, label=say(f"figure.plane.{rank}")) for rank, color in enumerate(rank_colors())][::-1]


def rank_legend(figure: Figure) -> None:
    """Legend of the colours of `draw_plane`, below everything."""
    legend_below(figure, rank_patches())


def legend_below(figure: Figure, handles: Sequence[Any], *, note: str = "") -> None:
    """A legend in as many columns as the page has room for, below everything, under a note."""
    room = figure.get_size_inches()[0] * 72.0 / sized(1.0)  # points at 8-point type
    longest = max(len(handle.get_label()) for handle in handles) * _LETTER + 34.0
    columns = max(1, min(len(handles), int(room / longest)))
    look: dict[str, Any] = {"handlelength": 1.2, "columnspacing": 2.0, "title": wrapped(note, room / 72.0) or None}
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, **look)


def wrapped(text: str, inches: float) -> str:
    """`text` in lines that are `inches` long at 8-point type."""
    letters = max(8, int(inches * 72.0 / _LETTER))
    return "\n".join(textwrap.fill(line, letters, break_long_words=False) for line in text.splitlines())


@dataclass(frozen=True, eq=False)
class Table:
    """Square panels of several kinds for several widths.

    Attributes
    ----------
    figure : Figure
    panels : ndarray of Axes, shape (kinds, widths)
        One row per kind; on a narrow page they stand the other way round, the kinds side by side.
    first : Axes or None
        One more panel, before all of them.
    inches : float
        Width of a panel at 8-point type.
    wide : bool
        Whether the widths stand side by side.
    """

    figure: Figure
    panels: NDArray[np.object_]
    first: Axes | None
    inches: float
    wide: bool


def panel_table(kinds: Sequence[str], widths: Sequence[str], *, first: bool = False, lines: int = 1, below: int = 1) -> Table:
    """An empty table, with the titles of its kinds and widths.

    Parameters
    ----------
    kinds, widths : sequence of str
        The titles.
    first : bool, default=False
        Whether there is one more panel.
    lines, below : int, default=1
        Lines of text under each panel, and under everything.
    """
    page = current_page()
    across, side = page.width / page.scale, _SIDE * max(title.count("\n") + 1 for title in kinds)
    wide = len(widths) > 1 and (across - side) / (len(widths) + first) >= _LEAST
    rows, columns = (len(kinds), len(widths) + first) if wide else (len(widths) + first, len(kinds))
    inches = min((across - (side if wide else _SIDE)) / columns, _MOST)
    inches = inches if wide or len(widths) == 1 else min(inches, _MOST / 2.0)  # or it would be too tall for a page
    height = rows * (inches + _LINE * lines) + _LINE * (below + 2) + 0.1
    figure = page.figure(
        height, layout=ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.04, wspace=0.0, hspace=0.0, rect=(0.0, 0.0, 1.0, 0.99))
    )
    grid = figure.add_gridspec(rows, columns)
    places = [
        [(row, column + first) if wide else (column + first, row) for column in range(len(widths))] for row in range(len(kinds))
    ]
    panels = np.array([[figure.add_subplot(grid[place]) for place in line] for line in places], dtype=object)
    ahead = figure.add_subplot(grid[:, 0] if wide else grid[0, 0]) if first else None
    over, beside = (panels[0], panels[:, 0]) if wide else (panels[:, 0], panels[0])
    for ax, title in zip(over, widths if wide else kinds, strict=True):
        ax.set_title(title)
    for ax, title in zip(beside, kinds if wide else widths, strict=True):
        ax.set_ylabel(title)
    return Table(figure, panels, ahead, inches, wide)
