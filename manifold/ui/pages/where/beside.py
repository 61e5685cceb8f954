"""Two settings of the page Where it is lost side by side: the plane under each, and what is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manifold import ACTIVATIONS
from manifold.layer.activations import loss_kind
from manifold.planes.panels import planes
from manifold.planes.sectors import plane_words
from manifold.text import say, say_lost
from manifold.ui.beside.controls import headings, say_below
from manifold.ui.beside.pictures import Side, side_by_side
from manifold.ui.one_draw.beside import TITLES, held_step, kept_layer
from manifold.ui.one_draw.layers import Setting, plane_frames
from manifold.ui.state import Page

_PLANE = 0  # its panel


def show_beside(page: Page, left: Mapping[str, Any], setting: Setting) -> None:
    """The kept setting, and the page's own."""
    other, told = kept_layer(left, fixed={"decoder": setting.decoder}), headings(page, left, TITLES)
    (before, one), (now, two) = plane_frames(other), plane_frames(setting)
    both = [ACTIVATIONS[each.activation] for each in (other, setting)]
    sides = (
        Side(told[0], before, _PLANE, held_step(page, left)),
        Side(told[1], {**now, **plane_words(both[1], two)}, _PLANE),
    )
    known = all(each.only_side_elsewhere for each in both)
    numbers = [(say_lost("where.number.lost", known=known), "lost", one.lost, two.lost)]
    if all(loss_kind(each) == "below" for each in both):
        numbers.append((say("where.number.directions"), "directions", one.directions, two.directions))
    planes(side_by_side(*sides, numbers, width=page["n"]), key="where:sides", on_width=page.setter("n"))
    say_below(page, left)
