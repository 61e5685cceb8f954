"""Two arms in training: how much each gets right as it learns, and what its last bottleneck holds at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from manifold.checks import Floats, Integers
from manifold.plots.labels import figure_legend
from manifold.plots.page import PAPER, Page
from manifold.plots.palettes import QUANTITIES, Look, activation_look, class_colors
from manifold.plots.style import sized, styled
from manifold.text import say

ARMS = QUANTITIES[:2]
"""Looks of two arms that differ in something that has no look of its own."""


@dataclass(frozen=True, eq=False)
class Side:
    """One of two arms, as a figure shows it.

    Attributes
    ----------
    title : str
    look : Look
    steps, accuracy : ndarray of shape (M,)
        Share of the test part that is right, after numbers of steps.
    places : ndarray of shape (N, 2)
        What its last bottleneck holds at the end.
    """

    title: str
    look: Look
    steps: Integers
    accuracy: Floats
    places: Floats


def arm_looks(activations: Sequence[str]) -> tuple[Look, Look]:
    """Looks of two arms by the activations at their bottlenecks, where these differ."""
    one, other = activations
    return ARMS if one == other else (activation_look(one), activation_look(other))


@styled
def figure_arms(sides: Sequence[Side], labels: Integers, *, caption: str, page: Page = PAPER) -> Figure:
    """Curves of both arms, and beside them the points (N, 2) of each, coloured by class (N,)."""
    result = page.figure(2.6)
    curves, *planes = result.subplots(1, 3, width_ratios=(1.5, 1.0, 1.0))
    for side in sides:
        curves.plot(side.steps, side.accuracy, **side.look.line, markersize=sized(2.5), label=side.title)
    curves.set(xlabel=say("train.axis.steps"), ylabel=say("train.axis.right"), ylim=(0.0, 1.02))
    curves.yaxis.set_major_formatter(PercentFormatter(1.0))
    for ax, side in zip(planes, sides, strict=True):
        _draw_places(ax, side.places, labels).set_title(side.title)
    figure_legend(result, curves, note=caption)
    return result


def _draw_places(ax: Axes, places: Floats, labels: Integers) -> Axes:
    """Points with the two axes through 0, on equal scales."""
    for line in (ax.axhline, ax.axvline):
        line(0.0, color="#8a8a8a", linewidth=sized(0.6), zorder=0)
    ax.scatter(places[:, 0], places[:, 1], c=class_colors(labels), s=5.0 * sized(1.0) ** 2, linewidths=0)
    ax.set(xticks=[], yticks=[], aspect="equal")
    return ax
