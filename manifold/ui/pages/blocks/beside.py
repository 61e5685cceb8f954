"""Two settings of the page Blocks side by side: both blocks, what they keep of the spiral, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from manifold.nets import BLOCKS, READOUTS
from manifold.planes.panels import planes
from manifold.plots import short_number
from manifold.text import named, say
from manifold.ui.beside.controls import Titles, headings, say_below
from manifold.ui.beside.kept import is_held, told_value
from manifold.ui.beside.numbers import Compared, show_compared
from manifold.ui.beside.pictures import Side, side_by_side
from manifold.ui.pages.blocks.controls import end_title, setting_of
from manifold.ui.pages.blocks.views import WIDTHS, BlockSetting, block_costs, block_frames, block_readings, diagram
from manifold.ui.share import say_missing_letters
from manifold.ui.state import Page, nearest

TITLES: Titles = {
    "block": partial(named, BLOCKS),
    "end": end_title,
    "out": lambda name: say(f"compare.out.{name}"),
    "readout": partial(named, READOUTS),
    "ratio": lambda ratio: told_value("ratio", ratio) if ratio else say("compare.ratio.own"),
}
_NARROW, _OUTPUT = 1, 2  # places that are read
_TALL = 30.0  # per cent of the window


def show_beside(page: Page, left: Mapping[str, Any], setting: BlockSetting) -> None:
    """The kept setting, and the page's own."""
    other, told, n = setting_of(left), headings(page, left, TITLES), nearest(WIDTHS, page["n"])
    before = nearest(WIDTHS, left["n"])
    _show_built((other, setting), (before, n), told)
    held = WIDTHS.index(before) if is_held(page) else None
    place = _NARROW if other.bottleneck_activation != setting.bottleneck_activation else _OUTPUT
    sides = Side(told[0], block_frames(other), place + 1, held), Side(told[1], block_frames(setting), place + 1)
    (errors, lost), (own_errors, own_lost) = block_readings(other)[place], block_readings(setting)[place]
    numbers = [(say("compare.error"), "error", errors, own_errors), (say("compare.lost"), "lost", lost, own_lost)]
    data = {**side_by_side(*sides, numbers, width=n), "tall": _TALL}
    planes(data, key="blocks:sides", on_width=page.setter("n"))
    say_below(page, left)


def _show_built(settings: tuple[BlockSetting, BlockSetting], widths: tuple[int, int], told: tuple[str, str]) -> None:
    """Both diagrams, and what the blocks cost."""
    *sides, cost = st.columns(3, gap="medium", vertical_alignment="center")
    pairs = list(zip(settings, widths, strict=True))
    for column, (setting, width), heading in zip(sides, pairs, told, strict=True):
        picture, _, boxes = diagram(setting, width, st.context.theme.type or "light")
        column.image(picture, width="stretch", alt=f"{heading}. {boxes}")
    one, two = (block_costs(setting, width)[named(BLOCKS, setting.kind)] for setting, width in pairs)
    with cost:
        kinds = [(kind, say(f"blocks.number.{kind}")) for kind in ("macs", "parameters")]
        numbers = [Compared(label, kind, getattr(one, kind), getattr(two, kind), short_number) for kind, label in kinds]
        show_compared(numbers, across=False)
        say_missing_letters()
