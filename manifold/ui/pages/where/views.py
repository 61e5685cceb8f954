"""What the page Where it is lost shows: the plane by the rank of its active rows, and what is lost against the width."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from manifold import ACTIVATIONS
from manifold.plots import RANK_COLORS, RANK_COLORS_ON_DARK
from manifold.text import percent, say, say_lost, section
from manifold.ui.one_draw.layers import WIDTHS, Planar, Setting, plane_frames
from manifold.ui.panels import button_words, labelled
from manifold.ui.prose import loss_kind

_SLOTS = {name: f"{{{name}}}" for name in ("active", "width", "x", "y")}  # the browser fills them


def plane_data(setting: Setting) -> dict[str, Any]:
    """What `planes` needs, but for the width."""
    frames, planar = plane_frames(setting)
    f = ACTIVATIONS[setting.activation]
    places = [*(f"rank-{rank}" for rank in range(2)), "linear" if f.halves or f.keeps_values else "told"]
    return {
        **frames,
        "words": button_words(),
        "numbers": labelled(_numbers(setting, planar)),
        "region_colors": {"light": list(RANK_COLORS), "dark": list(RANK_COLORS_ON_DARK)},
        "region_labels": [say(f"figure.plane.{rank}") for rank in range(3)],
        "messages": [say(f"where.place.{place}", **_SLOTS) for place in places],
        "hint": section("where", "hint"),
    }


def _numbers(setting: Setting, planar: Planar) -> list[tuple[str, list[str], str]]:
    """Label, values by width and explanation of the numbers that there are for this activation and law."""
    kind = loss_kind(ACTIVATIONS[setting.activation])
    numbers = [
        (say_lost("where.number.lost", known=kind != "bound"), list(map(percent, planar.lost)), section("where", "lost"))
    ]
    if kind == "below":
        numbers.append((say("where.number.directions"), list(map(percent, planar.directions)), section("where", "directions")))
    if np.isfinite(planar.expected).all():
        numbers.append((say("where.number.expected"), list(map(percent, planar.expected)), section("where", "expected")))
    numbers.append((say("where.number.injective"), _one_to_one(setting, planar), section("where", "injective")))
    return numbers


def _one_to_one(setting: Setting, planar: Planar) -> list[str]:
    """Whether the layer keeps all of the plane apart, at every width."""
    f = ACTIVATIONS[setting.activation]
    answers = {"nothing": "number.yes", "size": "number.no" if math.isfinite(f.high) else "number.open", "bound": "number.open"}
    if loss_kind(f) in answers:
        return [say(answers[loss_kind(f)])] * len(WIDTHS)
    return [say("number.yes") if kept_apart else say("number.no") for kept_apart in planar.injective]
