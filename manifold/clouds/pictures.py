"""Pictures as points: every pixel is a coordinate, and a set of pictures is a cloud in as many dimensions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats, check_array, check_count, check_number, check_rng, check_size, fault
from manifold.clouds.cloud import DATASETS, PointCloud, add_noise
from manifold.clouds.surfaces import one_piece, square_places

_LUMA = np.array([0.299, 0.587, 0.114])  # of red, green and blue in grey (ITU-R BT.601)


@DATASETS.register("digits", dimension=64)
def digits(n_points: int = 1797, *, noise: float = 0.0, rng: np.random.Generator) -> PointCloud:
    """Handwritten digits of 8 x 8 pixels, ink from 0 to 1, as scikit-learn brings them (Alpaydin, Kaynak 1998).

    Parameters
    ----------
    n_points : int, default=1797
        N, at least 2; there are 1797.
    noise : float, default=0
        Standard deviation of Gaussian noise added to every pixel.
    rng : numpy.random.Generator
        Draws which of them, if not all, then the noise.

    Returns
    -------
    PointCloud
        points (N, 64), chart (N, 1) and component: the digit; nobody knows a true chart.
    """
    from sklearn.datasets import load_digits  # slow to load, and needed here alone

    pictures, digit = load_digits(return_X_y=True)
    count = min(check_count(n_points, "n_points", minimum=2), len(pictures))
    keep = np.sort(check_rng(rng).choice(len(pictures), count, replace=False)) if count < len(pictures) else slice(None)
    label = digit[keep].astype(np.int64)
    return PointCloud(add_noise(pictures[keep] / 16.0, noise, rng), label[:, None].astype(np.float64), label, "colour")


@DATASETS.register("photograph")
def photograph(
    n_points: int = 1000,
    *,
    image: ArrayLike | None = None,
    size: int = 24,
    turn: float = 60.0,
    zoom: float = 2.0,
    density: float = 1.0,
    noise: float = 0.0,
    rng: np.random.Generator,
) -> PointCloud:
    """A photograph turned and zoomed: a surface in the space of pixels, of which the camera knows the chart.

    Parameters
    ----------
    n_points : int, default=1000
        N, at least 2.
    image : array-like of shape (H, W) or (H, W, 3), optional
        The photograph, grey or in colour, in any unit; by default scikit-learn's of a palace.
    size : int, default=24
        Side of the pictures in pixels, at least 4; the d = size^2 coordinates are grey, from 0 to 1.
    turn : float, default=60
        Range of the angles in degrees, above 0, at most 360.
    zoom : float, default=2
        Largest zoom, above 1, below 20; the smallest, 1, shows the inner 0.7 of the square's side.
    density : float, default=1
        How many times as dense at the first angle as at the last.
    noise : float, default=0
        Standard deviation of Gaussian noise added to every pixel.
    rng : numpy.random.Generator
        Draws angles and zooms, then the noise.

    Returns
    -------
    PointCloud
        points (N, size^2), chart (N, 2): angle in radians and logarithm of the zoom. Not isometric.
    """
    side = check_count(size, "size", minimum=4)
    if check_number(turn, "turn", above=0.0) > 360.0:
        raise fault(ValueError, "turn must be at most 360 degrees, got {turn:g}", turn=turn)
    zooms = math.log(check_number(zoom, "zoom", above=1.0, below=20.0))
    u, v = square_places(n_points, 0.0, density, rng)
    chart = np.column_stack([math.radians(turn) * (u - 0.5), zooms * v])
    return one_piece(_look(_grey_square(image, 4 * side), side, chart), chart, noise, rng, truth="places")


def _grey_square(image: ArrayLike | None, side: int) -> Floats:
    """The photograph's central square as (side, side) grey values from 0 to 1, each the mean of its part of the square."""
    image = palace() if image is None else image
    pixels = check_size(check_array(image, "image", shape="(H, W, 3)" if np.ndim(image) == 3 else "(H, W)"), "image")
    if pixels.ndim == 3 and pixels.shape[2] != 3:
        raise fault(
            ValueError,
            "image must have shape (H, W) or (H, W, 3), got {shape}; drop what is not red, green or blue",
            shape=pixels.shape,
        )
    grey = pixels @ _LUMA if pixels.ndim == 3 else pixels
    if min(grey.shape) < side:
        raise fault(
            ValueError,
            "image must be at least {side} x {side} pixels, four times `size`, got {shape}; lower size",
            side=side,
            shape=grey.shape,
        )
    means = central_square(grey, side)
    if np.ptp(means) == 0.0:
        raise ValueError("image must show something in its middle, but all of it has the same grey; give another one")
    return np.asarray((means - means.min()) / np.ptp(means))


def palace() -> Any:
    """scikit-learn's photograph of a palace, (427, 640, 3) of uint8."""
    from sklearn.datasets import load_sample_image  # slow to load, and needed here alone

    return load_sample_image("china.jpg")


def central_square(pixels: Floats, side: int) -> Floats:
    """The central square of one colour (H, W) as (side, side) values, each the mean of its part of the square."""
    top, left = ((length - min(pixels.shape)) // 2 for length in pixels.shape)
    square = pixels[top : top + min(pixels.shape), left : left + min(pixels.shape)]
    edges = np.linspace(0, len(square), side + 1).astype(np.int64)
    sums = np.add.reduceat(np.add.reduceat(square, edges[:-1], axis=0), edges[:-1], axis=1)
    return np.asarray(sums / np.outer(np.diff(edges), np.diff(edges)))


def _look(square: Floats, side: int, chart: Floats) -> Floats:
    """Pictures (N, side^2) of the square, each turned and zoomed about its middle; their corners stay inside it."""
    return read_at(square, *turn_places(chart, *window(side)))


def turn_places(chart: Floats, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Places (N, P) across and down, turned by the angles and brought nearer by exp of the zooms of the chart (N, 2)."""
    angle, zoom = chart[:, :1], np.exp(chart[:, 1:])
    return (np.cos(angle) * x - np.sin(angle) * y) / zoom, (np.sin(angle) * x + np.cos(angle) * y) / zoom


def window(side: int) -> tuple[Floats, Floats]:
    """Places (side^2,) across and down of a picture's pixels in a square of side 2, whose corners reach its rim when turned."""
    place = (np.arange(side) + 0.5) / side * 2.0 - 1.0
    y, x = (grid.ravel() / math.sqrt(2.0) for grid in np.meshgrid(place, place, indexing="ij"))
    return x, y


def read_at(square: Floats, across: Floats, down: Floats) -> Floats:
    """The square's values at places from -1 to 1, bilinear between its pixels."""
    last = len(square) - 1
    column, row = ((values + 1.0) / 2.0 * last for values in (across, down))
    left, top = np.minimum(column.astype(np.int64), last - 1), np.minimum(row.astype(np.int64), last - 1)
    right_share, bottom_share = column - left, row - top
    upper = square[top, left] * (1.0 - right_share) + square[top, left + 1] * right_share
    lower = square[top + 1, left] * (1.0 - right_share) + square[top + 1, left + 1] * right_share
    return np.asarray(upper * (1.0 - bottom_share) + lower * bottom_share)
