"""A tour of the n channels: T x and f(T x) through a plane that turns, drawn by the browser from what is sent once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from manifold.checks import Floats
from manifold.clouds.cloud import PointCloud
from manifold.clouds.dimension import numerical_rank
from manifold.layer.activations import ACTIVATIONS, loss_kind
from manifold.layer.recovery import Recovery
from manifold.layer.tour import LEGS
from manifold.metrics import lost_share
from manifold.planes.frames import button_words, frame, labelled, legend_entry
from manifold.planes.packing import pack, pack_bits
from manifold.text import named, percent, say, say_lost, section

STEPS = 50
"""Places on the slider from one stop of a tour to the next."""

LAST = LEGS * STEPS
"""The last place on the slider."""

_TICK, _LEG = 16.0, 6.0  # milliseconds between two pictures, seconds from stop to stop
_ARROW = 0.8  # of the farthest point's distance
_RINGS, _SPOKES = 3, 6
_SHEET = "gray"


def tour_data(cloud: PointCloud, recovery: Recovery, stops: Floats, *, scale: float) -> dict[str, Any]:
    """T x and f(T x) of a recovery along the tour between `stops` (K, n, 2), see `manifold.layer.tour`; d = 2."""
    f, count, width = recovery.activation, len(cloud.points), len(recovery.matrix)
    before, sheet = cloud.points @ recovery.matrix.T, _disc(scale) @ recovery.matrix.T
    lost = pack_bits((recovery.rank < 2)[None])
    words = {**button_words(), "width": say("tour.slider")}
    panels = [
        {
            "title": title,
            "captions": [say("tour.seen", seen="{seen}")],
            "points": pack(values[None]),
            "lines": [{"places": pack(lines[None]), "color": _SHEET, "width": 1}],
            "lost": lost,
            "tour": True,
            "legend": legend,
        }
        for title, values, lines, legend in (
            (say("spiral.flat"), before, sheet, [legend_entry(say("tour.arrows"), "", "hint")]),
            (say("spiral.bent", activation=named(ACTIVATIONS, f.name)), recovery.hidden, f(sheet), []),
        )
    ]
    places = np.arange(LAST + 1 if len(stops) > 1 else 1)
    tour = {
        "stops": stops.reshape(len(stops), -1).round(9).tolist(),
        "steps": STEPS,
        "arrow": _ARROW * float(np.linalg.norm(before, axis=1).max()),
        "names": [str(k + 1) for k in range(width)],
        "count": count,
        "low": f.low if math.isfinite(f.low) else None,
        "high": f.high if math.isfinite(f.high) else None,
    }
    return {
        **frame(cloud, places.tolist()),
        "steps": [percent(place / LAST) for place in places.tolist()],
        "ticks": False,
        "pace": _TICK,
        "stride": _TICK * STEPS / (1000.0 * _LEG),
        "panels": panels,
        "tour": tour,
        "words": words,
    }


def tour_words(recovery: Recovery) -> dict[str, Any]:
    """Numbers, and what is said of a point that is pointed at."""
    f, width = recovery.activation, len(recovery.matrix)
    slots = {name: f"{{{name}}}" for name in ("number", "count", "active", "width")}
    ranks = [numerical_rank(values) for values in (recovery.points @ recovery.matrix.T, recovery.hidden)]
    filled = [say("tour.directions", rank=rank, width=width) for rank in ranks]
    lost = say_lost("spiral.number.lost", known=f.only_side_elsewhere)
    kept = say("tour.point.one-to-one" if loss_kind(f) == "nothing" else "tour.point.kept", **slots)
    return {
        "numbers": labelled(
            [
                (say("tour.number.before"), filled[:1], section("spiral", "directions")),
                (say("tour.number.after"), filled[1:], section("spiral", "directions")),
                (lost, [percent(lost_share(recovery))], section("spiral", "lost")),
            ]
        ),
        "messages": [kept, say_lost("tour.point.lost", known=f.only_side_elsewhere, **slots)],
        "hint": say("tour.hint"),
    }


def _disc(radius: float) -> Floats:
    """Rings and spokes of the disc (L, 2), NaN between them."""
    around, along = np.linspace(0.0, 2.0 * np.pi, 61), np.linspace(-1.0, 1.0, 25)
    gap = np.full((1, 2), np.nan)
    circle = np.column_stack([np.cos(around), np.sin(around)])
    rings = [np.concatenate([circle * (k + 1) / _RINGS, gap]) for k in range(_RINGS)]
    angles = np.pi * np.arange(_SPOKES) / _SPOKES
    spokes = [np.concatenate([np.outer(along, [np.cos(a), np.sin(a)]), gap]) for a in angles]
    return radius * np.concatenate(rings + spokes)
