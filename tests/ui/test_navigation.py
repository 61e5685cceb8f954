"""What every run of the app does beside the page: what was imported is no longer gone through by the garbage collector."""

import gc
import sys
import types

from manifold.ui.navigation import spare_imports


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
