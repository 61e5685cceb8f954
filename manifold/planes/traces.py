"""A known manifold through a network as panels: its map in each network, place by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from manifold.checks import Floats
from manifold.planes.frames import button_words, hex_colors, legend_entry
from manifold.planes.maps import fitted
from manifold.planes.packing import pack
from manifold.plots import EXTENT, color_ramp
from manifold.text import say

_PACE = 700
_DOT = 4.0  # there are few points


@dataclass(frozen=True, eq=False)
class MapRow:
    """Maps of one network.

    Attributes
    ----------
    maps : sequence of ndarray of shape (N, 2)
        One for each place, or one for all.
    captions : sequence of str
    """

    maps: Sequence[Floats]
    captions: Sequence[str]


def trace_data(
    rows: Mapping[str, MapRow], places: Sequence[str], along: Floats, ends: tuple[str, str], *, step: int
) -> dict[str, Any]:
    """Panels of maps, a slider over the places.

    Parameters
    ----------
    rows : mapping from str to MapRow
        By the title of each panel.
    places : sequence of str
        What the slider says.
    along : ndarray of shape (N,)
        What colours the points.
    ends : (str, str)
        What the first and the last colour mean.
    step : int
        Number of the place that is shown first.
    """
    shares = (along - along.min()) / (np.ptp(along) or 1.0)
    inks = {mode: hex_colors(color_ramp(shares, on_dark=mode == "dark")) for mode in ("light", "dark")}
    marks = hex_colors(np.stack([color_ramp(np.zeros(1), on_dark=True)[0], color_ramp(np.ones(1), on_dark=False)[0]]))
    legend = [legend_entry(label, color, "dot") for label, color in zip(ends, marks, strict=True)]
    panels = [
        {
            "title": title,
            "points": pack(np.stack([fitted(places_of) for places_of in row.maps])),
            "captions": list(row.captions),
            "bare": True,
            "legend": legend,
        }
        for title, row in rows.items()
    ]
    return {
        "widths": list(range(len(places))),
        "width": step,
        "steps": list(places),
        "ticks": False,
        "pace": _PACE,
        "extent": EXTENT,
        "dot": _DOT,
        "colors": inks,
        "panels": panels,
        "words": {**button_words(), "width": say("real.depth")},
    }
