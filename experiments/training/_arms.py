"""Arms of a comparison and their differences, as they are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from pandas import DataFrame

from manifold.checks import Floats
from manifold.plots.palettes import BAR
from manifold.plots.style import faint, ground, ink, sized
from manifold.sweeps import mean_interval
from manifold.text import say

from ._pairs import Difference


def with_costs(name: str, rows: DataFrame) -> str:
    """An arm's name, and below it what all its rows cost: parameters and MACs."""
    parameters, macs = (f"{int(rows[column].iloc[0]):,}" for column in ("parameters", "macs"))
    return f"{name}\n{say('training.costs', parameters=parameters, macs=macs)}"


def draw_arms(ax: Axes, arms: Mapping[str, Floats]) -> None:
    """Accuracy of each arm: every draw, and the mean with its interval."""
    for place, accuracy in enumerate(arms.values()):
        points = 100.0 * np.asarray(accuracy)
        small: dict[str, Any] = {"color": BAR, "markersize": sized(2.0), "alpha": 0.5, "markeredgewidth": 0.0}
        ax.plot(points, np.full(len(points), place + 0.18), "o", **small, label=say("training.draw"))
        mean, ends = points.mean(), np.array(mean_interval(points))
        wide: dict[str, Any] = {"markersize": sized(3.5), "elinewidth": sized(1.2), "label": say("training.mean")}
        ax.errorbar(mean, place, xerr=abs(ends - mean)[:, None], fmt="o", color=ink(), **wide)
    _name_lines(ax, arms)
    ax.set_xlabel(say("training.accuracy"))


def draw_differences(ax: Axes, differences: Mapping[str, Difference]) -> None:
    """Mean and interval of each; filled where it is shown to be above 0."""
    for place, difference in enumerate(differences.values()):
        mean, low, high = (100.0 * value for value in difference[:3])
        face = ink() if difference.verdict == "reproduced" else ground()
        ends = [[mean - low], [high - mean]]
        ax.errorbar(mean, place, xerr=ends, fmt="o", color=ink(), mfc=face, markersize=sized(4.0), elinewidth=sized(1.2))
    ax.axvline(0.0, color=faint(), linewidth=sized(0.8), zorder=0)
    _name_lines(ax, differences)
    ax.set_xlabel(say("training.gain"))


def arm_marks(ax: Axes) -> list[Any]:
    """Handles of what `draw_arms` has drawn, one of each kind."""
    return list(dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True)).values())


def _name_lines(ax: Axes, names: Mapping[str, Any]) -> None:
    ax.set_yticks(range(len(names)), list(names))
    ax.invert_yaxis()
    ax.margins(y=0.15)
