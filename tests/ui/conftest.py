"""Shared by the tests of the app: a session that follows links, what a page shows, and what it offers to take away."""

import base64
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from manifold.ui import prose, share
from manifold.ui.state import Page

ROOT = Path(__file__).parents[2]


@pytest.fixture
def visit():
    """Function: open a page of the app by its link, in a new session or in the one of `app`, and return the session."""

    def visit(name, *, app=None, **address):
        app = app or AppTest.from_file(ROOT / "app.py", default_timeout=30).run()
        app.query_params.clear()
        for key, value in address.items():
            app.query_params[key] = str(value)
        return app.switch_page(f"manifold/ui/pages/{name}.py").run()

    return visit


@pytest.fixture
def shown():
    """Function: what a page passes to the panels that the browser redraws."""
    return lambda app: json.loads(app.get("bidi_component")[0].proto.json)


@pytest.fixture
def unpack():
    """Function: the array that `pack` or `pack_bits` packed."""

    def unpack(packed, *, bits=False):
        content = base64.b64decode(packed["data"])
        if bits:
            flags = np.unpackbits(np.frombuffer(content, dtype=np.uint8), bitorder="little")
            return flags[: np.prod(packed["shape"])].reshape(packed["shape"]).astype(bool)
        return packed["scale"] * np.frombuffer(content, dtype="<i2").reshape(packed["shape"])

    return unpack


@pytest.fixture
def pages(monkeypatch):
    """List that grows by the `Page` of every page that is opened."""
    opened = []

    def record(page, open_page=Page.open):
        opened.append(page)
        open_page(page)

    monkeypatch.setattr(Page, "open", record)
    return opened


@pytest.fixture
def taken(monkeypatch):
    """What the page opened last offers: name, figure() and table() of the downloads, and the words `python` and `command`."""
    offer = SimpleNamespace()

    def downloads(name, figure, table):
        offer.name, offer.figure, offer.table = name, figure, table

    def reproduce(python, command):
        offer.python, offer.command = python, command

    monkeypatch.setattr(share, "downloads", downloads)
    monkeypatch.setattr(share, "reproduce", reproduce)
    return offer


@pytest.fixture
def sections_used(monkeypatch):
    """Set that grows by (page, section) for every section of prose that is read."""
    used = set()

    class Recorder(dict):
        def __init__(self, page, content):
            super().__init__(content)
            self.page = page

        def __getitem__(self, name):
            used.add((self.page, name))
            return super().__getitem__(name)

    sections = prose.sections
    monkeypatch.setattr(prose, "sections", lambda page: Recorder(page, sections(page)))
    return used
