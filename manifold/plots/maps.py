"""Points in space and their maps, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from mpl_toolkits.mplot3d.art3d import Line3DCollection

from manifold.checks import Floats, Integers
from manifold.plots.labels import wrap_words
from manifold.plots.page import PAPER, Page
from manifold.plots.style import sized, styled
from manifold.text import say

WAY, STRAIGHT, SHORT = "#d55e00", "#7a7a7a", "#c2185b"
"""Colours of a way along the points, of a straight line, and of short circuits."""

View = tuple[float, float]
"""Degrees up, and around, from which points in space are seen."""

_NONE = np.empty(0, dtype=np.int64)
_NO_LINES = np.empty((0, 2), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Beside:
    """What stands beside points and their map.

    Attributes
    ----------
    path : ndarray of int, shape (P,)
        A way along the points.
    lines : ndarray of int, shape (E, 2)
        Short circuits between points.
    view : (float, float)
        Degrees up, and around.
    names : mapping from str to colour
        Classes.
    """

    path: Integers = field(default_factory=lambda: _NONE)
    lines: Integers = field(default_factory=lambda: _NO_LINES)
    view: View = (20, 280)
    names: Mapping[str, Any] = field(default_factory=dict)

    def handles(self) -> list[Line2D]:
        """What explains it in a legend."""
        shown: list[tuple[int, str, Any, str]] = [
            (len(self.path), WAY, "-", say("unrolling.ant")),
            (len(self.path), STRAIGHT, "--", say("unrolling.straight")),
            (len(self.lines), SHORT, "-", say("unrolling.short", count=len(self.lines))),
        ]
        lines = [Line2D([], [], color=color, linestyle=dash, label=label) for count, color, dash, label in shown if count]
        dots = [Line2D([], [], color=color, marker="o", linestyle="", label=name) for name, color in self.names.items()]
        return lines + dots


def shadow(points: Floats) -> Floats:
    """Points (N, d) as they can be drawn in space, (N, 3): of more than three coordinates, the three widest directions."""
    count, dim = points.shape
    if dim <= 3:
        return np.pad(points, ((0, 0), (0, 3 - dim)))
    centred = points - points.mean(axis=0)
    if dim <= count:
        return np.asarray(centred @ np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :3])
    spectrum, axes = np.linalg.eigh(centred @ centred.T)  # (N, N) has the same spectrum, and its axes are the shadow itself
    wide = axes[:, ::-1][:, :3] * np.sqrt(np.maximum(spectrum[::-1][:3], 0.0))
    return np.pad(wide, ((0, 0), (0, 3 - wide.shape[1])))


def draw_space(
    ax: Any,
    points: Floats,
    colors: Any,
    *,
    path: Integers = _NONE,
    lines: Integers = _NO_LINES,
    size: float = 3.0,
    view: View = (20, 280),
) -> Any:
    """Dots at `points` (N, 3) on axes in space, without a box; the way along `path` (P,), and the straight line dashed.

    `lines` (E, 2) between points are drawn as short circuits.
    """
    if len(lines):
        ax.add_collection3d(Line3DCollection(points[lines], colors=SHORT, linewidths=sized(1.2), zorder=9))
    ax.scatter(*points.T, c=colors, s=size * sized(1.0) ** 2, linewidths=0, depthshade=False)
    if len(path):
        ax.plot(*points[path].T, color=WAY, linewidth=sized(2.0), zorder=10)
        ax.plot(*points[path[[0, -1]]].T, color=STRAIGHT, linewidth=sized(1.6), linestyle="--", zorder=10)
    low, high = points.min(axis=0), points.max(axis=0)
    reach = (high - low).max() / 2.0 or 1.0
    for axis, middle in zip("xyz", (low + high) / 2.0, strict=True):
        getattr(ax, f"set_{axis}lim")(middle - reach, middle + reach)
    ax.set_box_aspect((1, 1, 1), zoom=1.25)
    ax.view_init(elev=view[0], azim=view[1])
    ax.set_axis_off()
    return ax


def draw_map(
    ax: Axes, places: Floats, colors: Any, *, path: Integers = _NONE, lines: Integers = _NO_LINES, size: float = 3.0
) -> Axes:
    """Dots at `places` (N, 2), one unit as long across as up, in a square frame; way and lines as in `draw_space`."""
    if len(lines):
        ax.add_collection(LineCollection(list(places[lines]), colors=SHORT, linewidths=sized(1.2)))
    ax.scatter(places[:, 0], places[:, 1], c=colors, s=size * sized(1.0) ** 2, linewidths=0)
    if len(path):
        ax.plot(*places[path].T, color=WAY, linewidth=sized(2.0))
    return frame_map(ax, places)


def frame_map(ax: Axes, places: Floats) -> Axes:
    """A square frame around places (N, 2), one unit as long across as up, without ticks."""
    low, high = places.min(axis=0), places.max(axis=0)
    reach = 0.55 * (high - low).max() or 1.0
    (x, y) = (low + high) / 2.0
    ax.set(xlim=(x - reach, x + reach), ylim=(y - reach, y + reach), xticks=[], yticks=[], aspect="equal")
    return ax


@styled
def figure_maps(
    points: Floats,
    colors: Any,
    maps: Mapping[str, Floats],
    captions: Mapping[str, str],
    *,
    note: str = "",
    beside: Beside | None = None,
    page: Page = PAPER,
) -> Figure:
    """The points (N, d) in space, then every map (N, 2) under its title, with its caption below; a note below all.

    A single map is drawn larger.
    """
    extra, alone = beside or Beside(), len(maps) == 1
    rows, columns = page.grid(len(maps) + 1, least=1.35)
    words, across = wrap_words(note, page.width), page.width / page.scale / columns
    lines = max((caption.count("\n") + 1 for caption in captions.values()), default=0)
    below = 0.16 * len(words.splitlines()) + 0.2 * bool(extra.handles())
    height = (min(across, 3.0) + 0.3 + 0.16 * lines) * rows + below
    result = page.figure(height, layout=ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.04))
    result.supxlabel(words, fontsize=page.font_size, parse_math=False)
    drawn: dict[str, Any] = {"path": extra.path, "lines": extra.lines, "size": 3.0 if alone else 2.0}
    first = draw_space(result.add_subplot(rows, columns, 1, projection="3d"), shadow(points), colors, view=extra.view, **drawn)
    dims = say("figure.maps.points", count=len(points), dim=points.shape[1])
    first.set_title(wrap_words(dims, page.width / columns, title=True) if alone else say("figure.points", count=len(points)))
    for place, (title, places) in enumerate(maps.items(), 2):
        ax = draw_map(result.add_subplot(rows, columns, place), places, colors, **drawn)
        ax.set_title(title)
        ax.set_xlabel(captions[title], linespacing=1.3)
    _explain(result, extra, page)
    return result


def _explain(figure: Figure, beside: Beside, page: Page) -> None:
    """A legend above all, where there is something to explain."""
    if handles := beside.handles():
        look = {"handletextpad": 0.4, "columnspacing": 1.0, "ncols": min(len(handles), int(page.width / page.scale / 0.65))}
        for text in figure.legend(handles=handles, loc="outside upper center", **look).get_texts():
            text.set_parse_math(False)  # a word from a file may hold dollars
