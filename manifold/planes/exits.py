"""Pictures that leave a network early as panels: one of small pictures for each exit, and accuracy against cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from manifold.checks import Floats
from manifold.planes.frames import button_words, labelled, legend_entry
from manifold.planes.packing import pack, pack_bits
from manifold.plots import BAR, STRAIGHT, VERDICTS, accuracy_ticks
from manifold.text import percent, say, section

if TYPE_CHECKING:
    from manifold.nets.training.departures import Departures

_WRONG = VERDICTS[False].color
_CORNER, _REACH = (-0.52, -0.62), (0.84, 0.94)
_SHARES = (0.0, 0.5, 1.0)
WORTH_NAMING = 0.005


def exit_data(departures: Departures, pixels: Floats, *, step: int) -> dict[str, Any]:
    """Pictures (N, 8, 8), from 0 to 1, that leave at W thresholds; the slider stands at first at the place `step`."""
    names = [f"{threshold:.3f}".rstrip("0").rstrip(".") for threshold in departures.thresholds]
    widths = [round(1000.0 * threshold) for threshold in departures.thresholds]
    return {
        "widths": widths,
        "width": widths[step],
        "steps": [say("exits.threshold", threshold=name) for name in names],
        "ticks": False,
        "pace": 500,
        "extent": 1.0,
        "dot": 9.0,
        "colors": {"light": [BAR], "dark": ["#7fb2d9"]},
        "pictures": pack(pixels.reshape(len(pixels), -1)),
        "panels": [*(_exit(departures, number) for number in range(len(departures.macs))), _curve(departures)],
        "numbers": _numbers(departures),
        "words": {**button_words(), "width": say("exits.slider")},
    }


def _numbers(departures: Departures) -> list[dict[str, Any]]:
    last = float(departures.right[:, -1].mean())
    saved = [percent(1.0 - cost) for cost in departures.cost.tolist()]
    return labelled(
        [
            (say("exits.number.saved"), saved, section("exits", "saved")),
            (say("exits.number.accuracy"), [f"{share:.1%}" for share in departures.accuracy], section("exits", "accuracy")),
            (say("exits.number.last"), [f"{last:.1%}"] * len(saved), section("exits", "last")),
            (say("exits.number.verdict"), verdicts(departures), section("exits", "verdict")),
        ]
    )


def verdicts(departures: Departures) -> list[str]:
    """Whether leaving early pays, at each threshold."""
    gains = departures.accuracy - departures.right[:, -1].mean()
    told = []
    for gain, cost in zip(gains.tolist(), departures.cost.tolist(), strict=True):
        points = f"{abs(100.0 * gain):.1f}"
        if cost > 1.0 - WORTH_NAMING:
            told.append(say("exits.verdict.nothing"))
        elif abs(gain) < WORTH_NAMING:
            told.append(say("exits.verdict.as-good"))
        else:
            told.append(say("exits.verdict.better" if gain > 0.0 else "exits.verdict.worse", points=points))
    return told


def _exit(departures: Departures, number: int) -> dict[str, Any]:
    """The pictures that leave at one exit."""
    here = departures.exits == number
    wrong = here & departures.wrong
    counts = zip(here.sum(axis=1).tolist(), wrong.sum(axis=1).tolist(), strict=True)
    share = percent(departures.macs[number] / departures.macs[-1])
    return {
        "title": say("exits.exit", number=number + 1, share=share),
        "points": pack(np.empty((1, 0, 2))),
        "pictures": pack_bits(here),
        "wrong": pack_bits(wrong),
        "frame": _WRONG,
        "captions": [say("exits.leave", count=count, wrong=missed) for count, missed in counts],
        "legend": [legend_entry(say("exits.framed"), _WRONG, "")] if number == 0 else [],
    }


def _curve(departures: Departures) -> dict[str, Any]:
    """Accuracy against mean MACs over all thresholds, with the point of the chosen one."""
    ticks = accuracy_ticks(departures)
    places = _placed(departures.cost, departures.accuracy, ticks)
    last = float(departures.right[:, -1].mean())
    level = _placed(np.array([0.0, 1.0]), np.array([last, last]), ticks)
    tell = say("exits.mean-macs", macs="{macs}")
    return {
        "title": say("exits.curve"),
        "points": pack(places[:, None]),
        "bare": True,
        "axes": {
            "corner": list(_CORNER),
            "reach": list(_REACH),
            "x": {"title": say("exits.axis.macs"), "ticks": _ticks(0, [(share, f"{share:.0%}") for share in _SHARES], ticks)},
            "y": {"title": say("exits.axis.accuracy"), "ticks": _ticks(1, [(tick, f"{tick:.0%}") for tick in ticks], ticks)},
        },
        "lines": [
            {"places": pack(level[None]), "color": STRAIGHT, "width": 1.5, "dash": True},
            {"places": pack(places[None]), "color": BAR, "width": 2.0},
        ],
        "captions": [tell.format(macs=f"{round(cost * int(departures.macs[-1])):,}") for cost in departures.cost.tolist()],
        "legend": [legend_entry(say("exits.last-alone"), STRAIGHT, "dash")],
    }


def _placed(cost: Floats, accuracy: Floats, ticks: Floats) -> Floats:
    """Shares as places (..., 2) between the axes."""
    (left, low), (right, high) = _CORNER, _REACH
    up = (accuracy - ticks[0]) / (ticks[-1] - ticks[0])
    return np.stack([left + (right - left) * cost, low + (high - low) * up], axis=-1)


def _ticks(axis: int, named: list[tuple[float, str]], ticks: Floats) -> list[list[Any]]:
    """Places along an axis with their labels."""
    shares = np.array([share for share, _ in named])
    places = _placed(shares, shares, ticks)[:, axis].tolist()
    return [[place, label] for place, (_, label) in zip(places, named, strict=True)]
