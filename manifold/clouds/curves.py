"""Point clouds whose true chart is known: curves in the plane, and a thread in any dimension.

Every cloud fits the unit disc around the origin, because a layer without bias sees directions from the origin. Points lie
evenly spaced along their curve, so the chart, its arc length, is isometric and every stretch of the curve counts alike.
Surfaces and curves in space are in `surfaces`, pictures in `pictures`, your own file in `files`; `DATASETS` lists all but the
last.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from manifold.checks import Floats, check_count, check_number, check_rng, fault
from manifold.clouds.cloud import DATASETS, PointCloud, add_noise

_NODES = 8193  # knots of the arc length tables; its relative error is below 1e-6


@DATASETS.register("spiral", dimension=2)
def spiral(
    n_points: int = 1000, *, turns: float = 2.0, start: float = 0.15, noise: float = 0.0, rng: np.random.Generator
) -> PointCloud:
    """Archimedean spiral, r(u) = start + (1 - start) u at angle pi/2 + 2 pi turns u, for u in [0, 1].

    Parameters
    ----------
    n_points : int, default=1000
        N, at least 2.
    turns : float, default=2
        Times it goes round; above 0, below 50.
    start : float, default=0.15
        Inner radius, above 0 and below 1: at the origin no row of any layer is active.
    noise : float, default=0
        Standard deviation of Gaussian noise added to every coordinate.
    rng : numpy.random.Generator
        Draws the noise; untouched where noise is 0.

    Returns
    -------
    PointCloud
        points (N, 2), chart (N, 1): arc length.
    """
    turns = check_number(turns, "turns", above=0.0, below=50.0)
    start = check_number(start, "start", above=0.0, below=1.0)

    def curve(u: Floats) -> Floats:
        return _polar(start + (1.0 - start) * u, math.pi / 2 + 2.0 * math.pi * turns * u)

    return curve_cloud([Curve(curve)], n_points, noise, rng)


@DATASETS.register("circle", dimension=2)
def circle(n_points: int = 1000, *, noise: float = 0.0, rng: np.random.Generator) -> PointCloud:
    """Unit circle; parameters and return as for `spiral`."""
    return curve_cloud([_ring(1.0)], n_points, noise, rng)


@DATASETS.register("two rings", dimension=2)
def two_rings(n_points: int = 1000, *, inner: float = 0.5, noise: float = 0.0, rng: np.random.Generator) -> PointCloud:
    """Circles of radius 1 and `inner` (above 0, below 1) around the origin; the rest as for `spiral`."""
    return curve_cloud([_ring(1.0), _ring(check_number(inner, "inner", above=0.0, below=1.0))], n_points, noise, rng)


@DATASETS.register("two spirals", dimension=2)
def two_spirals(n_points: int = 1000, *, turns: float = 1.5, noise: float = 0.0, rng: np.random.Generator) -> PointCloud:
    """Two arms, each the other turned by half a circle: r(u) = 0.1 + 0.9 u at angle 2 pi turns u; the rest as for `spiral`."""
    turns = check_number(turns, "turns", above=0.0, below=50.0)

    def arm(u: Floats) -> Floats:
        return _polar(0.1 + 0.9 * u, 2.0 * math.pi * turns * u)

    return curve_cloud([Curve(arm), Curve(lambda u: -arm(u))], n_points, noise, rng)


@DATASETS.register("two moons", dimension=2)
def two_moons(n_points: int = 1000, *, noise: float = 0.0, rng: np.random.Generator) -> PointCloud:
    """Two interleaved half circles, (cos a, sin a) and (1 - cos a, 1/2 - sin a), moved and scaled into the unit disc."""
    middle, scale = np.array([0.5, 0.25]), 1.0 / math.hypot(1.5, 0.25)

    def upper(u: Floats) -> Floats:
        return np.asarray((_polar(1.0, math.pi * u) - middle) * scale)

    return curve_cloud([Curve(upper), Curve(lambda u: -upper(u))], n_points, noise, rng)


@DATASETS.register("thread", dimension=2)
def thread(
    n_points: int = 1000,
    *,
    dim: int = 2,
    waves: int = 4,
    density: float = 1.0,
    noise: float = 0.0,
    rng: np.random.Generator,
) -> PointCloud:
    """A thread thrown down at random: every coordinate is a sum of `waves` cosines, in any dimension.

    x_j(u) = sum over k = 1 .. waves of a_jk cos(pi k u + b_jk), a_jk ~ N(0, 1/k^2), b_jk uniform; centred, scaled to norm <= 1.

    Parameters
    ----------
    n_points, noise : as for `spiral`
    dim : int, default=2
        d, 1 to 10 000.
    waves : int, default=4
        Bends, 1 to 200.
    density : float, default=1
        How many times as dense the points lie at the start as at the end, between 1/1000 and 1000.
    rng : numpy.random.Generator
        Draws the thread, then the noise.

    Returns
    -------
    PointCloud
        points (N, d), chart (N, 1): arc length.
    """
    dim, waves = check_count(dim, "dim", minimum=1, maximum=10_000), check_count(waves, "waves", minimum=1, maximum=200)
    k = np.arange(1, waves + 1)
    size = check_rng(rng).standard_normal((waves, dim)) / k[:, None]
    phase = rng.uniform(0.0, 2.0 * math.pi, (waves, dim))

    def raw(u: Floats) -> Floats:
        return np.asarray((size * np.cos(math.pi * k[:, None] * u[:, None, None] + phase)).sum(axis=1))

    trace = raw(np.linspace(0.0, 1.0, _NODES))
    middle = (trace.max(axis=0) + trace.min(axis=0)) / 2.0
    scale = 1.0 / np.linalg.norm(trace - middle, axis=1).max()
    return curve_cloud([Curve(lambda u: (raw(u) - middle) * scale)], n_points, noise, rng, density=density)


@DATASETS.register("grid", dimension=2)
def grid(n_points: int = 1000, *, lines: int = 9, noise: float = 0.0, rng: np.random.Generator) -> PointCloud:
    """`lines` (2 to 1000) vertical and as many horizontal lines of the square inscribed in the unit disc.

    Parameters and return as for `spiral`, but for the chart (N, 2), which is the point itself before noise.
    """
    half = math.sqrt(0.5)
    at = np.linspace(-half, half, check_count(lines, "lines", minimum=2, maximum=1000))
    upright = [np.array([[x, -half], [x, half]]) for x in at]
    ways = upright + [ends[:, ::-1] for ends in upright]
    cloud = curve_cloud([polyline(ends) for ends in ways], n_points, 0.0, rng)
    return PointCloud(add_noise(cloud.points, noise, rng), cloud.points, cloud.component)


@DATASETS.register("star", dimension=2)
def star(n_points: int = 1000, *, tips: int = 5, noise: float = 0.0, rng: np.random.Generator) -> PointCloud:
    """Outline of a star of `tips` tips (3 to 1000) on the unit circle, valleys at radius 0.4; the rest as for `spiral`."""
    angles = math.pi / 2 + math.pi * np.arange(2 * check_count(tips, "tips", minimum=3, maximum=1000) + 1) / tips
    return curve_cloud([polyline(_polar(np.where(np.arange(len(angles)) % 2, 0.4, 1.0), angles))], n_points, noise, rng)


# Corners of straight-lined capitals, as "xy" pairs on a grid 4 wide and 6 high.
_LETTERS = {
    "E": "00 40 41 11 12 32 33 13 15 45 46 06",
    "F": "00 10 12 32 33 13 15 45 46 06",
    "H": "00 10 12 32 30 40 46 36 34 14 16 06",
    "L": "00 40 41 11 16 06",
    "M": "00 10 14 22 34 30 40 46 36 23 16 06",
    "N": "00 10 14 30 40 46 36 32 16 06",
    "T": "15 10 20 25 35 36 06 05",
    "V": "20 30 46 36 21 16 06",
    "W": "10 22 30 40 46 36 32 24 12 16 06",
    "X": "00 10 22 30 40 33 46 36 24 16 06 13",
    "Z": "00 40 41 11 45 46 06 05 35 01",
}


@DATASETS.register("letter", dimension=2)
def letter(n_points: int = 1000, *, name: str = "M", noise: float = 0.0, rng: np.random.Generator) -> PointCloud:
    """Outline of a straight-lined capital: one of E F H L M N T V W X Z; the rest as for `spiral`."""
    if name not in _LETTERS:
        raise fault(ValueError, "letter must be one of {names}, got {name!r}", names=" ".join(_LETTERS), name=name)
    corners = np.array([[int(pair[0]), int(pair[1])] for pair in _LETTERS[name].split()], dtype=np.float64)
    corners -= (corners.max(axis=0) + corners.min(axis=0)) / 2.0
    corners /= np.linalg.norm(corners, axis=1).max()
    return curve_cloud([polyline(np.vstack([corners, corners[:1]]))], n_points, noise, rng)


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve over [0, 1] with a table of its arc length; `knots` are the parameters tabulated."""

    at: Callable[[Floats], Floats]
    knots: Floats | None = None
    closed: bool = False

    def lengths(self) -> tuple[Floats, Floats]:
        """Parameters and the arc length up to each."""
        knots = np.linspace(0.0, 1.0, _NODES) if self.knots is None else self.knots
        steps = np.linalg.norm(np.diff(self.at(knots), axis=0), axis=1)
        return knots, np.concatenate([[0.0], np.cumsum(steps)])


def _polar(radius: Floats | float, angle: Floats) -> Floats:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


def _ring(radius: float) -> Curve:
    return Curve(lambda u: _polar(radius, 2.0 * math.pi * u), closed=True)


def polyline(corners: Floats) -> Curve:
    """Straight lines from corner to corner; closed if the last corner is the first."""
    knots = np.linspace(0.0, 1.0, len(corners))

    def at(u: Floats) -> Floats:
        return np.stack([np.interp(u, knots, column) for column in corners.T], axis=-1)

    return Curve(at, knots, closed=np.allclose(corners[0], corners[-1]))


def curve_cloud(
    curves: Sequence[Curve], n_points: int, noise: float, rng: np.random.Generator, *, density: float = 1.0
) -> PointCloud:
    """`n_points` shared out among the curves by length, on each spaced evenly or crowded at its start."""
    total = check_count(n_points, "n_points", minimum=2 * len(curves))
    tables = [curve.lengths() for curve in curves]
    ends = np.cumsum([lengths[-1] for _, lengths in tables])
    counts = np.diff(np.round(ends / ends[-1] * total).astype(np.int64), prepend=0)
    points, charts = [], []
    for curve, (knots, lengths), count in zip(curves, tables, counts, strict=True):
        chart = lengths[-1] * crowd(np.linspace(0.0, 1.0, count, endpoint=not curve.closed), density)
        points.append(curve.at(np.interp(chart, lengths, knots)))
        charts.append(chart)
    component = np.repeat(np.arange(len(curves)), counts)
    return PointCloud(add_noise(np.concatenate(points), noise, rng), np.concatenate(charts)[:, None], component)


def crowd(shares: Floats, density: float) -> Floats:
    """Even `shares` of [0, 1] moved so that they lie `density` times as dense at 0 as at 1, falling geometrically between."""
    density = check_number(density, "density", above=1e-3, below=1e3)
    if density == 1.0:
        return shares
    return -np.log1p(-shares * (1.0 - 1.0 / density)) / math.log(density)
