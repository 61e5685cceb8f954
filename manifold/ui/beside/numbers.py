"""The difference of a key number, the right side's minus the left side's, with its sign and in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import streamlit as st

from manifold.text import say


@dataclass(frozen=True)
class _Unit:
    """How differences are written, and the least that shows."""

    write: Callable[[float], str]
    least: float


_POINTS = _Unit(lambda gap: say("compare.points", much=f"{100.0 * gap:.1f}"), 0.001)
_ERROR = _Unit(lambda gap: f"{gap:.2g}", 0.001)
_HUNDREDTHS = _Unit("{:.2f}".format, 0.01)
_TENTHS = _Unit("{:.1f}".format, 0.1)
_COUNT = _Unit("{:,.0f}".format, 1.0)

QUANTITIES = {
    "lost": _POINTS,
    "directions": _POINTS,
    "error": _ERROR,
    "macs": _COUNT,
    "parameters": _COUNT,
    "read": _HUNDREDTHS,
    "dimension": _TENTHS,
    "right-answers": _POINTS,
    "ahead": _POINTS,
}
"""What is compared, and in which unit."""


@dataclass(frozen=True)
class Compared:
    """A key number of both sides.

    Attributes
    ----------
    label : str
    what : str
        A key of `QUANTITIES`.
    left, right : float
    write : callable
        How the number itself is written.
    """

    label: str
    what: str
    left: float
    right: float
    write: Callable[[float], str]


def tell_gap(what: str, left: float, right: float) -> str:
    """By how much the right side has more or less of a quantity."""
    unit, gap = QUANTITIES[what], right - left
    if not math.isfinite(gap):
        return say("compare.unknown")
    if gap == 0.0:
        return say("compare.equal")
    if abs(gap) < unit.least / 2.0:
        return say("compare.near", least=unit.write(unit.least))
    return say(f"compare.{what}.{'more' if gap > 0.0 else 'less'}", much=unit.write(abs(gap)))


def minus(label: str) -> str:
    """What the difference of a quantity is called."""
    return say("compare.minus", label=label)


def show_compared(numbers: Iterable[Compared], *, across: bool = True) -> None:
    """Key numbers, side by side or one below the other: of each both values, and the difference in words."""
    told = []
    for each in numbers:
        both = say("compare.both", left=each.write(each.left), right=each.write(each.right))
        told.append(f"{each.label}: {both}  \n**{tell_gap(each.what, each.left, each.right)}**")
    if not across:
        st.markdown("  \n".join(told))
        return
    for place, text in zip(st.columns(len(told)), told, strict=True):
        place.markdown(text)
