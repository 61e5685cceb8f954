"""What every page says around its picture: its claim above, numbers beside, what to notice and why below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from manifold.text import entries, say, section
from manifold.ui.navigation import page_title
from manifold.ui.turns import taking_turns

WORDS = {
    "spiral": ("manifold", "draw", "decoder", "inverse", "nmse", "lost"),
    "where": ("channel", "active", "rank", "lost", "one-to-one"),
    "channels": ("dimension", "expansion", "draw", "lost", "one-to-one", "nmse"),
    "unrolling": ("manifold", "chart", "dimension", "short-circuit"),
    "lifting": ("dimension", "draw"),
    "blocks": ("bottleneck", "inverted-residual", "shortcut", "expansion", "macs", "nmse"),
    "network": ("manifold", "chart", "dimension", "r2", "active", "bottleneck"),
    "train": ("bottleneck", "shortcut", "expansion", "draw", "macs"),
    "exits": ("macs", "shortcut", "channel"),
}
"""Words of the field that a page uses, by their ids in the list of words."""

SHARE = "share"
"""Where a page's view is taken away, as a link on the page names the place."""


def head(page: str, *, title: str = "") -> DeltaGenerator:
    """Title, the menu's or another one, and claim. Returns the row of the title, in which a page may offer its views.

    The title explains the words of the page on demand, and the claim leads to where the view is taken away, which on Start is
    right below the picture.
    """
    with st.container(key="head", gap="xsmall"):
        row = st.container(horizontal=True, vertical_alignment="center")
        words = list_words(WORDS.get(page, ()))
        row.title(title or page_title(page), anchor=False, help=words or None, width="content")
        st.markdown(section(page, "claim") + ("" if title else f" [{say('share.title')}](#{SHARE})"))
    return row


def list_words(terms: Iterable[str]) -> str:
    """What words of the field mean."""
    known = entries("start", "words")
    return "\n".join(say("page.words", name=known[term].name, meaning=known[term].sentence) for term in terms)


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
    left.header(say("page.notice"))
    left.markdown(section(page, "notice") if notice is None else notice)
    right.header(say("page.why"))
    right.markdown(section(page, "why") if why is None else why)
