"""What the pages show: one draw of a layer at every width, computed once and cached, and packed for the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from manifold import ACTIVATIONS, PointCloud, Recovery, make_cloud, random_stream, recover_widths
from manifold.checks import Floats
from manifold.layer.tour import draw_tour, tour_frame
from manifold.metrics import nmse
from manifold.planes.recoveries import Curves, Decoded, readings_data, spiral_data
from manifold.planes.sectors import Planar, Plane, plane_data
from manifold.planes.tours import STEPS, tour_data, tour_words
from manifold.plots import READINGS
from manifold.ui.prose import working
from manifold.ui.state import by_language
from manifold.ui.upload import HASHED, Upload, read_upload

WIDTHS = tuple(range(2, 41))
N_POINTS = 500

TOUR = 1
"""The branch of a draw's random stream from which its tour comes."""


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


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=_HASHED)
@working(short=True)
def spiral_frames(setting: Setting) -> tuple[dict[str, Any], Curves]:
    """Everything `planes` needs for the Spiral page, and the numbers against the width."""
    cloud, recoveries = draw_layers(setting, WIDTHS)
    seen = Decoded.of(recoveries)
    layer = {"embedding": setting.embedding, "activation": setting.activation, "decoder": setting.decoder}
    return spiral_data(cloud, seen, **layer, scale=setting.scale), seen.curves


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=_HASHED)
@working(short=True)
def reading_frames(setting: Setting) -> tuple[dict[str, Any], dict[str, Floats]]:
    """The three readings of T^-1 side by side, everything else as in `setting`, and the error (W,) of each."""
    cloud, by_law = draw_readings(setting, WIDTHS)
    errors = {name: np.array(list(map(nmse, recoveries))) for name, recoveries in by_law.items()}
    decoded = {name: np.stack([recovery.recovered for recovery in recoveries]) for name, recoveries in by_law.items()}
    return readings_data(cloud, np.array(WIDTHS), decoded, errors, scale=setting.scale), errors


def draw_stops(setting: Setting, recovery: Recovery) -> Floats:
    """Where the tour of a draw's channels stops (K, n, 2), from random numbers of its own."""
    return draw_tour(recovery.matrix, rng=random_stream(setting.seed, setting.draw, TOUR))


def toured(setting: Setting, width: int, at: int) -> tuple[PointCloud, Recovery, Floats]:
    """The points, their recovery at a width, and the frame (n, 2) of its tour at a place of the slider."""
    cloud, (recovery,) = draw_layers(setting, [width])
    stops = draw_stops(setting, recovery)
    return cloud, recovery, tour_frame(stops, min(at / STEPS, len(stops) - 1))


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=_HASHED)
@working(short=True)
def tour_frames(setting: Setting, width: int) -> dict[str, Any]:
    """Everything `planes` needs for a tour of the channels of one width, but for the place on it."""
    cloud, (recovery,) = draw_layers(setting, [width])
    return {**tour_data(cloud, recovery, draw_stops(setting, recovery), scale=setting.scale), **tour_words(recovery)}


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=_HASHED)
@working(short=True)
def plane_frames(setting: Setting) -> tuple[dict[str, Any], Planar]:
    """Everything `planes` needs of the layer for the page Where it is lost, and the numbers; read by the best decoder."""
    cloud, recoveries = draw_layers(setting, WIDTHS)
    seen = Plane.of(cloud, recoveries, embedding=setting.embedding)
    return plane_data(cloud, seen, ACTIVATIONS[setting.activation], scale=setting.scale), seen.numbers
