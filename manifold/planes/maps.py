"""Points in space and their maps as panels: of several maps one after another, of one the way from the points to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from manifold.checks import Floats, Integers, Mask
from manifold.learning import Walk
from manifold.planes.frames import button_words, legend_entry, turning
from manifold.planes.packing import pack
from manifold.plots import EXTENT, SHORT, STRAIGHT, WAY, shadow
from manifold.text import say

MOST_POINTS = 5000
"""Points that a document shows at most, so that it stays small."""

MOST_LINES = 20_000
"""Lines between neighbours that are drawn at most."""

VIEWS = ("way", "lines", "points")
"""What may be drawn beside points: a way along them, the lines between neighbours, or nothing."""

PLANE = 2
_REACH = 0.95 * EXTENT
_MOMENTS = 41
_JOINED = "#9a9a9a"
_STRAIGHT = {"color": STRAIGHT, "width": 3.0, "dash": True, "above": True}
_LARGEST = 32767  # number of a point that is sent as it is


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is drawn beside the points: lines (E, 2) between them, which are short circuits (E,), and a way (P,)."""

    lines: Integers = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    short: Mask = field(default_factory=lambda: np.empty(0, dtype=bool))
    path: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @classmethod
    def of(cls, walk: Walk, view: str) -> Drawing:
        """What a view of `VIEWS` draws of a walk."""
        if view == "lines":
            return cls(walk.lines, walk.short)
        return cls(path=walk.path) if view == "way" else cls()

    def sound(self) -> Integers:
        """Lines that are no short circuits, at most 20,000 of them."""
        sound = self.lines[~self.short]
        return np.asarray(sound[:: max(1, -(-len(sound) // MOST_LINES))])

    def among(self, kept: Integers) -> Drawing:
        """What of it lies among some of the points, which are numbered anew."""
        whole = np.isin(self.lines, kept).all(axis=1)
        return Drawing(np.searchsorted(kept, self.lines[whole]), self.short[whole], np.searchsorted(kept, self.path))


@dataclass(frozen=True)
class Inks:
    """Colours of N points on a light and on a dark ground, and those of classes by their names."""

    light: Sequence[str]
    dark: Sequence[str]
    groups: Mapping[str, str] = field(default_factory=dict)


def few_points(count: int, drawing: Drawing) -> Integers:
    """Numbers of at most 5000 of the points, evenly spaced, and those on the way."""
    evenly = np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(np.int64)
    return np.unique(np.concatenate([evenly, drawing.path]))


def map_data(
    points: Floats,
    maps: Mapping[str, Floats],
    captions: Sequence[str],
    inks: Inks,
    *,
    title: str,
    drawing: Drawing | None = None,
    camera: tuple[float, float] = (280.0, 20.0),
) -> dict[str, Any]:
    """Points and their maps.

    Parameters
    ----------
    points : ndarray of shape (N, d)
        Of more than three coordinates, the widest directions are shown.
    maps : Mapping
        Places (N, 2) by the title of each map; several are shown one after another.
    captions : sequence of str
        One for each map.
    inks : Inks
    title : str
        Of the points.
    drawing : Drawing, optional
        What is drawn beside them.
    camera : (float, float)
        Degrees around and up.
    """
    drawing = drawing or Drawing()
    kept = few_points(len(points), drawing)
    solid = fitted(shadow(points)[kept], radius=True)
    flat = [fitted(places[kept]) for places in maps.values()]
    lines, legend = _lines(drawing.among(kept), bent=points.shape[1] > PLANE)
    legend += [legend_entry(name, color, "dot") for name, color in inks.groups.items()]
    given = {"title": title, "space": True, "points": pack(solid[None]), "captions": [""], "legend": [*legend, turning()]}
    mapped = {"title": next(iter(maps)), "points": pack(np.stack(flat)), "captions": list(captions)}
    if len(maps) == 1:
        given |= {"points": pack(np.stack([solid, _in_space(flat[0], solid, camera)])), "mixed": True}
        shares = [round(100 * step / (_MOMENTS - 1)) for step in range(_MOMENTS)]
        steps, pace, slider = [say("panel.way", share=share) for share in shares], 80, say("panel.way.slider")
    else:
        mapped["title"] = say("panel.map")
        shares, steps, pace, slider = list(range(len(maps))), list(maps), 1500, say("panel.map.slider")
    return {
        "widths": shares,
        "width": 0,
        "steps": steps,
        "ticks": len(maps) == 1,
        "pace": pace,
        "extent": EXTENT,
        "camera": list(camera),
        "colors": {mode: [getattr(inks, mode)[number] for number in kept] for mode in ("light", "dark")},
        "panels": [
            given | {"lines": lines},
            {**mapped, "bare": True, "lines": [each for each in lines if not each.get("dash")]},
        ],
        "words": {**button_words(), "width": slider},
    }


def fitted(places: Floats, *, radius: bool = False) -> Floats:
    """Places (N, k) around the middle of their ranges that fill a panel, with a `radius` however they are turned."""
    centred = places - (places.min(axis=0) + places.max(axis=0)) / 2.0
    size = np.linalg.norm(centred, axis=1) if radius else np.abs(centred)
    return np.asarray(centred * (_REACH / (size.max() or 1.0)))


def _in_space(flat: Floats, solid: Floats, camera: tuple[float, float]) -> Floats:
    """The map (N, 2) laid into space (N, 3), facing the camera, and turned so that the points move least."""
    (sin_a, sin_t), (cos_a, cos_t) = np.sin(np.radians(camera)), np.cos(np.radians(camera))
    facing = np.array([[-sin_a, cos_a, 0.0], [-sin_t * cos_a, -sin_t * sin_a, cos_t]])  # to the right, and up
    left, _, right = np.linalg.svd(facing @ solid.T @ flat)
    return fitted(flat @ (left @ right).T @ facing, radius=True)


def _lines(drawing: Drawing, *, bent: bool) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Lines between neighbours, short circuits and the way, and what they mean."""
    short, path = drawing.lines[drawing.short], drawing.path
    shown = [
        (say("unrolling.joined"), _parted(drawing.sound()), {"color": _JOINED, "width": 0.6}),
        (say("unrolling.short", count=len(short)), _parted(short), {"color": SHORT, "width": 3.0, "above": True}),
        (say("unrolling.straight"), path[[0, -1]] if len(path) and bent else path[:0], _STRAIGHT),
        (say("unrolling.ant"), path, {"color": WAY, "width": 4.0, "above": True}),
    ]
    lines = [{**look, "along": pack(numbers[None], limit=_LARGEST)} for _, numbers, look in shown if len(numbers)]
    legend = [
        legend_entry(label, str(look["color"]), "dash" if look.get("dash") else "line")
        for label, numbers, look in shown
        if len(numbers)
    ]
    return lines, legend


def _parted(lines: Integers) -> Floats:
    """The ends of lines (E, 2) in a row, with gaps between the lines."""
    return np.column_stack([lines, np.full(len(lines), np.nan)]).ravel()
