"""One draw of a layer at every width, as panels: through a linear layer, two decoders, or three readings of T^-1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from manifold.checks import Floats, Integers, Mask
from manifold.clouds.cloud import PointCloud
from manifold.layer.activations import ACTIVATIONS, Activation
from manifold.layer.decoders import DECODERS
from manifold.layer.embeddings import EMBEDDINGS
from manifold.layer.recovery import Recovery, redecode
from manifold.metrics import avoidable_share, lost_share, nmse
from manifold.planes.followed import follow_data
from manifold.planes.frames import describe, error_and_lost, error_caption, frame, labelled, lost_points, panel
from manifold.text import define, error_number, named, percent, say, say_lost, section


@dataclass(frozen=True, eq=False)
class Curves:
    """Numbers of one draw against the width, each of shape (W,)."""

    nmse: Floats
    best_nmse: Floats
    decoder_share: Floats
    lost: Floats

    @classmethod
    def of(cls, recoveries: Sequence[Recovery], best: Sequence[Recovery]) -> Curves:
        """Those of a draw, whose `best` is the same read by the exact decoder."""
        errors, least = [nmse(recovery) for recovery in recoveries], [nmse(recovery) for recovery in best]
        shares = [avoidable_share(*pair) for pair in zip(errors, least, strict=True)]
        return cls(*map(np.array, (errors, least, shares, [lost_share(recovery) for recovery in recoveries])))


@dataclass(frozen=True, eq=False)
class Decoded:
    """What a draw gives back at W widths, in arrays alone.

    Attributes
    ----------
    widths : ndarray of int, shape (W,)
        n.
    linear : ndarray of shape (1, N, 2)
        T^-1 T x at the first width.
    linear_nmse : ndarray of shape (W,)
        Its error.
    decoded, best : ndarray of shape (W, N, 2)
        The decoder's answer, and the best one.
    lost : ndarray of bool, shape (W, N)
        Points that no decoder can give back.
    matrices : ndarray of shape (W, n, 2)
        T, filled up with rows that are NaN.
    curves : Curves
    """

    widths: Integers
    linear: Floats
    linear_nmse: Floats
    decoded: Floats
    best: Floats
    lost: Mask
    matrices: Floats
    curves: Curves

    @classmethod
    def of(cls, recoveries: Sequence[Recovery]) -> Decoded:
        """Of the same points at every width."""
        points = recoveries[0].points
        best = [redecode(recovery, "posterior") for recovery in recoveries]
        linear = np.stack([points @ (recovery.inverse @ recovery.matrix).T for recovery in recoveries])
        return cls(
            widths_of(recoveries),
            linear[:1],
            ((linear - points) ** 2).sum(axis=(1, 2)) / (points**2).sum(),
            np.stack([recovery.recovered for recovery in recoveries]),
            np.stack([recovery.recovered for recovery in best]),
            lost_of(recoveries),
            matrices_of(recoveries),
            Curves.of(recoveries, best),
        )


def widths_of(recoveries: Sequence[Recovery]) -> Integers:
    """N of each."""
    return np.array([len(recovery.matrix) for recovery in recoveries])


def lost_of(recoveries: Sequence[Recovery]) -> Mask:
    """Which points (W, N) no decoder can give back."""
    return np.stack([recovery.rank < 2 for recovery in recoveries])


def matrices_of(recoveries: Sequence[Recovery]) -> Floats:
    """T (W, n, 2) of each, filled up with rows that are NaN."""
    matrices = np.full((len(recoveries), max(len(recovery.matrix) for recovery in recoveries), 2), np.nan)
    for rows, recovery in zip(matrices, recoveries, strict=True):
        rows[: len(recovery.matrix)] = recovery.matrix
    return matrices


def decoder_title(name: str, symbol: str) -> str:
    """A decoder as the title of its panel has it; `symbol` is how T^-1 is written."""
    if name in ("inverse", "doubled", "affine"):
        return say(f"one-draw.decoder.{name}", symbol=symbol)
    return named(DECODERS, name)


def spiral_data(
    cloud: PointCloud, seen: Decoded, *, embedding: str, activation: str, decoder: str, scale: float
) -> dict[str, Any]:
    """Input, linear layer, decoder and best decoder, under a law of T; points are divided by `scale`."""
    symbol, title, curves = EMBEDDINGS[embedding].symbol, named(ACTIVATIONS, activation), seen.curves
    known = ACTIVATIONS[activation].only_side_elsewhere
    told = [error_and_lost(*pair, known=known) for pair in zip(curves.best_nmse, curves.lost, strict=True)]
    panels = [
        _input_panel(cloud, scale),
        panel(say("one-draw.linear", symbol=symbol), seen.linear, scale, list(map(error_caption, seen.linear_nmse))),
        panel(
            say("one-draw.decoded", activation=title, decoder=decoder_title(decoder, symbol)),
            seen.decoded,
            scale,
            list(map(error_caption, curves.nmse)),
        ),
        panel(say("one-draw.best", activation=title), seen.best, scale, told) | lost_points(cloud.points, seen.lost, scale),
    ]
    followed = follow_data(cloud, seen.matrices, seen.widths, ACTIVATIONS[activation], scale=scale)
    return {**frame(cloud, seen.widths.tolist()), "panels": panels, **followed}


def spiral_numbers(curves: Curves, f: Activation) -> list[dict[str, Any]]:
    """What stands below the panels of `spiral_data`."""
    lost = say_lost("spiral.number.lost", known=f.only_side_elsewhere)
    return labelled(
        [
            (say("spiral.number.error"), list(map(error_number, curves.nmse)), define("nmse")),
            (say("spiral.number.best"), list(map(error_number, curves.best_nmse)), section("spiral", "best")),
            (lost, list(map(percent, curves.lost)), section("spiral", "lost")),
            (say("spiral.number.share"), list(map(percent, curves.decoder_share)), section("spiral", "share")),
        ]
    )


def readings_data(
    cloud: PointCloud, widths: Integers, decoded: Mapping[str, Floats], errors: Mapping[str, Floats], *, scale: float
) -> dict[str, Any]:
    """Input, and the answer (W, N, 2) of each reading of T^-1 with its error (W,), by its law; divided by `scale`."""
    panels = [_input_panel(cloud, scale)]
    for name, answers in decoded.items():
        panels.append(panel(say(f"one-draw.reading.{name}"), answers, scale, list(map(error_caption, errors[name]))))
    return {**frame(cloud, widths.tolist()), "panels": panels}


def _input_panel(cloud: PointCloud, scale: float) -> dict[str, Any]:
    return panel(say("one-draw.input"), [cloud.points], scale, [describe(cloud)])
