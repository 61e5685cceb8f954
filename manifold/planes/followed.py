"""What the browser needs to follow one point through a layer: T, f as a table, the points, and what is said."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from manifold.checks import Floats, Integers
from manifold.clouds.cloud import PointCloud
from manifold.layer.activations import Activation
from manifold.planes.frames import LIMIT, layer_entry
from manifold.text import say

_PLACES = 601  # of the table of f, denser near 0
_FINE = 100_001  # places among which the end is looked for from where an output is rounded
_SLOTS = ("number", "count", "x", "active", "width", "first", "second", "crossing", "panel", "answer", "error", "reach", "more")


def follow_data(cloud: PointCloud, matrices: Floats, widths: Integers, f: Activation, *, scale: float) -> dict[str, Any]:
    """Layer, points and words for `manifold.planes.panels`; T (W, n, 2) is filled up with rows that are NaN."""
    reach = float(np.nanmax(np.linalg.norm(matrices, axis=2)) * np.linalg.norm(cloud.points, axis=1).max()) or 1.0
    low, high = _ends(f, reach)
    places = _places(f, reach)
    return {
        "layer": layer_entry(matrices, widths, low, high, scale=scale),
        "hint": say("follow.hint"),
        "follow": {
            "points": cloud.points.round(7).tolist(),
            "scale": scale,
            "curve": [places.tolist(), f(places).tolist()],
            "reach": 0.9999 * LIMIT * scale,
            "words": _words(),
        },
    }


def _words() -> dict[str, Any]:
    slots = {name: f"{{{name}}}" for name in _SLOTS}  # the browser fills them
    return {
        **{name: say(f"follow.{name}", **slots) for name in ("point", "answer", "far", "more")},
        "left": [say(f"follow.left.{rank}", **slots) for rank in range(3)],
        "columns": [say(f"follow.column.{name}") for name in ("channel", "before", "after", "left")],
    }


def _places(f: Activation, reach: float) -> Floats:
    """Pre-activations at which f is told, with all its corners, beyond which it goes straight or nearly so."""
    far = math.asinh(reach)
    slope = () if f.slope is None else (f.slope.low, f.slope.high)
    corners = np.array([0.0, f.low, f.high, *np.ravel(f.flat), *slope])
    corners = corners[np.isfinite(corners) & (np.abs(corners) < reach)]
    return np.unique(np.concatenate([np.sinh(np.linspace(-far, far, _PLACES)), corners]))


def _ends(f: Activation, reach: float) -> tuple[float, float]:
    """Ends of the active pre-activations; where f has none, those from which float64 rounds its output to the end."""
    z = np.linspace(-reach, reach, _FINE)
    silent = z[~f.active_at(z)]
    low = f.low if math.isfinite(f.low) else float(silent[silent < 0.0].max(initial=-math.inf))
    high = f.high if math.isfinite(f.high) else float(silent[silent > 0.0].min(initial=math.inf))
    return low, high
