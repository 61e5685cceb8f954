"""Two comparisons of the page Train it side by side: how both arms of each learn, and by how much the first is ahead."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from manifold import ACTIVATIONS
from manifold.nets.training.arms import Pair, difference
from manifold.plots.trainings import arm_looks
from manifold.text import named, percent, say
from manifold.ui.beside.controls import Titles, headings, say_below, show_heading
from manifold.ui.beside.numbers import Compared, show_compared
from manifold.ui.charts import show_chart
from manifold.ui.controls import UPLOAD
from manifold.ui.live import Sight
from manifold.ui.pages.train.charts import accuracy_chart
from manifold.ui.pages.train.controls import data_title, pair_of, thing_title
from manifold.ui.pages.train.files import KEPT, read_own
from manifold.ui.pages.train.views import Seen, look, shown_of
from manifold.ui.pages.train.words import arm_titles, in_points, verdict
from manifold.ui.state import Page
from manifold.ui.upload import sent_before

_HEIGHT = 220  # pixels of a chart, so that the numbers are seen with it
_SECOND = {"activation2": "activation", "shortcut2": "shortcut", "n2": "n", "depth2": "depth"}
"""Fields of the second arm by those of the first."""


def _titles() -> Titles:
    """What says a value, that of a second arm as one."""
    first: Titles = {
        "differs": thing_title,
        "data": data_title,
        "activation": partial(named, ACTIVATIONS),
        "shortcut": lambda name: say(f"train.arm.{name}"),
        "n": lambda count: say("train.arm.width", count=count),
        "depth": lambda count: say("train.arm.depth", count=count),
    }

    def of_second(tell: Any) -> Any:
        return lambda value: say("compare.second", told=tell(value))

    return {**first, **{key: of_second(first[one]) for key, one in _SECOND.items()}}


def kept_pair(left: Mapping[str, Any]) -> Pair:
    """The arms of the side that is kept, on the session's pictures if it is of those."""
    upload = sent_before(KEPT) if left["data"] == UPLOAD else None
    return pair_of(left, read_own(upload) if upload else None)


def show_beside(page: Page, left: Mapping[str, Any], pair: Pair, sight: Sight[Seen] | None) -> None:
    """The kept comparison, as far as it was trained, and the page's own."""
    other = kept_pair(left)
    pairs, sights = (other, pair), (look(other), sight)
    last = max(each[0].steps for each in pairs)
    sides = zip(st.columns(2, gap="medium"), headings(page, left, _titles()), pairs, sights, ("kept", "own"), strict=True)
    for column, heading, each, seen_so_far, name in sides:
        with column.container(gap="xxsmall"):
            show_heading(heading)
            st.markdown(verdict(each, seen_so_far))
            if (seen := shown_of(seen_so_far)) is not None:
                looks = arm_looks([arm.activation for arm in each])
                drawn = accuracy_chart(seen, arm_titles(each), looks, last=last)
                drawn["layout"]["height"] = _HEIGHT
                show_chart(drawn, key=f"train:curves:{name}")
            elif name == "kept":
                st.markdown(say("compare.untrained"))
    _show_numbers(pairs, sights)
    say_below(page, left)


def _show_numbers(pairs: tuple[Pair, Pair], sights: tuple[Sight[Seen] | None, Sight[Seen] | None]) -> None:
    """What the arms get right, and by how much the first is ahead, once both comparisons are through."""
    through = [sight.seen for sight in sights if sight and sight.state == "done" and sight.seen]
    if len(through) < 2 or any(arm.failed is not None for seen in through for arm in seen):
        st.markdown(say("compare.not-through"))
        return
    one, two = through
    titles = [
        first if first == second else say(usual)
        for first, second, usual in zip(*map(arm_titles, pairs), ("train.first", "train.second"), strict=True)
    ]
    arms = zip(titles, one, two, strict=True)
    numbers = [
        Compared(title, "right-answers", float(arm.accuracy[-1]), float(own.accuracy[-1]), percent) for title, arm, own in arms
    ]
    ahead = Compared(say("compare.ahead"), "ahead", difference(*one)[0], difference(*two)[0], in_points)
    show_compared([*numbers, ahead])
