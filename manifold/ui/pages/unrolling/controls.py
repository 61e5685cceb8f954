"""The controls of the page Unrolling: which points, which method, how many neighbours, what to show."""

from __future__ import annotations

import streamlit as st

from manifold.learning import METHODS
from manifold.ui.controls import UPLOAD, draw_controls
from manifold.ui.pages.unrolling.views import RollSetting
from manifold.ui.state import Field, Page, write
from manifold.ui.upload import OwnCloud, upload_cloud

SHAPES = {
    "swiss roll": "Swiss roll",
    "s-curve": "S-curve",
    "severed sphere": "Severed sphere",
    "twin peaks": "Twin peaks",
    "helix": "Helix",
    "toroidal spiral": "Toroidal spiral",
    "thread": "Thread on the table",
    "thread,dim=3": "Thread in space",
    "digits": "Handwritten digits, 64 pixels",
    "photograph": "Photograph, turned and zoomed",
    UPLOAD: "Your file",
}
"""Shapes, as `manifold.make_cloud` reads them, and their titles."""

VIEWS = {"way": "The ant's way", "lines": "Lines between neighbours", "points": "Points only"}
COLORS = {
    "first": "First true coordinate",
    "second": "Second true coordinate",
    "trustworthiness": "Trustworthiness",
    "continuity": "Continuity",
    "overlap": "Neighbours kept",
    "procrustes": "Distance from the truth",
}

_NAMED_FOR = "unrolling: colours named for"
_HOLES = ("swiss roll", "s-curve")

UNROLLING_FIELDS = {
    "k": Field(10, low=2, high=60),
    "method": Field("landmark-isomap", choices=list(METHODS)),
    "view": Field("way", choices=list(VIEWS)),
    "color": Field("first", choices=list(COLORS)),
    "dataset": Field("swiss roll", choices=list(SHAPES)),
    "points": Field(2000, low=200, high=5000),
    "noise": Field(0.0, low=0.0, high=0.15),
    "density": Field(1.0, low=1.0, high=20.0),
    "hole": Field(0.0, low=0.0, high=0.6),
    "turn": Field(280, low=0, high=360),
    "tilt": Field(20, low=-90, high=90),
    "seed": Field(0, low=0, high=2**32 - 1),
    "draw": Field(0, low=0, high=999_999),
}
"""Values of the page."""


def unrolling_controls(page: Page) -> tuple[RollSetting, OwnCloud | None]:
    """The sidebar. Returns the setting that it makes, and the visitor's own points where they are shown."""
    with st.sidebar:
        st.subheader("Points")
        st.selectbox("Shape", SHAPES, format_func=SHAPES.__getitem__, **page.bind("dataset"))
        st.slider("Number of points", 200, 5000, step=100, **page.bind("points"))
        own = upload_cloud(page["points"]) if page["dataset"] == UPLOAD else None
        if page["dataset"] == UPLOAD:
            st.caption("Every other column is a coordinate. A link to this page does not carry your file.")
        dataset = "swiss roll" if page["dataset"] == UPLOAD else page["dataset"]
        options = _options(page, dataset) if own is None else []
        st.subheader("Map")
        st.selectbox("Method", METHODS, format_func=lambda name: METHODS[name].title, **page.bind("method"))
        method = METHODS[page["method"]]
        st.caption(f"Keeps {method.keeps}.")
        draw_controls(page, "Draw other points")
        st.subheader("View")
        st.slider("Turn", 0, 360, step=5, format="%d°", **page.bind("turn"))
        st.slider("Tilt", -90, 90, step=5, format="%d°", **page.bind("tilt"))
        st.caption("The mouse turns the picture, too, until something else changes.")
    count = min(page["points"], method.most)
    if own is not None:
        count = len(own.cloud.points)
    name = own.name if own else ",".join([dataset, *options])
    cloud = own.cloud if own else None
    k = min(page["k"], count - 1)  # a file may have fewer points
    return RollSetting(name, cloud, count, page["method"], k, page["seed"], page["draw"]), own


def view_controls(page: Page, *, truth: str, width: int) -> None:
    """Above the pictures: k, what is drawn, what colours it; what does not apply to these points is left out."""
    left, middle, right = st.columns([4, 3, 3])
    left.slider("Neighbours k", 2, 60, help="Every point is joined to its k nearest.", **page.bind("k"))
    middle.selectbox("Show", VIEWS, format_func=VIEWS.__getitem__, **page.bind("view"))
    usable = [name for name in COLORS if (name != "second" or width > 1) and (name != "procrustes" or truth != "colour")]
    if page["color"] not in usable or st.session_state.get(_NAMED_FOR, truth) != truth:  # or the browser keeps the old name
        page.set({"color": page["color"] if page["color"] in usable else "first"})
    st.session_state[_NAMED_FOR] = truth
    names = {**COLORS, "first": "Its own colour"} if truth == "colour" else COLORS
    right.selectbox("Colour", usable, format_func=names.__getitem__, **page.bind("color"))


def _options(page: Page, dataset: str) -> list[str]:
    """Sliders of the shape's options; those moved, as `make_cloud` reads them."""
    st.slider("Noise", 0.0, 0.15, step=0.01, **page.bind("noise"))
    shown = ["noise"]
    if dataset != "digits":
        st.slider("Density at the start, against the end", 1.0, 20.0, step=1.0, format="%g ×", **page.bind("density"))
        shown.append("density")
    if dataset in _HOLES:
        st.slider("Hole in the middle, share of the side", 0.0, 0.6, step=0.1, **page.bind("hole"))
        shown.append("hole")
    return [f"{key}={write(page[key])}" for key in shown if page[key] != page.fields[key].default]
