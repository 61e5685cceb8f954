"""Two settings of a layer side by side: what the pages Spiral and Where it is lost share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from manifold import ACTIVATIONS, DECODERS
from manifold.text import named, say
from manifold.ui.beside.controls import Titles
from manifold.ui.beside.kept import is_held
from manifold.ui.controls import UPLOAD, law_title
from manifold.ui.one_draw.controls import layer_setting, points_spec, shape_title
from manifold.ui.one_draw.layers import WIDTHS, Setting
from manifold.ui.state import Page
from manifold.ui.upload import sent_before

TITLES: Titles = {
    "activation": partial(named, ACTIVATIONS),
    "embedding": law_title,
    "decoder": partial(named, DECODERS),
    "dataset": shape_title,
    "path": lambda path: say("compare.drawn" if path else "compare.example"),
}


def kept_layer(values: Mapping[str, Any], *, fixed: Mapping[str, str]) -> Setting:
    """The setting of the side that is kept, on the session's file if it is of one."""
    upload = sent_before("uploaded-plane") if values["dataset"] == UPLOAD else None
    own = values["dataset"] == UPLOAD
    spec = upload.spec if upload else "spiral" if own else points_spec(values)
    return layer_setting(values, spec, upload, fixed=fixed)


def held_step(page: Page, left: Mapping[str, Any]) -> int | None:
    """Where the slider of the side that is kept stays, unless it goes with the other."""
    return WIDTHS.index(left["n"]) if is_held(page) else None
