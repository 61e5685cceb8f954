"""What the page Lifting shows: classes in the plane, lifted, and the plane that separates them, computed once and cached."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from manifold import PointCloud, make_cloud, random_stream
from manifold.checks import Floats, Integers
from manifold.learning import LIFTS, Separation, separate, two_classes
from manifold.plots import ALONG, plane_places
from manifold.text import say

N_POINTS = 300
UNITS = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 60)
"""Widths of the random layer at which the curve is measured."""

TRAINED = "trained"
"""The lift that is learned; the others are in `LIFTS`."""

CURVE_DRAWS = 20
"""Random layers of which the curve is made."""

_SIDE = len(ALONG)


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


@dataclass(frozen=True, eq=False)
class Lifted:
    """A lift and what separates it, at one moment.

    Attributes
    ----------
    features : ndarray of shape (N, n)
    separation : Separation
    heights : ndarray of shape (61, 61) or None
        Height above the plane at every place of the square; None where a place off the curve has no features.
    """

    features: Floats
    separation: Separation
    heights: Floats | None


@st.cache_data(max_entries=64, show_spinner=False)
def lift_points(setting: LiftSetting) -> tuple[PointCloud, Integers, list[int], list[Lifted]]:
    """The points, their classes, and their lift; of a training, with the steps taken, one for every moment."""
    cloud, rng = setting.cloud()
    labels = two_classes(cloud)
    if setting.lift == TRAINED:
        return (cloud, labels, *_train(setting, cloud, labels, rng))
    lift = LIFTS[setting.lift]
    features_of = lift.make(setting.units, rng)
    features = features_of(cloud.points, cloud.chart)
    separation = separate(features, labels)
    square = plane_places()
    heights = None
    if not lift.knows_chart:
        heights = separation.heights(features_of(square, np.zeros((len(square), 1)))).reshape(_SIDE, _SIDE)
    return cloud, labels, [0], [Lifted(features, separation, heights)]


def _train(
    setting: LiftSetting, cloud: PointCloud, labels: Integers, rng: np.random.Generator
) -> tuple[list[int], list[Lifted]]:
    from manifold.nets import train_lift  # brings torch, which the other lifts do not need

    hidden = (setting.before,) if setting.before else ()
    run = train_lift(cloud.points, labels, hidden=hidden, activation=setting.activation, places=plane_places(), rng=rng)
    moments = []
    for k in range(len(run.epochs)):
        above = run.hidden[k] @ run.weights[k] + run.offsets[k] > 0.0
        separation = Separation(run.weights[k], float(run.offsets[k]), above == (labels == 1), float(run.accuracy[k]))
        moments.append(Lifted(run.hidden[k], separation, run.heights[k].reshape(_SIDE, _SIDE)))
    return run.epochs.tolist(), moments


def separability(dataset: str, seed: int) -> Floats:
    """Accuracy (20, W) of the best plane through random ReLU layers, by draw and width."""
    with st.spinner(say("lifting.drawing")):
        return _separability(dataset, seed)


@st.cache_data(max_entries=16, show_spinner=False)
def _separability(dataset: str, seed: int) -> Floats:
    accuracy = np.empty((CURVE_DRAWS, len(UNITS)))
    for draw in range(CURVE_DRAWS):
        rng = random_stream(seed, draw)
        cloud = make_cloud(dataset, N_POINTS, rng=rng)
        labels = two_classes(cloud)
        features = LIFTS["relu"].make(UNITS[-1], rng)(cloud.points, cloud.chart)
        accuracy[draw] = [separate(features[:, :units], labels).accuracy for units in UNITS]
    return accuracy
