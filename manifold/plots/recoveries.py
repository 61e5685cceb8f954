"""The headline figure: what a linear layer, the paper's decoder and the exact decoder give back, and the plane's sectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from manifold._validation import Floats
from manifold.metrics import lost_share, nmse
from manifold.plots.panels import draw_cloud, draw_sectors, panel_table, rank_legend, write_note
from manifold.plots.style import styled
from manifold.recovery import Recovery, recover_with, redecode

ACTIVATION_TITLES = {
    "linear": "linear",
    "relu": "ReLU",
    "relu6": "ReLU6",
    "leaky_relu": "leaky ReLU",
    "elu": "ELU",
    "tanh": "tanh",
    "silu": "SiLU",
    "gelu": "GELU",
    "hardswish": "h-swish",
}
"""How an activation is written for readers."""

Draw = Callable[[Axes, Recovery], object]


@dataclass(frozen=True)
class _Kind:
    """One kind of panel: its title, a note for the margin, and how it is drawn."""

    title: str
    note: str
    draw: Draw


@styled
def figure_recoveries(recoveries: Sequence[Recovery], colors: Floats, *, symbol: str) -> Figure:
    """One column per width: linear layer, T^-1 after the activation, exact decoder, and the plane's sectors for ReLU.

    Parameters
    ----------
    recoveries : sequence of Recovery
        The same points at several widths, d = 2, read by `inverse`.
    colors : ndarray of shape (N, 4)
        Colour along the manifold, see `chart_colors`.
    symbol : str
        How T^-1 is written, see `EmbeddingLaw.symbol`.
    """
    kinds = _kinds(recoveries[0].activation, colors, symbol)
    figure, axes = panel_table(len(kinds), ["", *(f"n = {len(r.matrix)}" for r in recoveries)])
    for line, kind in zip(axes, kinds, strict=True):
        write_note(line[0], kind.title, kind.note)
        for ax, recovery in zip(line[1:], recoveries, strict=True):
            kind.draw(ax, recovery)
    _finish(figure, recoveries[0])
    return figure


@styled
def figure_recovery(recovery: Recovery, colors: Floats, *, symbol: str) -> Figure:
    """The same panels for a single width, side by side; arguments as for `figure_recoveries`."""
    kinds = _kinds(recovery.activation, colors, symbol)
    figure, axes = panel_table(1, [kind.title for kind in kinds], panel=2.2)
    axes[0, 0].set_ylabel(f"n = {len(recovery.matrix)}")
    for ax, kind in zip(axes[0], kinds, strict=True):
        kind.draw(ax, recovery)
    _finish(figure, recovery)
    return figure


def _kinds(activation: str, colors: Floats, symbol: str) -> list[_Kind]:
    title = ACTIVATION_TITLES[activation]

    def linear(ax: Axes, recovery: Recovery) -> None:
        kept = recover_with(recovery.points, recovery.seen.embedding, activation="linear")
        draw_cloud(ax, kept.recovered, colors)
        ax.set_xlabel(_error(nmse(kept)))

    def inverse(ax: Axes, recovery: Recovery) -> None:
        draw_cloud(ax, recovery.recovered, colors)
        ax.set_xlabel(_error(nmse(recovery)))

    def exact(ax: Axes, recovery: Recovery) -> None:
        best = redecode(recovery, "posterior")
        draw_cloud(ax, best.recovered, colors, lost=recovery.rank < 2)
        ax.set_xlabel(f"{_error(nmse(best))}, lost {lost_share(recovery):.0%}")

    def plane(ax: Axes, recovery: Recovery) -> None:
        draw_sectors(ax, recovery.matrix)
        draw_cloud(ax, recovery.points, np.tile([0.0, 0.0, 0.0, 1.0], (len(colors), 1)), size=1.0)

    kinds = [
        _Kind(f"Linear, {symbol}", "no activation: the\ninput, given back\nexactly", linear),
        _Kind(f"{title}, {symbol}", f"{symbol} of the output,\nas in the paper's\npicture", inverse),
        _Kind(f"{title}, exact", "solved on the active\nrows; thin: lost, at\nthe mean of all that\nlook the same", exact),
    ]
    if activation == "relu":
        kinds.append(_Kind("The plane", "two active rows or\nmore keep x, one\nleaves a line, none\na point", plane))
    return kinds


def _error(value: float) -> str:
    return f"NMSE {value:.2g}" if value >= 1e-3 else "NMSE < 0.001"


def _finish(figure: Figure, recovery: Recovery) -> None:
    if recovery.activation == "relu":
        rank_legend(figure)
