"""The headline figure: what a linear layer, the paper's decoder and the exact decoder give back, and the plane's sectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from manifold.checks import Floats, check_array, check_kind, check_number, fault
from manifold.layer.activations import ACTIVATIONS
from manifold.layer.decoders import DECODERS
from manifold.layer.embeddings import EMBEDDINGS
from manifold.layer.plane import rank_shares, sectors
from manifold.layer.recovery import Recovery, recover_with, redecode
from manifold.metrics import lost_share, nmse
from manifold.plots.page import PAPER, Page
from manifold.plots.panels import draw_cloud, draw_plane, panel_table, rank_legend, write_note
from manifold.plots.style import styled
from manifold.text import error_number, named, say, say_lost
from manifold.theory import collapsed_fraction

READINGS = ("gaussian", "padded-gaussian", "padded-orthogonal")
"""The laws of T that stand for the three readings of T^-1 in circulation."""

Draw = Callable[[Axes, Recovery], object]


@dataclass(frozen=True)
class _Kind:
    """One kind of panel: its title, a note for the margin, and how it is drawn."""

    title: str
    note: str
    draw: Draw


@styled
def figure_recoveries(
    recoveries: Sequence[Recovery], colors: Floats, *, symbol: str, scale: float = 1.0, page: Page = PAPER
) -> Figure:
    """One column per width: linear layer, the decoder after the activation, exact decoder, and the plane.

    Parameters
    ----------
    recoveries : sequence of Recovery
        The same points at several widths, d = 2.
    colors : ndarray of shape (N, 4)
        Colour along the manifold, see `chart_colors`.
    symbol : str
        How T^-1 is written, see `EmbeddingLaw.symbol`.
    scale : float, default=1
        Size of the points: panels show them divided by it.
    """
    check_recoveries(recoveries, scale, colors)
    kinds = _kinds(recoveries[0], colors, symbol, scale)
    figure, axes = panel_table(len(kinds), ["", *(f"n = {len(r.matrix)}" for r in recoveries)])
    for line, kind in zip(axes, kinds, strict=True):
        write_note(line[0], kind.title, kind.note)
        for ax, recovery in zip(line[1:], recoveries, strict=True):
            kind.draw(ax, recovery)
    rank_legend(figure)
    return figure


@styled
def figure_recovery(recovery: Recovery, colors: Floats, *, symbol: str, scale: float = 1.0, page: Page = PAPER) -> Figure:
    """The same panels for a single width, side by side; arguments as for `figure_recoveries`."""
    check_recoveries([recovery], scale, colors)
    kinds = _kinds(recovery, colors, symbol, scale)
    figure, axes = panel_table(1, [kind.title for kind in kinds])
    axes[0, 0].set_ylabel(f"n = {len(recovery.matrix)}")
    for ax, kind in zip(axes[0], kinds, strict=True):
        kind.draw(ax, recovery)
    rank_legend(figure)
    return figure


@styled
def figure_planes(recoveries: Sequence[Recovery], *, scale: float = 1.0, page: Page = PAPER) -> Figure:
    """The plane under each layer with the points on it, at most five in a row, and the share that is lost.

    For ReLU that is the share of all directions, beside its mean over all T; otherwise the share of the points.
    """
    check_recoveries(recoveries, scale)
    columns = min(5, len(recoveries))
    lines = -(-len(recoveries) // columns)
    figure, axes = panel_table(lines, [""] * columns, gap=0.38, most=3.0)
    for ax in axes.ravel()[len(recoveries) :]:
        ax.set_axis_off()
    for ax, recovery in zip(axes.ravel(), recoveries, strict=False):
        _draw_plane(ax, recovery, scale)
        width = len(recovery.matrix)
        if recovery.activation.halves == (0.0, 1.0):
            directions = rank_shares(sectors(recovery.matrix))[:2].sum()
            caption = say("figure.planes.directions", lost=directions, mean=collapsed_fraction(width, 2))
            ax.set(title=f"n = {width}", xlabel=caption)
        else:
            title = say("figure.planes.title", activation=named(ACTIVATIONS, recovery.activation.name), width=width)
            ax.set(
                title=title,
                xlabel=say_lost("figure.lost", known=recovery.activation.only_side_elsewhere, share=lost_share(recovery)),
            )
    rank_legend(figure)
    return figure


@styled
def figure_readings(
    recoveries: Mapping[str, Sequence[Recovery]], colors: Floats, *, scale: float = 1.0, page: Page = PAPER
) -> Figure:
    """One row per reading of T^-1, by its law in `READINGS` or another, one column per width; `colors`, `scale` as above."""
    widths = [len(recovery.matrix) for recovery in next(iter(recoveries.values()))]
    figure, axes = panel_table(len(recoveries), ["", *(f"n = {width}" for width in widths)])
    for line, (name, of_law) in zip(axes, recoveries.items(), strict=True):
        write_note(line[0], EMBEDDINGS[name].symbol, named(EMBEDDINGS, name, "note"))
        for ax, recovery in zip(line[1:], of_law, strict=True):
            draw_cloud(ax, recovery.recovered / scale, colors)
            ax.set_xlabel(error_text(nmse(recovery)))
    return figure


def check_recoveries(recoveries: Any, scale: float, colors: Any = None) -> None:
    """TypeError or ValueError for what is no `Recovery`, none, a size that is not above 0, or colours of other points."""
    given = list(recoveries) if isinstance(recoveries, list | tuple) else [recoveries]
    if not given:
        raise fault(ValueError, "recoveries must be at least one, got none")
    for each in given:
        check_kind(each, "recoveries", Recovery)
    check_number(scale, "scale", above=0.0)
    count = len(given[0].points)
    if colors is not None and (shape := check_array(colors, "colors", shape="(N, 4)").shape) != (count, 4):
        raise fault(ValueError, "colors must have shape {wanted}, got {shape}", wanted=(count, 4), shape=shape)


def error_text(value: float) -> str:
    """An NMSE as the figures write it, two digits."""
    return say("panel.error", error=error_number(value if isinstance(value, float) else check_number(value, "value")))


def error_and_lost(error: float, lost: float, *, known: bool = True) -> str:
    """An NMSE, and a share of points lost, or, where it is but a bound, possibly lost."""
    return say_lost("panel.error-and-lost", known=known, error=error_number(error), lost=f"{lost:.0%}")


def _kinds(first: Recovery, colors: Floats, symbol: str, scale: float) -> list[_Kind]:
    """What `figure_recoveries` shows in its rows."""
    name = named(ACTIVATIONS, first.activation.name)
    gain = DECODERS[first.decoder].gain
    decoder = named(DECODERS, first.decoder, "inline") if gain is None else symbol if gain == 1.0 else f"{gain:g} {symbol}"

    def linear(ax: Axes, recovery: Recovery) -> None:
        kept = recover_with(recovery.points, recovery.layer.with_activation("linear"))
        draw_cloud(ax, kept.recovered / scale, colors)
        ax.set_xlabel(error_text(nmse(kept)))

    def decoded(ax: Axes, recovery: Recovery) -> None:
        draw_cloud(ax, recovery.recovered / scale, colors)
        ax.set_xlabel(error_text(nmse(recovery)))

    def exact(ax: Axes, recovery: Recovery) -> None:
        best = redecode(recovery, "posterior")
        draw_cloud(ax, best.recovered / scale, colors, lost=recovery.rank < 2)
        known = recovery.activation.only_side_elsewhere
        ax.set_xlabel(error_and_lost(nmse(best), lost_share(recovery), known=known))

    def plane(ax: Axes, recovery: Recovery) -> None:
        _draw_plane(ax, recovery, scale)

    note = named(DECODERS, first.decoder, "note", decoder=decoder)
    return [
        _Kind(say("figure.recoveries.linear", symbol=symbol), say("figure.recoveries.linear.note"), linear),
        _Kind(say("figure.recoveries.decoded", activation=name, decoder=decoder), note, decoded),
        _Kind(say("figure.recoveries.exact", activation=name), say("figure.recoveries.exact.note"), exact),
        _Kind(say("figure.recoveries.plane"), say("figure.recoveries.plane.note"), plane),
    ]


def _draw_plane(ax: Axes, recovery: Recovery, scale: float) -> None:
    draw_plane(ax, recovery.layer, scale=scale)
    draw_cloud(ax, recovery.points / scale, np.tile([0.0, 0.0, 0.0, 1.0], (len(recovery.points), 1)), size=1.0)
