"""The controls that pages share: the size of the input, the law of T, and which draw."""

from __future__ import annotations

from typing import Any

import streamlit as st

from manifold import EMBEDDINGS, make_cloud, random_stream
from manifold.text import named, say
from manifold.ui.state import Page

UPLOAD = "your file"
"""The shape, as the address names it, that stands for a visitor's own points."""

TYPICAL_DRAW = 5
"""A draw of seed 0 that loses, at n = 2, 3, 5, 15 and 30, about as much as draws do on average."""


def input_size(page: Page) -> None:
    """What the points are multiplied by."""
    st.slider(say("control.size"), 0.5, 30.0, step=0.5, help=say("control.size.help"), **page.bind("scale"))


def draw_controls(page: Page, label: str) -> None:
    """Which draw of the random numbers; `label` stands on the button that takes the next one."""
    left, right = st.columns(2)
    seed_control(page, left)
    right.number_input(say("control.draw"), 0, 999_999, step=1, **page.bind("draw"))
    st.button(
        label,
        icon=":material/casino:",
        width="stretch",
        on_click=lambda: page.set({"draw": (page["draw"] + 1) % 1_000_000}),
    )


def seed_control(page: Page, place: Any = st) -> None:
    """From which seed all random numbers come."""
    place.number_input(say("control.seed"), 0, 2**32 - 1, step=1, **page.bind("seed"))


@st.cache_data(max_entries=256, show_spinner=False)
def is_drawn(dataset: str) -> bool:
    """Whether a dataset, as `manifold.make_cloud` reads it, takes random numbers."""
    rng = random_stream(0)
    before = rng.bit_generator.state
    make_cloud(dataset, 300, rng=rng)
    return bool(rng.bit_generator.state != before)


def law_title(name: str) -> str:
    """A law of T with its reading of T^-1."""
    return say("control.law.option", law=named(EMBEDDINGS, name), symbol=EMBEDDINGS[name].symbol)
