"""Figures of early exits and of dense connections: who leaves where, accuracy against cost, who reads whom and how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from manifold.checks import Floats
from manifold.plots.page import PAPER, Page
from manifold.plots.palettes import BAR, VERDICTS, stack_look
from manifold.plots.style import ground, ink, muted, sized, styled
from manifold.text import percent, say

if TYPE_CHECKING:
    from manifold.nets.training.departures import Departures

_GAP = 1  # pixels between pictures


def accuracy_ticks(departures: Departures) -> Floats:
    """Round accuracies around all of those at the thresholds, as an axis has them."""
    low, high = float(departures.accuracy.min()), float(departures.accuracy.max())
    stride = next(each for each in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if (high - low) / each <= 4.0)
    first, last = np.floor(low / stride - 0.2), np.ceil(high / stride + 0.2)
    return np.asarray(np.arange(first, last + 1.0) * stride)


@styled
def figure_exits(departures: Departures, pixels: Floats, *, step: int, page: Page = PAPER) -> Figure:
    """Pictures (N, 8, 8) by the exit at which they leave at the threshold of the place `step`, and accuracy against cost."""
    result = page.figure(2.2)
    *squares, curve = result.subplots(1, len(departures.macs) + 1)
    for number, ax in enumerate(squares):
        here = departures.exits[step] == number
        share = percent(departures.macs[number] / departures.macs[-1])
        _draw_pictures(ax, pixels[here], departures.wrong[step][here], room=len(pixels))
        ax.set_title(say("exits.exit", number=number + 1, share=share))
        ax.set_xlabel(say("exits.leave", count=int(here.sum()), wrong=int(departures.wrong[step][here].sum())))
    curve.axhline(departures.right[:, -1].mean(), color=muted(), linestyle="--", linewidth=sized(1.0))
    curve.plot(departures.cost, departures.accuracy, color=BAR)
    curve.plot(departures.cost[step], departures.accuracy[step], "o", color=BAR, markersize=sized(6.0))
    curve.set(xlabel=say("exits.axis.macs"), ylabel=say("exits.axis.accuracy"), xlim=(0.0, 1.03))
    curve.set_title(say("exits.threshold", threshold=f"{departures.thresholds[step]:g}"))
    curve.xaxis.set_major_formatter("{x:.0%}")
    curve.yaxis.set_major_formatter("{x:.1%}")
    curve.set_box_aspect(1)
    return result


def _draw_pictures(ax: Axes, pixels: Floats, wrong: Any, *, room: int) -> None:
    """Pictures (M, S, S) in rows of a square with room for `room`; frames around the `wrong` (M,) ones."""
    columns, side = int(np.ceil(np.sqrt(room))), pixels.shape[1] + _GAP
    canvas = np.zeros((columns * side, columns * side))
    for place, picture in enumerate(pixels):
        row, column = divmod(place, columns)
        corner = (column * side, row * side)
        canvas[corner[1] : corner[1] + side - _GAP, corner[0] : corner[0] + side - _GAP] = picture
        if wrong[place]:
            low = np.array(corner) - 0.5
            ax.plot(*(low + (side - _GAP) * np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])).T, color=VERDICTS[False].color)
    shades = np.empty((*canvas.shape, 4))
    shades[..., :3] = _rgb(ink())
    shades[..., 3] = canvas
    ax.imshow(shades, interpolation="nearest")
    ax.set(xticks=[], yticks=[])


def _rgb(color: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    return to_rgb(color)


@styled
def figure_dense(rows: Mapping[str, Sequence[int]], read: Floats, *, title: str, page: Page = PAPER) -> Figure:
    """Weights of every layer of a dense stack and a plain one, and how much a trained one reads of whom (readers, sources)."""
    result = page.figure(3.0)
    curves, ax = result.subplots(1, 2)
    for name, weights in rows.items():
        label = say(f"exits.line.{name}", weights=f"{sum(weights):,}")
        curves.plot(range(1, len(weights) + 1), weights, label=label, **stack_look(name).line, markersize=sized(3.0))
    curves.set(xlabel=say("stacks.axis.layer"), ylabel=say("stacks.axis.weights"), yscale="log")
    curves.set_title(title)
    curves.legend()
    shown = ax.imshow(read.T, cmap="viridis", vmin=0.0)
    ax.set(xlabel=say("exits.axis.reader"), ylabel=say("exits.axis.source"), title=say("exits.read"), facecolor=ground())
    ax.set_xticks(range(len(read)), [*map(str, range(1, len(read))), say("exits.end")])
    ax.set_yticks(range(len(read)), [say("exits.stem"), *map(str, range(1, len(read)))])
    result.colorbar(shown, ax=ax, label=say("exits.axis.mean-weight"))
    return result
