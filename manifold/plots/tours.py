"""T x and f(T x) seen through one plane of R^n, with an arrow for each channel: a moment of a grand tour."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from manifold.checks import Floats, check_array, check_kind, fault
from manifold.layer.activations import ACTIVATIONS
from manifold.layer.recovery import Recovery
from manifold.layer.tour import seen_share
from manifold.plots.page import PAPER, Page
from manifold.plots.panels import draw_cloud
from manifold.plots.style import ground, ink, sized, styled
from manifold.plots.tables import panel_grid
from manifold.plots.views import EXTENT
from manifold.text import named, percent, say

_FEW, _LONG = 12, 0.45  # channels that all have names; of more, those whose line is so long beside the longest
_APART = 0.12  # between two names, of half a panel


@styled
def figure_tour(recovery: Recovery, frame: Floats, colors: Floats, *, page: Page = PAPER) -> Figure:
    """T x and f(T x) side by side, seen through a plane, both enlarged alike so that they fill their panels.

    Parameters
    ----------
    recovery : Recovery
    frame : ndarray of shape (n, 2)
        Orthonormal columns that span the plane, see `manifold.layer.tour`.
    colors : ndarray of shape (N, 4)
        Colour along the manifold, see `chart_colors`.
    page : Page
    """
    width, plane = check_kind(recovery, "recovery", Recovery).layer.width, check_array(frame, "frame", shape="(n, 2)")
    if plane.shape != (width, 2):
        raise fault(ValueError, "frame must have shape {wanted}, got {shape}", wanted=(width, 2), shape=plane.shape)
    before = recovery.points @ recovery.matrix.T
    titles = say("tour.figure.before"), say("tour.figure.after", activation=named(ACTIVATIONS, recovery.activation.name))
    pictures = [values @ plane for values in (before, recovery.hidden)]
    zoom = 1.0 / (max(float(np.linalg.norm(picture, axis=1).max()) for picture in pictures) or 1.0)
    arrows = zoom * 0.8 * float(np.linalg.norm(before, axis=1).max()) * plane
    table = panel_grid(2, least=1.05, under=1.0, below=0.4)
    for ax, title, values, picture in zip(table.panels, titles, (before, recovery.hidden), pictures, strict=True):
        _draw_arrows(ax, arrows)
        draw_cloud(ax, zoom * picture, colors, lost=recovery.rank < 2, bound=not recovery.activation.only_side_elsewhere)
        ax.set(title=title, xlabel=say("tour.seen", seen=percent(seen_share(values, plane)).removesuffix("%").strip()))
    return table.figure


def _draw_arrows(ax: Axes, ends: Floats) -> None:
    """A line from the origin to each end (n, 2), cut at the edge; of many the long ones are named, none upon another."""
    edge = 0.85 * EXTENT
    ends = ends * np.minimum(1.0, edge / np.maximum(np.abs(ends).max(axis=1, keepdims=True), 1e-300))
    sizes = np.linalg.norm(ends, axis=1)
    back = {"facecolor": ground(), "edgecolor": "none", "pad": 0.3, "alpha": 0.7}
    least, places = _LONG * sizes.max() if len(ends) > _FEW else 0.03 * EXTENT, np.empty((0, 2))
    for k in np.argsort(-sizes, kind="stable"):
        ax.plot([0.0, ends[k, 0]], [0.0, ends[k, 1]], color=ink(), linewidth=sized(0.7), alpha=0.7)
        place = ends[k] * (1.0 + 0.07 * EXTENT / max(sizes[k], least))
        if sizes[k] > least and (np.linalg.norm(places - place, axis=1) > _APART * EXTENT).all():
            ax.text(place[0], place[1], str(k + 1), ha="center", va="center", size=sized(6.0), bbox=back)
            places = np.vstack([places, place])
