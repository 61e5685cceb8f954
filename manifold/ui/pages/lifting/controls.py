"""The controls of the page Lifting: which classes, how they are lifted."""

from __future__ import annotations

from functools import partial

import streamlit as st

from manifold import ACTIVATIONS, DATASETS
from manifold.learning import LIFTS
from manifold.text import named, say, section
from manifold.ui.controls import draw_controls, is_drawn, seed_control
from manifold.ui.pages.lifting.views import TRAINED, UNITS, LiftSetting
from manifold.ui.state import Choices, Field, Page, with_added, write

SHAPES = ("two rings", "thread", "spiral", "two spirals", "two moons")
CHOICES = Choices(lambda: [*LIFTS, TRAINED])
BEFORE = ("0", "8", "16", "32")

LIFTING_FIELDS = {
    "dataset": Field("two rings", choices=with_added(SHAPES, DATASETS, lambda shape: shape.dimension == 2)),
    "lift": Field("bowl", choices=CHOICES),
    "n": Field(3, low=1, high=UNITS[-1]),
    "before": Field("32", choices=BEFORE),
    "activation": Field("relu", choices=with_added(("relu", "tanh", "linear"), ACTIVATIONS)),
    "noise": Field(0.0, low=0.0, high=0.2),
    "seed": Field(0, low=0, high=2**32 - 1),
    "draw": Field(1, low=0, high=999_999),
}
"""Values of the page."""


def lift_title(name: str) -> str:
    """How a lift is called; of those that can be chosen only the trained one is in no registry."""
    return say("lifting.trained") if name == TRAINED else named(LIFTS, name)


def lifting_controls(page: Page) -> LiftSetting:
    """The sidebar, and above the pictures what the chosen lift has to choose."""
    with st.sidebar:
        st.header(say("lifting.classes"))
        st.selectbox(
            say("control.shape"), list(page.fields["dataset"].choices), format_func=_shape_title, **page.bind("dataset")
        )
        st.slider(say("control.noise"), 0.0, 0.2, step=0.01, **page.bind("noise"))
        st.header(say("lifting.lift"))
        st.radio(say("lifting.lift"), list(CHOICES), format_func=lift_title, label_visibility="collapsed", **page.bind("lift"))
        lift = page["lift"]
        st.caption(section("lifting", "trained") if lift == TRAINED else named(LIFTS, lift, "idea"))
        drawn = lift == TRAINED or LIFTS[lift].drawn
        dataset = page["dataset"] + (f",noise={write(page['noise'])}" if page["noise"] else "")
        if drawn or is_drawn(dataset):
            draw_controls(page, say("control.other-weights" if drawn else "control.other-points"))
        else:  # only the curve below the pictures is drawn
            seed_control(page)
    if lift != TRAINED and drawn:
        st.slider(say("lifting.units"), 1, UNITS[-1], **page.bind("n"))
    if lift == TRAINED:
        _network_controls(page)
    return LiftSetting(
        dataset=dataset,
        lift=page["lift"],
        units=page["n"],
        before=int(page["before"]),
        activation=page["activation"],
        seed=page["seed"],
        draw=page["draw"],
    )


def _shape_title(name: str) -> str:
    return named(DATASETS, name) if name in DATASETS.added() else say(f"lifting.shape.{name}")


def _network_controls(page: Page) -> None:
    """Layer before the watched one, and activation, of a network that is trained."""
    left, right = st.columns(2)
    left.segmented_control(say("lifting.before"), BEFORE, required=True, **page.bind("before"))
    names, titles = list(page.fields["activation"].choices), partial(named, ACTIVATIONS)
    right.segmented_control(say("control.activation"), names, format_func=titles, required=True, **page.bind("activation"))
