"""The controls of the page Lifting: which classes, how they are lifted."""

from __future__ import annotations

import streamlit as st

from manifold.learning import LIFTS
from manifold.plots import ACTIVATION_TITLES
from manifold.ui.controls import draw_controls
from manifold.ui.pages.lifting.views import TRAINED, UNITS, LiftSetting
from manifold.ui.state import Field, Page, write

SHAPES = {
    "two rings": "Two rings",
    "thread": "Thread, its two halves",
    "spiral": "Spiral, its two halves",
    "two spirals": "Two spirals",
    "two moons": "Two moons",
}
WAYS = {name: lift.title for name, lift in LIFTS.items()} | {TRAINED: "A trained network"}
BEFORE = ("0", "8", "16", "32")

LIFTING_FIELDS = {
    "dataset": Field("two rings", choices=list(SHAPES)),
    "lift": Field("bowl", choices=list(WAYS)),
    "n": Field(3, low=1, high=UNITS[-1]),
    "before": Field("32", choices=list(BEFORE)),
    "activation": Field("relu", choices=["relu", "tanh", "linear"]),
    "noise": Field(0.0, low=0.0, high=0.2),
    "seed": Field(0, low=0, high=2**32 - 1),
    "draw": Field(1, low=0, high=999_999),
}
"""Values of the page."""


def lifting_controls(page: Page, trained: str) -> LiftSetting:
    """The sidebar, and above the pictures what the chosen lift has to choose; `trained` explains the network."""
    with st.sidebar:
        st.subheader("Classes")
        st.selectbox("Shape", SHAPES, format_func=SHAPES.__getitem__, **page.bind("dataset"))
        st.slider("Noise", 0.0, 0.2, step=0.01, **page.bind("noise"))
        st.subheader("Lift")
        st.radio("Lift", WAYS, format_func=WAYS.__getitem__, label_visibility="collapsed", **page.bind("lift"))
        st.caption(trained if page["lift"] == TRAINED else LIFTS[page["lift"]].idea)
        draw_controls(page, "Draw other weights")
    if page["lift"] == "relu":
        st.slider("Units of the layer, n", 1, UNITS[-1], **page.bind("n"))
    if page["lift"] == TRAINED:
        left, right = st.columns(2)
        left.segmented_control("Units before the watched three", BEFORE, required=True, **page.bind("before"))
        names = page.fields["activation"].choices
        right.segmented_control(
            "Activation", names, format_func=ACTIVATION_TITLES.__getitem__, required=True, **page.bind("activation")
        )
    noise = f",noise={write(page['noise'])}" if page["noise"] else ""
    return LiftSetting(
        dataset=page["dataset"] + noise,
        lift=page["lift"],
        units=page["n"],
        before=int(page["before"]),
        activation=page["activation"],
        seed=page["seed"],
        draw=page["draw"],
    )
