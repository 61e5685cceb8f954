"""Classes in the plane, and lifted into space with the plane that separates them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgba
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

from manifold.checks import Floats, Integers
from manifold.plots.page import PAPER, Page
from manifold.plots.palettes import CLASS_COLORS
from manifold.plots.panels import frame_panel
from manifold.plots.style import current_page, faint, sized, styled
from manifold.plots.views import EXTENT
from manifold.text import percent, say

if TYPE_CHECKING:  # a figure of the spiral must not load scikit-learn
    from manifold.learning import Separation

ALONG = np.linspace(-EXTENT, EXTENT, 61)
"""Places along the side of the painted plane."""

SIDE_COLORS = ("#cfe3ef", "#fae3bd")
"""Colours of the places that a separating plane gives to each class."""

SIDE_COLORS_ON_DARK = ("#0f2a3a", "#44360f")
"""The same on a dark background."""


def plane_places() -> Floats:
    """Places (61 * 61, 2) of the painted plane, row by row from below."""
    return np.stack(np.meshgrid(ALONG, ALONG), axis=-1).reshape(-1, 2)


class Plane(Protocol):
    """A plane through n features, weights . h + offset = 0."""

    @property
    def weights(self) -> Floats:
        """Shape (n,)."""

    @property
    def offset(self) -> float:
        """A number."""


def levelled(features: Floats, plane: Plane) -> tuple[Floats, Floats, float]:
    """Features (N, n) as they can be drawn in space, (N, 3), and the plane's normal (3,) and offset there.

    Up to three features are drawn as they are, further coordinates being 0. Of more, the first two coordinates are the widest
    directions along the plane and the third is the distance from it, so that the plane is level.
    """
    count = features.shape[1]
    if count <= 3:
        normal = np.pad(plane.weights, (0, 3 - count))
        return np.pad(features, ((0, 0), (0, 3 - count))), normal, plane.offset
    size = float(np.linalg.norm(plane.weights)) or 1.0
    unit = plane.weights / size
    along = features - np.outer(features @ unit, unit)
    along -= along.mean(axis=0)
    wide = along @ np.linalg.eigh(along.T @ along)[1][:, ::-1][:, :2]
    return np.column_stack([wide, features @ unit + plane.offset / size]), np.array([0.0, 0.0, 1.0]), 0.0


def axes_ranges(places: Floats, *, level: bool, margin: float = 0.55) -> Floats:
    """Ranges (3, 2) of axes that hold all `places` (N, 3), as long as each other, with room at both ends.

    Above a `level` plane heights are small against the spread along it; the axis up then is so short that they are seen.
    """
    low, high = places.min(axis=0), places.max(axis=0)
    reach = np.full(3, margin * (float((high - low).max()) or 1.0))
    middle = (low + high) / 2.0
    if level:
        middle[2] = 0.0
        reach[2] = min(reach[2], 1.6 * float(np.abs(places[:, 2]).max()) or reach[2])
    return np.column_stack([middle - reach, middle + reach])


def plane_corners(places: Floats, normal: Floats, offset: float) -> Floats:
    """Corners (4, 3) of a square piece of a plane, as large as the cloud of `places` (N, 3) and opposite its middle."""
    size = float(np.linalg.norm(normal))
    middle = (places.min(axis=0) + places.max(axis=0)) / 2.0
    if size == 0.0:
        return np.repeat(middle[None], 4, axis=0)
    unit = normal / size
    centre = middle - (middle @ unit + offset / size) * unit
    across, up = np.linalg.svd(unit[None])[2][1:]
    reach = 0.55 * float(np.ptp(places, axis=0).max())
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    return np.array([centre + reach * (x * across + y * up) for x, y in corners])


def draw_sides(ax: Axes, points: Floats, labels: Integers, heights: Floats | None, *, size: float = 6.0) -> Axes:
    """Points (N, 2) of two classes on the plane, painted by the sign of `heights` (side, side) where they are known."""
    if heights is not None:
        sides = ListedColormap(SIDE_COLORS_ON_DARK if current_page().dark else SIDE_COLORS)
        ax.imshow(heights > 0.0, cmap=sides, vmin=0, vmax=1, extent=(-EXTENT, EXTENT) * 2, origin="lower")
    ax.scatter(points[:, 0], points[:, 1], c=np.array(CLASS_COLORS)[labels], s=size * sized(1.0) ** 2, linewidths=0)
    return frame_panel(ax)


def draw_lifted(ax: Any, features: Floats, labels: Integers, plane: Plane, *, size: float = 6.0) -> Any:
    """Lifted points (N, n) of two classes on axes in space, and the plane between them; of n > 3, up is stretched."""
    places, normal, offset = levelled(features, plane)
    ax.scatter(*places.T, c=np.array(CLASS_COLORS)[labels], s=size * sized(1.0) ** 2, linewidths=0, depthshade=False)
    ax.add_collection3d(Poly3DCollection([plane_corners(places, normal, offset)], facecolor="#8a8a8a", alpha=0.25))
    ranges = axes_ranges(places, level=features.shape[1] > 3)
    ax.set(**{f"{axis}lim": tuple(ends) for axis, ends in zip("xyz", ranges, strict=True)})
    ax.set(xticklabels=[], yticklabels=[], zticklabels=[])
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_pane_color(to_rgba(faint(), 0.3))
    ax.set_box_aspect((1, 1, 1), zoom=1.1)
    ax.view_init(elev=20, azim=-50)
    return ax


@styled
def figure_lift(
    points: Floats,
    labels: Integers,
    heights: Floats | None,
    features: Floats,
    plane: Separation,
    *,
    name: str,
    page: Page = PAPER,
) -> Figure:
    """The plane painted by sides, and the points after the lift called `name`, with the plane that separates them."""
    result = page.figure(3.4, layout=ConstrainedLayoutEngine(w_pad=0.05))
    left = draw_sides(result.add_subplot(1, 2, 1), points, labels, heights)
    left.set_title(say("figure.lift.plane"))
    left.set_xlabel(say("lifting.figure.caption", share=percent(plane.accuracy)))
    right = draw_lifted(result.add_subplot(1, 2, 2, projection="3d"), features, labels, plane)
    right.set_title(say("lifting.figure.title", lift=name, count=features.shape[1]))
    return result
