"""What the speed experiments draw alike: medians over the turns against a size, their growth, and the factor between two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter
from pandas import DataFrame, Series

from manifold.plots import Look, ink, muted, sized
from manifold.text import say


def draw_medians(ax: Axes, rows: DataFrame, x: str, y: str, look: Look, label: str) -> Series[float]:
    """Every turn as a small mark, their medians joined; the medians above 0 by size are returned."""
    known = rows[rows[y] > 0.0]
    ax.plot(known[x], known[y], marker="_", linestyle="", color=look.color, markersize=sized(6.0), alpha=0.4)
    middle: Series[float] = known.groupby(x)[y].median()
    ax.plot(middle.index, middle, **look.line, markersize=sized(4.0), label=label)
    return middle


def mark_factor(ax: Axes, slow: Series[float], fast: Series[float]) -> None:
    """An arrow between two curves at the largest size that both have, with the factor between them."""
    both = sorted(set(slow.index) & set(fast.index))
    if not both:
        return
    size, high, low = both[-1], float(slow[both[-1]]), float(fast[both[-1]])
    arrow = {"arrowstyle": "<->", "color": ink(), "shrinkA": sized(3.0), "shrinkB": sized(3.0), "linewidth": sized(0.8)}
    ax.annotate("", (size, low), (size, high), arrowprops=arrow)
    write_beside(ax, say("figure.factor", factor=high / low), (size, np.sqrt(high * low)), left=4.0)


def draw_power(ax: Axes, sizes: Sequence[float], start: float, power: float, label: str) -> None:
    """A guide line through `start` at the first size that grows as a power of the size, named at its end."""
    ends = np.array([sizes[0], sizes[-1]], dtype=np.float64)
    values = start * (ends / ends[0]) ** power
    ax.plot(ends, values, color=muted(), linewidth=sized(0.8), linestyle=":")
    write_beside(ax, label, (ends[-1], values[-1]), left=6.0, color=muted())


def write_beside(ax: Axes, words: str, place: tuple[Any, Any], *, left: float = 0.0, right: float = 0.0, **look: Any) -> None:
    """Words some points to the left or to the right of a place."""
    look = {"ha": "right" if left else "left", "va": "center", **look}
    ax.annotate(words, place, (sized(right - left), 0.0), textcoords="offset points", **look)


def set_sizes(ax: Axes, sizes: Sequence[int]) -> None:
    """Logarithmic axes of what is drawn, with a tick at every power of ten among the sizes, or at all of them if these are few.

    Where the values hold less than two powers of ten, 2 and 5 are named too.
    """
    ax.set(xscale="log", yscale="log")
    low, high = ax.get_ylim()
    if np.floor(np.log10(high)) <= np.ceil(np.log10(low)):
        powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.log10(high))
        named = [tick for power in powers for tick in (power, 2.0 * power, 5.0 * power) if low <= tick <= high]
        ax.set_yticks(named, [f"{tick:g}" for tick in named])
    ax.yaxis.set_minor_formatter(NullFormatter())
    air = (sizes[-1] / sizes[0]) ** 0.05
    ax.set_xlim(sizes[0] / air, sizes[-1] * air)
    tens = [size for size in sizes if 10 ** round(np.log10(size)) == size]
    ticks = list(sizes) if len(sizes) <= 4 else tens if len(tens) > 1 else [sizes[0], sizes[-1]]
    ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    ax.set_xticks([size for size in sizes if size not in ticks], minor=True)
    ax.tick_params("x", which="minor", labelbottom=False)
