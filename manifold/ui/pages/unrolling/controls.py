"""The controls of the page Unrolling: which points, which method, how many neighbours, what to show."""

from __future__ import annotations

from functools import partial

import streamlit as st

from manifold import DATASETS
from manifold.learning import METHODS
from manifold.planes.maps import VIEWS
from manifold.text import named, say
from manifold.ui.controls import UPLOAD, draw_controls, is_drawn
from manifold.ui.pages.unrolling.views import RollSetting
from manifold.ui.state import Choices, Field, Page, with_added, write
from manifold.ui.upload import OwnCloud, upload_cloud

SHAPES = (
    "swiss roll",
    "s-curve",
    "severed sphere",
    "twin peaks",
    "helix",
    "toroidal spiral",
    "thread",
    "thread,dim=3",
    "digits",
    "photograph",
    UPLOAD,
)
"""Shapes, as `manifold.make_cloud` reads them."""

COLORS = ("first", "second", "trustworthiness", "continuity", "overlap", "procrustes")

_NAMED_FOR = "unrolling:colours-named-for"

UNROLLING_FIELDS = {
    "k": Field(10, low=2, high=60),
    "method": Field("landmark-isomap", choices=Choices(lambda: METHODS)),
    "view": Field("way", choices=VIEWS),
    "color": Field("first", choices=COLORS),
    "dataset": Field("swiss roll", choices=with_added(SHAPES, DATASETS)),
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
        st.header(say("control.points"))
        st.selectbox(
            say("control.shape"), list(page.fields["dataset"].choices), format_func=_shape_title, **page.bind("dataset")
        )
        st.slider(say("unrolling.count"), 200, 5000, step=100, **page.bind("points"))
        own = upload_cloud(page["points"]) if page["dataset"] == UPLOAD else None
        if page["dataset"] == UPLOAD:
            st.caption(say("unrolling.columns"))
        dataset = "swiss roll" if page["dataset"] == UPLOAD else page["dataset"]
        options = _options(page, dataset) if own is None else []
        name = ",".join([dataset, *options])
        _map_controls(page, drawn=own is None and is_drawn(name))
    method = METHODS[page["method"]]
    count = min(page["points"], method.most)
    upload, points = None, None
    if own is not None:
        upload, points = own
        name, count = upload.spec, len(points.cloud.points)
    k = min(page["k"], count - 1)  # a file may have fewer points
    return RollSetting(name, upload, count, page["method"], k, page["seed"], page["draw"]), points


def _map_controls(page: Page, *, drawn: bool) -> None:
    """Which method, and which draw where points are drawn or the method starts at random."""
    st.header(say("unrolling.map"))
    st.selectbox(say("unrolling.method"), METHODS, format_func=partial(named, METHODS), **page.bind("method"))
    st.caption(named(METHODS, page["method"], "keeps"))
    if drawn or METHODS[page["method"]].random:
        draw_controls(page, say("control.other-points" if drawn else "control.other-weights"))


def turn_controls(page: Page) -> None:
    """In the sidebar: from where points in space are seen."""
    with st.sidebar:
        st.header(say("unrolling.view"))
        st.slider(say("unrolling.turn"), 0, 360, step=5, format="%d°", **page.bind("turn"))
        st.slider(say("unrolling.tilt"), -90, 90, step=5, format="%d°", **page.bind("tilt"))
        st.caption(say("unrolling.mouse"))


def neighbour_slider(page: Page) -> None:
    """How many neighbours are joined."""
    st.slider(say("unrolling.neighbours"), 2, 60, help=say("unrolling.neighbours.help"), **page.bind("k"))


def view_controls(page: Page, *, truth: str, width: int) -> None:
    """In the sidebar: what is drawn of points that are joined, and what colours it, as far as it applies to them."""
    usable = [name for name in COLORS if (name != "second" or width > 1) and (name != "procrustes" or truth != "colour")]
    if page["color"] not in usable or st.session_state.get(_NAMED_FOR, truth) != truth:  # or the browser keeps the old name
        page.set({"color": page["color"] if page["color"] in usable else "first"})
    st.session_state[_NAMED_FOR] = truth
    first = "own" if truth == "colour" else "first"
    titles = {name: say(f"unrolling.color.{first if name == 'first' else name}") for name in usable}
    with st.sidebar:
        st.selectbox(say("control.show"), VIEWS, format_func=lambda name: say(f"unrolling.view.{name}"), **page.bind("view"))
        st.selectbox(say("unrolling.color"), usable, format_func=titles.__getitem__, **page.bind("color"))


def _shape_title(name: str) -> str:
    return named(DATASETS, name) if name in DATASETS.added() else say(f"unrolling.shape.{name}")


def _options(page: Page, dataset: str) -> list[str]:
    """Sliders of the shape's options; those moved, as `make_cloud` reads them."""
    known, shown = DATASETS[dataset.partition(",")[0]].options, []
    if "noise" in known:
        st.slider(say("control.noise"), 0.0, 0.15, step=0.01, **page.bind("noise"))
        shown.append("noise")
    if "density" in known:
        st.slider(say("unrolling.density"), 1.0, 20.0, step=1.0, format="%g ×", **page.bind("density"))
        shown.append("density")
    if "hole" in known:
        st.slider(say("unrolling.hole"), 0.0, 0.6, step=0.1, **page.bind("hole"))
        shown.append("hole")
    return [f"{key}={write(page[key])}" for key in shown if page[key] != page.fields[key].default]
