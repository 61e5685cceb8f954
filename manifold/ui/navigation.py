"""The pages, in the order of a lecture."""

from __future__ import annotations

import gc
import importlib
import json
import sys
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import Any

import streamlit as st

from manifold.registry import all_registries
from manifold.runs.entries import entry_digests
from manifold.text import LANGUAGE, language_name, languages, say
from manifold.ui import language
from manifold.ui.state import JOIN, LECTURE, last_view
from manifold.ui.turns import RUNS

PAGES = Path(__file__).parent / "pages"

NAMES = ("start", "spiral", "where", "channels", "unrolling", "lifting", "blocks", "network", "train", "exits")
"""Names of the pages: folder, and address too."""

SIDEBAR = 270
"""Its width in pixels: the pictures have the rest."""

_LIBRARIES = {
    **dict.fromkeys(("blocks", "network", "train", "exits"), "manifold.nets"),
    **dict.fromkeys(("unrolling", "lifting"), "manifold.learning"),
}
"""What pages need that loads slowly."""

_STYLE = """<style>
.stMainBlockContainer { padding-inline: clamp(1rem, 3vw, 4rem); }
.stMain h1 { padding-block: 0; }
@media (max-width: 48rem) {
    [data-testid="stExpandSidebarButton"]::after { content: "MENU"; }
    :has(> .st-key-head) { order: -2; }
    :has(> .st-key-picture), .st-key-picture :has(> .st-key-arms) { order: -1; }
}
.stApp :is([data-testid="stMarkdownContainer"], [data-testid="stCaptionContainer"]) * {
    word-break: keep-all;
    overflow-wrap: break-word;
}
.stMain [data-stale="true"]:not(:has(> .stSlider, > .stSelectbox)) { opacity: 0; transition: opacity 0.2s 0.5s; }
.stApp [data-testid="stBaseButton-primary"] { color: light-dark(#ffffff, #0e1117); }
.stElementContainer:has(> .stHtml > script) { display: none; }
@media (prefers-reduced-motion: reduce) {
    .stApp *, .stApp *::before, .stApp *::after { transition-duration: 0s !important; animation-iteration-count: 1 !important; }
}
</style>"""
"""Room at the sides. On a phone the menu has a name, and the picture comes right behind the claim. What the last run left is
taken from sight once a new one takes longer than half a second, when the page says that it computes: nothing old stands beside
something new. Controls stay. Lines break between words, Korean ones too. White is too faint on the button's light blue of the
dark theme. Nothing moves for who wants no motion."""

_SPOKEN = "<script>document.documentElement.lang = {}</script>"
"""Tells the browser, and who reads pages aloud, the language; Streamlit says that all is English."""

_state: dict[str, Any] = {"digests": "{}", "modules": 0}
"""For all visitors: digests of the entries that a script had added when the caches were filled, and how much was imported."""


@RUNS.stand()
def run() -> None:
    """Show the page that the address names."""
    forget_changed_entries()
    language.speak()
    st.set_page_config(page_title=say("app.title"), layout="wide", initial_sidebar_state=SIDEBAR)
    st.html(_STYLE.replace("MENU", say("page.menu")))
    st.html(_SPOKEN.format(json.dumps(LANGUAGE.get())), unsafe_allow_javascript=True)
    alone = JOIN in st.query_params or LECTURE in st.query_params
    shown = st.navigation(_session_pages(), position="hidden" if alone else "top")
    language.warn_unknown()
    try:
        if not alone or lectured(shown.url_path):
            load_library(shown.url_path)
            shown.run()
    finally:
        spare_imports()


def lectured(page: str) -> bool:
    """Show what a lecture puts above a page or in its place; whether the page comes below."""
    room = "student" if JOIN in st.query_params else "lecturer"
    view = importlib.import_module(f"manifold.ui.lecture.{room}")  # not before a lecture is held
    return bool(view.follow() if room == "student" else view.lead(page))


def _session_pages() -> list[Any]:
    """The menu in the language of the visitor, made once for each: each page looks for its file on the disk."""
    key = f"menu:{LANGUAGE.get()}"
    if key not in st.session_state:
        pages = {name: st.Page(page_file(name), title=page_title(name), url_path=name) for name in NAMES}

        def root() -> None:  # the default page is always at "/", so that no listed page can be it
            st.switch_page(pages[NAMES[0]], query_params=dict(st.query_params))

        others = [_switch(name, pages) for name in languages() if name != LANGUAGE.get()]
        st.session_state[key] = [st.Page(root, default=True, visibility="hidden"), *others, *pages.values()]
    return list(map(copy, st.session_state[key]))  # as a run marks the page that it shows, and two may overlap


def _switch(to: str, pages: Mapping[str, Any]) -> Any:
    """An entry of the menu that speaks another language, and leads back to the view that was shown."""

    def switch() -> None:
        name, address = last_view()
        st.switch_page(pages[name or NAMES[0]], query_params={**address, language.KEY: to})

    return st.Page(switch, title=language_name(to), url_path=to, icon=":material/translate:")


def forget_changed_entries() -> None:
    """Empty the caches if a script has added or changed an entry since they were filled, as they go by names of entries."""
    entries = {address: registry.added() for address, registry in all_registries().items() if registry.added()}
    try:
        now = json.dumps(entry_digests(entries))
    except TypeError:  # of one that holds a lock, say, no digest can be made
        now = str([id(entry) for named in entries.values() for entry in named.values()])
    if now != _state["digests"]:
        st.cache_data.clear()
        _state["digests"] = now


def load_library(name: str) -> None:
    """Say that something loads while a page's library does, which takes seconds once in a process; always one element."""
    library = _LIBRARIES.get(name)
    with st.empty():
        if library and library not in sys.modules:
            with st.spinner(say("page.loading")):
                importlib.import_module(library)


def spare_imports() -> None:
    """Take what was imported, torch and Plotly above all, out of what each search for garbage goes through."""
    if len(sys.modules) > _state["modules"]:
        gc.collect()
        gc.freeze()
        _state["modules"] = len(sys.modules)


def page_title(name: str) -> str:
    """What the menu calls a page."""
    return say(f"page.{name}")


def page_file(name: str) -> Path:
    """The script of a page."""
    return PAGES / name / "page.py"
