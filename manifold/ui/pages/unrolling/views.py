"""What the page Unrolling shows: points, the graph of neighbours, the ant's way, a map and its scores, all cached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from manifold import PointCloud, make_cloud, random_stream
from manifold.checks import Floats, Integers
from manifold.learning import (
    METHODS,
    DisconnectedGraphError,
    Walk,
    distance_error,
    point_affine,
    point_neighbours,
    point_procrustes,
    residual_variance,
    unroll,
    walk_cloud,
)
from manifold.learning.quality import align, distances_from
from manifold.ui.prose import working
from manifold.ui.turns import taking_turns
from manifold.ui.upload import FEWEST, HASHED, Upload, read_upload

SCORED = 10
"""Neighbours that the scores look at, whatever k the map was made with."""

COMPONENTS = 2
"""Dimensions of the map."""

_LAST_MAP = "unrolling:last-map"


@dataclass(frozen=True)
class RollSetting:
    """All that the page depends on.

    Attributes
    ----------
    dataset : str
        As `manifold.make_cloud` reads it; the name of the file for an upload.
    own : Upload or None
        The visitor's file.
    n_points, n_neighbors : int
    method : str
        A name of `METHODS`.
    seed, draw : int
        Which draw; see `manifold.random_stream`.
    """

    dataset: str
    own: Upload | None
    n_points: int
    method: str
    n_neighbors: int
    seed: int
    draw: int


_HASHED = {RollSetting: repr, **HASHED}


@dataclass(frozen=True, eq=False)
class Parts:
    """Points that do not hang together: the number of the part of every point (N,), and the least k that joins all."""

    labels: Integers
    smallest_k: int


@dataclass(frozen=True, eq=False)
class Scores:
    """How good a map is.

    Attributes
    ----------
    points : dict of str to ndarray of shape (N,)
        "trustworthiness", "continuity", "overlap", and against a true chart "procrustes" and "affine": one number a point.
    residual_variance : float
    """

    points: dict[str, Floats]
    residual_variance: float

    def mean(self, name: str) -> float:
        """The score of all points."""
        return float(self.points[name].mean())


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=_HASHED)
def draw_points(setting: RollSetting) -> PointCloud:
    """The points."""
    if setting.own is not None:
        return read_upload(setting.own, setting.n_points, FEWEST).cloud
    return make_cloud(setting.dataset, setting.n_points, rng=random_stream(setting.seed, setting.draw))


def walk(setting: RollSetting) -> Walk | Parts:
    """The graph and the ant's way, or the parts that the points fall into."""
    return _walk(replace(setting, method="landmark-isomap"))


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=_HASHED)
@taking_turns()
def _walk(setting: RollSetting) -> Walk | Parts:
    try:
        return walk_cloud(draw_points(setting), n_neighbors=setting.n_neighbors)
    except DisconnectedGraphError as error:
        return Parts(error.components, error.smallest_k)


def draw_map(setting: RollSetting, progress: Callable[[float], object] | None) -> Floats:
    """The map (N, 2), turned and mirrored to lie like the true chart; ValueError where the method finds none.

    A method that reports its progress is run outside the cache, and its last map is kept for the session.
    """
    if not METHODS[setting.method].reports:
        return _map(setting)
    last = st.session_state.get(_LAST_MAP)
    if last is None or last[0] != setting:
        with taking_turns():
            last = st.session_state[_LAST_MAP] = (setting, _new_map(setting, progress))
    return last[1]


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=_HASHED)
@working("unrolling.drawing")
def _map(setting: RollSetting) -> Floats:
    return _new_map(setting, None)


def _new_map(setting: RollSetting, progress: Callable[[float], object] | None) -> Floats:
    cloud = draw_points(setting)
    graph = walk(setting) if setting.method == "landmark-isomap" else None
    if isinstance(graph, Walk):  # its map is made already
        mapped = graph.embedding
    else:
        rng = random_stream(setting.seed, setting.draw)
        mapped = unroll(cloud.points, method=setting.method, n_neighbors=setting.n_neighbors, rng=rng, progress=progress)
    return mapped if cloud.truth == "colour" else align(mapped, cloud.chart)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=_HASHED)
@taking_turns()
def score_map(setting: RollSetting, mapped: Floats) -> Scores:
    """Scores of the map of `setting`."""
    cloud = draw_points(setting)
    k = min(SCORED, (len(mapped) - 1) // 2)
    points = point_neighbours(cloud.points, mapped, n_neighbors=k)
    if cloud.truth != "colour":
        points |= {"procrustes": point_procrustes(mapped, cloud.chart), "affine": point_affine(mapped, cloud.chart)}
    graph = walk(setting)
    if isinstance(graph, Parts):
        return Scores(points, float("nan"))
    return Scores(points, residual_variance(graph.geodesics, distances_from(mapped, graph.landmarks)))


def length_pairs(setting: RollSetting, graph: Walk) -> dict[str, Floats]:
    """True, graph's and straight distances of landmarks to points, some 2000 pairs of them, and how far off the two are."""
    cloud = draw_points(setting)
    true, straight = (distances_from(points, graph.landmarks) for points in (cloud.chart, cloud.points))
    every = slice(None, None, max(1, true.size // 2000) | 1)
    return {
        "true": true.ravel()[every],
        "along": graph.geodesics.ravel()[every],
        "straight": straight.ravel()[every],
        "along_error": np.array(distance_error(graph.geodesics, true)),
        "straight_error": np.array(distance_error(straight, true)),
    }
