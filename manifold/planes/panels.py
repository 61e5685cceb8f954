"""Panels of one plane, or of space, that the browser redraws for every width of a layer.

The page sends all widths at once, so that moving the slider asks nothing of the server. What it sends are JSON values. W is the
number of widths, N the number of points. A list of W items, one for each width, may hold fewer, of which the last
serves the rest: one serves all.

widths : list of int
    Widths in the order of the slider, or what else it chooses; of one alone there is no slider.
steps : list of str, optional
    W texts beside the button that say what is shown, instead of the width.
width : int
    Width to show first.
moves : int, optional
    A number other than the last one moves the slider to `width`; otherwise it stays where the visitor has put it.
ticks : bool, optional
    Whether some of `widths` stand below the slider, as they do unless this is false.
pace : float, optional
    Milliseconds between two steps when it plays.
stride : float, optional
    The part of a step that it goes instead of a whole one, where `widths` are 0, 1, 2, ...
plays : bool, optional
    Whether it plays at once, unless the visitor's system asks for less motion.
extent : float
    Half the side of every panel, in data units; the origin is in the middle.
dot : float, optional
    Radius of the points, in four-hundredths of a panel's side.
camera : [float, float], optional
    Degrees around and up from which places in space are seen at first. Passed anew, it turns them back.
colors : {"light": list of str, "dark": list of str}
    N hexadecimal colours on a light and on a dark background, the same in every panel.
lost_color : {"light": str, "dark": str}, optional
    Of lost points.
segments : list of int, optional
    Index of the first point of each curve. Points of one curve are joined by a thin line.
pictures : Packed, optional
    `pack` of an array of shape (M, S * S): M small square pictures, from 0 to 1, row by row from above.
beside : bool, optional
    Whether the numbers stand beside the panels where there is room, as of two settings.
tall : float, optional
    Per cent of the window's height that a panel then has at most.
panels : list of dict
    colors, layer : dict, optional
        Its own, in the place of those of all; a plane with its own layer cannot be pointed at.
    step : int, optional
        Index into `widths` at which it stays, whatever the slider says.
    title : str
        Shown above the panel.
    points : Packed
        `pack` of an array of shape (W, N, 2); of shape (W, N, 3) in space.
    mixed : bool, optional
        Whether W is 2 here, for the first and the last step, between which the points move straight.
    space : bool, optional
        Whether its places lie in space, which the mouse and the arrow keys turn.
    tour : bool, optional
        Whether `points` and lines are values (1, N, n) in n channels, seen through the turning plane of `tour` below; the first
        panel shows T x. A caption's field ``{seen}`` is the percentage of the values' squares that is seen.
    bare : bool, optional
        Whether to leave out the two axes.
    lost : Packed, optional
        `pack_bits` of an array of shape (W, N). These points are drawn in `lost_color`, above the others.
    truth : Packed, optional
        `pack` of an array of shape (1, N, 2): true places, from which a faint line goes to each lost point.
    captions : list of str
        W lines shown below the panel.
    wrong : Packed, optional
        `pack_bits` of an array of shape (W, N). A ring is drawn around these points.
    sides : Packed, optional
        `pack` of heights of shape (W, S, S) at places from edge to edge, row by row from below. Their sign paints the plane.
    face : Packed, optional
        `pack` of an array of shape (W, 4, 3): the corners of a translucent square in space.
    lines : list of dict, optional
        places : Packed
            `pack` of an array of shape (W, L, 2), or (W, L, 3) in space: a broken line, NaN between its parts.
        along : Packed
            Instead of it, numbers of the points on the line, of shape (1, L).
        color : str
        width : float
            In pixels.
        dash, above : bool, optional
            Whether it is dashed, and whether it lies on the points instead of under them.
    legend : list of dict, optional
        label : str
        color : str
        look : {"", "dot", "ring", "line", "dash", "hint"}
    pictures : Packed, optional
        `pack_bits` of an array of shape (W, M): which of the small pictures the panel shows, instead of points. `wrong`
        has this shape then, and frames pictures in the colour `frame`.
    axes : {"corner": [x, y], "reach": [x, y], "x": axis, "y": axis}, optional
        Two axes from their corner. Of each axis the "title", and "ticks", a list of [place, label].
    regions : bool, optional
        Whether to paint the plane by the rank of the active rows, which needs the five entries below.
follow : dict, optional
    How a point is followed through `layer`, once it is chosen in a panel; the first panel shows the points, the others answers.

    points : list of [float, float]
        N points.
    scale : float
        What they are divided by in the panels.
    curve : [list of float, list of float]
        The activation f as a table: ascending z with all corners of f, and f(z).
    reach : float
        From where on an answer is no longer sent as it is.
    words : dict
        "point" and "left", a list for rank 0, 1, 2, with the fields ``{number}``, ``{count}``, ``{x}``, ``{active}``,
        ``{width}``, ``{first}``, ``{second}`` and ``{crossing}``; "answer" and "far" with ``{panel}``, ``{answer}``,
        ``{error}`` and ``{reach}``; "more" with ``{more}``; "columns", the four heads of the table.
journey : dict, optional
    How a point is followed without a layer, from place to place, once it is chosen in a panel.

    kind : {"block", "views", "pictures"}
    count : int
        N.
    reach : float
        From where on a place in a panel is no longer sent as it is.
    columns : list of str
        Heads of the table.
    words : dict
        "point", with the fields ``{number}``, ``{count}`` and, by kind, ``{x}`` and ``{width}``, ``{truth}`` and ``{place}``,
        or ``{name}``; of a block "left", a list by the number of independent equations on x.
    sheet : dict, optional
        "data", the address of one picture with all N, row by row; "columns" and "lines", how many; "aspect", width over height
        of each; "smooth", whether its pixels may blur.
    places : list of dict
        Of a block: "names" and numbers of "channels", W each; "ranks", `pack_bits` of shape (2 W, N), whether at each width
        there is one equation, and then whether there are two; "active", W `pack_counts` of N channels that are active, where
        an activation has acted; "panel", the number of the panel with the answers.
    order : list of int, optional
        Numbers of the points as the arrow keys go through them, instead of 0, 1, 2, ...
    chart : Packed
        Of views: `pack` of the camera's numbers, shape (2, N).
    units : list of dict
        How each of the two is written: times "factor", or the factor times exp of it if it "grows", with "digits", in "text".
    networks : list of dict
        "panels", numbers of those that show its places, and "neighbours", W `pack_counts` of shape (N, 5).
    labels, names : list
        Of pictures: N classes, and their names.
    arms : list of dict
        One for each panel: "size", by which its places are to be multiplied, and "said", `pack_counts` of N classes at each
        moment, the last one also for later moments.
layer : dict, optional
    matrices : list of list of [float, float]
        The n rows of each of the W matrices. Row t is active at x if ``low < t.x < high``.
    low, high : float or None
        Bounds; None is infinite.
tour : dict, optional
    stops : list of list of float
        Frames of orthonormal columns (n, 2), row by row, as `manifold.layer.tour.draw_tour` makes them.
    steps : int
        Steps of the slider from one stop to the next.
    arrow : float
        Length of the line that stands for a channel, in units of the values.
    names : list of str
        What stands at the n lines.
    count : int
        N. Points can be pointed at.
    low, high : float or None
        As for `layer`, which says when a channel is active.
region_colors : {"light": list of str, "dark": list of str}, optional
    Colours for rank 0, 1 and 2 on a light and on a dark background.
side_colors : {"light": [str, str], "dark": [str, str]}, optional
    Colours of places whose height is not above 0, and of those where it is.
region_labels : list of str, optional
    Legend for rank 0, 1 and 2.
messages : list of str, optional
    Sentence about the pointed-at place for rank 0, 1 and 2, with the fields ``{active}`` (number of active
    rows), ``{width}``, ``{x}`` and ``{y}``; and ``{sector}``, its degrees, if the bounds are 0 and infinite. On a tour, about a
    point that is kept, and one that is lost, with ``{number}``, ``{count}``, ``{active}`` and ``{width}``.
hint : str, optional
    Sentence to show while nothing is pointed at.
numbers : list of dict, optional
    label : str
        Shown above the value.
    values : list of str
        W values.
    help : str, optional
        Shown when the pointer rests on the number.
words : {"play": str, "pause": str, "width": str, "turn": str}
    The two labels of the button, the name of the slider for screen readers, and how places in space are turned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from manifold.planes.browser import SCRIPT, STYLE

_mount = st.components.v2.component("planes", js=SCRIPT, css=STYLE)


def planes(data: Mapping[str, Any], *, key: str, on_width: Callable[[int], None] | None = None) -> None:
    """Show panels of the plane, with a slider over the widths of the layer that maps one to the next.

    Moving the slider redraws in the browser; the server learns the width when the slider rests, and sends nothing back: what
    is passed is the same as before, which Streamlit does not send twice.

    Parameters
    ----------
    data : Mapping
        What to show, see above. A ``data["width"]`` other than where the slider rests moves it.
    key : str
        Key of the component, unique on the page.
    on_width : callable, optional
        Called with the width that the slider was moved to, before the page runs again.
    """
    state, slot = st.session_state, f"{key}:passed"

    def report() -> None:
        told = state[key]["width"]
        if told["moves"] == state[slot]["moves"]:  # else it was on its way when the page moved the slider
            state[slot]["rests"] = told["chosen"]
            if on_width is not None:
                on_width(int(told["chosen"]))

    passed = state.get(slot, {"moves": 0, "rests": None})
    if key not in state or passed["rests"] != data["width"]:
        passed = {"width": data["width"], "moves": passed["moves"] + 1, "rests": data["width"]}
    state[slot] = passed
    shown = {name: passed[name] for name in ("width", "moves")}
    _mount(key=key, data={**data, **shown}, on_width_change=report)
