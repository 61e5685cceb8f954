"""A known manifold through a network as panels: its map in each network, place by place."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from manifold import VIEWS
from manifold.checks import Floats, Integers, Mask
from manifold.learning.graph import DisconnectedGraphError
from manifold.planes.frames import button_words, hex_colors, legend_entry
from manifold.planes.journeys import view_journey
from manifold.planes.maps import fitted
from manifold.planes.packing import pack
from manifold.plots import EXTENT, color_ramp, place_title
from manifold.text import dimension_number, r_squared, say

if TYPE_CHECKING:  # which brings torch
    from manifold.nets import Trace

_PACE = 700
_DOT = 4.0  # there are few points

_UNITS: Mapping[str, Sequence[tuple[Callable[[float], float], int]]] = {
    "rotation-zoom": ((math.degrees, 0), (math.exp, 1)),
    "translation-brightness": ((lambda share: 50.0 * share, 0), (lambda share: 100.0 * share, 0)),
}
"""How the camera's two numbers are written, and with how many decimals: degrees, a factor, per cent."""


@dataclass(frozen=True, eq=False)
class PlaceMaps:
    """Maps of the views at every place of a network.

    Attributes
    ----------
    places : list of str
        P names.
    maps : ndarray of shape (P, N, 2)
    flat : ndarray of bool, shape (P,)
        Whether a map is made by PCA, as the views fall into parts there.
    knn_r2, two_nn : ndarray of shape (P,)
        As in the table of a `Trace`.
    nearest : ndarray of shape (P, N, 5), optional
        Numbers of the views nearest to each at each place, whose mean is what `knn_r2` reads; runs of before lack them.
    """

    places: Sequence[str]
    maps: Floats
    flat: Mask
    knn_r2: Floats
    two_nn: Floats
    nearest: Integers | None = None

    @classmethod
    def of(cls, followed: Trace) -> PlaceMaps:
        """Those of what `manifold.nets.trace` followed."""
        from manifold.nets.probing.readouts import nearest  # brings torch

        table, places = followed.table, list(followed.points)
        maps, flat = zip(*(_map(followed, place) for place in places), strict=True)
        neighbours = np.stack([nearest(points) for points in followed.points.values()])
        scores = [table[name].to_numpy() for name in ("knn_r2", "two_nn")]
        return cls(places, np.stack(maps), np.array(flat), scores[0], scores[1], neighbours)

    def captions(self) -> list[str]:
        """A line below each map."""
        lines = zip(self.knn_r2, self.two_nn, self.flat, strict=True)
        return [_caption(float(read), float(size), flat=bool(flat)) for read, size, flat in lines]


def _map(followed: Trace, place: str) -> tuple[Floats, bool]:
    """The map at a place, and whether it is by PCA."""
    try:
        return followed.map(place), False
    except DisconnectedGraphError:
        return followed.map(place, method="pca"), True


def _caption(read: float, size: float, *, flat: bool) -> str:
    known = {"read": r_squared(read), "dimension": dimension_number(size)}
    return say("real.caption.flat", **known) if flat else say("real.caption", **known)


def trace_data(
    networks: Mapping[str, PlaceMaps],
    chart: Floats,
    *,
    kind: str,
    second: bool = False,
    step: int,
    sheet: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Panels of maps, a slider over the places; of a single network beside the truth.

    Parameters
    ----------
    networks : mapping from str to PlaceMaps
        By the title of each panel, at the same places.
    chart : ndarray of shape (N, 2)
        Where the camera was.
    kind : str
        How it moved, a name in `VIEWS`.
    second : bool, default=False
        Whether the second of its numbers colours the points, instead of the first.
    step : int
        Number of the place that is shown first.
    sheet : mapping, optional
        The views themselves, by `picture_sheet`, of which the chosen one is shown.
    """
    along = chart[:, int(second)]
    shares = (along - along.min()) / (np.ptp(along) or 1.0)
    inks = {mode: hex_colors(color_ramp(shares, on_dark=mode == "dark")) for mode in ("light", "dark")}
    marks = hex_colors(color_ramp(np.array([0.25, 1.0]), on_dark=False))  # seen on both grounds
    ends = [_end(kind, int(second), float(value)) for value in (along.min(), along.max())]
    legend = [legend_entry(label, color, "dot") for label, color in zip(ends, marks, strict=True)]
    rows = {title: (each.maps, each.captions()) for title, each in networks.items()}
    if len(rows) == 1:
        rows = {say("real.truth"): ((chart / np.ptp(chart, axis=0))[None], [say("real.truth.caption")]), **rows}
    panels = [
        {
            "title": title,
            "points": pack(np.stack([fitted(each) for each in maps])),
            "captions": captions,
            "bare": True,
            "legend": legend,
        }
        for title, (maps, captions) in rows.items()
    ]
    places = next(iter(networks.values())).places
    shown = [[number] for number in range(len(panels))] if len(networks) > 1 else [[0, 1]]
    nearest = {title: each.nearest for title, each in networks.items() if each.nearest is not None}
    followed = view_journey(chart, nearest, kind=kind, panels=shown, sheet=sheet) if len(nearest) == len(networks) else {}
    return {
        "widths": list(range(len(places))),
        "width": step,
        "steps": [place_title(place) for place in places],
        "ticks": False,
        "pace": _PACE,
        "extent": EXTENT,
        "dot": _DOT,
        "colors": inks,
        "panels": panels,
        "words": {**button_words(), "width": say("real.depth")},
        **followed,
    }


def _end(kind: str, number: int, value: float) -> str:
    """A value of one of the camera's two numbers in words."""
    convert, digits = _UNITS[kind][number]
    return say(f"real.end.{VIEWS[kind].coordinates[number]}", value=f"{convert(value):.{digits}f}".replace("-", "−"))
