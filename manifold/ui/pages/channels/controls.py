"""The controls of the page How many channels: dimensions, layer and decoder in the sidebar, the expansion above the charts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from manifold import ACTIVATIONS, DECODERS, EMBEDDINGS
from manifold.sweeps.curves import MOST_EXPANSION, expansion_widths
from manifold.text import named, say
from manifold.ui.beside.kept import with_beside
from manifold.ui.controls import input_size, law_title, seed_control
from manifold.ui.pages.channels.views import ChannelSetting
from manifold.ui.state import Choices, Field, Page, nearest, with_added

DIMENSIONS = ("2", "3", "4", "6", "8", "12", "16")
VIEWS = ("loss", "bound")
_DECODERS = ("inverse", "doubled", "active-rows")

CHANNEL_FIELDS = with_beside(
    {
        "n": Field(12, low=2, high=MOST_EXPANSION * int(DIMENSIONS[-1])),
        "dimension": Field("2", choices=DIMENSIONS),
        "activation": Field("relu", choices=Choices(lambda: ACTIVATIONS)),
        "decoder": Field("inverse", choices=with_added(_DECODERS, DECODERS, lambda read: read.dimension is None)),
        "embedding": Field("gaussian", choices=Choices(lambda: EMBEDDINGS)),
        "scale": Field(1.0, low=0.5, high=30.0),
        "view": Field("loss", choices=VIEWS),
        "seed": Field(0, low=0, high=2**32 - 1),
    },
    apart=("view",),
    played="n",
    moved=False,
)
"""Values of the page."""


def decoder_title(name: str) -> str:
    """What a decoder does, in a few words."""
    return named(DECODERS, name) if name in DECODERS.added() else say(f"channels.decoder.{name}")


def view_control(page: Page) -> None:
    """Whether the losses or the paper's bound on them are shown."""
    titles = {name: say(f"channels.view.{name}") for name in VIEWS}
    label = say("control.show")
    shown = page.bind("view")
    st.segmented_control(label, VIEWS, format_func=titles.__getitem__, required=True, label_visibility="collapsed", **shown)


def channel_controls(page: Page) -> ChannelSetting:
    """The sidebar."""
    with st.sidebar:
        st.header(say("channels.data"))
        bound = {**page.bind("dimension"), "on_change": _keep_expansion, "args": (page,)}
        st.segmented_control(say("channels.dimensions"), DIMENSIONS, required=True, **bound)
        st.header(say("control.layer"))
        titles = partial(named, ACTIVATIONS)
        st.selectbox(say("control.activation"), ACTIVATIONS, format_func=titles, **page.bind("activation"))
        st.caption(named(ACTIVATIONS, page["activation"], "keeps"))
        st.selectbox(say("control.law"), EMBEDDINGS, format_func=law_title, **page.bind("embedding"))
        if ACTIVATIONS[page["activation"]].halves is None:
            input_size(page)
        st.header(say("control.decoder"))
        st.selectbox(
            say("control.decoder"),
            list(page.fields["decoder"].choices),
            format_func=decoder_title,
            label_visibility="collapsed",
            **page.bind("decoder"),
        )
        st.caption(named(DECODERS, page["decoder"], "summary"))
        seed_control(page)
        st.button(say("control.others"), icon=":material/casino:", width="stretch", on_click=_next_seed, args=(page,))
    return setting_of(page)


def setting_of(values: Mapping[str, Any] | Page) -> ChannelSetting:
    """The setting that values of the page make."""
    kept = {key: values[key] for key in ("embedding", "activation", "decoder", "scale", "seed")}
    return ChannelSetting(dim=int(values["dimension"]), **kept)


def expansion_slider(page: Page, dim: int) -> int:
    """The width n, chosen by n/d among those that are measured."""
    widths = expansion_widths(dim)
    if page["n"] not in widths:
        shown = nearest(widths, page["n"])
        st.info(say("channels.not-measured", dim=dim, wanted=page["n"], shown=shown))
        page.set({"n": shown})
    st.select_slider(
        say("channels.expansion"),
        widths,
        format_func=lambda width: say("channels.expansion.option", expansion=f"{width / dim:.3g}", width=width),
        **page.bind("n"),
    )
    return int(page["n"])


def _keep_expansion(page: Page) -> None:
    """Another number of dimensions at the same n/d, or nearly so."""
    before, after = int(page["dimension"]), int(st.session_state[page.bind("dimension")["key"]])
    page.set({"dimension": str(after), "n": nearest(expansion_widths(after), page["n"] * after / before)})


def _next_seed(page: Page) -> None:
    page.set({"seed": (page["seed"] + 1) % 2**32})
