"""Panels of one plane that the browser redraws for every width of a layer.

The page sends all widths at once, so that moving the slider asks nothing of the server. What it sends are JSON values. W is the
number of widths, N the number of points. A list of W items, one for each width, may hold one item instead that serves all.

widths : list of int
    Widths in the order of the slider.
width : int
    Width to show first. Later, a value other than the last one moves the slider; otherwise it stays.
extent : float
    Half the side of every panel, in data units; the origin is in the middle.
colors : {"light": list of str, "dark": list of str}
    N hexadecimal colours on a light and on a dark background, the same in every panel.
lost_color : {"light": str, "dark": str}, optional
    Of lost points.
segments : list of int, optional
    Index of the first point of each curve. Points of one curve are joined by a thin line.
panels : list of dict
    title : str
        Shown above the panel.
    points : Packed
        `pack` of an array of shape (W, N, 2).
    lost : Packed, optional
        `pack_bits` of an array of shape (W, N). These points are drawn in `lost_color`, above the others.
    truth : Packed, optional
        `pack` of an array of shape (1, N, 2): true places, from which a faint line goes to each lost point.
    captions : list of str
        W lines shown below the panel.
    regions : bool, optional
        Whether to paint the plane by the rank of the active rows, which needs the five entries below.
layer : dict, optional
    matrices : list of list of [float, float]
        The n rows of each of the W matrices. Row t is active at x if ``low < t.x < high``.
    low, high : float or None
        Bounds; None is infinite.
region_colors : {"light": list of str, "dark": list of str}, optional
    Colours for rank 0, 1 and 2 on a light and on a dark background.
region_labels : list of str, optional
    Legend for rank 0, 1 and 2.
messages : list of str, optional
    Sentence about the pointed-at place for rank 0, 1 and 2, with the fields ``{active}`` (number of active
    rows), ``{width}``, ``{x}`` and ``{y}``.
hint : str, optional
    Sentence to show while nothing is pointed at.
numbers : list of dict, optional
    label : str
        Shown above the value.
    values : list of str
        W values.
    help : str, optional
        Shown when the pointer rests on the number.
words : {"play": str, "pause": str, "width": str}
    The two labels of the button, and the name of the slider for screen readers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

_mount = st.components.v2.component(
    "planes",
    js=Path(__file__).with_name("planes.js").read_text(encoding="utf-8"),
    css=Path(__file__).with_name("planes.css").read_text(encoding="utf-8"),
)


def planes(data: Mapping[str, Any], *, key: str, on_width: Callable[[int], None] | None = None) -> int | None:
    """Show panels of the plane, with a slider over the widths of the layer that maps one to the next.

    Moving the slider redraws in the browser; the server learns the width when the slider rests.

    Parameters
    ----------
    data : Mapping
        What to show, see above.
    key : str
        Key of the component, unique on the page.
    on_width : callable, optional
        Called with the width that the slider was moved to, before the page runs again.

    Returns
    -------
    int or None
        Width chosen with the slider since ``data["width"]`` last changed, or None.
    """

    def report() -> None:
        if on_width is not None:
            on_width(int(st.session_state[key]["width"]["chosen"]))

    choice = _mount(key=key, data=dict(data), on_width_change=report).get("width")
    if choice is None or choice["start"] != data["width"]:
        return None
    return int(choice["chosen"])
