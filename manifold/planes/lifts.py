"""A lift as panels: the plane painted by sides, and the lifted points in space with what separates them, moment by moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from manifold.checks import Floats, Integers
from manifold.planes.frames import button_words, labelled, legend_entry, turning
from manifold.planes.moments import Lifted
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

_REACH = 0.8  # of half a panel, for half the side of a cube, of which a corner may turn to the side
_CAMERA = [-50.0, 20.0]
PLAIN = 3
"""Features up to which they are drawn as they are."""

_GREY = "#8a8a8a"


def lift_data(
    points: Floats, labels: Integers, steps: Sequence[int], moments: Sequence[Lifted], *, trained: bool
) -> dict[str, Any]:
    """Points (N, 2) of two classes, and their lifts: after numbers of steps if `trained`, otherwise by numbers of features.

    The slider stands at first where they are separated, or at the last.
    """
    separated = [bool(moment.separation.correct.all()) for moment in moments]
    named = "lifting.step" if trained else "lifting.width"
    inks = [CLASS_COLORS[label] for label in labels]
    slider = say("lifting.slider") if trained else say("lifting.units")
    return {
        "widths": list(steps),
        "width": steps[-1 if trained or not any(separated) else separated.index(True)],
        "steps": [say(named, step=step) for step in steps],
        "ticks": not trained,
        "extent": EXTENT,
        "camera": _CAMERA,
        "colors": {"light": inks, "dark": inks},
        "side_colors": {"light": list(SIDE_COLORS), "dark": list(SIDE_COLORS_ON_DARK)},
        "panels": [_plane(points, moments), _space(moments, together=trained)],
        "numbers": _numbers(moments, separated),
        "words": {**button_words(), "width": slider},
    }


def _numbers(moments: Sequence[Lifted], separated: Sequence[bool]) -> list[dict[str, Any]]:
    shares = [percent(moment.separation.accuracy) for moment in moments]
    counts = [say("lifting.from-to", count=moment.features.shape[1]) for moment in moments]
    answers = [say("number.yes") if yes else say("number.no") for yes in separated]
    return labelled(
        [
            (say("lifting.number.dimensions"), counts, section("lifting", "dimensions")),
            (say("lifting.number.right-side"), shares, section("lifting", "right-side")),
            (say("lifting.number.separated"), answers, section("lifting", "separated")),
        ]
    )


def _plane(points: Floats, moments: Sequence[Lifted]) -> dict[str, Any]:
    """The plane painted by sides, where all places have heights, and rings around points on the wrong side."""
    wrong = np.stack([~moment.separation.correct for moment in moments])
    legend = [legend_entry(say("lifting.class", label=label), color, "dot") for label, color in enumerate(CLASS_COLORS)]
    legend += [legend_entry(say("lifting.ringed"), "", "ring")] if wrong.any() else []
    plane: dict[str, Any] = {"title": say("lifting.plane"), "points": pack(points[None]), "wrong": pack_bits(wrong)}
    heights = [moment.heights / (np.abs(moment.heights).max() or 1.0) for moment in moments if moment.heights is not None]
    if heights:
        plane["sides"] = pack(np.stack(heights))
    counts = wrong.sum(axis=1).tolist()
    captions = [say("lifting.wrong", count=count) if count else "" for count in counts]
    return {**plane, "captions": captions, "bare": True, "legend": legend}


def _space(moments: Sequence[Lifted], *, together: bool) -> dict[str, Any]:
    """The lifted points, the plane between them, and the axes through 0, all moments in one cube or each in its own."""
    counts = sorted({moment.features.shape[1] for moment in moments})
    raised = [levelled(moment.features, moment.separation) for moment in moments]
    everywhere = np.concatenate([places for places, _, _ in raised])
    cubes = [
        axes_ranges(everywhere if together else places, level=moment.features.shape[1] > PLAIN)
        for moment, (places, _, _) in zip(moments, raised, strict=True)
    ]
    points = [_fit(places, cube) for (places, _, _), cube in zip(raised, cubes, strict=True)]
    faces = [_fit(plane_corners(*each), cube) for each, cube in zip(raised, cubes, strict=True)]
    axes = [_fit(_axes(cube), cube) for cube in cubes]
    legend = [legend_entry(say("lifting.separating-plane"), f"{_GREY}60", ""), turning()]
    legend += [legend_entry(say("lifting.levelled"), "", "hint")] if counts[-1] > PLAIN else []
    return {
        "title": say("lifting.lifted", count=counts[0]) if len(counts) == 1 else say("lifting.lifted-by-width"),
        "space": True,
        "points": pack(np.stack(points)),
        "face": pack(np.stack(faces)),
        "lines": [{"places": pack(np.stack(axes)), "color": _GREY, "width": 1.0}],
        "captions": [""],
        "legend": legend,
    }


def _fit(places: Floats, cube: Floats) -> Floats:
    """Places (..., 3) of a cube with ranges (3, 2), in the panel."""
    return np.asarray((places - cube.mean(axis=1)) / (np.ptp(cube, axis=1) / 2.0) * _REACH)


def _axes(cube: Floats) -> Floats:
    """The axes through 0 inside of a cube, (9, 3): two ends of each, and a gap."""
    axes = np.full((9, 3), np.nan)
    for axis in range(3):
        axes[3 * axis : 3 * axis + 2] = np.eye(3)[axis] * cube[axis][:, None]
    return axes
