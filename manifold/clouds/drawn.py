"""Curves of your own, drawn by hand or computed, as one short word of text.

A path such as "x0y10x250y400x999y30" has the corners (0, 10), (250, 400), (999, 30) on a pad whose sides go from 0 to 999, y
upwards; "_" stands between two curves.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats, abridge, check_array, check_kind, fault
from manifold.clouds.cloud import DATASETS, PointCloud
from manifold.clouds.curves import curve_cloud, polyline

SIDE = 999
"""Of the pad."""

MOST_CORNERS = 150
"""Of all curves of a path."""

MOST_CURVES = 12

EXAMPLE = (
    "x60y380x63y431x73y480x88y522x118y575x149y609x195y639x231y649x269y649x305y639x327y627x359y602x382y575x412y522"
    "x427y480x437y431x442y359x451y323x460y301x478y270x503y241x542y213x568y202x595y196x626y195x672y205x695y217x720y235"
    "x746y265x758y286x768y310x775y343x776y375x772y404x762y433x749y457x720y489x704y500x672y513x634y516x612y512x586y500"
    "x566y485x549y465x538y444x529y412x529y380x536y352x548y330x568y309x587y298x605y293x627y293x642y297"
)
"""A wave that ends in a curl."""

_PATH = re.compile(r"(x\d{1,3}y\d{1,3})+(_(x\d{1,3}y\d{1,3})+)*")
_THINNED = 4000  # places that are simplified; of more, evenly spaced ones
_FINE = 2.0  # how far simplifying moves a curve
_CLOSED = 25.0  # an end so near to its start is meant to meet it


@DATASETS.register("drawn", dimension=2)
def drawn(n_points: int = 1000, *, path: str = EXAMPLE, noise: float = 0.0, rng: np.random.Generator) -> PointCloud:
    """Curves from corner to corner, moved and scaled into the unit disc; a corner may be as sharp as it was drawn.

    Parameters
    ----------
    n_points, noise : as for `spiral`
        N, shared out among the curves by length; at least 2 for each.
    path : str, optional
        The corners, as `write_path` writes them; by default a wave that ends in a curl.
    rng : numpy.random.Generator
        Draws the noise; untouched where noise is 0.

    Returns
    -------
    PointCloud
        points (N, 2), chart (N, 1): arc length; component: the curve.

    Raises
    ------
    TypeError, ValueError
        If the path is none, has more corners or curves than is allowed, or a curve has but one place.
    """
    curves = read_path(path)
    corners = np.concatenate(curves)
    middle = (corners.max(axis=0) + corners.min(axis=0)) / 2.0
    reach = np.linalg.norm(corners - middle, axis=1).max()
    return curve_cloud([polyline((curve - middle) / reach) for curve in curves], n_points, noise, rng)


def read_path(path: str) -> list[Floats]:
    """The corners (k, 2) of each curve of a path, on the pad."""
    if not _PATH.fullmatch(check_kind(path, "path", str)):
        raise fault(
            ValueError,
            "a drawn path is written x0y10x250y400, with whole numbers from 0 to 999 and _ between two curves, got {path}",
            path=abridge(path),
        )
    curves = [np.array(re.findall(r"x(\d+)y(\d+)", curve), dtype=np.float64) for curve in path.split("_")]
    _check_size(len(curves), sum(map(len, curves)))
    if any((curve == curve[0]).all() for curve in curves):
        raise fault(
            ValueError, "a drawn curve must have two different places, got {path}; draw a line, not a dot", path=abridge(path)
        )
    return curves


def write_path(curves: Sequence[ArrayLike]) -> str:
    """Curves as a path of at most 150 corners, which `make_cloud` reads as "drawn,path=...".

    Corners that are hardly any are left out (Douglas, Peucker 1973, "Algorithms for the reduction of the number of points
    required to represent a digitized line or its caricature"): the curve lies within 2 units of what is left, or farther away
    where that is too many corners. A curve that ends near its start is closed.

    Parameters
    ----------
    curves : sequence of array-like of shape (k, 2)
        Places along each, from 0 to 999; any number of them. A dot beside curves is left out.

    Raises
    ------
    TypeError, ValueError
        If there are no curves or too many, all of them are dots, or a place lies outside of the pad.
    """
    drawn_curves = [check_array(curve, "curves", shape="(k, 2)") for curve in curves]
    for curve in drawn_curves:
        if curve.shape[1] != 2 or curve.min() < 0.0 or curve.max() > SIDE:
            raise fault(ValueError, "places of a curve must be pairs from 0 to 999, got {curve}", curve=abridge(curve.tolist()))
    rounded = [np.rint(_closed(_thinned(curve, len(drawn_curves)))) for curve in drawn_curves]
    lines = [curve for curve in rounded if np.linalg.norm(curve - curve[0], axis=1).max() > _FINE]
    if not lines:
        raise fault(ValueError, "a drawn curve must have two different places, got {path}; draw a line, not a dot", path="none")
    _check_size(len(lines), 0)
    simple = [curve for curve in simplify(lines, tolerance=_FINE, most=MOST_CORNERS) if (curve != curve[0]).any()]
    return "_".join("".join(f"x{x:.0f}y{y:.0f}" for x, y in line) for line in simple)


def simplify(curves: Sequence[Floats], *, tolerance: float, most: int) -> list[Floats]:
    """The corners that tell most of curves (k, 2): those farthest from the lines between the others, as long as one is farther.

    Both ends of each stay. What lies within `tolerance` of its line is left out, and so is what is beyond `most` corners.
    """
    stays = [np.isin(np.arange(len(curve)), (0, len(curve) - 1)) for curve in curves]
    parts = [_farthest(curve, k, 0, len(curve) - 1) for k, curve in enumerate(curves)]
    heapq.heapify(parts)
    for _ in range(most - sum(int(flags.sum()) for flags in stays)):
        away, k, first, corner, last = heapq.heappop(parts)
        if -away <= tolerance:
            break
        stays[k][corner] = True
        for ends in ((first, corner), (corner, last)):
            heapq.heappush(parts, _farthest(curves[k], k, *ends))
    return [curve[flags] for curve, flags in zip(curves, stays, strict=True)]


def _farthest(curve: Floats, k: int, first: int, last: int) -> tuple[float, int, int, int, int]:
    """Of the part from corner `first` to `last` of curve k: minus the distance of its farthest corner, and which."""
    if last - first < 2:
        return 0.0, k, first, first, last
    away = _distances(curve[first + 1 : last], curve[first], curve[last])
    return -float(away.max()), k, first, first + 1 + int(away.argmax()), last


def _distances(places: Floats, start: Floats, end: Floats) -> Floats:
    """Of places (k, 2) from the segment between two others, (k,)."""
    way, offsets = end - start, places - start
    along = np.clip(offsets @ way / (way @ way or 1.0), 0.0, 1.0)
    return np.asarray(np.linalg.norm(offsets - along[:, None] * way, axis=1))


def _thinned(curve: Floats, curves: int) -> Floats:
    """Evenly many places of a curve, few enough to be simplified in a moment."""
    most = max(2, _THINNED // curves)
    return curve if len(curve) <= most else curve[np.linspace(0, len(curve) - 1, most).round().astype(np.int64)]


def _closed(curve: Floats) -> Floats:
    """A curve that ends near its start, and has been elsewhere, ends in it."""
    away = np.linalg.norm(curve - curve[0], axis=1)
    return np.vstack([curve, curve[:1]]) if 0.0 < away[-1] < _CLOSED < away.max() / 4.0 else curve


def _check_size(curves: int, corners: int) -> None:
    if curves > MOST_CURVES:
        raise fault(
            ValueError, "a drawing must have at most {most} curves, got {curves}; draw fewer", most=MOST_CURVES, curves=curves
        )
    if corners > MOST_CORNERS:
        raise fault(
            ValueError,
            "a drawn path must have at most {most} corners, got {corners:,}; shorten it by manifold.clouds.drawn.write_path",
            most=MOST_CORNERS,
            corners=corners,
        )
