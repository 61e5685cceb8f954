"""The controls of the page Dense and early exits: which network and threshold, or how many layers of which growth."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from manifold.text import say
from manifold.ui.pages.exits.views import DenseSetting
from manifold.ui.state import Field, Page

VIEWS = ("exits", "dense")
NETWORKS = ("dense", "residual", "plain")

EXITS_FIELDS = {
    "view": Field("exits", choices=VIEWS),
    "network": Field("dense", choices=NETWORKS),
    "threshold": Field(0.8, low=0.0, high=1.0),
    "growth": Field(12, low=2, high=48),
    "layers": Field(24, low=2, high=40),
    "plain": Field(304, low=8, high=1936),
}
"""Values of the page."""


def take_even(page: Page) -> None:
    """A plain block has two layers: of an odd number of layers, one more."""
    if page["layers"] % 2:
        page.set({"layers": page["layers"] + 1})


def view_control(page: Page) -> None:
    """Which of the two halves of the page."""
    st.segmented_control(
        say("exits.view"),
        VIEWS,
        format_func=lambda name: say(f"exits.view.{name}"),
        required=True,
        label_visibility="collapsed",
        **page.bind("view"),
    )


def network_control(page: Page) -> str:
    """The kind of network."""
    st.segmented_control(
        say("exits.network"),
        NETWORKS,
        format_func=lambda name: say(f"exits.network.{name}"),
        required=True,
        label_visibility="collapsed",
        **page.bind("network"),
    )
    return str(page["network"])


def threshold_setter(page: Page) -> Callable[[int], None]:
    """A callback that takes the threshold of the slider, which counts in thousandths."""
    return lambda thousandths: page.set({"threshold": thousandths / 1000.0})


def dense_controls(page: Page) -> DenseSetting:
    """Growth rate, layers, and width of the plain stack."""
    left, middle, right = st.columns(3)
    left.slider(say("exits.growth"), 2, 48, step=2, **page.bind("growth"))
    middle.slider(say("exits.layers"), 2, 40, step=2, **page.bind("layers"))
    right.slider(say("exits.plain"), 8, 1936, step=8, help=say("exits.plain.help"), **page.bind("plain"))
    return DenseSetting(page["growth"], page["layers"], page["plain"])
