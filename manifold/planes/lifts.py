"""A lift as panels: the plane painted by sides, and the lifted points in space with what separates them, moment by moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from manifold.checks import Floats, Integers
from manifold.planes.frames import button_words, labelled, legend_entry, turning
from manifold.planes.packing import pack, pack_bits
from manifold.plots import (
    CLASS_COLORS,
    EXTENT,
    SIDE_COLORS,
    SIDE_COLORS_ON_DARK,
    axes_ranges,
    levelled,
    plane_corners,
)
from manifold.text import percent, say, section

if TYPE_CHECKING:
    from manifold.learning import Separation

_REACH = 0.8  # of half a panel, for half the side of a cube, of which a corner may turn to the side
_CAMERA = [-50.0, 20.0]
_GREY = "#8a8a8a"


@dataclass(frozen=True, eq=False)
class Lifted:
    """A lift and what separates it, at one moment.

    Attributes
    ----------
    features : ndarray of shape (N, n)
    separation : Separation
    heights : ndarray of shape (61, 61) or None
        Height above the plane at every place of the square; None where a place off the curve has no features.
    """

    features: Floats
    separation: Separation
    heights: Floats | None


def lift_data(points: Floats, labels: Integers, epochs: Sequence[int], moments: Sequence[Lifted]) -> dict[str, Any]:
    """Points (N, 2) of two classes, and their lift after each number of steps of a training, or the only one."""
    shares = [percent(moment.separation.accuracy) for moment in moments]
    separated = [say("number.yes") if moment.separation.correct.all() else say("number.no") for moment in moments]
    wrong = pack_bits(np.stack([~moment.separation.correct for moment in moments]))
    inks = [CLASS_COLORS[label] for label in labels]
    classes = [legend_entry(say("lifting.class", label=label), color, "dot") for label, color in enumerate(CLASS_COLORS)]
    ringed = [] if set(separated) == {say("number.yes")} else [legend_entry(say("lifting.ringed"), "", "ring")]
    plane = {"title": say("lifting.plane"), "points": pack(points[None]), "captions": [""], "legend": [*classes, *ringed]}
    heights = [moment.heights for moment in moments if moment.heights is not None]
    if heights:
        plane["sides"] = pack(np.stack([height / (np.abs(height).max() or 1.0) for height in heights]))
    return {
        "widths": list(epochs),
        "width": epochs[-1],
        "steps": [say("lifting.step", step=epoch) for epoch in epochs],
        "ticks": False,
        "extent": EXTENT,
        "camera": _CAMERA,
        "colors": {"light": inks, "dark": inks},
        "side_colors": {"light": list(SIDE_COLORS), "dark": list(SIDE_COLORS_ON_DARK)},
        "panels": [{**plane, "wrong": wrong, "bare": True}, _space(moments)],
        "numbers": labelled(
            [
                (say("lifting.number.right-side"), shares, section("lifting", "right-side")),
                (say("lifting.number.separated"), separated, section("lifting", "separated")),
            ]
        ),
        "words": {**button_words(), "width": say("lifting.slider")},
    }


def _space(moments: Sequence[Lifted]) -> dict[str, Any]:
    """The lifted points of all moments in one cube, the plane between them, and the axes through 0."""
    count = moments[-1].features.shape[1]
    raised = [levelled(moment.features, moment.separation) for moment in moments]
    ranges = axes_ranges(np.concatenate([places for places, _, _ in raised]), level=count > 3)
    middle, reach = ranges.mean(axis=1), np.ptp(ranges, axis=1) / 2.0

    def fit(places: Floats) -> Floats:
        return np.asarray((places - middle) / reach * _REACH)

    axes = np.full((1, 9, 3), np.nan)
    for axis in range(3):
        ends = np.zeros((2, 3))
        ends[:, axis] = ranges[axis]
        axes[0, 3 * axis : 3 * axis + 2] = ends
    return {
        "title": say("lifting.lifted", count=count),
        "space": True,
        "points": pack(np.stack([fit(places) for places, _, _ in raised])),
        "face": pack(np.stack([fit(plane_corners(*each)) for each in raised])),
        "lines": [{"places": pack(fit(axes)), "color": _GREY, "width": 1.0}],
        "captions": [""],
        "legend": [legend_entry(say("lifting.separating-plane"), f"{_GREY}60", ""), turning()],
    }
