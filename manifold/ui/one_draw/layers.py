"""What the pages show: one draw of a layer at every width, computed once and cached, and packed for the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from manifold import (
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
from manifold._validation import Floats, Mask
from manifold.metrics import avoidable_share, lost_share, nmse
from manifold.planes.panels import pack, pack_bits
from manifold.plots import ACTIVATION_TITLES, EXTENT, chart_colors, error_text
from manifold.ui.upload import read_upload

WIDTHS = tuple(range(2, 41))
N_POINTS = 500
READINGS = {
    "gaussian": "T⁺: pseudo-inverse",
    "padded-gaussian": "S⁻¹: square, inverted",
    "padded-orthogonal": "Qᵀ: square, orthogonal",
}
"""Titles of the three readings of T^-1 in circulation."""

_NEGLIGIBLE = 1e-9
_LIMIT = 4.0 * EXTENT  # points further out than this are shown at the edge of what is sent


@dataclass(frozen=True)
class Setting:
    """All that the numbers of a page depend on, but for the width.

    Attributes
    ----------
    dataset : str
        As `manifold.make_cloud` reads it; the name of the file for an upload.
    upload : bytes or None
        Content of the file.
    embedding, activation, decoder : str
        Names in the registries.
    scale : float
        Size of the points.
    seed, draw : int
        Which draw; see `manifold.random_stream`.
    """

    dataset: str
    upload: bytes | None
    embedding: str
    activation: str
    decoder: str
    scale: float
    seed: int
    draw: int


@dataclass(frozen=True, eq=False)
class Curves:
    """Numbers of one draw against the width, each of shape (W,)."""

    nmse: Floats
    best_nmse: Floats
    decoder_share: Floats
    lost: Floats


@dataclass(frozen=True, eq=False)
class Planar:
    """What becomes of the plane against the width: shares (W,) of points and of directions lost, and `is_injective` (W,)."""

    lost: Floats
    directions: Floats
    injective: Mask


def draw_layers(setting: Setting, widths: Sequence[int]) -> tuple[PointCloud, list[Recovery]]:
    """The points, and their recovery at each width."""
    rng = random_stream(setting.seed, setting.draw)
    if setting.upload is None:
        cloud = make_cloud(setting.dataset, N_POINTS, scale=setting.scale, rng=rng)
    else:
        cloud = read_upload(setting.dataset, setting.upload, N_POINTS)
        cloud = replace(cloud, points=setting.scale * cloud.points)
    found = recover_widths(
        cloud.points,
        widths=widths,
        embedding=setting.embedding,
        activation=setting.activation,
        decoder=setting.decoder,
        rng=rng,
    )
    return cloud, found


def draw_readings(setting: Setting, widths: Sequence[int]) -> tuple[PointCloud, dict[str, list[Recovery]]]:
    """The points, and their recovery at each width under each reading of T^-1, everything else as in `setting`."""
    drawn = {name: draw_layers(replace(setting, embedding=name, decoder="inverse"), widths) for name in READINGS}
    return drawn["gaussian"][0], {name: recoveries for name, (_, recoveries) in drawn.items()}


@st.cache_data(max_entries=64, show_spinner=False)
def spiral_frames(setting: Setting) -> tuple[dict[str, Any], Curves]:
    """Everything `planes` needs for the Spiral page but the words, and the numbers against the width."""
    cloud, recoveries = draw_layers(setting, WIDTHS)
    best = [redecode(recovery, "posterior") for recovery in recoveries]
    curves = _curves(recoveries, best)
    symbol, name = EMBEDDINGS[setting.embedding].symbol, ACTIVATION_TITLES[setting.activation]
    reading = {"inverse": symbol, "doubled": f"2 {symbol}"}.get(setting.decoder, setting.decoder)
    linear = [cloud.points @ (r.inverse @ r.matrix).T for r in recoveries]
    size = float((cloud.points**2).sum())
    panels = [
        panel("Input", [cloud.points], setting.scale, [describe(cloud)]),
        panel(
            f"Linear + {symbol}",
            linear[:1],
            setting.scale,
            [error_text(float(((points - cloud.points) ** 2).sum()) / size) for points in linear],
        ),
        panel(
            f"{name} + {reading}",
            [recovery.recovered for recovery in recoveries],
            setting.scale,
            [error_text(value) for value in curves.nmse],
        ),
        panel(
            f"{name} + best decoder",
            [recovery.recovered for recovery in best],
            setting.scale,
            [f"{error_text(value)}, lost {percent(lost)}" for value, lost in zip(curves.best_nmse, curves.lost, strict=True)],
            lost=[recovery.rank < 2 for recovery in best],
        ),
    ]
    return {**frame(cloud, WIDTHS), "panels": panels}, curves


@st.cache_data(max_entries=16, show_spinner=False)
def reading_frames(setting: Setting) -> dict[str, Any]:
    """The three readings of T^-1 side by side, everything else as in `setting`."""
    cloud, found = draw_readings(setting, WIDTHS)
    panels = [panel("Input", [cloud.points], setting.scale, [describe(cloud)])]
    for name, recoveries in found.items():
        captions = [error_text(nmse(recovery)) for recovery in recoveries]
        panels.append(panel(READINGS[name], [recovery.recovered for recovery in recoveries], setting.scale, captions))
    return {**frame(cloud, WIDTHS), "panels": panels}


@st.cache_data(max_entries=64, show_spinner=False)
def plane_frames(setting: Setting) -> tuple[dict[str, Any], Planar]:
    """Everything `planes` needs for the page Where it is lost but the words, and the numbers against the width."""
    cloud, recoveries = draw_layers(replace(setting, decoder="posterior"), WIDTHS)
    lost = [recovery.rank < 2 for recovery in recoveries]
    planar = Planar(
        np.array([lost_share(recovery) for recovery in recoveries]),
        np.array([rank_shares(sectors(recovery.matrix))[:2].sum() for recovery in recoveries]),
        np.array([is_injective(recovery.matrix) for recovery in recoveries]),
    )
    plane = panel(
        f"The plane under {ACTIVATION_TITLES[setting.activation]}",
        [cloud.points],
        setting.scale,
        [f"{percent(share)} of the points lost" for share in planar.lost],
    )
    decoded = panel(
        "Read by the best decoder",
        [recovery.recovered for recovery in recoveries],
        setting.scale,
        [error_text(nmse(recovery)) for recovery in recoveries],
        lost=lost,
    )
    activation = recoveries[0].seen.activation
    layer = {
        "matrices": [(setting.scale * recovery.matrix).tolist() for recovery in recoveries],
        "low": _finite(activation.low),
        "high": _finite(activation.high),
    }
    return {**frame(cloud, WIDTHS), "panels": [{**plane, "regions": True}, decoded], "layer": layer}, planar


def percent(value: float) -> str:
    """A share for a page: whole percents, but never 0% or 100% for what is neither, beyond rounding."""
    whole = round(100.0 * value)
    if whole == 0 and abs(value) > _NEGLIGIBLE:
        return "< 1%" if value > 0.0 else "> −1%"
    if whole == 100 and value < 1.0 - _NEGLIGIBLE:
        return "> 99%"
    return f"{whole}%".replace("-", "−")


def error_number(value: float) -> str:
    """An NMSE for a large number on a page, as the captions write it."""
    return error_text(value).removeprefix("NMSE ")


def describe(cloud: PointCloud) -> str:
    """Caption of the panel of the points."""
    return f"{len(cloud.points)} points, 2 channels"


def _curves(recoveries: Sequence[Recovery], best: Sequence[Recovery]) -> Curves:
    found, left = [nmse(recovery) for recovery in recoveries], [nmse(recovery) for recovery in best]
    return Curves(
        np.array(found),
        np.array(left),
        np.array([avoidable_share(*pair) for pair in zip(found, left, strict=True)]),
        np.array([lost_share(recovery) for recovery in recoveries]),
    )


def frame(cloud: PointCloud, widths: Sequence[int]) -> dict[str, Any]:
    """What all panels of `planes` share."""
    colors = {"light": _hex(chart_colors(cloud)), "dark": _hex(chart_colors(cloud, on_dark=True))}
    return {"widths": list(widths), "extent": EXTENT, "colors": colors}


def panel(
    title: str, frames: Sequence[Floats], scale: float, captions: list[str], *, lost: Sequence[Any] | None = None
) -> dict[str, Any]:
    """A panel of `planes`: points (N, 2) for every width or once for all, divided by `scale`, and which of them are lost."""
    content = {"title": title, "points": pack(np.stack(frames) / scale, limit=_LIMIT), "captions": captions}
    return content if lost is None else {**content, "lost": pack_bits(np.stack(lost))}


def _hex(colors: Floats) -> list[str]:
    digits = (255.0 * colors[:, :3]).round().astype(np.uint8).tobytes().hex()
    return [f"#{digits[i : i + 6]}" for i in range(0, len(digits), 6)]


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
