"""The controls of the page How many channels: dimensions, layer and decoder in the sidebar, the expansion above the charts."""

from __future__ import annotations

import streamlit as st

from manifold import ACTIVATIONS, DECODERS, EMBEDDINGS
from manifold.curves import MOST_EXPANSION, expansion_widths
from manifold.plots import ACTIVATION_TITLES
from manifold.ui.controls import input_size, law_title, sentence
from manifold.ui.pages.channels.views import ChannelSetting
from manifold.ui.state import Field, Page

DIMENSIONS = ("2", "3", "4", "6", "8", "12", "16")
DECODER_TITLES = {
    "inverse": "T⁻¹, as in the paper's picture",
    "doubled": "Twice T⁻¹",
    "active-rows": "Exact, on the active rows",
}

CHANNEL_FIELDS = {
    "n": Field(12, low=2, high=MOST_EXPANSION * int(DIMENSIONS[-1])),
    "dimension": Field("2", choices=DIMENSIONS),
    "activation": Field("relu", choices=list(ACTIVATIONS)),
    "decoder": Field("inverse", choices=list(DECODER_TITLES)),
    "embedding": Field("gaussian", choices=list(EMBEDDINGS)),
    "scale": Field(1.0, low=0.5, high=30.0),
    "seed": Field(0, low=0, high=2**32 - 1),
}
"""Values of the page."""


def channel_controls(page: Page) -> ChannelSetting:
    """The sidebar."""
    with st.sidebar:
        st.subheader("Data")
        st.segmented_control(
            "Dimensions d",
            DIMENSIONS,
            required=True,
            **{**page.bind("dimension"), "on_change": _keep_expansion, "args": (page,)},
        )
        st.subheader("Layer")
        st.selectbox("Activation", ACTIVATIONS, format_func=ACTIVATION_TITLES.__getitem__, **page.bind("activation"))
        st.caption(ACTIVATIONS[page["activation"]].keeps)
        st.selectbox("Law of T, and reading of T⁻¹", EMBEDDINGS, format_func=law_title, **page.bind("embedding"))
        input_size(page)
        st.subheader("Decoder")
        st.selectbox(
            "Decoder",
            DECODER_TITLES,
            format_func=DECODER_TITLES.__getitem__,
            label_visibility="collapsed",
            **page.bind("decoder"),
        )
        st.caption(sentence(DECODERS[page["decoder"]].summary))
        st.number_input("Seed", 0, 2**32 - 1, step=1, **page.bind("seed"))
        st.button("Draw others", icon=":material/casino:", width="stretch", on_click=_next_seed, args=(page,))
    return ChannelSetting(
        dim=int(page["dimension"]),
        embedding=page["embedding"],
        activation=page["activation"],
        decoder=page["decoder"],
        scale=page["scale"],
        seed=page["seed"],
    )


def expansion_slider(page: Page, dim: int) -> int:
    """The width n, chosen by n/d among those that are measured."""
    widths = expansion_widths(dim)
    if page["n"] not in widths:
        nearest = min(widths, key=lambda width: abs(width - page["n"]))
        st.info(f"With {dim} dimensions n = {page['n']} is not measured; n = {nearest} is shown.")
        page.set({"n": nearest})
    st.select_slider(
        "Expansion: channels n for each dimension d",
        widths,
        format_func=lambda width: f"{width / dim:.3g} (n = {width})",
        **page.bind("n"),
    )
    return int(page["n"])


def _keep_expansion(page: Page) -> None:
    """Another number of dimensions at the same n/d, or nearly so."""
    before, after = int(page["dimension"]), int(st.session_state[page.bind("dimension")["key"]])
    wanted = page["n"] * after / before
    page.set({"dimension": str(after), "n": min(expansion_widths(after), key=lambda width: abs(width - wanted))})


def _next_seed(page: Page) -> None:
    page.set({"seed": (page["seed"] + 1) % 2**32})
