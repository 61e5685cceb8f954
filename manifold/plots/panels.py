"""Square panels of the plane on one shared scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch, Wedge

from manifold.checks import Floats, Mask
from manifold.layer.layer import Layer
from manifold.plots.style import color_ramp, ground, lost_color, muted, rank_colors, sized
from manifold.plots.views import EXTENT, Painted, paint
from manifold.text import percent, say

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
        ax.text(0.98, 0.02, text, ha="right", va="bottom", size=sized(7.0), bbox=back, transform=ax.transAxes)
    return frame_panel(ax)


def draw_plane(ax: Axes, layer: Layer, *, scale: float = 1.0) -> Axes:
    """The plane painted by the rank of the active rows of a layer f(T x), see `paint` and `rank_patches`."""
    return draw_painted(ax, paint(layer, scale=scale))


def draw_painted(ax: Axes, plane: Painted) -> Axes:
    """The plane as `paint` has painted it: sectors with their edges, or a grid of places."""
    if "image" in plane:
        colors = ListedColormap(rank_colors())
        frame: dict[str, Any] = {"extent": (-EXTENT, EXTENT) * 2, "origin": "lower", "interpolation": "nearest"}
        ax.imshow(plane["image"], cmap=colors, vmin=0, vmax=2, **frame)
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
    return [Patch(facecolor=color, label=say(f"figure.plane.rows.{rank}")) for rank, color in enumerate(rank_colors())][::-1]
