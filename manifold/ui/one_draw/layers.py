"""What the pages show: one draw of a layer at every width, computed once and cached, and packed for the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from manifold import (
    ACTIVATIONS,
    DECODERS,
    EMBEDDINGS,
    PointCloud,
    Recovery,
    is_injective,
    make_cloud,
    random_stream,
    rank_shares,
    recover_widths,
    redecode,
    sectors,
)
from manifold.checks import Floats, Mask
from manifold.metrics import avoidable_share, lost_share, nmse
from manifold.plots import READINGS
from manifold.sweeps.curves import expected_losses
from manifold.text import named, percent, say, say_lost
from manifold.ui.panels import describe, error_and_lost, error_caption, frame, lost_points, panel
from manifold.ui.state import by_language
from manifold.ui.upload import HASHED, Upload, read_upload

WIDTHS = tuple(range(2, 41))
N_POINTS = 500


@dataclass(frozen=True)
class Setting:
    """All that the numbers of a page depend on, but for the width.

    Attributes
    ----------
    dataset : str
        As `manifold.make_cloud` reads it; an upload's file is saved under its name.
    upload : Upload or None
        The visitor's file.
    embedding, activation, decoder : str
        Names in the registries.
    scale : float
        Size of the points.
    seed, draw : int
        Which draw; see `manifold.random_stream`.
    """

    dataset: str
    upload: Upload | None
    embedding: str
    activation: str
    decoder: str
    scale: float
    seed: int
    draw: int


_HASHED = {Setting: by_language, **HASHED}


@dataclass(frozen=True, eq=False)
class Curves:
    """Numbers of one draw against the width, each of shape (W,)."""

    nmse: Floats
    best_nmse: Floats
    decoder_share: Floats
    lost: Floats


@dataclass(frozen=True, eq=False)
class Planar:
    """What becomes of the plane against the width.

    Attributes
    ----------
    lost, expected : ndarray of shape (W,)
        Share of the points lost, and its mean over T; NaN where that has no closed form.
    directions : ndarray of shape (W,)
        Share of all directions lost to ReLU.
    injective : ndarray of bool, shape (W,)
        Whether ReLU keeps all of the plane apart.
    """

    lost: Floats
    expected: Floats
    directions: Floats
    injective: Mask


def draw_layers(setting: Setting, widths: Sequence[int]) -> tuple[PointCloud, list[Recovery]]:
    """The points, and their recovery at each width."""
    rng = random_stream(setting.seed, setting.draw)
    if setting.upload is None:
        cloud = make_cloud(setting.dataset, N_POINTS, scale=setting.scale, rng=rng)
    else:
        cloud = read_upload(setting.upload, N_POINTS).cloud
        cloud = replace(cloud, points=setting.scale * cloud.points)
    names = {"embedding": setting.embedding, "activation": setting.activation, "decoder": setting.decoder}
    return cloud, recover_widths(cloud.points, widths=widths, **names, rng=rng)


def draw_readings(setting: Setting, widths: Sequence[int]) -> tuple[PointCloud, dict[str, list[Recovery]]]:
    """The points, and their recovery at each width under each reading of T^-1, everything else as in `setting`."""
    drawn = {name: draw_layers(replace(setting, embedding=name, decoder="inverse"), widths) for name in READINGS}
    return drawn["gaussian"][0], {name: recoveries for name, (_, recoveries) in drawn.items()}


def decoder_title(setting: Setting) -> str:
    """The decoder as the title of its panel has it."""
    if setting.decoder in DECODERS.added():
        return named(DECODERS, setting.decoder)
    return say(f"one-draw.decoder.{setting.decoder}", symbol=EMBEDDINGS[setting.embedding].symbol)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=_HASHED)
def spiral_frames(setting: Setting) -> tuple[dict[str, Any], Curves]:
    """Everything `planes` needs for the Spiral page, and the numbers against the width."""
    cloud, recoveries = draw_layers(setting, WIDTHS)
    best = [redecode(recovery, "posterior") for recovery in recoveries]
    curves, known = _curves(recoveries, best), ACTIVATIONS[setting.activation].only_side_elsewhere
    symbol, activation = EMBEDDINGS[setting.embedding].symbol, named(ACTIVATIONS, setting.activation)
    decoded = [recovery.recovered for recovery in recoveries]
    panels = [
        _input_panel(cloud, setting),
        _linear_panel(cloud, recoveries, symbol, setting.scale),
        panel(
            say("one-draw.decoded", activation=activation, decoder=decoder_title(setting)),
            decoded,
            setting.scale,
            [error_caption(error) for error in curves.nmse],
        ),
        panel(
            say("one-draw.best", activation=activation),
            [recovery.recovered for recovery in best],
            setting.scale,
            [error_and_lost(error, lost, known=known) for error, lost in zip(curves.best_nmse, curves.lost, strict=True)],
        )
        | lost_points(cloud.points, [recovery.rank for recovery in best], setting.scale),
    ]
    return {**frame(cloud, WIDTHS), "panels": panels}, curves


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=_HASHED)
def reading_frames(setting: Setting) -> tuple[dict[str, Any], dict[str, Floats]]:
    """The three readings of T^-1 side by side, everything else as in `setting`, and the error (W,) of each."""
    cloud, by_law = draw_readings(setting, WIDTHS)
    panels, errors = [_input_panel(cloud, setting)], {}
    for name, recoveries in by_law.items():
        title, decoded = say(f"one-draw.reading.{name}"), [recovery.recovered for recovery in recoveries]
        errors[name] = np.array([nmse(recovery) for recovery in recoveries])
        panels.append(panel(title, decoded, setting.scale, list(map(error_caption, errors[name]))))
    return {**frame(cloud, WIDTHS), "panels": panels}, errors


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=_HASHED)
def plane_frames(setting: Setting) -> tuple[dict[str, Any], Planar]:
    """Everything `planes` needs of the layer for the page Where it is lost, and the numbers; read by the best decoder."""
    cloud, recoveries = draw_layers(setting, WIDTHS)
    planar = Planar(
        np.array([lost_share(recovery) for recovery in recoveries]),
        expected_losses(WIDTHS, cloud.points, embedding=setting.embedding, activation=setting.activation),
        np.array([rank_shares(sectors(recovery.matrix))[:2].sum() for recovery in recoveries]),
        np.array([is_injective(recovery.matrix) for recovery in recoveries]),
    )
    known = ACTIVATIONS[setting.activation].only_side_elsewhere
    plane = panel(
        say("one-draw.plane", activation=named(ACTIVATIONS, setting.activation)),
        [cloud.points],
        setting.scale,
        [say_lost("one-draw.points-lost", known=known, share=percent(share)) for share in planar.lost],
    )
    decoded = panel(
        say("one-draw.read-by-best"),
        [recovery.recovered for recovery in recoveries],
        setting.scale,
        [error_caption(nmse(recovery)) for recovery in recoveries],
    )
    panels = [
        {**plane, "regions": True},
        decoded | lost_points(cloud.points, [recovery.rank for recovery in recoveries], setting.scale),
    ]
    return {**frame(cloud, WIDTHS), "panels": panels, "layer": _layer(recoveries, setting.scale)}, planar


def _input_panel(cloud: PointCloud, setting: Setting) -> dict[str, Any]:
    return panel(say("one-draw.input"), [cloud.points], setting.scale, [describe(cloud)])


def _linear_panel(cloud: PointCloud, recoveries: Sequence[Recovery], symbol: str, scale: float) -> dict[str, Any]:
    """What T^-1 T gives back without an activation."""
    linear = [cloud.points @ (recovery.inverse @ recovery.matrix).T for recovery in recoveries]
    size = float((cloud.points**2).sum())
    captions = [error_caption(float(((points - cloud.points) ** 2).sum()) / size) for points in linear]
    return panel(say("one-draw.linear", symbol=symbol), linear[:1], scale, captions)


def _layer(recoveries: Sequence[Recovery], scale: float) -> dict[str, Any]:
    """Where rows are active, as the browser reads it."""
    activation = recoveries[0].activation
    return {
        "matrices": [(scale * recovery.matrix).tolist() for recovery in recoveries],
        "low": _finite(activation.low),
        "high": _finite(activation.high),
    }


def _curves(recoveries: Sequence[Recovery], best: Sequence[Recovery]) -> Curves:
    errors, least = [nmse(recovery) for recovery in recoveries], [nmse(recovery) for recovery in best]
    return Curves(
        np.array(errors),
        np.array(least),
        np.array([avoidable_share(*pair) for pair in zip(errors, least, strict=True)]),
        np.array([lost_share(recovery) for recovery in recoveries]),
    )


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
