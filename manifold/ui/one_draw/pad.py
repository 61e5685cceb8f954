"""A pad in the browser on which curves are drawn by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from manifold.checks import Floats
from manifold.planes.browser import joined
from manifold.text import say

_mount = st.components.v2.component("pad", js=joined("js", "pad"), css=joined("css", "pad"))


def pad(curves: Sequence[Floats], *, example: bool, key: str, on_draw: Callable[[Any], None]) -> None:
    """Show a pad with curves on it, see `manifold.clouds.drawn`.

    Parameters
    ----------
    curves : sequence of ndarray of shape (k, 2)
        Corners of what is shown, from 0 to 999.
    example : bool
        Whether the first curve that is drawn takes their place, instead of standing beside them.
    key : str
        Key of the component, unique on the page.
    on_draw : callable
        Called with all curves, lists of [x, y] as the browser says, once one is finished and before the page runs again.
    """

    def report() -> None:
        on_draw(st.session_state[key]["drawn"]["curves"])

    words = {"pad": say("pad.name"), "clear": say("pad.clear")}
    data = {"curves": [curve.astype(int).tolist() for curve in curves], "example": example, "words": words}
    _mount(key=key, data=data, on_drawn_change=report)
