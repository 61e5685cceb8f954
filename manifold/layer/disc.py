"""What half-planes leave of a disc: the part of a line, and the centroid of a cell, for many of either at once.

A half-plane is {x : a.x <= c}. Of M lines or C cells, each has m of them: `normals` (m, 2), or (M, m, 2), holds the a as rows,
`offsets` (M, m) the c, infinite where a half-plane does not count. `radius` is one number or (M,), of discs around 0.
"""

from __future__ import annotations

import math

import numpy as np

from manifold.checks import Floats, Mask

_PARALLEL = 1e-12  # below this sine a line and the edge of a half-plane count as parallel


def clip_lines(
    points: Floats, directions: Floats, normals: Floats, offsets: Floats, radius: Floats | float
) -> tuple[Floats, Floats]:
    """Ends (M,), (M,) of the parameters s for which points + s directions lies in the disc and in every half-plane.

    Shapes: points, directions (M, 2), directions of length 1. The end is below the start where nothing is left.
    """
    along = (points * directions).sum(axis=1)
    reach = np.sqrt(np.maximum(along**2 + radius**2 - (points**2).sum(axis=1), 0.0))
    slope = _products(directions, normals)  # (M, m)
    room = offsets - _products(points, normals)
    lengths = np.linalg.norm(normals, axis=-1)
    tilted = np.abs(slope) > _PARALLEL * lengths
    bound = np.divide(room, slope, out=np.full_like(slope, np.inf), where=tilted & np.isfinite(room))
    stop = np.where(slope > 0.0, bound, np.inf).min(axis=1, initial=np.inf)
    start = np.where((slope < 0.0) & np.isfinite(bound), bound, -np.inf).max(axis=1, initial=-np.inf)
    outside = (~tilted & (room < -_PARALLEL * np.reshape(radius, (-1, 1)) * lengths)).any(axis=1)
    return np.maximum(start, -along - reach), np.minimum(stop, np.where(outside, -along - reach - radius, -along + reach))


def _products(vectors: Floats, normals: Floats) -> Floats:
    """v.a (M, m) for v (M, 2) and a of shape (m, 2) or (M, m, 2)."""
    if normals.ndim == 2:
        return vectors @ normals.T
    return np.asarray((normals @ vectors[:, :, None])[:, :, 0])


def cell_centroids(normals: Floats, offsets: Floats, radius: Floats) -> Floats:
    """Centroids (C, 2) of the parts of discs of `radius` (C,) inside all their half-planes; NaN where there is no area.

    Green's theorem: an edge from p to q adds (p x q)/2 to the area and (p x q)(p + q)/6 to the first moment, an arc from angle
    a to b adds R^2 (b - a)/2 and R^3 (sin b - sin a, cos a - cos b)/3. Shapes: normals (C, m, 2), offsets (C, m).
    """
    length = np.linalg.norm(normals, axis=2)
    counts = (length > 0.0) & np.isfinite(offsets)
    scale = np.where(counts, length, 1.0)
    normals, offsets = normals / scale[:, :, None], np.where(counts, offsets / scale, np.inf)
    offsets = np.where(_is_repeated(normals, offsets), np.inf, offsets)
    edge_area, edge_moment = _edges(normals, offsets, radius)
    arc_area, arc_moment = _arcs(normals, offsets, radius)
    area = edge_area + arc_area
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(area[:, None] > 0.0, (edge_moment + arc_moment) / area[:, None], np.nan)


def _is_repeated(normals: Floats, offsets: Floats) -> Mask:
    """Half-planes (C, m) whose edge one before them in the same cell has too; it must count once."""
    planes = np.concatenate([normals, np.where(np.isfinite(offsets), offsets, 2.0e9)[:, :, None]], axis=2).round(12)
    same = (planes[:, :, None] == planes[:, None, :]).all(axis=3)  # (C, m, m)
    return np.asarray(np.tril(same, -1).any(axis=2))


def _edges(normals: Floats, offsets: Floats, radius: Floats) -> tuple[Floats, Floats]:
    """Area (C,) and first moment (C, 2) from the straight edges."""
    cells, count = offsets.shape
    limits = np.where(np.isfinite(offsets), offsets, 0.0)
    feet = (normals * limits[:, :, None]).reshape(-1, 2)
    along = np.stack([-normals[:, :, 1], normals[:, :, 0]], axis=2).reshape(-1, 2)  # the cell lies to the left
    others = np.where(np.eye(count, dtype=bool), np.inf, offsets[:, None, :]).reshape(cells * count, count)
    start, stop = clip_lines(feet, along, np.repeat(normals, count, axis=0), others, np.repeat(radius, count))
    inside = (stop > start) & (np.abs(offsets) < radius[:, None]).ravel()
    p, q = feet + start[:, None] * along, feet + stop[:, None] * along
    cross = np.where(inside, p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0], 0.0)
    moment = np.where(inside[:, None], cross[:, None] * (p + q), 0.0).reshape(cells, count, 2)
    return cross.reshape(cells, count).sum(axis=1) / 2.0, moment.sum(axis=1) / 6.0


def _arcs(normals: Floats, offsets: Floats, radius: Floats) -> tuple[Floats, Floats]:
    """Area (C,) and first moment (C, 2) from the arcs of the circle."""
    whole = 2.0 * math.pi
    middle = np.arctan2(normals[:, :, 1], normals[:, :, 0])
    half = np.arccos(np.clip(offsets / radius[:, None], -1.0, 1.0))
    start = np.sort(np.hstack([middle - half, middle + half, np.zeros((len(radius), 1))]) % whole, axis=1)
    stop = np.hstack([start[:, 1:], start[:, :1] + whole])
    centre = (start + stop) / 2.0
    outward = radius[:, None, None] * np.stack([np.cos(centre), np.sin(centre)], axis=2)
    inside = (outward @ normals.transpose(0, 2, 1) <= offsets[:, None, :]).all(axis=2)
    turned = [np.sin(stop) - np.sin(start), np.cos(start) - np.cos(stop)]
    moment = np.stack([np.where(inside, part, 0.0).sum(axis=1) for part in turned], axis=1)
    area = np.where(inside, stop - start, 0.0).sum(axis=1)
    return area * radius**2 / 2.0, moment * radius[:, None] ** 3 / 3.0
