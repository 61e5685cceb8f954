"""Panels of early exits: what a threshold saves, and who leaves where."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from pandas import DataFrame

from manifold.nets import leave
from manifold.plots.palettes import stack_look
from manifold.plots.style import ground, ink, sized
from manifold.sweeps import mean_interval
from manifold.text import say

from ..runner.drawn import Drawn

SHOWN = 10
"""Pictures in a row."""


def draw_curve(ax: Axes, rows: DataFrame, best: DataFrame, name: str) -> None:
    """Means over the draws at every threshold; large where it is chosen, with its interval; hollow without early exits."""
    three, single = rows[rows["exits"] == 3], rows[rows["exits"] == 1]
    means: Any = three.groupby("threshold")[["macs", "accuracy"]].mean()
    look, full = stack_look(name).line, three.iloc[0]
    macs = three["macs"].max()
    costs = {"parameters": f"{int(full['parameters']):,}", "macs": f"{macs / 1000.0:.0f}"}
    label = say("figure.early_exits.arm", network=say(f"figure.early_exits.{name}"), **costs)
    ax.plot(means["macs"] / 1000.0, 100.0 * means["accuracy"], markersize=sized(2.2), linewidth=sized(0.8), label=label, **look)
    wide: dict[str, Any] = {**look, "markersize": sized(6.0), "elinewidth": sized(1.0), "zorder": 4}
    for part, face in ((best, look["color"]), (single, ground())):
        middle, ends = part["accuracy"].mean(), np.array(mean_interval(part["accuracy"]))
        across = part["macs"].mean() / 1000.0
        ax.errorbar(across, 100.0 * middle, 100.0 * abs(ends - middle)[:, None], mfc=face, **wide)


def draw_pictures(ax: Axes, drawn: Drawn) -> None:
    """Some that leave at each exit, and all that the first has right and the last wrong, with what these say."""
    scores, labels = drawn["scores"].astype(np.float64), drawn["labels"]
    exits, named = leave(scores, drawn["threshold"]), scores.argmax(axis=2)
    wrong = np.flatnonzero((named[:, 0] == labels) & (named[:, -1] != labels))[:SHOWN]
    groups = [*(np.flatnonzero(exits == number)[:SHOWN] for number in range(scores.shape[1])), wrong]
    side = drawn["pictures"].shape[1] + 1
    sheet = np.zeros((side * len(groups), side * SHOWN), np.uint8)
    for row, group in enumerate(groups):
        for column, picture in enumerate(drawn["pictures"][group]):
            sheet[row * side : (row + 1) * side - 1, column * side : (column + 1) * side - 1] = picture
    ax.imshow(sheet, cmap="gray_r", aspect="equal")
    shares = [f"{(exits == number).mean():.0%}" for number in range(scores.shape[1])]
    words = [say("figure.early_exits.leaves", exit=number, share=share) for number, share in enumerate(shares, 1)]
    middles = side * (np.arange(len(groups)) + 0.5) - 1.0
    ax.set_yticks(middles, [*words, say("figure.early_exits.overthought")])
    ax.set_xticks(side * (np.arange(len(wrong)) + 0.5) - 1.0, [f"{labels[at]}→{named[at, -1]}" for at in wrong])
    ax.tick_params(length=0.0)
    ax.set_title(say("figure.early_exits.pictures", network=say(f"figure.early_exits.{drawn['network']}")))
    ax.spines[:].set_visible(False)


def large_marks() -> list[Line2D]:
    """Handles that say what the large marks of curves are."""
    looks = {"chosen": ink(), "without": ground()}
    return [
        Line2D(
            [],
            [],
            color=ink(),
            marker="o",
            linestyle="",
            mfc=face,
            markersize=sized(6.0),
            label=say(f"figure.early_exits.{name}"),
        )
        for name, face in looks.items()
    ]
