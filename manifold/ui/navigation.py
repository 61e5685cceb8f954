"""The pages, in the order of a lecture."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parent / "pages"

TITLES = {
    "start": "Start",
    "spiral": "Spiral",
    "where": "Where it is lost",
    "channels": "How many channels",
    "unrolling": "Unrolling",
    "lifting": "Lifting",
    "blocks": "Blocks",
}
"""Title by file name, which is the address too."""


def run() -> None:
    """Show the page that the address names."""
    st.set_page_config(page_title="What an activation does to a manifold", layout="wide")
    st.html("<style>.stMainBlockContainer { padding-inline: clamp(1rem, 3vw, 4rem); }</style>")
    pages = [st.Page(page_file(name), title=title, url_path=name) for name, title in TITLES.items()]

    def root() -> None:  # the default page is always at "/", so that no listed page can be it
        st.switch_page(pages[0], query_params=dict(st.query_params))

    st.navigation([st.Page(root, default=True, visibility="hidden"), *pages], position="top").run()


def page_file(name: str) -> Path:
    """The script of a page."""
    return PAGES / name / "page.py"
