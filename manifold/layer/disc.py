"""What half-planes leave of a disc: the mean of a line's part of it, and the centroid of a cell.

A half-plane is {x : a.x <= c}; `normals` holds the a as rows, `offsets` the c.
"""

from __future__ import annotations

import math

import numpy as np

from manifold.checks import Floats

_PARALLEL = 1e-12  # below this sine a line and the edge of a half-plane count as parallel


def clip_lines(points: Floats, directions: Floats, normals: Floats, offsets: Floats, radius: float) -> tuple[Floats, Floats]:
    """Ends (M,), (M,) of the parameters s for which points + s directions lies in the disc and in every half-plane.

    Shapes: points, directions (M, 2), directions of length 1; normals (m, 2); offsets (M, m), inf where a half-plane does not
    count. The end is below the start where nothing is left.
    """
    along = (points * directions).sum(axis=1)
    reach = np.sqrt(np.maximum(along**2 + radius**2 - (points**2).sum(axis=1), 0.0))
    slope = directions @ normals.T  # (M, m)
    room = offsets - points @ normals.T
    tilted = np.abs(slope) > _PARALLEL * np.linalg.norm(normals, axis=1)
    bound = np.divide(room, slope, out=np.full_like(slope, np.inf), where=tilted & np.isfinite(room))
    stop = np.where(slope > 0.0, bound, np.inf).min(axis=1, initial=np.inf)
    start = np.where((slope < 0.0) & np.isfinite(bound), bound, -np.inf).max(axis=1, initial=-np.inf)
    outside = (~tilted & (room < -_PARALLEL * radius * np.linalg.norm(normals, axis=1))).any(axis=1)
    return np.maximum(start, -along - reach), np.minimum(stop, np.where(outside, -along - reach - radius, -along + reach))


def cell_centroid(normals: Floats, offsets: Floats, radius: float) -> Floats:
    """Centroid (2,) of the part of the disc of `radius` around 0 inside every half-plane; NaN where it has no area.

    Green's theorem: an edge from p to q adds (p x q)/2 to the area and (p x q)(p + q)/6 to the first moment, an arc from angle
    a to b adds R^2 (b - a)/2 and R^3 (sin b - sin a, cos a - cos b)/3. Shapes: normals (m, 2), offsets (m,).
    """
    length = np.linalg.norm(normals, axis=1)
    planes = np.column_stack([normals, offsets])[length > 0.0] / length[length > 0.0, None]
    planes = planes[np.unique(planes.round(12), axis=0, return_index=True)[1]]  # an edge shared by two rows counts once
    normals, offsets = planes[:, :2], planes[:, 2]
    edge_area, edge_moment = _edges(normals, offsets, radius)
    arc_area, arc_moment = _arcs(normals, offsets, radius)
    area = edge_area + arc_area
    return (edge_moment + arc_moment) / area if area > 0.0 else np.full(2, np.nan)


def _edges(normals: Floats, offsets: Floats, radius: float) -> tuple[float, Floats]:
    feet = normals * offsets[:, None]
    along = np.stack([-normals[:, 1], normals[:, 0]], axis=1)  # the cell lies to the left
    others = np.where(np.eye(len(normals), dtype=bool), np.inf, offsets)
    start, stop = clip_lines(feet, along, normals, others, radius)
    kept = (stop > start) & (np.abs(offsets) < radius)
    p, q = feet + start[:, None] * along, feet + stop[:, None] * along
    cross = np.where(kept, p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0], 0.0)
    return float(cross.sum() / 2.0), (cross[:, None] * (p + q)).sum(axis=0) / 6.0


def _arcs(normals: Floats, offsets: Floats, radius: float) -> tuple[float, Floats]:
    middle = np.arctan2(normals[:, 1], normals[:, 0])
    half = np.arccos(np.clip(offsets / radius, -1.0, 1.0))
    cuts = np.sort(np.concatenate([middle - half, middle + half, [0.0]]) % (2.0 * math.pi))
    a, b = cuts, np.append(cuts[1:], cuts[0] + 2.0 * math.pi)
    centre = (a + b) / 2.0
    outward = radius * np.stack([np.cos(centre), np.sin(centre)], axis=1)
    inside = (outward @ normals.T <= offsets).all(axis=1)
    a, b = a[inside], b[inside]
    moment = np.array([(np.sin(b) - np.sin(a)).sum(), (np.cos(a) - np.cos(b)).sum()]) * radius**3 / 3.0
    return float((b - a).sum() * radius**2 / 2.0), moment
