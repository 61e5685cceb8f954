"""Curves against the width of a layer: the share of points lost, and the error of a decoder, with their closed forms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from manifold.checks import Floats, Integers
from manifold.layer.activations import ACTIVATIONS
from manifold.layer.decoders import DECODERS
from manifold.plots.labels import figure_legend, mark_places, wrap_words
from manifold.plots.page import PAPER, Page
from manifold.plots.palettes import Look, activation_look, decoder_look
from manifold.plots.style import ground, ink, muted, sized, styled
from manifold.sweeps.curves import WidthCurves
from manifold.text import named, one_in, say, say_lost
from manifold.theory import PAPER_EXPANSION, collapsed_fraction

SMALLEST_ERROR = 1e-9
"""Errors below it are drawn at it, so that 0 has a place on a logarithmic axis."""

FEW = 1.0 / 250.0
"""More than ReLU loses at n = 6 d, whatever d from 2 on."""

_BESIDE, _APART = (2, 8, 32), 3  # d of formulas drawn beside that of the points, if the one is so many times the other
_EXPANSIONS = (1, 2, 3, 4, 6, 8, 12)


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
    """Two panels against n/d: the share lost with its 95 per cent interval, the error with the middle 90 per cent of the draws.

    n = 2 d - 1 and n = 6 d are marked.

    Parameters
    ----------
    curves : WidthCurves
    activation : str
        Its name; the loss has its look.
    title : str
        What was measured, in words.
    decoder : str
        Its name; the error has its look.
    losses, errors : ndarray of shape (W,)
        Closed forms at the widths of the curves; NaN where there is none.
    """
    rows, columns = page.grid(2, least=3.0)
    dim, f = curves.dimension, ACTIVATIONS[activation]
    figure = page.figure(2.4 * rows + 0.9)
    figure.suptitle(wrap_words(title, page.width, title=True))
    lost, error = figure.subplots(rows, columns, squeeze=False).flat
    draw_lost(lost, curves, losses, look=activation_look(activation), dim=dim)
    draw_errors(error, curves, errors, look=decoder_look(decoder), dim=dim)
    lost.set_title(say_lost("figure.axis.lost", known=f.only_side_elsewhere))
    error.set_title(named(DECODERS, decoder, "brief"), color=decoder_look(decoder).color)
    marks = {(2 * dim - 1) / dim: "2d − 1", float(PAPER_EXPANSION): f"{PAPER_EXPANSION}d"}
    for ax in (lost, error):
        ax.set(xscale="log", xlabel=say("axis.channels-per-dimension"))
        ax.set_xticks(_EXPANSIONS, list(map(str, _EXPANSIONS)))
        ax.set(xlim=(0.92, 1.08 * max(*marks, *(curves.widths / dim))))
        ax.minorticks_off()
    mark_places(error, marks)
    if (f.low, f.high) == (0.0, math.inf) and np.isfinite(losses).any():
        marks = _mark_losses(lost, dim, marks)
    mark_places(lost, marks)
    figure_legend(figure, lost, error)
    return figure


def draw_lost(ax: Axes, curves: WidthCurves, losses: Floats, *, look: Look, dim: int = 1) -> Axes:
    """The mean share of points lost with its interval, and its closed form, against n / `dim`; where none is, at the foot."""
    seen, places = curves.lost > 0.0, curves.widths / dim
    low, mean, high = (values[seen] for values in (curves.lost_low, curves.lost, curves.lost_high))
    floor = _power_below(float(low.min(initial=1e-3)))
    label = say("figure.curves.mean", count=curves.draws)
    ax.errorbar(places[seen], mean, (mean - low, high - mean), fmt=look.marker, color=look.color, label=label)
    if not seen.all():
        hollow: dict[str, Any] = {
            "color": look.color,
            "markerfacecolor": ground(),
            "linestyle": "",
            "clip_on": False,
            "zorder": 3,
        }
        nothing = np.full((~seen).sum(), floor)
        ax.plot(places[~seen], nothing, marker=look.marker, label=say("figure.curves.none-lost"), **hollow)
    _draw_formula(ax, places, losses, say("channels.line.mean-formula"))
    ax.set(yscale="log", ylim=(floor, 1.5))
    return ax


def _mark_losses(ax: Axes, dim: int, marks: Mapping[float, str]) -> dict[float, str]:
    """Rings on the formula at the marks, thin formulas for other d, and one point in 250; the marks with shares lost."""
    floor, most = ax.get_ylim()[0], ax.get_xlim()[1]
    ax.axhline(FEW, color=muted(), linewidth=sized(0.8), linestyle=":", zorder=0)
    ax.annotate(one_in(FEW), (most, FEW), (-2, 2), textcoords="offset points", ha="right", color=muted())
    shares = {place: collapsed_fraction(round(place * dim), dim) for place in marks}
    ring: dict[str, Any] = {"markersize": sized(8.0), "markerfacecolor": "none", "markeredgecolor": ink(), "linestyle": ""}
    ax.plot(list(shares), list(shares.values()), "o", **ring)
    shown = [other for other in _BESIDE if max(other, dim) >= _APART * min(other, dim)]
    for other in [*shown, dim]:
        widths = np.arange(other, int(most * other) + 1)
        lost = np.array([collapsed_fraction(int(width), other) for width in widths])
        color = ink() if other == dim else muted()
        if other != dim:
            ax.plot(widths / other, lost, color=color, linewidth=sized(0.7), zorder=1)
        place = float(np.interp(-np.log(3.0 * floor), -np.log(lost), widths / other))
        left = other > dim or other >= max(shown)
        side: dict[str, Any] = {"xytext": (-3, 0), "ha": "right"} if left else {"xytext": (3, 0), "ha": "left"}
        ax.annotate(f"d = {other}", (place, 3.0 * floor), textcoords="offset points", va="center", color=color, **side)
    return {place: f"{words}: {one_in(shares[place])}" for place, words in marks.items()}


def draw_errors(ax: Axes, curves: WidthCurves, errors: Floats, *, look: Look, dim: int = 1) -> Axes:
    """The error of the middle draw, the middle 90 per cent of the draws, and the closed form of the mean, against n / `dim`."""
    low, median, high = (np.maximum(values, SMALLEST_ERROR) for values in (curves.low, curves.median, curves.high))
    places, color = curves.widths / dim, look.color
    ax.fill_between(places, low, high, color=color, alpha=0.18, linewidth=0, label=say("channels.line.band"))
    ax.plot(places, median, f"{look.marker}-", color=color, label=say("channels.line.median"))
    _draw_formula(ax, places, np.maximum(errors, SMALLEST_ERROR), say("channels.line.mean-formula"))
    known = np.isfinite(errors) & (curves.mean > SMALLEST_ERROR)
    if known.any():
        label = say("channels.line.mean-measured")
        ax.plot(places[known], curves.mean[known], "x", markersize=sized(4.0), color=ink(), label=label)
    if median.min() <= SMALLEST_ERROR:
        text, at = say("figure.curves.no-error"), (places[-1], SMALLEST_ERROR)
        ax.annotate(text, at, (0, 5), textcoords="offset points", ha="right", color=color)
    ax.set(yscale="log", ylim=error_range(curves), ylabel=say("channels.axis.error"))
    return ax


def error_range(curves: WidthCurves) -> tuple[float, float]:
    """Ends of a logarithmic axis for errors: whole powers of ten, no more than 100, where a mean that does not exist begins."""
    least = float(np.clip(curves.low.min(), SMALLEST_ERROR, 0.1))
    most = float(np.clip(curves.high.max(), 1.0, 100.0))
    return _power_below(least) / 2.0, 2.0 / _power_below(1.0 / most)


def _power_below(value: float) -> float:
    """The greatest power of ten that is no larger."""
    return float(10.0 ** np.floor(np.log10(value)))


def _draw_formula(ax: Axes, places: Floats | Integers, values: Floats, label: str) -> None:
    if np.isfinite(values).any():
        ax.plot(places, values, "--", color=ink(), linewidth=sized(1.1), label=label)
