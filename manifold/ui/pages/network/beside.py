"""Two settings of the page Real network side by side: the map of each at every place, and what can be read there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from manifold.nets import NETWORKS
from manifold.planes.panels import planes
from manifold.plots import place_title
from manifold.text import explain, literal, named, say
from manifold.ui.beside.controls import Titles, headings, say_below
from manifold.ui.beside.kept import is_held
from manifold.ui.beside.pictures import Side, side_by_side
from manifold.ui.controls import UPLOAD
from manifold.ui.pages.network.controls import arm_title, setting_of
from manifold.ui.pages.network.setting import NetworkSetting
from manifold.ui.pages.network.views import HASHED_SETTING, draw_views, follow
from manifold.ui.pages.network.words import panels
from manifold.ui.state import Page
from manifold.ui.upload import sent_before

TITLES: Titles = {
    "network": partial(named, NETWORKS),
    "source": lambda name: say(f"compare.source.{name}"),
    "weights": arm_title,
    "photo": lambda name: say(f"real.photo.{name}"),
    "views": lambda name: say(f"real.views.{name}"),
}
_MAP = 1  # the panel behind that of the truth


def show_beside(page: Page, left: Mapping[str, Any], setting: NetworkSetting) -> None:
    """The kept setting, and the page's own."""
    own = sent_before("real:picture") if left["photo"] == UPLOAD else None
    other = setting_of(left, own, sent_before("real:weights") if left["source"] == UPLOAD else None)
    try:
        with st.spinner(say(f"real.following.{other.weights}")):
            before = follow(other)
    except ValueError as error:  # of a visitor's weights
        st.error(literal(say("real.file.broken", reason=explain(error))))
        return
    now, told, color = follow(setting), headings(page, left, TITLES), page["color"]
    held = min(left["depth"], len(before.maps.places) - 1) if is_held(page) else None
    apart = before.maps.places != now.maps.places
    sides = Side(told[0], shown_map(other, color, told=apart), _MAP, held), Side(told[1], shown_map(setting, color), _MAP)
    numbers = [
        (say("compare.read"), "read", before.maps.knn_r2, now.maps.knn_r2),
        (say("compare.dimension"), "dimension", before.maps.two_nn, now.maps.two_nn),
    ]
    depth = min(page["depth"], len(now.maps.places) - 1)
    planes(side_by_side(*sides, numbers, width=depth), key="network:sides", on_width=page.setter("depth"))
    say_below(page, left)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=HASHED_SETTING)
def shown_map(setting: NetworkSetting, color: str, *, told: bool = False) -> dict[str, Any]:
    """The map of the network that is looked at, as `planes` takes it; `told` says that its captions name its places."""
    followed = follow(setting)
    drawn = panels(setting, {setting.weights: followed}, draw_views(setting), color, 0)
    if told:
        shown = drawn["panels"][_MAP]
        places = zip(followed.maps.places, shown["captions"], strict=True)
        shown["captions"] = [f"{place_title(place)}: {caption}" for place, caption in places]
    return drawn
