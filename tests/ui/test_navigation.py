"""What every run of the app does beside the page: the menu, and what was imported is left alone by the garbage collector."""

import gc
import sys
import types

import streamlit as st

from manifold.ui import navigation
from manifold.ui.navigation import spare_imports

whole = st.navigation


def test_what_was_imported_is_frozen_once_and_again_when_more_is(monkeypatch):
    spare_imports()
    frozen = gc.get_freeze_count()
    assert frozen > 10_000
    later = [[] for _ in range(1000)]  # of a visitor: stays with the collector
    spare_imports()
    assert gc.get_freeze_count() <= frozen
    monkeypatch.setitem(sys.modules, "manifold_imported_later", types.ModuleType("manifold_imported_later"))
    spare_imports()
    assert gc.get_freeze_count() >= frozen + len(later)


def test_runs_of_a_session_that_overlap_do_not_share_the_mark_on_the_page_shown(visit, monkeypatch):
    shown = []
    monkeypatch.setattr(navigation.st, "navigation", lambda pages, **look: shown.append(pages) or whole(pages, **look))
    app = visit("start")
    app.run()
    first, second = shown
    assert [page.title for page in first] == [page.title for page in second]
    assert not {id(page) for page in first} & {id(page) for page in second}
