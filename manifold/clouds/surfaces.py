"""Surfaces and curves in space, and the full ball: each with the coordinates of its points on the manifold itself.

All fit the unit ball. A sheet that is only bent has an isometric chart; a sphere or a hilly sheet has none (Gauss 1827), so
theirs tells places apart but not lengths, and `PointCloud.truth` says so.
"""

from __future__ import annotations

import math

import numpy as np

from manifold.checks import Floats, Mask, check_count, check_number, check_rng
from manifold.clouds.cloud import DATASETS, PointCloud, add_noise
from manifold.clouds.curves import Curve, crowd, curve_cloud


@DATASETS.register("swiss roll", dimension=3)
def swiss_roll(
    n_points: int = 1000, *, hole: float = 0.0, density: float = 1.0, noise: float = 0.0, rng: np.random.Generator
) -> PointCloud:
    """Swiss roll, (t cos t, h, t sin t) for t in [3 pi/2, 9 pi/2] and h in [0, 21], scaled into the unit ball.

    The chart is (s, h) with the arc length s = (t sqrt(1 + t^2) + asinh t) / 2 from the inner end; (t, h) is not isometric.

    Parameters
    ----------
    n_points : int, default=1000
        N, at least 2.
    hole : float, default=0
        Side of a window in the middle of the sheet, as a share of the sheet's sides; at least 0, below 0.9.
    density : float, default=1
        How many times as dense the points lie at the inner end as at the outer one; between 1/1000 and 1000.
    noise : float, default=0
        Standard deviation of Gaussian noise added to every coordinate, the roll's radius being 1.
    rng : numpy.random.Generator
        Draws the places on the sheet, then the noise.

    Returns
    -------
    PointCloud
        points (N, 3), chart (N, 2).
    """

    def curve(u: Floats) -> Floats:
        t = 1.5 * math.pi * (1.0 + 2.0 * u)
        return np.stack([t * np.cos(t), t * np.sin(t)], axis=-1)

    return _bent_sheet(Curve(curve), 21.0, n_points, hole, density, noise, rng)


@DATASETS.register("s-curve", dimension=3)
def s_curve(
    n_points: int = 1000, *, hole: float = 0.0, density: float = 1.0, noise: float = 0.0, rng: np.random.Generator
) -> PointCloud:
    """A sheet bent into an S of two three-quarter circles of radius 1, and 2 wide; the rest as for `swiss_roll`."""

    def curve(u: Floats) -> Floats:
        t = 3.0 * math.pi * (u - 0.5)
        return np.stack([np.sin(t), np.sign(t) * (np.cos(t) - 1.0)], axis=-1)

    return _bent_sheet(Curve(curve), 2.0, n_points, hole, density, noise, rng)


@DATASETS.register("severed sphere", dimension=3)
def severed_sphere(n_points: int = 1000, *, density: float = 1.0, noise: float = 0.0, rng: np.random.Generator) -> PointCloud:
    """Unit sphere without its caps (pi/8 around each pole) and without a slice 0.55 wide.

    The chart is (longitude, latitude) in radians, which is not isometric: no chart of a sphere is. Parameters as for
    `swiss_roll`; `density` is that at the first meridian against that at the last.
    """
    u, v = square_places(n_points, 0.0, density, rng)
    longitude = (2.0 * math.pi - 0.55) * u
    height = math.cos(math.pi / 8.0) * (2.0 * v - 1.0)  # even by area (Archimedes)
    radius = np.sqrt(1.0 - height**2)
    points = np.column_stack([radius * np.cos(longitude), radius * np.sin(longitude), height])
    return one_piece(points, np.column_stack([longitude, np.arcsin(height)]), noise, rng, truth="places")


@DATASETS.register("twin peaks", dimension=3)
def twin_peaks(n_points: int = 1000, *, density: float = 1.0, noise: float = 0.0, rng: np.random.Generator) -> PointCloud:
    """Two hills and two hollows, (x, y, sin(pi x) tanh(3 y)) for x and y in [-1, 1].

    The chart is (x, y), the map seen from above, which is not isometric: a hilly sheet has no such chart. Parameters as for
    `swiss_roll`.
    """
    u, v = square_places(n_points, 0.0, density, rng)
    x, y = 2.0 * u - 1.0, 2.0 * v - 1.0
    points = np.column_stack([x, y, np.sin(math.pi * x) * np.tanh(3.0 * y)]) / math.sqrt(3.0)
    return one_piece(points, points[:, :2].copy(), noise, rng, truth="places")


@DATASETS.register("helix", dimension=3)
def helix(
    n_points: int = 1000, *, turns: float = 3.0, density: float = 1.0, noise: float = 0.0, rng: np.random.Generator
) -> PointCloud:
    """A screw line of radius 1 and height 2, (cos 2 pi turns u, sin 2 pi turns u, 2 u - 1).

    The chart (N, 1) is the arc length. `turns` above 0, below 50; the other parameters as for `swiss_roll`, but points lie
    regularly along the line, and `rng` draws the noise only.
    """
    turns = check_number(turns, "turns", above=0.0, below=50.0)

    def curve(u: Floats) -> Floats:
        angle = 2.0 * math.pi * turns * u
        return np.stack([np.cos(angle), np.sin(angle), 2.0 * u - 1.0], axis=-1) / math.sqrt(2.0)

    return curve_cloud([Curve(curve)], n_points, noise, rng, density=density)


@DATASETS.register("toroidal spiral", dimension=3)
def toroidal_spiral(
    n_points: int = 1000, *, windings: int = 8, density: float = 1.0, noise: float = 0.0, rng: np.random.Generator
) -> PointCloud:
    """A closed line wound around a ring, ((2 + cos w a) cos a, (2 + cos w a) sin a, sin w a) for a in [0, 2 pi].

    A closed line has no chart of one coordinate; this chart (N, 2) is the circle of the same length. `windings` w is from
    1 to 50; the other parameters as for `helix`.
    """
    windings = check_count(windings, "windings", minimum=1, maximum=50)

    def curve(u: Floats) -> Floats:
        angle, winding = 2.0 * math.pi * u, 2.0 * math.pi * windings * u
        radius = 2.0 + np.cos(winding)
        return np.stack([radius * np.cos(angle), radius * np.sin(angle), np.sin(winding)], axis=-1) / 3.0

    whole = Curve(curve, closed=True)
    line = curve_cloud([whole], n_points, noise, rng, density=density)
    radius = whole.lengths()[1][-1] / (2.0 * math.pi)
    angle = line.chart[:, 0] / radius
    return PointCloud(line.points, radius * np.column_stack([np.cos(angle), np.sin(angle)]), line.component)


def _bent_sheet(
    curve: Curve, height: float, n_points: int, hole: float, density: float, noise: float, rng: np.random.Generator
) -> PointCloud:
    """A sheet that stands on a curve in the plane (x, z), `height` wide along y, scaled with its chart into the unit ball."""
    knots, lengths = curve.lengths()
    trace = curve.at(knots)
    middle = (trace.max(axis=0) + trace.min(axis=0)) / 2.0
    scale = 1.0 / math.hypot(float(np.linalg.norm(trace - middle, axis=1).max()), height / 2.0)
    u, v = square_places(n_points, hole, density, rng)
    x, z = (curve.at(np.interp(u * lengths[-1], lengths, knots)) - middle).T
    points = scale * np.column_stack([x, height * (v - 0.5), z])
    return one_piece(points, scale * np.column_stack([lengths[-1] * u, height * v]), noise, rng)


def square_places(n_points: int, hole: float, density: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Random places u (N,), v (N,) in the unit square, denser at u = 0, none of them in its window of side `hole`."""
    count = check_count(n_points, "n_points", minimum=2)
    side = check_number(hole, "hole", above=0.0, below=0.9, inclusive=True)
    found = np.empty((0, 2))
    while len(found) < count:
        drawn = check_rng(rng).random((count, 2))
        drawn[:, 0] = crowd(drawn[:, 0], density)
        found = np.concatenate([found, drawn[~_in_window(drawn, side)]])
    return found[:count, 0], found[:count, 1]


def _in_window(places: Floats, side: float) -> Mask:
    return np.asarray((np.abs(places - 0.5) < side / 2.0).all(axis=1))


def one_piece(points: Floats, chart: Floats, noise: float, rng: np.random.Generator, truth: str = "lengths") -> PointCloud:
    """One piece of a surface, with noise."""
    return PointCloud(add_noise(points, noise, rng), chart, np.zeros(len(points), dtype=np.int64), truth)


@DATASETS.register("ball")
def ball(n_points: int = 1000, *, dim: int = 2, noise: float = 0.0, rng: np.random.Generator) -> PointCloud:
    """Points all over the unit ball of dimension `dim` (1 to 10 000), evenly at random: nothing to unroll.

    A Gaussian vector has a uniform direction; the radius is u^(1/d), u uniform, because the volume within r is r^d. The chart
    (N, d) is the point itself before noise; the rest as for `swiss_roll`.
    """
    count, dim = check_count(n_points, "n_points", minimum=1), check_count(dim, "dim", minimum=1, maximum=10_000)
    direction = check_rng(rng).standard_normal((count, dim))
    radius = rng.random((count, 1)) ** (1.0 / dim)
    points = radius * direction / np.linalg.norm(direction, axis=1, keepdims=True)
    return PointCloud(add_noise(points, noise, rng), points, np.zeros(count, dtype=np.int64))
