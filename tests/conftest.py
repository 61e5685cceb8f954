"""Shared by the tests of the core: a repeatable hypothesis, one random stream, and the distance of a simulation from theory."""

from __future__ import annotations

import functools
import gc
import os
import re
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # each worker has a core; threads that wait for each other take longer

import numpy as np
import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

import manifold

APP = Path(__file__).parents[1] / "app.py"
PARTS = ("share", "blocks:table", "blocks:class")
"""Keys of what pages make once it is opened."""

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


class ByFile(LoadFileScheduling):
    """A file is one worker's, and what it has computed, imported and cached serves all its tests; so are all browser tests.

    Of the file that runs every experiment, an experiment is.
    """

    def _split_scope(self, nodeid):
        if nodeid.startswith("tests/e2e/"):
            return "browser"
        experiment = re.search(r"/test_every\.py::\w+\[(\w+)", nodeid)
        return experiment[1] if experiment else super()._split_scope(nodeid)


def pytest_sessionstart():
    """To look for garbage among what imports and test cases leave, all of which stays, is a third of the time of collection."""
    gc.disable()


def pytest_collection_finish():
    gc.freeze()
    gc.enable()


def pytest_xdist_make_scheduler(config, log):
    return ByFile(config, log)


@pytest.fixture(scope="session")
def pages():
    """What Streamlit knows of the pages after a first run of the app; what it reads of installed packages is read once."""
    from streamlit.components.v2 import manifest_scanner
    from streamlit.testing.v1 import AppTest

    with pytest.MonkeyPatch.context() as patch:  # to read them is three quarters of the time of a visit
        patch.setattr(manifest_scanner, "scan_component_manifests", functools.cache(manifest_scanner.scan_component_manifests))
        yield AppTest.from_file(str(APP), default_timeout=60).run()._registered_pages


@pytest.fixture
def link(pages):
    """Function: a new session of the app at a page with a query, which has yet to run, no page before it, its parts open."""
    from streamlit.testing.v1 import AppTest

    def link(page, query):
        app = AppTest.from_file(str(APP), default_timeout=60)
        app._registered_pages = pages
        app.switch_page(f"manifold/ui/pages/{page}/page.py")
        app.query_params.update(query)
        for part in PARTS:
            app.session_state[part] = True
        return app

    return link


@pytest.fixture
def rng():
    return manifold.random_stream(20260101)


@pytest.fixture
def z_scores():
    """Function: (mean of independent samples - expected) in standard errors, for each column of samples (M,) or (M, k).

    Where all samples are the same, 0 if they are as expected, else infinite.
    """

    def scores(samples, expected):
        samples = np.asarray(samples, dtype=np.float64)
        assert len(samples) >= 30, "too few samples for the mean to be near normal"
        error = samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
        distance = np.atleast_1d(samples.mean(axis=0) - expected)
        constant = np.atleast_1d(np.ptp(samples, axis=0) < 1e-12)
        return np.where(constant, np.where(np.abs(distance) < 1e-12, 0.0, np.inf), distance / np.where(constant, 1.0, error))

    return scores


SENTENCES = r"""
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=1; plural=0;\n"

msgid "page.why"
msgstr "왜"

msgid "page.notice"
msgstr ""

msgid "panel.points"
msgid_plural "panel.points"
msgstr[0] "점 {count}개"

# The font of figures has no Hangul.
msgid "diagram.depthwise"
msgstr "chaeneolbyeol"

msgid "blocks.layer.depthwise"
msgstr "채널별 {kernel}"

msgid "no less than {least} points"
msgstr "점 {least}개 이상"
"""


@pytest.fixture
def another_language(tmp_path, monkeypatch):
    """Speak a language in which only a few things are said; English stands beside it as it is."""
    from manifold.text import LANGUAGE, catalogue, prose

    (tmp_path / "ko").mkdir()
    (tmp_path / "en").symlink_to(catalogue.TEXTS / "en")
    (tmp_path / "ko" / "messages.po").write_text(SENTENCES, encoding="utf-8")
    (tmp_path / "ko" / "where.md").write_text(
        "## hint\n가리키세요.\n\n## presets\n- five: **다섯** 한 문장.\n", encoding="utf-8"
    )
    monkeypatch.setattr(catalogue, "TEXTS", tmp_path)
    monkeypatch.setattr("manifold.plots.page.stand_in_fonts", lambda: ("DejaVu Sans",))
    catalogue._translations.cache_clear()
    prose._sections.cache_clear()
    token = LANGUAGE.set("ko")
    yield
    LANGUAGE.reset(token)
    catalogue._translations.cache_clear()
    prose._sections.cache_clear()
