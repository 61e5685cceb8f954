"""The bar above a lecture, drawn and steered in the browser.

Data: place (index of the step, below 0 before the first), count (steps), last (whether nothing comes after), began (in seconds
since 1970, or None), words (home, back, next, full, controls, place, progress, clock).
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from manifold.text import say
from manifold.ui.lecture.store import LOBBY, Standing

_FILES = Path(__file__).parent
_mount = st.components.v2.component(
    "lecture", js=(_FILES / "bar.js").read_text(encoding="utf-8"), css=(_FILES / "bar.css").read_text(encoding="utf-8")
)


def steer(standing: Standing, count: int, *, shown: bool) -> str | None:
    """Show where a lecture of `count` steps stands; what its lecturer has just pressed: "next", "back", "home" or None."""
    place = standing.place
    told = say("lecture.before") if place == LOBBY else say("lecture.place", place=place + 1, count=count)
    words = {name: say(f"lecture.bar.{name}") for name in ("home", "back", "full", "controls", "progress", "clock")}
    words["next"] = say("lecture.bar.begin" if place == LOBBY else "lecture.bar.next" if shown else "lecture.bar.show")
    data = {
        "place": place,
        "count": count,
        "last": shown and place == count - 1,
        "began": standing.began,
        "words": {**words, "place": told},
    }
    pressed = _mount(key="lecture:bar", data=data, on_move_change=lambda: None).get("move")
    return str(pressed) if pressed else None
