"""The plane under one draw of a layer at every width, by what becomes of its places, which can be pointed at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from manifold.checks import Floats, Integers, Mask
from manifold.clouds.cloud import PointCloud
from manifold.layer.activations import ACTIVATIONS, Activation, loss_kind
from manifold.layer.plane import is_injective, rank_shares, sectors
from manifold.layer.recovery import Recovery
from manifold.metrics import lost_share, nmse
from manifold.planes.frames import error_caption, frame, labelled, layer_entry, lost_points, panel
from manifold.planes.recoveries import lost_of, matrices_of, widths_of
from manifold.plots import RANK_COLORS, RANK_COLORS_ON_DARK
from manifold.sweeps.curves import expected_losses
from manifold.text import named, percent, say, say_lost, section

_SLOTS = {name: f"{{{name}}}" for name in ("active", "width", "x", "y", "sector")}  # the browser fills them


@dataclass(frozen=True, eq=False)
class Planar:
    """What becomes of the plane against the width.

    Attributes
    ----------
    widths : ndarray of int, shape (W,)
        n.
    lost, expected : ndarray of shape (W,)
        Share of the points lost, and its mean over T; NaN where that has no closed form.
    directions : ndarray of shape (W,)
        Share of all directions lost to ReLU.
    injective : ndarray of bool, shape (W,)
        Whether ReLU keeps all of the plane apart.
    """

    widths: Integers
    lost: Floats
    expected: Floats
    directions: Floats
    injective: Mask

    @classmethod
    def of(cls, cloud: PointCloud, recoveries: Sequence[Recovery], *, embedding: str) -> Planar:
        """Of a draw under a law of T."""
        law = {"embedding": embedding, "activation": recoveries[0].activation.name}
        widths = widths_of(recoveries)
        return cls(
            widths,
            np.array([lost_share(recovery) for recovery in recoveries]),
            expected_losses(widths.tolist(), cloud.points, **law),
            np.array([rank_shares(sectors(recovery.matrix))[:2].sum() for recovery in recoveries]),
            np.array([is_injective(recovery.matrix) for recovery in recoveries]),
        )


@dataclass(frozen=True, eq=False)
class Plane:
    """The plane under a draw at W widths, in arrays alone.

    Attributes
    ----------
    matrices : ndarray of shape (W, n, 2)
        T, filled up with rows that are NaN.
    decoded : ndarray of shape (W, N, 2)
        The best decoder's answer.
    nmse : ndarray of shape (W,)
        Its error.
    lost : ndarray of bool, shape (W, N)
        Points that no decoder can give back.
    numbers : Planar
    """

    matrices: Floats
    decoded: Floats
    nmse: Floats
    lost: Mask
    numbers: Planar

    @classmethod
    def of(cls, cloud: PointCloud, recoveries: Sequence[Recovery], *, embedding: str) -> Plane:
        """Of a draw under a law of T, read by the best decoder."""
        return cls(
            matrices_of(recoveries),
            np.stack([recovery.recovered for recovery in recoveries]),
            np.array([nmse(recovery) for recovery in recoveries]),
            lost_of(recoveries),
            Planar.of(cloud, recoveries, embedding=embedding),
        )


def plane_data(cloud: PointCloud, seen: Plane, f: Activation, *, scale: float) -> dict[str, Any]:
    """The plane with the points on it, and what the best decoder makes of them; points are divided by `scale`."""
    shares, widths = seen.numbers.lost, seen.numbers.widths.tolist()
    lost = [say_lost("one-draw.points-lost", known=f.only_side_elsewhere, share=percent(share)) for share in shares]
    plane = panel(say("one-draw.plane", activation=named(ACTIVATIONS, f.name)), [cloud.points], scale, lost)
    decoded = panel(say("one-draw.read-by-best"), seen.decoded, scale, list(map(error_caption, seen.nmse)))
    layer = layer_entry(seen.matrices, seen.numbers.widths, f.low, f.high, scale=scale)
    panels = [{**plane, "regions": True}, decoded | lost_points(cloud.points, seen.lost, scale)]
    return {**frame(cloud, widths), "panels": panels, "layer": layer}


def plane_words(f: Activation, planar: Planar) -> dict[str, Any]:
    """Legend, numbers, and what is said of a pointed-at place."""
    places = [*(f"rank-{rank}" for rank in range(2)), "linear" if f.halves or f.keeps_values else "told"]
    sector = [say("where.place.sector", **_SLOTS)] if loss_kind(f) == "below" else []
    return {
        "numbers": labelled(_numbers(f, planar)),
        "region_colors": {"light": list(RANK_COLORS), "dark": list(RANK_COLORS_ON_DARK)},
        "region_labels": [say(f"figure.plane.{rank}") for rank in range(3)],
        "messages": [" ".join([say(f"where.place.{place}", **_SLOTS), *sector]) for place in places],
        "hint": section("where", "hint"),
    }


def _numbers(f: Activation, planar: Planar) -> list[tuple[str, list[str], str]]:
    """Label, values by width and explanation of the numbers that there are for this activation and law."""
    label = say_lost("where.number.lost", known=f.only_side_elsewhere)
    numbers = [(label, list(map(percent, planar.lost)), section("where", "lost"))]
    if loss_kind(f) == "below":
        numbers.append((say("where.number.directions"), list(map(percent, planar.directions)), section("where", "directions")))
    if np.isfinite(planar.expected).all():
        numbers.append((say("where.number.expected"), list(map(percent, planar.expected)), section("where", "expected")))
    numbers.append((say("where.number.injective"), _one_to_one(f, planar), section("where", "injective")))
    return numbers


def _one_to_one(f: Activation, planar: Planar) -> list[str]:
    """Whether the layer keeps all of the plane apart, at every width."""
    answers = {"nothing": "number.yes", "size": "number.no" if math.isfinite(f.high) else "number.open", "bound": "number.open"}
    if loss_kind(f) in answers:
        return [say(answers[loss_kind(f)])] * len(planar.lost)
    return [say("number.yes") if kept_apart else say("number.no") for kept_apart in planar.injective]
