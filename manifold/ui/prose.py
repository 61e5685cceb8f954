"""What every page says around its picture: its claim above, numbers beside, what to notice and why below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import streamlit as st

from manifold.text import say, section
from manifold.ui.navigation import page_title
from manifold.ui.turns import taking_turns


def head(page: str) -> None:
    """Title and claim."""
    st.title(page_title(page))
    st.markdown(section(page, "claim"))


def number_row(numbers: Iterable[tuple[str, str, str]]) -> None:
    """Numbers side by side: label, value and explanation of each."""
    shown = list(numbers)
    for column, (label, value, explanation) in zip(st.columns(len(shown)), shown, strict=True):
        column.metric(label, value, help=explanation)


@contextmanager
def working(message: str = "page.working", *, short: bool = False) -> Iterator[None]:
    """Say that something is computed, if it takes longer than a moment, and take a turn; as a decorator below a cache."""
    with st.spinner(say(message)), taking_turns(short=short):
        yield


def when_opened(label: str, show: Callable[[], object], *, key: str) -> None:
    """A part of a page that is made when its visitor opens it."""
    part = st.expander(label, key=key, on_change="rerun")
    if part.open:
        with part:
            show()


def notice_and_why(page: str, *, notice: str | None = None, why: str | None = None) -> None:
    """What to notice and the reasons beside it: the page's own sections where they are not given."""
    left, right = st.columns(2, gap="large")
    left.subheader(say("page.notice"))
    left.markdown(section(page, "notice") if notice is None else notice)
    right.subheader(say("page.why"))
    right.markdown(section(page, "why") if why is None else why)
