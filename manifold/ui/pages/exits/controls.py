"""The controls of the page Dense and early exits: which network and threshold, or how many layers of which growth."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from manifold.text import say
from manifold.ui.dense_stacks import STACK_FIELDS
from manifold.ui.state import Field, Page

VIEWS = ("exits", "dense")
NETWORKS = ("dense", "residual", "plain")

EXITS_FIELDS = {
    "view": Field("exits", choices=VIEWS),
    "network": Field("dense", choices=NETWORKS),
    "threshold": Field(0.8, low=0.0, high=1.0),
    **STACK_FIELDS,
}
"""Values of the page."""


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
