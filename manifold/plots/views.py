"""A recovery as its panels show it: plain arrays and numbers, so that it can be kept and drawn again without measuring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from manifold.checks import Floats
from manifold.layer.decoders import observe
from manifold.layer.layer import Layer
from manifold.layer.plane import rank_shares, sectors
from manifold.layer.recovery import Recovery, redecode
from manifold.metrics import lost_share, nmse

EXTENT = 1.2
"""Half the side of a panel, in units of the data's radius."""

_GRID = 600  # places along the side of a panel

Painted = Mapping[str, NDArray[Any]]
"""The plane under a layer: "start" (S,), angles, and "rank" (S,) of its sectors, or an "image" (side, side) of ranks."""


@dataclass(frozen=True, eq=False)
class View:
    """What the panels show of a recovery, d = 2.

    Attributes
    ----------
    points, recovered, best : ndarray of float16, shape (N, 2)
        x, the decoder's answer and the exact decoder's, in units of the points' size.
    colors : ndarray of shape (N, 4) or (N,)
        RGBA, or the share of the way along the chart, which takes the colours of the page that is drawn on.
    rank : ndarray of uint8, shape (N,)
        Of the active rows at each point: those below 2 are lost.
    width : int
        n.
    activation, decoder, symbol : str
        Names of f and of the decoder, and how T^-1 is written.
    bound : bool
        Whether the points lost are only possibly so, see `Activation.only_side_elsewhere`.
    numbers : mapping from str to float
        "nmse", "best_nmse" and "lost"; under ReLU also "directions_lost", the share of all directions.
    plane : mapping
        See `Painted`; empty where no panel shows it.
    medians : mapping from str to float
        Medians of some of them over many draws, to stand beside them.
    """

    points: NDArray[Any]
    recovered: NDArray[Any]
    best: NDArray[Any]
    colors: NDArray[Any]
    rank: NDArray[Any]
    width: int
    activation: str
    decoder: str
    symbol: str
    bound: bool
    numbers: Mapping[str, float]
    plane: Painted = field(default_factory=dict)
    medians: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, recovery: Recovery, colors: NDArray[Any], *, symbol: str = "", scale: float = 1.0, plane: bool = True) -> View:
        """A recovery of points of size `scale`."""
        f, best = recovery.activation, redecode(recovery, "posterior")
        numbers = {"nmse": nmse(recovery), "best_nmse": nmse(best), "lost": lost_share(recovery)}
        if f.halves == (0.0, 1.0):
            numbers["directions_lost"] = float(rank_shares(sectors(recovery.matrix))[:2].sum())
        return cls(
            points=_panel(recovery.points, scale),
            recovered=_panel(recovery.recovered, scale),
            best=_panel(best.recovered, scale),
            colors=colors,
            rank=recovery.rank.astype(np.uint8),
            width=recovery.layer.width,
            activation=f.name,
            decoder=recovery.decoder,
            symbol=symbol,
            bound=not f.only_side_elsewhere,
            numbers=numbers,
            plane=paint(recovery.layer, scale=scale) if plane else {},
        )


def paint(layer: Layer, *, scale: float = 1.0) -> Painted:
    """The plane by the rank of the active rows of a layer f(T x), T of shape (n, 2).

    The exact sectors for ReLU, whose picture is the same at every size; otherwise a grid of places, x being `scale` times the
    place in the panel.
    """
    if layer.halves == (0.0, 1.0):
        plane = sectors(layer.matrix)
        return {"start": plane.start, "rank": plane.rank.astype(np.uint8)}
    places = np.linspace(-EXTENT, EXTENT, _GRID)
    grid = scale * np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    return {"image": observe(grid, layer).rows.rank.reshape(_GRID, _GRID).astype(np.uint8)}


def _panel(places: Floats, scale: float) -> NDArray[Any]:
    """To a thousandth of the panel, for a small file; what is far outside stays there."""
    return (places / scale).clip(-1e3, 1e3).astype(np.float16)
