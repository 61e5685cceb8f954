"""One draw of a layer at every width, as panels: through a linear layer, two decoders, or three readings of T^-1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from manifold.checks import Floats
from manifold.clouds.cloud import PointCloud
from manifold.layer.activations import ACTIVATIONS
from manifold.layer.decoders import DECODERS
from manifold.layer.embeddings import EMBEDDINGS
from manifold.layer.recovery import Recovery
from manifold.metrics import avoidable_share, lost_share, nmse
from manifold.planes.frames import describe, error_and_lost, error_caption, frame, labelled, lost_points, panel
from manifold.text import error_number, named, percent, say, section


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


def widths_of(recoveries: Sequence[Recovery]) -> list[int]:
    """N of each."""
    return [len(recovery.matrix) for recovery in recoveries]


def decoder_title(name: str, symbol: str) -> str:
    """A decoder as the title of its panel has it; `symbol` is how T^-1 is written."""
    if name in ("inverse", "doubled", "affine"):
        return say(f"one-draw.decoder.{name}", symbol=symbol)
    return named(DECODERS, name)


def spiral_data(
    cloud: PointCloud, recoveries: Sequence[Recovery], best: Sequence[Recovery], curves: Curves, *, embedding: str, scale: float
) -> dict[str, Any]:
    """Input, linear layer, decoder and best decoder, under a law of T; points are divided by `scale`."""
    symbol, activation = EMBEDDINGS[embedding].symbol, named(ACTIVATIONS, recoveries[0].activation.name)
    decoder = decoder_title(recoveries[0].decoder, symbol)
    panels = [
        _input_panel(cloud, scale),
        _linear_panel(cloud, recoveries, symbol, scale),
        panel(
            say("one-draw.decoded", activation=activation, decoder=decoder),
            [recovery.recovered for recovery in recoveries],
            scale,
            [error_caption(error) for error in curves.nmse],
        ),
        panel(
            say("one-draw.best", activation=activation),
            [recovery.recovered for recovery in best],
            scale,
            [error_and_lost(error, lost) for error, lost in zip(curves.best_nmse, curves.lost, strict=True)],
        )
        | lost_points(cloud.points, [recovery.rank for recovery in best], scale),
    ]
    return {**frame(cloud, widths_of(recoveries)), "panels": panels}


def spiral_numbers(curves: Curves) -> list[dict[str, Any]]:
    """What stands below the panels of `spiral_data`."""
    return labelled(
        [
            (say("spiral.number.error"), list(map(error_number, curves.nmse)), section("spiral", "error")),
            (say("spiral.number.best"), list(map(error_number, curves.best_nmse)), section("spiral", "best")),
            (say("spiral.number.lost"), list(map(percent, curves.lost)), section("spiral", "lost")),
            (say("spiral.number.share"), list(map(percent, curves.decoder_share)), section("spiral", "share")),
        ]
    )


def readings_data(
    cloud: PointCloud, by_law: Mapping[str, Sequence[Recovery]], errors: Mapping[str, Floats], scale: float
) -> dict[str, Any]:
    """Input, and the answer of each reading of T^-1 with its error (W,) by width."""
    panels = [_input_panel(cloud, scale)]
    for name, recoveries in by_law.items():
        decoded, captions = [recovery.recovered for recovery in recoveries], list(map(error_caption, errors[name]))
        panels.append(panel(say(f"one-draw.reading.{name}"), decoded, scale, captions))
    return {**frame(cloud, widths_of(next(iter(by_law.values())))), "panels": panels}


def _input_panel(cloud: PointCloud, scale: float) -> dict[str, Any]:
    return panel(say("one-draw.input"), [cloud.points], scale, [describe(cloud)])


def _linear_panel(cloud: PointCloud, recoveries: Sequence[Recovery], symbol: str, scale: float) -> dict[str, Any]:
    """What T^-1 T gives back without an activation."""
    linear = [cloud.points @ (recovery.inverse @ recovery.matrix).T for recovery in recoveries]
    size = float((cloud.points**2).sum())
    captions = [error_caption(float(((points - cloud.points) ** 2).sum()) / size) for points in linear]
    return panel(say("one-draw.linear", symbol=symbol), linear[:1], scale, captions)
