"""A second language, with one sentence and one section of its own."""

import pytest

from manifold.text import LANGUAGE, catalogue, prose

SENTENCES = r"""
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=1; plural=0;\n"

msgid "page.why"
msgstr "Warum"

msgid "page.notice"
msgstr ""

msgid "panel.points"
msgid_plural "panel.points"
msgstr[0] "{count} Punkt(e)"

msgid "no less than {least} points"
msgstr "mindestens {least} Punkte"
"""


@pytest.fixture
def another_language(tmp_path, monkeypatch):
    """Speak a language in which only a few things are said; English stands beside it as it is."""
    (tmp_path / "xx").mkdir()
    (tmp_path / "en").symlink_to(catalogue.TEXTS / "en")
    (tmp_path / "xx" / "messages.po").write_text(SENTENCES, encoding="utf-8")
    (tmp_path / "xx" / "where.md").write_text("## hint\nZeigen.\n\n## presets\n- five: **Fünf** Ein Satz.\n", encoding="utf-8")
    monkeypatch.setattr(catalogue, "TEXTS", tmp_path)
    catalogue._translations.cache_clear()
    prose._sections.cache_clear()
    token = LANGUAGE.set("xx")
    yield
    LANGUAGE.reset(token)
    catalogue._translations.cache_clear()
    prose._sections.cache_clear()
