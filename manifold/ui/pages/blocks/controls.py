"""The controls of the page Blocks: which block, which numbers, which weights."""

from __future__ import annotations

import streamlit as st

from manifold.nets import BLOCKS, READOUTS
from manifold.ui.controls import TYPICAL_DRAW, draw_controls
from manifold.ui.pages.blocks.views import OUT, READOUT_TITLES, WIDTHS, BlockSetting
from manifold.ui.state import Field, Page

ENDS = {"linear": "No activation", "relu6": "ReLU6"}

BLOCK_FIELDS = {
    "n": Field(4, low=WIDTHS[0], high=WIDTHS[-1]),
    "block": Field("inverted", choices=list(BLOCKS)),
    "end": Field("linear", choices=list(ENDS)),
    "out": Field("same", choices=list(OUT)),
    "stride": Field(1, low=1, high=2),
    "ratio": Field(0.0, low=0.0, high=10.0),
    "size": Field(28, low=4, high=224),
    "readout": Field("exact", choices=list(READOUTS)),
    "growth": Field(12, low=4, high=48),
    "layers": Field(24, low=4, high=40),
    "seed": Field(0, low=0, high=2**32 - 1),
    "draw": Field(TYPICAL_DRAW, low=0, high=999_999),
}
"""Values of the page. A ratio of 0 is the block's own."""


def block_controls(page: Page) -> BlockSetting:
    """The sidebar. Returns the setting that it makes."""
    with st.sidebar:
        st.subheader("Block")
        st.selectbox("Kind", BLOCKS, format_func=lambda name: BLOCKS[name].title, **page.bind("block"))
        kind = BLOCKS[page["block"]]
        if kind.switches:
            st.segmented_control("At the narrow place", ENDS, format_func=ENDS.__getitem__, required=True, **page.bind("end"))
        if kind.ratio is not None:
            _expansion(page, kind.ratio)
        st.selectbox("Channels out", OUT, format_func=OUT.__getitem__, **page.bind("out"))
        st.segmented_control("Stride", [1, 2], required=True, **page.bind("stride"))
        st.number_input("Height and width of the image", 4, 224, step=4, **page.bind("size"))
        st.subheader("Spiral")
        st.selectbox("Read by", READOUTS, format_func=READOUT_TITLES.__getitem__, **page.bind("readout"))
        draw_controls(page, "Draw other weights")
    return BlockSetting(
        kind=page["block"],
        out=page["out"],
        stride=page["stride"],
        size=page["size"],
        expand_ratio=(page["ratio"] or kind.ratio) if kind.ratio is not None else None,
        bottleneck_activation=page["end"] if kind.switches else "linear",
        readout=page["readout"],
        seed=page["seed"],
        draw=page["draw"],
    )


def _expansion(page: Page, own: float) -> None:
    """The number of inner channels per channel in; the state holds 0 for the block's own, so that it survives another kind."""
    limit = 10.0 if own >= 1.0 else 2.0
    if page["ratio"] > limit:  # it was chosen for another kind
        page.set({"ratio": 0.0})
    key = f"blocks:expansion of {page['block']}"
    st.session_state[key] = page["ratio"] or own

    def take() -> None:
        page.set({"ratio": 0.0 if st.session_state[key] == own else st.session_state[key]})

    label = f"Expansion (the paper's: {own:.3g})"
    st.number_input(label, 0.05, limit, step=1.0 if own >= 1.0 else 0.05, format="%.3g", key=key, on_change=take)
