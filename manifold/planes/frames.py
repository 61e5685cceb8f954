"""Panels of the plane as the browser takes them, see `manifold.planes.panels`: points, colours, captions and labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from manifold import PointCloud
from manifold.checks import Floats, Integers, Mask
from manifold.planes.packing import pack, pack_bits
from manifold.plots import EXTENT, LOST_COLOR, LOST_COLOR_ON_DARK, chart_colors
from manifold.text import error_number, percent, say, say_lost

LIMIT = 4.0 * EXTENT
"""Points further out than this are shown at the edge of what is sent."""


def frame(cloud: PointCloud, widths: Sequence[int]) -> dict[str, Any]:
    """What all panels share."""
    colors = {"light": hex_colors(chart_colors(cloud, on_dark=False)), "dark": hex_colors(chart_colors(cloud, on_dark=True))}
    lost = {"light": LOST_COLOR, "dark": LOST_COLOR_ON_DARK}
    return {"widths": list(widths), "extent": EXTENT, "colors": colors, "lost_color": lost}


def panel(title: str, frames: Sequence[Floats] | Floats, scale: float, captions: Sequence[str]) -> dict[str, Any]:
    """Points (N, 2) for every width or once for all, divided by `scale`; captions say how many lie outside of the panel."""
    places = np.asarray(frames) / scale
    outside = (np.abs(places) > EXTENT).any(axis=2).mean(axis=1)
    if len(outside) < len(captions):
        outside = np.repeat(outside, len(captions))
    whole = [_with_outside(*pair) for pair in zip(captions, outside.tolist(), strict=True)]
    return {"title": title, "points": pack(places, limit=LIMIT), "captions": whole}


def lost_points(points: Floats, lost: Mask, scale: float) -> dict[str, Any]:
    """What a panel needs to mark lost points: the true places (N, 2) of all, and which are `lost` (W, N) by width."""
    return {"lost": pack_bits(lost), "truth": pack(points[None] / scale, limit=LIMIT)}


def layer_entry(matrices: Floats, widths: Integers, low: float, high: float, *, scale: float) -> dict[str, Any]:
    """A layer for panels of points that are divided by `scale`; T (W, n, 2) is filled up with rows that are NaN."""
    rows = [(scale * matrix[:width]).tolist() for matrix, width in zip(matrices, widths.tolist(), strict=True)]
    ends = {name: end if math.isfinite(end) else None for name, end in (("low", low), ("high", high))}
    return {"matrices": rows, **ends}


def _with_outside(caption: str, outside: float) -> str:
    """From as many points on as a figure says it, too."""
    return caption if outside < 0.005 else say("panel.outside", caption=caption, share=percent(outside))


def legend_entry(label: str, color: str, look: str) -> dict[str, str]:
    """What a mark below a panel means: a "dot", a "ring", a "line", a "dash", or a square; a "hint" has no mark."""
    return {"label": label, "color": color, "look": look}


def turning() -> dict[str, str]:
    """That a picture of space can be turned."""
    return legend_entry(say("panel.turned"), "", "hint")


def button_words() -> dict[str, str]:
    """What stands on the button, the name of the slider, and how space is turned."""
    return {name: say(f"panel.{name}") for name in ("play", "pause", "width", "turn")}


def labelled(numbers: Iterable[tuple[str, list[str], str]]) -> list[dict[str, Any]]:
    """Numbers below the panels: label, values by width and explanation of each."""
    return [{"label": label, "values": values, "help": explanation} for label, values, explanation in numbers]


def describe(cloud: PointCloud) -> str:
    """Caption of the panel of the points."""
    return say("panel.points", count=len(cloud.points))


def error_caption(nmse: float) -> str:
    """Caption of a panel of points read back."""
    return say("panel.error", error=error_number(nmse))


def error_and_lost(nmse: float, lost: float, *, known: bool = True) -> str:
    """The same where points are lost, or, where but a bound is known, possibly lost."""
    return say_lost("panel.error-and-lost", known=known, error=error_number(nmse), lost=percent(lost))


def hex_colors(colors: Floats) -> list[str]:
    """RGBA (N, 4), or RGB, as the browser reads it."""
    digits = (255.0 * colors[:, :3]).round().astype(np.uint8).tobytes().hex()
    return [f"#{digits[i : i + 6]}" for i in range(0, len(digits), 6)]
