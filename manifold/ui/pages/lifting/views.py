"""What the page Lifting shows: classes in the plane, lifted, and the plane that separates them, computed once and cached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from manifold import PointCloud, make_cloud, random_stream
from manifold.checks import Floats, Integers
from manifold.learning import LIFTS, separate, two_classes
from manifold.planes.lifts import lift_data
from manifold.planes.moments import Lifted, lifted_moments, trained_moments
from manifold.ui.prose import working
from manifold.ui.state import by_language

N_POINTS = 300
UNITS = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 60)
"""Widths of the random layer at which the curve is measured."""

TRAINED = "trained"
"""The lift that is learned; the others are in `LIFTS`."""

CURVE_DRAWS = 20
"""Random layers of which the curve is made."""


@dataclass(frozen=True)
class LiftSetting:
    """All that the page depends on.

    Attributes
    ----------
    dataset : str
        As `manifold.make_cloud` reads it.
    lift : str
        A name of `LIFTS`, or "trained".
    units : int
        Width of the random layer.
    before : int
        Units of the layer before the watched one; 0 for none.
    activation : str
        Of the trained network.
    seed, draw : int
        Which draw; see `manifold.random_stream`.
    """

    dataset: str
    lift: str
    units: int
    before: int
    activation: str
    seed: int
    draw: int

    @property
    def drawn(self) -> bool:
        """Whether the lift is a layer with `units` random units."""
        return self.lift != TRAINED and LIFTS[self.lift].drawn

    def cloud(self) -> tuple[PointCloud, np.random.Generator]:
        """The points, and the stream that goes on to draw the weights."""
        rng = random_stream(self.seed, self.draw)
        return make_cloud(self.dataset, N_POINTS, rng=rng), rng


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs={LiftSetting: repr})
@working()
def lift_points(setting: LiftSetting) -> tuple[PointCloud, Integers, list[int], list[Lifted]]:
    """The points, their classes, and their lift with its number of features; of a training after every number of steps."""
    cloud, rng = setting.cloud()
    labels = two_classes(cloud)
    if setting.lift == TRAINED:
        return (cloud, labels, *trained_moments(cloud, before=setting.before, activation=setting.activation, rng=rng))
    return (cloud, labels, *lifted_moments(cloud, setting.lift, units=[setting.units], rng=rng))


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs={LiftSetting: by_language})
def lift_panels(setting: LiftSetting) -> dict[str, Any]:
    """The lift as `planes` takes it."""
    cloud, labels, epochs, moments = lift_points(setting)
    return lift_data(cloud.points, labels, epochs, moments, trained=setting.lift == TRAINED)


@st.cache_data(max_entries=16, show_spinner=False)
@working("lifting.drawing")
def separability(dataset: str, seed: int) -> Floats:
    """Accuracy (20, W) of the best plane through random ReLU layers, by draw and width."""
    accuracy = np.empty((CURVE_DRAWS, len(UNITS)))
    for draw in range(CURVE_DRAWS):
        rng = random_stream(seed, draw)
        cloud = make_cloud(dataset, N_POINTS, rng=rng)
        labels = two_classes(cloud)
        features = LIFTS["relu"].make(UNITS[-1], rng)(cloud.points, cloud.chart)
        accuracy[draw] = [separate(features[:, :units], labels).accuracy for units in UNITS]
    return accuracy
