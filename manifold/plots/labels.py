"""Words beside curves and lines, so that nobody has to look them up in a legend."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import NullLocator
from matplotlib.transforms import Affine2D, Transform

from manifold.checks import Floats
from manifold.plots.style import current_page, muted, sized

_LINE = 1.35  # height of a line of words, in units of the type
_WIDE = 1.6  # a Korean or Chinese letter, in Latin ones
_LETTER, _TITLE_LETTER = 0.55, 0.675  # mean width of a letter, and of one of a title
_HANDLE = 9  # letters that a handle in a legend and the space around it take


def label_ends(ax: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Words beside the right edge at heights y of the axis, moved apart where lines of words would touch: (y, words, color)."""
    line = _LINE * current_page().font_size

    def places() -> Floats:
        """In pixels, when the layout is known."""
        heights = ax.transData.transform([(ax.get_xlim()[1], y) for y, _, _ in ends])[:, 1]
        shares = np.clip((heights - ax.bbox.y0) / ax.bbox.height, 0.0, 1.0)
        gap = line * ax.figure.dpi / 72.0 / ax.bbox.height
        return np.asarray(ax.bbox.y0 + ax.bbox.height * apart(shares, gap))

    def at(number: int) -> Callable[[Any], Transform]:
        return lambda renderer: Affine2D().translate(ax.bbox.x1, places()[number])

    for number, (_, words, color) in enumerate(ends):
        look: dict[str, Any] = {"color": color, "va": "center", "annotation_clip": False}
        ax.annotate(words, (0.0, 0.0), (sized(4.0), 0.0), xycoords=at(number), textcoords="offset points", **look)


def apart(places: Floats, gap: float) -> Floats:
    """Places from 0 to 1, none nearer to another than the gap, and none outside unless they are too many.

    Half way between pushing all upward that must move, and all downward.
    """
    order, steps = np.argsort(places, kind="stable"), gap * np.arange(len(places))
    rest = places[order] - steps
    moved = (np.maximum.accumulate(rest) + np.minimum.accumulate(rest[::-1])[::-1]) / 2.0 + steps
    result = np.empty(len(places))
    result[order] = np.minimum(np.maximum(moved, steps), 1.0 - steps[::-1])
    return result


def mark_places(ax: Axes, words: Mapping[float, str]) -> None:
    """Dotted lines at places along the axis, named above the frame."""
    for place in words:
        ax.axvline(place, color=muted(), linewidth=sized(0.8), linestyle=":", zorder=0)
    above = ax.secondary_xaxis("top")
    above.set_xticks(list(words), list(words.values()))
    above.xaxis.set_minor_locator(NullLocator())


def tick_measured(ax: Axes, places: Sequence[float], words: Sequence[str] | None = None, *, ratio: float = 1.45) -> None:
    """A logarithmic axis with ticks where something was measured, ascending, but no two nearer than by a ratio."""
    kept = [0]
    for place in range(1, len(places)):
        if places[place] >= ratio * places[kept[-1]]:
            kept.append(place)
    ax.set_xscale("log")
    ax.set_xticks([places[place] for place in kept], [words[place] if words else f"{places[place]:g}" for place in kept])
    ax.xaxis.set_minor_locator(NullLocator())


def wrap_words(words: str, width: float, *, title: bool = False) -> str:
    """Every line of the words on lines that fit in `width` inches, as a `title` in its larger type."""
    letter = (_TITLE_LETTER if title else _LETTER) * current_page().font_size / 72.0
    letters = max(8, int(width / letter))
    return "\n".join(fill_lines(line, letters) for line in words.splitlines())


def fill_lines(words: str, length: int) -> str:
    """The words on lines of at most `length` Latin letters, or of fewer wide ones."""
    return textwrap.fill(words, max(1, int(length * len(words) / max(1.0, count_letters(words)))), break_long_words=False)


def count_letters(words: str) -> float:
    """Width of the words in Latin letters."""
    return sum(_WIDE if unicodedata.east_asian_width(letter) in "WF" else 1.0 for letter in words)


def figure_legend(
    figure: Figure | SubFigure, *axes: Axes, handles: Sequence[Any] = (), note: str = "", place: Axes | None = None
) -> None:
    """One legend of what stands in any of the axes, each word once, and of `handles`; below everything, under a note.

    Or in an empty `place` among the panels.
    """
    entries = {label: handle for ax in axes for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)}
    entries |= {handle.get_label(): handle for handle in handles}
    if place is not None:
        words = [fill_lines(label, 17) for label in entries]
        place.legend(list(entries.values()), words, loc="center left", borderaxespad=0.0)
        return
    look: dict[str, Any] = {"ncols": _columns(list(entries)), "columnspacing": 1.2, "title": _note(note) or None}
    look |= {"handlelength": 1.6, "borderaxespad": 0.2}
    if figure.get_layout_engine():
        figure.legend(list(entries.values()), list(entries), loc="outside lower center", **look)
    else:
        figure.legend(list(entries.values()), list(entries), loc="lower center", **look)


def legend_lines(handles: Sequence[Any], *, note: str = "") -> float:
    """Lines of text that `figure_legend` takes."""
    return len(_note(note).splitlines()) + 1.2 * -(-len(handles) // _columns([handle.get_label() for handle in handles])) + 0.4


def _columns(words: Sequence[str]) -> int:
    """In how many columns, the most that the page has room for."""
    letters = [count_letters(word) + _HANDLE for word in words]
    room = 72.0 * current_page().width / (_LETTER * current_page().font_size)
    return next(n for n in range(len(letters), 0, -1) if n == 1 or sum(map(max, np.array_split(letters, n))) <= room)


def _note(text: str) -> str:
    return wrap_words(text, current_page().width - sized(0.2))
