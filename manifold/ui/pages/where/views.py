"""What the page Where it is lost shows: the plane by the rank of its active rows, and what is lost against the width."""

from __future__ import annotations

from typing import Any

from manifold import theory
from manifold.plots import RANK_COLORS, RANK_COLORS_ON_DARK
from manifold.text import percent, say, section
from manifold.ui.one_draw.layers import WIDTHS, Setting, plane_frames
from manifold.ui.panels import button_words, labelled

_SLOTS = {name: f"{{{name}}}" for name in ("active", "width", "x", "y")}  # the browser fills them


def plane_data(setting: Setting) -> dict[str, Any]:
    """What `planes` needs, but for the width."""
    frames, planar = plane_frames(setting)
    expected = [percent(theory.collapsed_fraction(width, 2)) for width in WIDTHS]
    injective = [say("number.yes") if kept_apart else say("number.no") for kept_apart in planar.injective]
    numbers = [
        (say("where.number.lost"), list(map(percent, planar.lost)), section("where", "lost")),
        (say("where.number.directions"), list(map(percent, planar.directions)), section("where", "directions")),
        (say("where.number.expected"), expected, section("where", "expected")),
        (say("where.number.injective"), injective, section("where", "injective")),
    ]
    return {
        **frames,
        "words": button_words(),
        "numbers": labelled(numbers),
        "region_colors": {"light": list(RANK_COLORS), "dark": list(RANK_COLORS_ON_DARK)},
        "region_labels": [say(f"figure.plane.{rank}") for rank in range(3)],
        "messages": [say(f"where.place.{rank}", **_SLOTS) for rank in range(3)],
        "hint": section("where", "hint"),
    }
