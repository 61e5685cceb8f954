"""Two arms in training as panels: what their last bottleneck holds of test pictures, coloured by class, moment by moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from manifold.checks import Floats
from manifold.planes.frames import button_words, legend_entry, panel
from manifold.planes.journeys import picture_journey
from manifold.plots import EXTENT, class_colors
from manifold.text import percent, say

if TYPE_CHECKING:  # a picture of points must not load torch
    from manifold.nets.training.arms import Watched

_REACH = 0.92 * EXTENT


def training_data(arms: Sequence[Watched], titles: Sequence[str], *, sheet: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Arms, watched at the same moments as far as each has come, as `planes` takes them; shown at first is the last moment.

    `sheet` holds the pictures themselves, by `picture_sheet`.
    """
    from manifold.nets.training.arms import widest_plane  # brings torch

    longest = max(arms, key=lambda arm: len(arm.steps))
    planes = [widest_plane(arm.places) for arm in arms]
    sizes = list(map(_size, planes))
    data: dict[str, Any] = {
        "widths": longest.steps.tolist(),
        "width": int(longest.steps[-1]),
        "steps": [say("train.step", step=step) for step in longest.steps],
        "pace": 300,
        "ticks": False,
        "extent": EXTENT,
        "colors": _inks(longest),
        "panels": [_panel(*each, len(longest.steps)) for each in zip(arms, titles, planes, sizes, strict=True)],
        "words": {**button_words(), "width": say("lifting.slider")},
    }
    if all(np.array_equal(arm.labels, longest.labels) for arm in arms):
        data |= picture_journey(arms, titles, sizes, sheet=sheet)
    else:  # their pictures differ, as their draws do
        data["panels"] = [each | {"colors": _inks(arm)} for each, arm in zip(data["panels"], arms, strict=True)]
    names = longest.names
    colors = class_colors(np.arange(len(names)))
    data["panels"][0]["legend"] = [legend_entry(name, color, "dot") for name, color in zip(names, colors, strict=True)]
    return data


def _inks(arm: Watched) -> dict[str, list[str]]:
    """Colours of an arm's pictures by their classes."""
    inks = class_colors(arm.labels)
    return {"light": inks, "dark": inks}


def _size(places: Floats) -> float:
    """What places (M, N, 2) are divided by."""
    late_places = places[3 * len(places) // 4 :]  # at first, batch norms do not know their pictures yet
    return (float(np.abs(late_places[np.isfinite(late_places)]).max(initial=0.0)) or 1.0) / _REACH


def _panel(arm: Watched, title: str, places: Floats, size: float, moments: int) -> dict[str, Any]:
    """An arm at every moment; one that ended earlier stays as it was."""
    from manifold.nets.training.arms import on_an_axis  # brings torch

    flat = arm.places.shape[2] == 2  # otherwise the axes of the picture are no channels
    captions = [
        say("train.caption.axis" if share and flat else "train.caption", right=percent(right), axis=percent(share))
        for right, share in zip(arm.accuracy.tolist(), on_an_axis(arm.places).tolist(), strict=True)
    ]
    late = np.minimum(np.arange(moments), len(places) - 1)
    return panel(title, places[late], size, [captions[k] for k in late])
