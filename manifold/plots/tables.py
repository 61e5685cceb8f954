"""Tables of square panels, set to the page, and what stands below them; lengths in inches at 8-point type."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from manifold.plots.style import current_page, no_room

TIGHT = 0.8
"""Width of a panel with room for a number and its median on one line."""

_LINE, _GAP = 0.14, 0.05  # height of a line, least distance between two panels
_TITLE, _APART = 1.6 * _LINE, 0.3
_SMALLEST, _LEAST, _MOST, _LARGEST = 0.2, 0.65, 1.75, 2.6  # sides of a panel
_IN_ROWS, _ROWS = (0.47, 0.8), 4.7  # least and largest side of a panel where widths are rows; how high these may be together


@dataclass(frozen=True, eq=False)
class Table:
    """Square panels.

    Attributes
    ----------
    figure : Figure
    panels : ndarray of Axes, shape (kinds, widths) or (rows, columns)
    first : Axes or None
        One more panel, before all of them.
    inches : float
        Width that there is for a panel and what is written below it.
    wide : bool
        Whether the widths stand side by side.
    """

    figure: Figure
    panels: NDArray[np.object_]
    first: Axes | None
    inches: float
    wide: bool


@dataclass(frozen=True)
class _Room:
    """A place on the page for rows and columns of panels, each with `lines` of text, of which `over` stand above it."""

    left: float
    right: float
    top: float
    bottom: float
    rows: int
    columns: int
    over: float
    lines: float
    most: float = _MOST

    @property
    def pitch(self) -> tuple[float, float]:
        """From one panel to the next, across and down."""
        return (self.right - self.left) / self.columns, (self.bottom - self.top) / self.rows

    def side(self) -> float:
        """Of the largest square panel that fits."""
        across, down = self.pitch
        return min(across - _GAP, down - self.lines * _LINE - _GAP, self.most)

    def places(self) -> list[list[tuple[int, int]]]:
        """Row and column of all panels."""
        return [[(row, column) for column in range(self.columns)] for row in range(self.rows)]

    def place(self, figure: Figure, row: float, column: int, side: float) -> Axes:
        """Axes in the middle of their place; where there is height to spare, rows stay together."""
        if side < _SMALLEST:
            raise no_room(figure)
        scale, (across, down), (width, height) = current_page().scale, self.pitch, figure.get_size_inches()
        down = min(down, side + self.lines * _LINE + _APART)
        middle = (self.top + self.bottom) / 2.0 + (row - (self.rows - 1) / 2.0) * down
        x = self.left + (column + 0.5) * across - side / 2.0
        y = middle - side / 2.0 + (self.over - self.lines / 2.0) * _LINE
        return figure.add_axes(
            (x * scale / width, 1.0 - (y + side) * scale / height, side * scale / width, side * scale / height)
        )


def panel_table(
    kinds: Sequence[str], widths: Sequence[str], *, first: bool = False, under: float = 1.0, below: float = 1.0
) -> Table:
    """An empty table of panels of several kinds for several widths, with their titles.

    One row per kind, if the page has room for all widths side by side; else one row per width.

    Parameters
    ----------
    kinds, widths : sequence of str
        The titles.
    first : bool, default=False
        Whether there is one more panel, before all others.
    under, below : float, default=1
        Lines of text under each panel, twice as many where that is less than `TIGHT`, and under everything.
    """
    across, heads = current_page().width / current_page().scale, max(title.count("\n") + 1 for title in kinds)
    pitch = (across - (heads + 0.5) * _LINE) / (len(widths) + first)
    wide = len(widths) > 1 and pitch >= _LEAST
    if wide:
        figure, room, ahead = _side_by_side(len(kinds), len(widths), first, pitch, under, below)
    else:
        figure, room, ahead = _one_by_one(len(kinds), len(widths), first, heads, under, below)
    side = room.side()
    panels = np.array([[room.place(figure, *place, side) for place in line] for line in room.places()])
    for ax, title in zip(panels[0], widths if wide else kinds, strict=True):
        ax.set_title(title)
    for ax, title in zip(panels[:, 0], kinds if wide else widths, strict=True):
        ax.set_ylabel(title)
    extra = ahead.place(figure, 0, 0, side) if first else None
    return Table(figure, panels if wide else panels.T, extra, room.pitch[0], wide)


def _side_by_side(
    kinds: int, widths: int, first: bool, pitch: float, under: float, below: float
) -> tuple[Figure, _Room, _Room]:
    """An empty figure, and the places for a row per kind and for the panel before them."""
    lines = 0.2 + (under if pitch >= TIGHT else 2.0 * under)
    figure, bottom = _figure(_TITLE + kinds * (min(pitch - _GAP, _MOST) + lines * _LINE + _GAP), below)
    right = current_page().width / current_page().scale
    room = _Room(right - widths * pitch, right, _TITLE, bottom, kinds, widths, 0.0, lines)
    return figure, room, _Room(0.0, pitch, _TITLE, bottom, 1, 1, 0.0, lines)


def _one_by_one(kinds: int, widths: int, first: bool, heads: int, under: float, below: float) -> tuple[Figure, _Room, _Room]:
    """An empty figure, and the places for a row per width and for the panel before them."""
    left, right, lines = 1.5 * _LINE, current_page().width / current_page().scale, 0.2 + under
    pitch, head = (right - left) / kinds, (heads + 0.5) * 1.1 * _LINE
    most = _MOST if widths == 1 else float(np.clip(_ROWS / (widths + first) - lines * _LINE - _GAP, *_IN_ROWS))
    down = min(pitch - _GAP, most) + lines * _LINE + _GAP
    spared = under * _LINE  # nothing is written under the first
    figure, bottom = _figure(head + widths * down + first * (_TITLE + down - spared), below)
    start = first * (_TITLE + (bottom - head - _TITLE + spared) / (widths + 1) - spared)
    room = _Room(left, right, start + head, bottom, widths, kinds, 0.0, lines, most)
    return figure, room, _Room(left, left + pitch, first * _TITLE, start, 1, 1, 0.0, 0.2)


def _figure(height: float, below: float) -> tuple[Figure, float]:
    """An empty figure, so high for panels and their titles if the page leaves it open, and where they end."""
    page = current_page()
    figure = page.figure(height + below * _LINE + 0.05, layout=None)
    return figure, float(figure.get_size_inches()[1]) / page.scale - below * _LINE - 0.05


def panel_grid(count: int, *, least: float, under: float, below: float) -> Table:
    """An empty table in rows as even as can be, each panel `least` wide or more and with a title; see `panel_table`."""
    page = current_page()
    rows, columns = page.grid(count, least=least)
    right, lines = page.width / page.scale, under + 1.7
    figure, bottom = _figure(rows * (min(right / columns, _LARGEST) + lines * _LINE), below)
    room = _Room(0.0, right, 0.0, bottom, rows, columns, 1.5, lines, _LARGEST)
    panels = [room.place(figure, *divmod(place, columns), room.side()) for place in range(count)]
    return Table(figure, np.array(panels), None, room.pitch[0], wide=True)


def panel_blocks(kinds: Sequence[str], titles: Sequence[str], *, under: float, below: float) -> Table:
    """An empty table of panels of several kinds, one below the other, for each title; see `panel_table`.

    The titles stand side by side, in as many blocks as make the panels largest on a page with a height, else an inch wide.
    """
    page, left = current_page(), (max(title.count("\n") for title in kinds) + 1.5) * _LINE
    right = page.width / page.scale

    def block(columns: int, top: float, bottom: float) -> _Room:
        lines = 0.2 + (under if (right - left) / columns >= TIGHT else 2.0 * under)
        return _Room(left, right, top + _TITLE, bottom, len(kinds), columns, 0.0, lines)

    def laid_out(blocks: int, bottom: float) -> list[_Room]:
        columns, edges = -(-len(titles) // blocks), np.linspace(0.0, bottom, blocks + 1)
        return [block(columns, *ends) for ends in itertools.pairwise(edges)]

    blocks = page.grid(len(titles), least=1.0)[0]
    pitch = (right - left) / -(-len(titles) // blocks)
    down = _TITLE + len(kinds) * (pitch + (0.2 + (under if pitch >= TIGHT else 2.0 * under)) * _LINE)
    figure, bottom = _figure(blocks * down, below)
    if page.height:
        blocks = max(range(1, len(titles) + 1), key=lambda count: laid_out(count, bottom)[0].side())
    rooms = laid_out(blocks, bottom)
    panels = []
    for place, title in enumerate(titles):
        room, column = rooms[place // rooms[0].columns], place % rooms[0].columns
        panels.append([room.place(figure, row, column, room.side()) for row in range(len(kinds))])
        panels[-1][0].set_title(title)
        if column == 0:
            for ax, kind in zip(panels[-1], kinds, strict=True):
                ax.set_ylabel(kind)
    return Table(figure, np.array(panels).T, None, rooms[0].pitch[0], wide=True)
