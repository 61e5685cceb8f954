"""The controls that pages share: which points, which layer, which draw."""

from __future__ import annotations

import streamlit as st

from manifold import ACTIVATIONS, DECODERS, EMBEDDINGS, PLANAR
from manifold.plots import ACTIVATION_TITLES
from manifold.text.prose import presets
from manifold.ui.one_draw.layers import N_POINTS, WIDTHS, Setting
from manifold.ui.state import Field, Page, write
from manifold.ui.upload import upload_points

UPLOAD = "your file"
TYPICAL_DRAW = 5
"""A draw of seed 0 that loses, at n = 2, 3, 5, 15 and 30, about as much as draws do on average."""

LAYER_FIELDS = {
    "n": Field(5, low=WIDTHS[0], high=WIDTHS[-1]),
    "activation": Field("relu", choices=list(ACTIVATIONS)),
    "embedding": Field("gaussian", choices=list(EMBEDDINGS)),
    "decoder": Field("inverse", choices=["inverse", "doubled", "affine"]),
    "scale": Field(1.0, low=0.5, high=30.0),
    "dataset": Field("spiral", choices=[*PLANAR, UPLOAD]),
    "turns": Field(2.0, low=0.5, high=6.0),
    "start": Field(0.15, low=0.05, high=0.9),
    "noise": Field(0.0, low=0.0, high=0.2),
    "seed": Field(0, low=0, high=2**32 - 1),
    "draw": Field(TYPICAL_DRAW, low=0, high=999_999),
}
"""Values that describe one draw of a layer and the points it sees."""


def preset_bar(page: Page) -> None:
    """Buttons that set the page to an instructive state, and the sentence of the one that is shown."""
    known = presets(page.name)
    parsed = {name: {key: page.fields[key].parse(text) for key, text in p.values.items()} for name, p in known.items()}
    states = {
        name: {key: values.get(key, field.default) for key, field in page.fields.items()} for name, values in parsed.items()
    }
    current = {key: page[key] for key in page.fields}
    shown = next((name for name, state in states.items() if state == current), None)

    def choose() -> None:
        if name := st.session_state[f"{page.name}:preset"]:
            page.set(states[name])

    st.session_state[f"{page.name}:preset"] = shown
    st.pills("Start from", list(known), key=f"{page.name}:preset", on_change=choose, label_visibility="collapsed")
    st.markdown(known[shown].sentence if shown else "Your own setting. The buttons above lead back to instructive ones.")


def layer_controls(page: Page, *, decoder: bool) -> Setting:
    """The sidebar: points, layer, draw. Returns the setting they make."""
    reader = "inverse"
    with st.sidebar:
        dataset, upload = _point_controls(page)
        st.subheader("Layer")
        st.selectbox("Activation", ACTIVATIONS, format_func=ACTIVATION_TITLES.__getitem__, **page.bind("activation"))
        st.caption(ACTIVATIONS[page["activation"]].keeps)
        st.selectbox("Law of T, and reading of T⁻¹", EMBEDDINGS, format_func=law_title, **page.bind("embedding"))
        law = EMBEDDINGS[page["embedding"]]
        st.caption(sentence(f"{law.summary}; T⁻¹ is {law.reading}"))
        if decoder:
            st.selectbox("Decoder", page.fields["decoder"].choices, format_func=str.capitalize, **page.bind("decoder"))
            reader = page["decoder"]
            st.caption(sentence(DECODERS[reader].summary))
        input_size(page)
        draw_controls(page)
    return Setting(dataset, upload, page["embedding"], page["activation"], reader, page["scale"], page["seed"], page["draw"])


def _point_controls(page: Page) -> tuple[str, bytes | None]:
    """Which points; the dataset as `make_cloud` reads it, and the content of an upload."""
    st.subheader("Points")
    st.selectbox("Shape", page.fields["dataset"].choices, format_func=str.capitalize, **page.bind("dataset"))
    name = page["dataset"]
    if name == UPLOAD:
        found = upload_points(N_POINTS)
        st.caption("The first two columns, moved and scaled into the unit disc. A link to this page does not carry your file.")
        return found or ("spiral", None)
    options = []
    if name == "spiral":
        st.slider("Turns", 0.5, 6.0, step=0.5, **page.bind("turns"))
        st.slider("Inner radius", 0.05, 0.9, step=0.05, **page.bind("start"))
        options += [f"{key}={write(page[key])}" for key in ("turns", "start") if page[key] != page.fields[key].default]
    st.slider("Noise", 0.0, 0.2, step=0.01, **page.bind("noise"))
    options += [f"noise={write(page['noise'])}"] if page["noise"] else []
    return ",".join([name, *options]), None


def input_size(page: Page) -> None:
    """What the points are multiplied by."""
    note = "ReLU is the same at every size; ReLU6 and tanh are not."
    st.slider("Size of the input", 0.5, 30.0, step=0.5, help=note, **page.bind("scale"))


def draw_controls(page: Page, label: str = "Draw another T") -> None:
    """Which draw of the random numbers."""
    left, right = st.columns(2)
    left.number_input("Seed", 0, 2**32 - 1, step=1, **page.bind("seed"))
    right.number_input("Draw", 0, 999_999, step=1, **page.bind("draw"))
    st.button(
        label,
        icon=":material/casino:",
        width="stretch",
        on_click=lambda: page.set({"draw": (page["draw"] + 1) % 1_000_000}),
    )


def sentence(text: str) -> str:
    """A summary of a registry as a sentence."""
    return f"{text[0].upper()}{text[1:]}."


def law_title(name: str) -> str:
    """A law of T with its reading of T^-1."""
    return f"{name.replace('-', ' ').capitalize()}, {EMBEDDINGS[name].symbol}"
