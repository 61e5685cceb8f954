"""Panels of one plane that the browser redraws for every width of a layer.

The page sends all widths at once, so that moving the slider asks nothing of the server.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike

_LARGEST = 32767
_MISSING = -32768

_mount = st.components.v2.component(
    "planes",
    js=Path(__file__).with_name("planes.js").read_text(encoding="utf-8"),
    css=Path(__file__).with_name("planes.css").read_text(encoding="utf-8"),
)


class Packed(TypedDict):
    """An array on its way to the browser: ``scale`` times the integers in ``data``, in C order.

    Attributes
    ----------
    data : str
        Base64 of little-endian int16 values (`pack`), or of bits, the lowest first (`pack_bits`).
    scale : float
        Value of one unit.
    shape : list of int
        Shape of the array.
    """

    data: str
    scale: float
    shape: list[int]


def pack(array: ArrayLike, *, limit: float | None = None) -> Packed:
    """Quantise an array to int16, which is exact within half of ``scale = limit / 32767``.

    Parameters
    ----------
    array : array-like
        Numbers; a NaN is sent as -32768 and not drawn.
    limit : float, optional
        Values beyond ``[-limit, limit]`` are clipped to it. A few panel widths spare the resolution from points that
        nobody sees. By default the largest finite magnitude.

    Returns
    -------
    Packed
        Quantised array.

    Raises
    ------
    ValueError
        If `limit` is not a positive number.
    """
    values = np.asarray(array, dtype=np.float64)
    if limit is None:
        limit = float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) or 1.0
    if not 0.0 < limit < np.inf:
        raise ValueError(f"limit must be a positive number, got {limit}; leave it out to fit the data")
    scale = limit / _LARGEST
    units = np.rint(np.clip(values, -limit, limit) / scale)
    codes = np.where(np.isnan(units), _MISSING, units).astype("<i2")
    return {"data": _base64(codes), "scale": scale, "shape": list(values.shape)}


def pack_bits(array: ArrayLike) -> Packed:
    """Pack an array of booleans, eight to a byte.

    Parameters
    ----------
    array : array-like of bool
        Flags.

    Returns
    -------
    Packed
        Packed array, with ``scale`` 1.
    """
    flags = np.asarray(array, dtype=np.bool_)
    return {"data": _base64(np.packbits(flags, bitorder="little")), "scale": 1.0, "shape": list(flags.shape)}


def _base64(array: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(array.tobytes()).decode("ascii")


def planes(data: Mapping[str, Any], *, key: str, on_width: Callable[[int], None] | None = None) -> int | None:
    """Show panels of the plane, with a slider over the widths of the layer that maps one to the next.

    Moving the slider redraws in the browser; the server learns the width when the slider rests.

    Parameters
    ----------
    data : Mapping
        What to show, as JSON values. W is the number of widths, N the number of points. A list of W items, one for
        each width, may hold one item instead that serves all.

        widths : list of int
            Widths in the order of the slider.
        width : int
            Width to show first. Later, a value other than the last one moves the slider; otherwise it stays.
        extent : float
            Half the side of every panel, in data units; the origin is in the middle.
        colors : {"light": list of str, "dark": list of str}
            N hexadecimal colours on a light and on a dark background, the same in every panel.
        segments : list of int, optional
            Index of the first point of each curve. Points of one curve are joined by a thin line.
        panels : list of dict
            title : str
                Shown above the panel.
            points : Packed
                `pack` of an array of shape (W, N, 2).
            lost : Packed, optional
                `pack_bits` of an array of shape (W, N). These points are drawn hollow, below the others.
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
