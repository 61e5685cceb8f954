"""The controls of the page Blocks: which block, which numbers, which weights."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from manifold.nets import BLOCKS, READOUTS
from manifold.text import named, say
from manifold.ui.beside.kept import with_beside
from manifold.ui.controls import TYPICAL_DRAW, draw_controls
from manifold.ui.dense_stacks import STACK_FIELDS
from manifold.ui.pages.blocks.views import OUT, WIDTHS, BlockSetting
from manifold.ui.state import Choices, Field, Page

ENDS = ("linear", "relu6")

BLOCK_FIELDS = with_beside(
    {
        "n": Field(4, low=WIDTHS[0], high=WIDTHS[-1]),
        "block": Field("inverted", choices=Choices(lambda: BLOCKS)),
        "end": Field("linear", choices=ENDS),
        "out": Field("same", choices=list(OUT)),
        "stride": Field(1, low=1, high=2),
        "ratio": Field(0.0, low=0.0, high=10.0),
        "size": Field(28, low=4, high=224),
        "readout": Field("exact", choices=Choices(lambda: READOUTS)),
        **STACK_FIELDS,
        "seed": Field(0, low=0, high=2**32 - 1),
        "draw": Field(TYPICAL_DRAW, low=0, high=999_999),
    },
    apart=STACK_FIELDS,
    played="n",
)
"""Values of the page. A ratio of 0 is the block's own."""


def block_controls(page: Page) -> BlockSetting:
    """The sidebar. Returns the setting that it makes."""
    with st.sidebar:
        st.header(say("blocks.block"))
        st.selectbox(say("blocks.kind"), BLOCKS, format_func=partial(named, BLOCKS), **page.bind("block"))
        kind = BLOCKS[page["block"]]
        if kind.switches:
            end = page.bind("end")
            st.segmented_control(say("blocks.narrow"), ENDS, format_func=end_title, required=True, **end)
        if kind.ratio is not None:
            _expansion(page, kind.ratio)
        st.selectbox(say("blocks.out"), OUT, format_func=lambda name: say(f"blocks.out.{name}"), **page.bind("out"))
        st.segmented_control(say("blocks.stride"), [1, 2], required=True, **page.bind("stride"))
        st.number_input(say("blocks.size"), 4, 224, step=4, **page.bind("size"))
        st.header(say("blocks.spiral"))
        st.selectbox(say("blocks.readout"), READOUTS, format_func=partial(named, READOUTS), **page.bind("readout"))
        draw_controls(page, say("control.other-weights"))
    return setting_of(page)


def setting_of(values: Mapping[str, Any] | Page) -> BlockSetting:
    """The setting that values of the page make."""
    kind = BLOCKS[values["block"]]
    return BlockSetting(
        kind=values["block"],
        expand_ratio=(values["ratio"] or kind.ratio) if kind.ratio is not None else None,
        bottleneck_activation=values["end"] if kind.switches else "linear",
        **{key: values[key] for key in ("out", "stride", "size", "readout", "seed", "draw")},
    )


def end_title(name: str) -> str:
    """What acts at the bottleneck."""
    return say(f"blocks.end.{name}")


def _expansion(page: Page, own: float) -> None:
    """The number of inner channels per channel in; the state holds 0 for the block's own, so that it survives another kind."""
    limit = 10.0 if own >= 1.0 else 2.0
    if page["ratio"] > limit:  # it was chosen for another kind
        page.set({"ratio": 0.0})
    key = f"blocks:expansion:{page['block']}"
    st.session_state[key] = page["ratio"] or own

    def take() -> None:
        page.set({"ratio": 0.0 if st.session_state[key] == own else st.session_state[key]})

    label = say("blocks.expansion", own=f"{own:.3g}")
    st.number_input(label, 0.05, limit, step=1.0 if own >= 1.0 else 0.05, format="%.3g", key=key, on_change=take)
