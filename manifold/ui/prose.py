"""What every page says around its picture: its claim above, numbers beside, what to notice and why below."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from manifold.text import say, section
from manifold.ui.navigation import page_title

SHARE = "share"
"""The place of a page where its view is taken away, as an address names it."""


def head(page: str) -> Any:
    """Title and claim. Returns the row of the title, in which a page may offer its views."""
    with st.container(key="head", gap="xsmall"):
        row = st.container(horizontal=True, vertical_alignment="center")
        row.title(page_title(page), width="content", anchor=False)
        st.markdown(section(page, "claim"))
    return row


def number_row(numbers: Iterable[tuple[str, str, str]]) -> None:
    """Numbers side by side: label, value and explanation of each."""
    shown = list(numbers)
    for column, (label, value, explanation) in zip(st.columns(len(shown)), shown, strict=True):
        column.metric(label, value, help=explanation)


def notice_and_why(page: str, *, notice: str | None = None, why: str | None = None) -> None:
    """What to notice and the reasons beside it: the page's own sections where they are not given."""
    left, right = st.columns(2, gap="large")
    left.subheader(say("page.notice"))
    left.markdown(section(page, "notice") if notice is None else notice)
    right.subheader(say("page.why"))
    right.markdown(section(page, "why") if why is None else why)
