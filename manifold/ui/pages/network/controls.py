"""The controls of the page Real network: which network, which picture, how the camera moves, and what is put where."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from manifold import PHOTOGRAPHS, VIEWS
from manifold.nets import NETWORKS, REPAIRS
from manifold.text import named, say
from manifold.ui.beside.kept import with_beside
from manifold.ui.controls import UPLOAD, draw_controls
from manifold.ui.pages.network.files import own_picture, own_weights
from manifold.ui.pages.network.setting import TRAINED, NetworkSetting
from manifold.ui.pages.network.views import bottleneck_shortcuts, sample_views
from manifold.ui.state import Field, Page
from manifold.ui.upload import Upload

SHOWN = (TRAINED, "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "densenet121")
"""Networks that the menu offers, by their names in `NETWORKS`."""

PHOTOS = (*PHOTOGRAPHS, UPLOAD)
SOURCES = ("package", UPLOAD)
"""Where trained weights come from."""

KINDS = ("rotation-zoom", "translation-brightness")
"""Ways of the camera, by their names in `VIEWS`."""

SHOW = ("channels", "table")
"""What is shown of the activations."""

PUT = ("relu6", "relu")
LAST = 16
"""Place that is shown first: the last block of `TRAINED`."""

_SAMPLES = 4

NETWORK_FIELDS = with_beside(
    {
        "depth": Field(LAST, low=0, high=19),
        "network": Field(TRAINED, choices=SHOWN),
        "source": Field(SOURCES[0], choices=SOURCES),
        "weights": Field("trained", choices=("trained", "random")),
        "photo": Field("palace", choices=PHOTOS),
        "views": Field(KINDS[0], choices=KINDS),
        "color": Field("first", choices=("first", "second")),
        "count": Field(120, low=40, high=240),
        "size": Field(96, low=32, high=160),
        "show": Field("channels", choices=SHOW),
        "switch": Field("off", choices=("off", *PUT)),
        "block": Field(9, low=1, high=17),
        "repair": Field("none", choices=REPAIRS),
        "seed": Field(0, low=0, high=2**32 - 1),
        "draw": Field(0, low=0, high=999_999),
    },
    apart=("color", "show", "switch", "block", "repair"),
    played="depth",
)
"""Values of the page."""


def network_controls(page: Page) -> NetworkSetting:
    """The sidebar. Returns the setting that it makes."""
    with st.sidebar:
        st.header(say("real.network"))
        st.selectbox(say("real.network"), SHOWN, format_func=partial(named, NETWORKS), **page.bind("network"))
        checkpoint = _weights_controls(page)
        st.header(say("real.picture"))
        st.selectbox(say("real.picture"), PHOTOS, format_func=lambda name: say(f"real.photo.{name}"), **page.bind("photo"))
        own = own_picture(page["size"]) if page["photo"] == UPLOAD else None
        st.selectbox(say("real.views"), KINDS, format_func=lambda name: say(f"real.views.{name}"), **page.bind("views"))
        thumbnails = st.empty()
        _color_control(page)
        st.slider(say("real.count"), 40, 240, step=20, **page.bind("count"))
        st.slider(say("real.size"), 32, 160, step=16, help=say("real.size.help"), **page.bind("size"))
        draw_controls(page, say("real.other"))
    setting = setting_of(page, own, checkpoint)
    told = say("real.samples")
    thumbnails.image(sample_views(setting, _SAMPLES), caption=told, width="stretch", alt=told)
    return setting


def setting_of(values: Mapping[str, Any] | Page, own: Upload | None, checkpoint: Upload | None) -> NetworkSetting:
    """The setting that values of the page make of a visitor's picture and weights, if there are any."""
    return NetworkSetting(
        weights=values["weights"] if values["network"] == TRAINED or checkpoint else "random",
        photo=own.name if own else "palace" if values["photo"] == UPLOAD else values["photo"],
        own=own,
        checkpoint=checkpoint,
        kind=values["views"],
        **{key: values[key] for key in ("network", "count", "size", "seed", "draw")},
    )


def _weights_controls(page: Page) -> Upload | None:
    """Whose weights the network has, and which of them are looked at; the visitor's file."""
    network = page["network"]
    own = say("real.source.own")
    package = say(f"real.source.{'package' if network == TRAINED else 'none'}")
    titles = dict(zip(SOURCES, (package, own), strict=True))
    st.selectbox(say("real.source"), SOURCES, format_func=titles.__getitem__, **page.bind("source"))
    checkpoint = own_weights(network) if page["source"] == UPLOAD else None
    if network == TRAINED or checkpoint:
        st.segmented_control(
            say("real.weights"), ("trained", "random"), format_func=arm_title, required=True, **page.bind("weights")
        )
    elif page["source"] != UPLOAD:
        st.caption(say("real.untrained"))
    return checkpoint


def arm_title(name: str) -> str:
    """Whose weights a network has."""
    return say(f"real.short.{name}")


def _color_control(page: Page) -> None:
    """Which of the camera's two numbers colours the maps."""
    names = VIEWS[page["views"]].coordinates
    titles = {key: say(f"real.color.{name}") for key, name in zip(("first", "second"), names, strict=True)}
    label = say("real.color")
    st.segmented_control(label, tuple(titles), format_func=titles.__getitem__, required=True, **page.bind("color"))


def show_control(page: Page) -> str:
    """What is shown of the activations."""
    label = say("control.show")
    st.segmented_control(label, SHOW, format_func=lambda name: say(f"real.show.{name}"), required=True, **page.bind("show"))
    return str(page["show"])


def switch_controls(page: Page, network: str) -> tuple[str, str, str] | None:
    """What is put at which bottleneck of a network: path, activation and repair; None where the switch is off."""
    paths = list(bottleneck_shortcuts(network).items())
    left, middle, right = st.columns([4, 3, 3])
    names = ("off", *PUT)
    label = say("real.switch")
    left.segmented_control(
        label, names, format_func=lambda name: say(f"real.switch.{name}"), required=True, **page.bind("switch")
    )
    if page["switch"] == "off":
        return None
    if page["block"] > len(paths):
        page.set({"block": len(paths)})
    middle.slider(say("real.block"), 1, len(paths), **page.bind("block"))
    right.selectbox(say("real.repair"), REPAIRS, format_func=lambda name: say(f"networks.repair.{name}"), **page.bind("repair"))
    path, around = paths[page["block"] - 1]
    st.caption(say(f"real.shortcut.{'around' if around else 'none'}", block=page["block"]))
    return path, page["switch"], page["repair"]
