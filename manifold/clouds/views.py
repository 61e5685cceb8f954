"""Views of one photograph as a network takes them: a surface among its inputs, of which the camera knows the chart."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats, check_count, check_number, check_rng, fault
from manifold.clouds.cloud import PointCloud
from manifold.clouds.picture_files import check_pixels
from manifold.clouds.pictures import central_square, palace, read_at, turn_places, window
from manifold.registry import Registry

_REST = 1.0 - math.sqrt(0.5)  # how far a window may move inside a square of side 2, to either side


@dataclass(frozen=True, eq=False, repr=False)
class Views(PointCloud):
    """A cloud whose points are pictures.

    Attributes
    ----------
    points : ndarray of shape (N, 3 size^2)
        Red, then green, then blue of a view, row by row.
    chart : ndarray of shape (N, 2)
    shape : tuple of int
        (3, size, size), that of one picture.
    coordinates : tuple of str
        What the chart's columns say.
    """

    shape: tuple[int, ...] = ()
    coordinates: tuple[str, ...] = ()


@dataclass(frozen=True)
class ViewKind:
    """A way to move a camera.

    Attributes
    ----------
    coordinates : tuple of str
        Names of the two numbers of the chart.
    low, high : tuple of float
        Where the two numbers start and end.
    look : callable
        From the numbers (N, 2) and a window's pixels across and down, each (P,), to the places looked at, across and down, each
        (N, P) or broadcast to it, and to factors (N, 1) of brightness.
    name : str
        Its name in `VIEWS`, which enters it.
    """

    coordinates: tuple[str, str]
    low: tuple[float, float]
    high: tuple[float, float]
    look: Callable[[Floats, Floats, Floats], tuple[Floats, Floats, Floats]]
    name: str = ""


VIEWS: Registry[ViewKind] = Registry("kind of views", ViewKind)
"""Ways to move a camera, by name."""


def picture_views(
    image: ArrayLike | None = None,
    *,
    kind: str = "rotation-zoom",
    count: int = 160,
    size: int = 128,
    mean: float = 127.0,
    scale: float = 128.0,
    rng: np.random.Generator,
) -> Views:
    """Views of a photograph by a camera that moves at random in two ways: a surface in the space of pictures.

    Parameters
    ----------
    image : array-like of uint8, shape (H, W, 3), optional
        The photograph, see `read_picture`; by default scikit-learn's of a palace. Of its central square, which has to have at
        least sqrt(2) `size` pixels to a side, a view without zoom shows the inner 0.7 of the side, pixel for pixel.
    kind : str, default="rotation-zoom"
        A name in `VIEWS`. Rotation by up to 15 degrees to either side and zoom up to 1.5; or translation across by up to 0.15
        of the square's side to either side and brightness from 0.4 to 1.
    count : int, default=160
        N, at least 2.
    size : int, default=128
        Height and width in pixels, from 8 to 1024.
    mean, scale : float, default=127, 128
        A view's coordinates are (value - mean) / scale, the value being from 0 to 255: as `efficientnet_lite0` takes them.
    rng : numpy.random.Generator
        Draws where the camera is, uniformly.

    Returns
    -------
    Views

    Raises
    ------
    TypeError, ValueError
        If the image is no such array, is too small, shows nothing, or a number is out of range.
    """
    way = VIEWS[kind]
    side = check_count(size, "size", minimum=8, maximum=1024)
    n = check_count(count, "count", minimum=2, maximum=100_000)
    zero, unit = check_number(mean, "mean"), check_number(scale, "scale", above=0.0)
    square = _square(palace() if image is None else check_pixels(image), math.ceil(math.sqrt(2.0) * side))
    low, high = np.array(way.low), np.array(way.high)
    chart = low + (high - low) * check_rng(rng).random((n, 2))
    points = np.empty((n, 3, side * side))
    for view, place in enumerate(chart):  # one by one: all places of all views would take twenty times a view's memory
        across, down, light = way.look(place[None], *window(side))
        for color in range(3):
            points[view, color] = (light * read_at(square[color], across, down))[0]
    points -= zero
    points /= unit
    component = np.zeros(n, dtype=np.int64)
    return Views(points.reshape(n, -1), chart, component, "places", shape=(3, side, side), coordinates=way.coordinates)


def _square(pixels: ArrayLike, side: int) -> Floats:
    """The central square (3, side, side) of a picture, from 0 to 255."""
    colors = np.moveaxis(np.asarray(pixels, dtype=np.float64), 2, 0)
    if min(colors.shape[1:]) < side:
        raise fault(
            ValueError,
            "image must be at least {side} x {side} pixels, sqrt(2) times `size`, got {shape}; lower size",
            side=side,
            shape=colors.shape[1:],
        )
    square = np.stack([central_square(color, side) for color in colors])
    if not np.ptp(square, axis=(1, 2)).any():
        raise ValueError("image must show something in its middle, but all of it has the same colour; give another one")
    return square


def _turn(chart: Floats, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    return *turn_places(chart, x, y), np.ones((len(chart), 1))


def _move(chart: Floats, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    return x + chart[:, :1], np.broadcast_to(y, (len(chart), len(y))), chart[:, 1:]


VIEWS.add(
    "rotation-zoom",
    ViewKind(("angle", "log zoom"), (math.radians(-15.0), 0.0), (math.radians(15.0), math.log(1.5)), _turn),
)
VIEWS.add("translation-brightness", ViewKind(("shift", "brightness"), (-_REST, 0.4), (_REST, 1.0), _move))
