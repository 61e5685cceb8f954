"""What a difference says, in words and numbers."""

from __future__ import annotations

from manifold.plots import Page, sized, wrap_words
from manifold.text import say

from ._pairs import Difference, in_points

CLAIMED = {"reproduced": 1.0, "undecided": 0.0, "not_reproduced": -1.0}
"""Verdicts as the numbers of a headline."""


def better(difference: Difference, one: str, other: str, *, text: str = "training.better") -> str:
    """Which arm is better, and by how much; or that neither is shown to be."""
    mean, low, high, pairs = difference
    if low <= 0.0 <= high:
        return say("training.neither", one=one, other=other, points=in_points(difference))
    if low > 0.0:
        return say(text, arm=one, other=other, points=in_points(difference))
    return say(text, arm=other, other=one, points=in_points(Difference(-mean, -high, -low, pairs)))


def verdict_word(difference: Difference) -> str:
    """Reproduced, undecided or not reproduced."""
    return say(f"training.verdict.{difference.verdict}")


def difference_numbers(difference: Difference, what: str) -> dict[str, float]:
    """For a headline: mean, ends of the interval, verdict (1, 0, -1)."""
    return {
        f"mean_{what}": difference.mean,
        f"bound_low_{what}": difference.low,
        f"bound_high_{what}": difference.high,
        f"verdict_{what}": CLAIMED[difference.verdict],
    }


def note_height(note: str, page: Page, *, entries: int) -> float:
    """Inches, at 8 points, of a legend below a figure: a note, and entries two in a line where there is room."""
    width = page.width / page.scale
    return 0.15 * (
        len(wrap_words(note, page.width - sized(0.2)).splitlines()) + (entries if width < 5.0 else -(-entries // 2)) + 1
    )
