"""The sidebar of the pages that show one draw: which points, which layer, which draw."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from manifold import ACTIVATIONS, DATASETS, DECODERS, EMBEDDINGS, planar_datasets
from manifold.text import named, say
from manifold.ui.controls import TYPICAL_DRAW, UPLOAD, draw_controls, input_size, law_title
from manifold.ui.one_draw.drawing import PathField, drawing_controls
from manifold.ui.one_draw.layers import N_POINTS, WIDTHS, Setting
from manifold.ui.state import Choices, Field, Page, with_added, write
from manifold.ui.upload import Upload, upload_plane

READERS = ("inverse", "doubled", "affine")
"""Decoders whose answer is shown beside the exact one."""

LAYER_FIELDS = {
    "n": Field(5, low=WIDTHS[0], high=WIDTHS[-1]),
    "activation": Field("relu", choices=Choices(lambda: ACTIVATIONS)),
    "embedding": Field("gaussian", choices=Choices(lambda: EMBEDDINGS)),
    "decoder": Field("inverse", choices=with_added(READERS, DECODERS, lambda read: read.dimension in (None, 2))),
    "scale": Field(1.0, low=0.5, high=30.0),
    "dataset": Field("spiral", choices=Choices(lambda: [*planar_datasets(), UPLOAD])),
    "turns": Field(2.0, low=0.5, high=6.0),
    "start": Field(0.15, low=0.05, high=0.9),
    "path": PathField(""),
    "noise": Field(0.0, low=0.0, high=0.2),
    "seed": Field(0, low=0, high=2**32 - 1),
    "draw": Field(TYPICAL_DRAW, low=0, high=999_999),
}
"""Values that describe one draw of a layer and the points it sees."""


def layer_controls(page: Page, *, fixed: Mapping[str, str], sized: bool, width: bool = False) -> Setting:
    """The sidebar: points, layer, draw. Returns the setting they make.

    `fixed` holds law and decoder where the view does not leave them to the reader; `sized` says whether the size of the points
    matters under any activation, and `width` whether the number of channels is chosen here and not below the picture's title.
    """
    chosen = _chosen(page, fixed)
    with st.sidebar:
        points = _point_controls(page)
        st.header(say("control.layer"))
        if width:
            st.slider(say("panel.width"), WIDTHS[0], WIDTHS[-1], **page.bind("n"))
        st.selectbox(say("control.activation"), ACTIVATIONS, format_func=partial(named, ACTIVATIONS), **page.bind("activation"))
        st.caption(named(ACTIVATIONS, page["activation"], "keeps"))
        if "embedding" not in fixed:
            st.selectbox(say("control.law"), EMBEDDINGS, format_func=law_title, **page.bind("embedding"))
            st.caption(named(EMBEDDINGS, chosen["embedding"], "summary"))
        if "decoder" not in fixed:
            st.selectbox(
                say("control.decoder"),
                list(page.fields["decoder"].choices),
                format_func=partial(named, DECODERS),
                **page.bind("decoder"),
            )
            st.caption(named(DECODERS, chosen["decoder"], "summary"))
        if sized or ACTIVATIONS[page["activation"]].halves is None:
            input_size(page)
        draw_controls(page, say("control.another-matrix"))
    return layer_setting(page, *points, fixed=fixed)


def _chosen(values: Mapping[str, Any] | Page, fixed: Mapping[str, str]) -> dict[str, Any]:
    """Law and decoder."""
    return {key: fixed.get(key) or values[key] for key in ("embedding", "decoder")}


def layer_setting(
    values: Mapping[str, Any] | Page, dataset: str, upload: Upload | None, *, fixed: Mapping[str, str]
) -> Setting:
    """The setting that values of a page make of points."""
    kept = {key: values[key] for key in ("activation", "scale", "seed", "draw")}
    return Setting(dataset, upload, **kept, **_chosen(values, fixed))


def _point_controls(page: Page) -> tuple[str, Upload | None]:
    """Which points, as `make_cloud` reads them, and the visitor's file."""
    st.header(say("control.points"))
    st.selectbox(say("control.shape"), list(page.fields["dataset"].choices), format_func=shape_title, **page.bind("dataset"))
    name = page["dataset"]
    if name == UPLOAD:
        upload = upload_plane(N_POINTS)
        st.caption(say("control.two-columns"))
        return (upload.spec, upload) if upload else ("spiral", None)
    known = DATASETS[name].options
    if {"turns", "start"} <= set(known):
        st.slider(say("control.turns"), 0.5, 6.0, step=0.5, **page.bind("turns"))
        st.slider(say("control.inner-radius"), 0.05, 0.9, step=0.05, **page.bind("start"))
    if name == "drawn":
        drawing_controls(page)
    if "noise" in known:
        st.slider(say("control.noise"), 0.0, 0.2, step=0.01, **page.bind("noise"))
    return points_spec(page), None


def points_spec(values: Mapping[str, Any] | Page) -> str:
    """The points that values of a page describe, as `make_cloud` reads them."""
    name = values["dataset"]
    taken = [key for key in ("turns", "start", "path", "noise") if key in DATASETS[name].options]
    changed = [f"{key}={write(values[key])}" for key in taken if values[key] != LAYER_FIELDS[key].default]
    return ",".join([name, *changed])


def shape_title(name: str) -> str:
    """A shape, or that it is the visitor's own."""
    return say("control.upload") if name == UPLOAD else named(DATASETS, name)
