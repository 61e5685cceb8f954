"""What the interactive figure of a lift keeps: of many points some, and numbers as exactly as a screen is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from manifold import PointCloud
from manifold.checks import Floats, Integers
from manifold.learning import Separation, two_classes
from manifold.planes.moments import Lifted

from ..runner.drawn import Drawn

MOST_POINTS = 500


def keep(cloud: PointCloud, draw: int, steps: Sequence[int], moments: Sequence[Lifted]) -> Drawn:
    """The classes of a draw, lifted at every moment."""
    count = len(cloud.points)
    kept = np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(np.int64)
    return {
        "draw": draw,
        "points": cloud.points[kept],
        "labels": two_classes(cloud)[kept],
        "steps": np.array(steps),
        "features": [features.astype(np.float32) for features in _apart([moment.features[kept] for moment in moments])],
        "moments": [_kept_moment(moment, kept) for moment in moments],
    }


def _apart(features: Sequence[Floats]) -> Sequence[Floats]:
    """The last features alone, where the others are its first columns; else all."""
    last = features[-1]
    return [last] if all(np.array_equal(each, last[:, : each.shape[1]]) for each in features) else features


def _kept_moment(moment: Lifted, kept: Integers) -> Drawn:
    parted = moment.separation
    told = {"weights": parted.weights, "offset": parted.offset, "correct": parted.correct[kept], "accuracy": parted.accuracy}
    if moment.heights is None:
        return told
    return {**told, "heights": (moment.heights / (np.abs(moment.heights).max() or 1.0)).astype(np.float16)}


def moments_of(played: Drawn) -> list[Lifted]:
    """What was kept."""
    moments, features = played["moments"], played["features"]
    every = features if len(features) == len(moments) else features * len(moments)
    return [_moment(features=each[:, : len(moment["weights"])], **moment) for each, moment in zip(every, moments, strict=True)]


def _moment(*, features: Floats, heights: Floats | None = None, **parted: Any) -> Lifted:
    return Lifted(features.astype(np.float64), Separation(**parted), heights if heights is None else heights.astype(np.float64))
