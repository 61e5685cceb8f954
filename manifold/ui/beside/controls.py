"""The control of a comparison: keep this setting beside, swap both, hold one at its width, end it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from manifold.text import literal, say
from manifold.ui import language
from manifold.ui.beside.kept import apart, beside_field, end, hold, is_held, keep, kept, swap, told_value
from manifold.ui.state import Page, Value, write

Titles = Mapping[str, Callable[[Any], str]]
"""What says a value of a page in words, by its key, where it is no number with a name."""


def compare_bar(page: Page) -> None:
    """On top of the sidebar: keep this setting beside; of a comparison, all that can be done with it."""
    left = kept(page)
    with st.sidebar:
        if left is None:
            label, how = say("compare.keep"), say("compare.keep.help")
            st.button(label, icon=":material/compare:", width="stretch", help=how, on_click=keep, args=(page,))
            return
        st.button(say("compare.swap"), icon=":material/swap_horiz:", width="stretch", on_click=swap, args=(page,))
        st.button(say("compare.end"), icon=":material/close:", width="stretch", on_click=end, args=(page,))
        if played := beside_field(page).played:
            _hold_control(page, played, left[played])


def _hold_control(page: Page, played: str, at: Value) -> None:
    """Whether the left side stays where it is while the slider moves the right one."""
    key = f"{page.name}:hold"
    st.session_state[key] = is_held(page)
    label = say("compare.hold", value=told_value(played, at))
    st.toggle(label, key=key, on_change=lambda: hold(page, held=st.session_state[key]))


def headings(page: Page, left: Mapping[str, Any], titles: Titles) -> tuple[str, str]:
    """What each side is and the other is not, the kept one first."""
    differing, known = apart(page, left), beside_field(page)
    if not differing:
        return say("compare.left"), say("compare.right")
    own = [say("compare.moves") if known.moved and key == known.played else _told(key, page[key], titles) for key in differing]
    return ", ".join(_told(key, left[key], titles) for key in differing), ", ".join(own)


def _told(key: str, value: Value, titles: Titles) -> str:
    return titles[key](value) if key in titles else told_value(key, value)


def say_below(page: Page, left: Mapping[str, Any]) -> None:
    """Below a comparison: what the rest of the page is about, where the left side is alone, and if nothing differs yet."""
    if not apart(page, left):
        st.info(say("compare.equal-settings"))
    state = {key: write(left[key]) for key, field in page.fields.items() if key != "beside" and left[key] != field.default}
    address = f"/{page.name}?{urlencode(state | language.chosen())}"
    told = [say("compare.below", address=address.replace("(", "%28").replace(")", "%29"))]
    if left.get("scale") != (page["scale"] if "scale" in page.fields else None):
        told.append(say("compare.units"))
    st.markdown(" ".join(told))


def show_heading(text: str) -> None:
    """Above a side that is not drawn by `planes`."""
    st.header(literal(text), anchor=False)
