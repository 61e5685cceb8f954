"""Two settings of the page Spiral side by side: what the decoder and the best one give back, and both errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manifold import ACTIVATIONS
from manifold.planes.panels import planes
from manifold.text import say, say_lost
from manifold.ui.beside.controls import headings, say_below
from manifold.ui.beside.pictures import Side, side_by_side
from manifold.ui.one_draw.beside import TITLES, held_step, kept_layer
from manifold.ui.one_draw.layers import Setting, spiral_frames
from manifold.ui.state import Page

_READ = (2, 3)  # the panels of the decoder and of the best one


def show_beside(page: Page, left: Mapping[str, Any], setting: Setting) -> None:
    """The kept setting, and the page's own."""
    other, told = kept_layer(left, fixed={}), headings(page, left, TITLES)
    (before, one), (now, two) = spiral_frames(other), spiral_frames(setting)
    sides = Side(told[0], before, _READ, held_step(page, left)), Side(told[1], now, _READ)
    known = all(ACTIVATIONS[each.activation].only_side_elsewhere for each in (other, setting))
    numbers = [
        (say("spiral.number.error"), "error", one.nmse, two.nmse),
        (say_lost("spiral.number.lost", known=known), "lost", one.lost, two.lost),
    ]
    planes(side_by_side(*sides, numbers, width=page["n"], aside=False), key="spiral:sides", on_width=page.setter("n"))
    say_below(page, left)
