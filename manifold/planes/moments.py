"""A lift moment by moment: after steps of a training, or by the number of its features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from manifold.checks import Floats
from manifold.clouds.cloud import PointCloud
from manifold.plots import plane_places

if TYPE_CHECKING:
    from manifold.learning import Separation


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


Moments = tuple[list[int], list[Lifted]]
"""Numbers of steps or of features, and the lift at each."""


def trained_moments(cloud: PointCloud, *, before: int, activation: str, rng: np.random.Generator) -> Moments:
    """The three watched units of a network in training, with `before` units before them, 0 for none."""
    from manifold.learning import Separation, two_classes
    from manifold.nets import train_lift  # brings torch, which the other lifts do not need

    labels, hidden = two_classes(cloud), (before,) if before else ()
    run = train_lift(cloud.points, labels, hidden=hidden, activation=activation, places=plane_places(), rng=rng)
    moments = []
    for k, features in enumerate(run.hidden):
        above = features @ run.weights[k] + run.offsets[k] > 0.0
        separation = Separation(run.weights[k], float(run.offsets[k]), above == (labels == 1), float(run.accuracy[k]))
        moments.append(Lifted(features, separation, _square(run.heights[k])))
    return run.epochs.tolist(), moments


def lifted_moments(cloud: PointCloud, name: str, *, units: Sequence[int], rng: np.random.Generator) -> Moments:
    """The lift `name` with the first features of the widest; of a lift by hand, which has no width, the only one."""
    from manifold.learning import LIFTS, separate, two_classes

    lift, square, labels = LIFTS[name], plane_places(), two_classes(cloud)
    features_of = lift.make(max(units), rng)
    features = features_of(cloud.points, cloud.chart)
    places = None if lift.knows_chart else features_of(square, np.zeros((len(square), 1)))
    widths, moments = sorted(units) if lift.drawn else [features.shape[1]], []
    for width in widths:
        separation = separate(features[:, :width], labels)
        heights = None if places is None else _square(separation.heights(places[:, :width]))
        moments.append(Lifted(features[:, :width], separation, heights))
    return widths, moments


def _square(heights: Floats) -> Floats:
    """Heights at `plane_places`, (61 * 61,), row by row."""
    side = round(len(heights) ** 0.5)
    return heights.reshape(side, side)
