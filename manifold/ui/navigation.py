"""The pages, in the order of a lecture."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from manifold.text import say

PAGES = Path(__file__).parent / "pages"

NAMES = ("start", "spiral", "where", "channels", "unrolling", "lifting", "blocks")
"""Names of the pages: folder, and address too."""


def run() -> None:
    """Show the page that the address names."""
    st.set_page_config(page_title=say("app.title"), layout="wide")
    st.html("<style>.stMainBlockContainer { padding-inline: clamp(1rem, 3vw, 4rem); }</style>")
    pages = [st.Page(page_file(name), title=page_title(name), url_path=name) for name in NAMES]

    def root() -> None:  # the default page is always at "/", so that no listed page can be it
        st.switch_page(pages[0], query_params=dict(st.query_params))

    st.navigation([st.Page(root, default=True, visibility="hidden"), *pages], position="top").run()


def page_title(name: str) -> str:
    """What the menu calls a page."""
    return say(f"page.{name}")


def page_file(name: str) -> Path:
    """The script of a page."""
    return PAGES / name / "page.py"
