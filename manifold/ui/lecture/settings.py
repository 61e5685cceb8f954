"""What the state of a page, as its address writes it, makes of it: values, and the setting that its numbers depend on."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from manifold.ui.one_draw.controls import LAYER_FIELDS, points_spec
from manifold.ui.one_draw.layers import Setting
from manifold.ui.state import Field, Value

_FIELDS = {
    "spiral": "SPIRAL_FIELDS",
    "where": "WHERE_FIELDS",
    "channels": "CHANNEL_FIELDS",
    "unrolling": "UNROLLING_FIELDS",
    "lifting": "LIFTING_FIELDS",
    "blocks": "BLOCK_FIELDS",
    "network": "NETWORK_FIELDS",
    "train": "TRAIN_FIELDS",
    "exits": "EXITS_FIELDS",
}
"""Under which name a page has its fields; they are loaded when asked for, as some bring torch."""


def page_fields(page: str) -> Mapping[str, Field]:
    """The values of a page by their keys in the address."""
    if page == "start":
        return {"n": LAYER_FIELDS["n"]}
    module = "views" if page in ("spiral", "where") else "controls"
    fields: Mapping[str, Field] = getattr(importlib.import_module(f"manifold.ui.pages.{page}.{module}"), _FIELDS[page])
    return fields


def read_state(page: str, state: Mapping[str, str]) -> dict[str, Any]:
    """All values of a page in a state; KeyError for a key that it does not have, LinkError for a value."""
    fields = page_fields(page)
    read: dict[str, Value] = {key: fields[key].parse(text) for key, text in state.items()}
    return {key: field.default for key, field in fields.items()} | read


def drawn_setting(page: str, state: Mapping[str, str], **changes: Any) -> Setting:
    """One draw of a layer, as the pages Start, Spiral and Where it is lost show it; `changes` go on top."""
    values = {key: field.default for key, field in LAYER_FIELDS.items()} | read_state(page, state) | changes
    decoder = "posterior" if page == "where" else values["decoder"]
    kept = {key: values[key] for key in ("embedding", "activation", "scale", "seed", "draw")}
    return Setting(points_spec(values), None, decoder=decoder, **kept)


def channel_setting(state: Mapping[str, str]) -> Any:
    """Of the page How many channels."""
    from manifold.ui.pages.channels.controls import setting_of

    return setting_of(read_state("channels", state))


def roll_setting(state: Mapping[str, str], **changes: Any) -> Any:
    """Of the page Unrolling; its points are those of a shape, without options."""
    from manifold.ui.pages.unrolling.views import RollSetting

    values = read_state("unrolling", state) | changes
    return RollSetting(values["dataset"], None, values["points"], values["method"], values["k"], values["seed"], values["draw"])


def lift_setting(state: Mapping[str, str]) -> Any:
    """Of the page Lifting."""
    from manifold.ui.pages.lifting.views import LiftSetting

    values = read_state("lifting", state)
    kept = {key: values[key] for key in ("dataset", "lift", "activation", "seed", "draw")}
    return LiftSetting(units=values["n"], before=int(values["before"]), **kept)


def block_setting(state: Mapping[str, str]) -> Any:
    """Of the page Blocks."""
    from manifold.ui.pages.blocks.controls import setting_of

    return setting_of(read_state("blocks", state))


def network_setting(state: Mapping[str, str]) -> Any:
    """Of the page Real network."""
    from manifold.ui.pages.network.controls import setting_of

    return setting_of(read_state("network", state), None, None)


def train_pair(state: Mapping[str, str]) -> Any:
    """The two arms of the page Train it."""
    from manifold.ui.pages.train.controls import pair_of

    return pair_of(read_state("train", state))
