"""Curves against the width of a layer: the share of points lost, and the error of a decoder, with their closed forms."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from manifold.checks import Floats, Integers
from manifold.layer.decoders import DECODERS
from manifold.plots.page import PAPER, Page
from manifold.plots.palettes import activation_look, decoder_look
from manifold.plots.style import ink, styled
from manifold.sweeps.curves import WidthCurves
from manifold.text import named, say

SMALLEST_ERROR = 1e-9
"""Errors below it are drawn at it, so that 0 has a place on a logarithmic axis."""


@styled
def figure_curves(
    curves: WidthCurves,
    *,
    activation: str,
    title: str,
    decoder: str,
    losses: Floats,
    errors: Floats,
    page: Page = PAPER,
) -> Figure:
    """Two panels: the share lost with its 95 per cent interval, and the error with the middle 90 per cent of the draws.

    Parameters
    ----------
    curves : WidthCurves
    activation : str
        Its name; the loss has its colour.
    title : str
        What was measured, in words.
    decoder : str
        Its name; the error has its colour.
    losses, errors : ndarray of shape (W,)
        Closed forms at the widths of the curves; NaN where there is none.
    """
    figure = page.figure(3.2)
    figure.suptitle(title)
    left, right = figure.subplots(1, 2)
    draw_lost(left, curves, losses, color=activation_look(activation).color)
    draw_errors(right, curves, errors, color=decoder_look(decoder).color)
    right.set(ylabel=say("figure.curves.error", decoder=named(DECODERS, decoder, "inline")))
    return figure


def draw_lost(ax: Axes, curves: WidthCurves, losses: Floats, *, color: str) -> Axes:
    """The mean share of points lost with its interval, on its closed form."""
    label = say("figure.curves.mean", count=curves.draws)
    ax.errorbar(curves.widths, curves.lost, curves.margin, fmt="o", markersize=3.5, color=color, label=label)
    _draw_formula(ax, curves.widths, losses, say("channels.line.formula"))
    ax.set(xlabel=say("axis.channels"), ylabel=say("figure.axis.lost"), ylim=(-0.02, 1.02))
    _legend_above(ax)
    return ax


def draw_errors(ax: Axes, curves: WidthCurves, errors: Floats, *, color: str) -> Axes:
    """The error of the middle draw, the middle 90 per cent of the draws, and the closed form of the mean."""
    low, median, high = (np.maximum(values, SMALLEST_ERROR) for values in (curves.low, curves.median, curves.high))
    ax.fill_between(curves.widths, low, high, color=color, alpha=0.18, linewidth=0, label=say("channels.line.band"))
    ax.plot(curves.widths, median, "o-", markersize=3.0, color=color, label=say("channels.line.median"))
    _draw_formula(ax, curves.widths, np.maximum(errors, SMALLEST_ERROR), say("channels.line.mean-formula"))
    known = np.isfinite(errors) & (curves.mean > SMALLEST_ERROR)
    label = say("channels.line.mean-measured")
    ax.plot(curves.widths[known], curves.mean[known], "x", markersize=4.0, color=ink(), label=label)
    if median.min() <= SMALLEST_ERROR:
        text, at = say("figure.curves.no-error"), (curves.widths[-1], SMALLEST_ERROR)
        ax.annotate(text, at, (0, 5), textcoords="offset points", ha="right", color=color)
    ax.set(xlabel=say("axis.channels"), yscale="log", ylim=error_range(curves))
    _legend_above(ax)
    return ax


def error_range(curves: WidthCurves) -> tuple[float, float]:
    """Ends of a logarithmic axis for errors: whole powers of ten, no more than 100, where a mean that does not exist begins."""
    least = float(np.clip(curves.low.min(), SMALLEST_ERROR, 0.1))
    most = float(np.clip(curves.high.max(), 1.0, 100.0))
    low, high = 10.0 ** np.floor(np.log10(least)), 10.0 ** np.ceil(np.log10(most))
    return float(low) / 2.0, float(high) * 2.0


def _draw_formula(ax: Axes, widths: Integers, values: Floats, label: str) -> None:
    if np.isfinite(values).any():
        ax.plot(widths, values, "--", color=ink(), linewidth=1.1, label=label)


def _legend_above(ax: Axes) -> None:
    """The legend above the axes, where no curve is."""
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, columnspacing=1.2)
