"""Arms of a comparison and their differences, as they are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from pandas import DataFrame

from manifold.plots import Page, figure_legend
from manifold.plots.palettes import BAR
from manifold.plots.style import faint, ground, ink, sized
from manifold.sweeps import mean_interval
from manifold.text import say

from ._pairs import Difference
from ._verdicts import better, note_height, verdict_word


def with_costs(name: str, rows: DataFrame) -> str:
    """An arm's name, and below it what all its rows cost: parameters and MACs."""
    parameters, macs = (f"{int(rows[column].iloc[0]):,}" for column in ("parameters", "macs"))
    return f"{name}\n{say('training.costs', parameters=parameters, macs=macs)}"


def cost_sentence(rows: DataFrame) -> str:
    """What each arm costs, where all cost the same."""
    parameters, macs = (f"{int(rows[column].iloc[0]):,}" for column in ("parameters", "macs"))
    return say("training.same-costs", parameters=parameters, macs=macs)


def arm_sentence(one: str, other: str, difference: Difference) -> str:
    """Which of two arms is better, and whether that reproduces that the first is."""
    words = {"better": better(difference, one, other, text="training.better-than"), "verdict": verdict_word(difference)}
    return say("training.said", **words)


def draw_arms(ax: Axes, arms: Mapping[str, Any]) -> None:
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


def _name_lines(ax: Axes, names: Mapping[str, Any]) -> None:
    ax.set_yticks(range(len(names)), list(names))
    ax.invert_yaxis()
    ax.margins(y=0.15)


def figure_arms(arms: Mapping[str, Any], claims: Mapping[str, Difference], *, said: Sequence[str], page: Page) -> Figure:
    """Accuracy of each arm by its name, beside the differences that papers speak of by theirs; below it what they say."""
    lines, columns = page.grid(2, least=3.2)
    note = "\n".join(line[:1].upper() + line[1:] for line in said)
    heights = 0.3 * max(len(arms), len(claims)) + 1.2
    result = page.figure(heights * lines + note_height(note, page, entries=2), layout=ConstrainedLayoutEngine(w_pad=0.08))
    left, right = result.subplots(lines, columns, squeeze=False).ravel()
    draw_arms(left, arms)
    draw_differences(right, claims)
    left.set_title(say("training.arms"))
    right.set_title(say("training.claims"))
    figure_legend(result, left, note=note)
    return result


def claims_table(claims: Mapping[str, Difference]) -> DataFrame:
    """A row per claim: difference in points, interval, pairs, verdict."""
    lines = [
        [" ".join(name.split()), *(round(100.0 * value, 6) for value in each[:3]), each.pairs, verdict_word(each)]
        for name, each in claims.items()
    ]
    names = ("claim", "mean", "low", "high", "pairs", "verdict")
    return DataFrame(lines, columns=[say(f"training.column.{name}") for name in names])
