"""Curves that a visitor draws: a pad, their corners as text for who has no mouse, and what the address keeps of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from manifold.clouds.drawn import EXAMPLE, read_path, write_path
from manifold.text import explain, literal, say
from manifold.ui.one_draw.pad import pad
from manifold.ui.state import Field, LinkError, Page, Value

_LONGEST = 4000  # letters of a path that is typed


@dataclass(frozen=True)
class PathField(Field):
    """Curves as `manifold.clouds.drawn` writes them; empty for the example."""

    def parse(self, text: str) -> Value:
        """The path that `text` is; LinkError if it is none."""
        try:
            return text and _checked(text)
        except ValueError as error:
            raise LinkError("link.drawn", reason=explain(error)) from None


def drawing_controls(page: Page) -> None:
    """The pad and the text; `page` has a field "path"."""
    refused = f"{page.name}:path-refused"

    def take(curves: Any) -> None:
        _keep(page, refused, lambda: write_path(curves))

    def typed() -> None:
        text = str(st.session_state[f"{page.name}:corners"]).strip()
        _keep(page, refused, lambda: text and _checked(text))

    path = page["path"]
    st.caption(say("pad.name"))
    pad(read_path(path or EXAMPLE), example=not path, key=f"{page.name}:pad", on_draw=take)
    if told := st.session_state.get(refused):
        st.warning(literal(say("pad.refused", reason=told)))
    st.session_state[f"{page.name}:corners"] = path
    st.text_input(
        say("pad.corners"),
        key=f"{page.name}:corners",
        on_change=typed,
        max_chars=_LONGEST,
        placeholder=EXAMPLE[:24],
        help=say("pad.corners.help"),
    )


def _keep(page: Page, refused: str, read: Any) -> None:
    """Take over a path, or keep the one before and why the new one is refused."""
    st.session_state.pop(refused, None)
    try:
        page.set({"path": read()})
    except (TypeError, ValueError) as error:
        st.session_state[refused] = explain(error)


def _checked(path: str) -> str:
    """A path as it is; ValueError if it is none."""
    read_path(path)
    return path
