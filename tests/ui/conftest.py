"""Pages of the app without a browser, and what they send to one."""

import base64
import functools
import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", autouse=True)
def packages_read_once():
    """Streamlit reads the metadata of all installed packages for each AppTest: three quarters of the time of a visit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", functools.cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session")
def pages():
    """What Streamlit knows of the app's pages after its first run, so that a link need not run the page Start before its own."""
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()._registered_pages


@pytest.fixture
def visit(pages):
    """Function: a page of the app in a new session, opened by a link with the given query."""

    def visit(name, **query):
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        app._registered_pages = pages
        app.switch_page(f"manifold/ui/pages/{name}/page.py")
        app.query_params.update(query)
        app.run()
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
