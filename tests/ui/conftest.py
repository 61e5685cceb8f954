"""Pages of the app without a browser, and what they send to one."""

import base64
import json

import numpy as np
import pytest


@pytest.fixture
def visit(link):
    """Function: a page of the app in a new session, opened by a link with the given query."""

    def visit(name, **query):
        app = link(name, query).run()
        assert not app.exception
        return app

    return visit


@pytest.fixture
def shown():
    """Function: what a page passes to the panels that the browser redraws."""
    return lambda app: json.loads(app.get("bidi_component")[0].proto.json)


@pytest.fixture
def charts():
    """Function: the Plotly charts of a page, as the browser gets them."""
    return lambda app: [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


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
