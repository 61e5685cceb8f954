"""Lectures of a test stand in a file of its own."""

import pytest

from manifold.ui.lecture.store import PLACE, Store


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The file that the app uses."""
    monkeypatch.setenv(PLACE, str(tmp_path / "lectures.sqlite"))
    return Store(tmp_path / "lectures.sqlite")
