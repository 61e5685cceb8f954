"""The controls of the page Train it: what both arms share, the one thing in which they differ, and how they are trained."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from manifold import ACTIVATIONS
from manifold.nets.training.arms import Arm, Pair
from manifold.nets.training.data import IMAGE_SETS, OwnImages
from manifold.text import named, say, section
from manifold.ui.beside.kept import with_beside
from manifold.ui.controls import UPLOAD, seed_control
from manifold.ui.pages.train.files import own_images
from manifold.ui.state import Choices, Field, Page, with_added

DIFFERS = ("activation", "shortcut", "width", "depth", "draw")
ENDS = with_added(("linear", "relu6", "relu", "leaky_relu", "hardswish", "tanh"), ACTIVATIONS)
SHORTCUTS = ("none", "bottleneck", "expansion")
WIDTHS, DEPTHS, STEPS = (2, 24), (2, 10), (5, 500)

TRAIN_FIELDS = with_beside(
    {
        "differs": Field("activation", choices=DIFFERS),
        "data": Field("digits", choices=Choices(lambda: [*IMAGE_SETS, UPLOAD])),
        "activation": Field("linear", choices=ENDS),
        "shortcut": Field("none", choices=SHORTCUTS),
        "n": Field(2, low=WIDTHS[0], high=WIDTHS[1]),
        "depth": Field(6, low=DEPTHS[0], high=DEPTHS[1]),
        "activation2": Field("relu6", choices=ENDS),
        "shortcut2": Field("bottleneck", choices=SHORTCUTS),
        "n2": Field(4, low=WIDTHS[0], high=WIDTHS[1]),
        "depth2": Field(3, low=DEPTHS[0], high=DEPTHS[1]),
        "steps": Field(250, low=STEPS[0], high=STEPS[1]),
        "rate": Field(0.02, low=1e-6, high=1e30),
        "seed": Field(0, low=0, high=2**32 - 1),
        "draw": Field(0, low=0, high=999_999),
    }
)
"""Values of the page."""

_KEYS = {"activation": "activation", "shortcut": "shortcut", "width": "n", "depth": "depth", "draw": "draw"}
"""Of the fields of an arm."""


def pair_of(values: Mapping[str, Any], own: OwnImages | None = None) -> Pair:
    """The two arms that the values of the page describe, on pictures of the visitor's if there are any."""
    first = {name: values[key] for name, key in _KEYS.items()}
    data = "digits" if values["data"] == UPLOAD else values["data"]
    shared = {"dataset": data, "steps": values["steps"], "rate": values["rate"], "seed": values["seed"], "own": own}
    apart = values["differs"]
    other = first["draw"] + 1 if apart == "draw" else values[f"{_KEYS[apart]}2"]
    return Arm(**first, **shared), Arm(**{**first, apart: other}, **shared)


def differs(pair: Pair) -> str:
    """In what the arms differ; the first of `DIFFERS` if in nothing."""
    return next((name for name in DIFFERS if getattr(pair[0], name) != getattr(pair[1], name)), DIFFERS[0])


def train_controls(page: Page) -> Pair:
    """The sidebar. Returns the arms that it makes."""
    with st.sidebar:
        st.header(say("train.differ"))
        st.selectbox(
            say("train.differ"), DIFFERS, format_func=thing_title, label_visibility="collapsed", **page.bind("differs")
        )
        apart = page["differs"]
        if apart == "draw":
            st.caption(say("train.two-draws", first=page["draw"], second=page["draw"] + 1))
        else:
            _control(page, apart, say("train.first"))
            _control(page, apart, say("train.second"), "2")
        st.header(say("train.both"))
        for name in DIFFERS[:-1]:
            if name != apart:
                _control(page, name, thing_title(name))
        st.selectbox(say("train.data"), [*IMAGE_SETS, UPLOAD], format_func=data_title, **page.bind("data"))
        own = own_images() if page["data"] == UPLOAD else None
        with st.expander(say("train.how")):
            st.slider(say("train.steps"), *STEPS, step=5, **page.bind("steps"))
            st.number_input(
                say("train.rate"), 1e-6, 1e30, step=0.01, format="%.4g", help=section("train", "rate"), **page.bind("rate")
            )
            seed_control(page)
            st.number_input(say("control.draw"), 0, 999_999, step=1, help=section("train", "draw"), **page.bind("draw"))
    return pair_of({key: page[key] for key in TRAIN_FIELDS}, own)


def _control(page: Page, name: str, label: str, side: str = "") -> None:
    """What sets one thing of the first arm, or of the second, `side` "2"."""
    key = f"{_KEYS[name]}{side}"
    if name == "activation":
        st.selectbox(label, list(ENDS), format_func=partial(named, ACTIVATIONS), **page.bind(key))
    elif name == "shortcut":
        st.selectbox(label, SHORTCUTS, format_func=_place, **page.bind(key))
    else:
        st.slider(label, *(WIDTHS if name == "width" else DEPTHS), **page.bind(key))


def thing_title(name: str) -> str:
    """In what arms may differ."""
    return say(f"train.differs.{name}")


def _place(shortcut: str) -> str:
    return say(f"train.shortcut.{shortcut}")


def data_title(name: str) -> str:
    """A set of pictures; one that a script has added by its name."""
    if name == UPLOAD:
        return say("train.data.own")
    return name if name in IMAGE_SETS.added() else say(f"train.data.{name}")
