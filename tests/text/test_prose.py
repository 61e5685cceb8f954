"""Prose: sections by their ids, presets, another language, and text from outside shown as it is."""

import re

import pytest

from manifold.text import Entry, brief, catalogue, entries, literal, prose, section


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page's prose."""
    text = "## claim\nHead.\n\n## two-words\nText\n### Not a section\n\n"
    text += "## presets\n- a-b: **A (b)** Because: it is.\n- no preset\n"
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "some page.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(catalogue, "TEXTS", tmp_path)
    prose._sections.cache_clear()
    yield "some page"
    prose._sections.cache_clear()


def test_sections_are_cut_at_second_level_headings(page):
    assert section(page, "claim") == "Head."
    assert section(page, "two-words") == "Text\n### Not a section"
    assert section(page, "three-words", otherwise="Else.") == "Else."
    with pytest.raises(LookupError, match=r"some page.md has no section 'clam'; it has claim, two-words, presets"):
        section(page, "clam")


def test_presets_are_read_from_the_list(page):
    assert entries(page, "presets") == {"a-b": Entry("A (b)", "Because: it is.")}


def test_a_language_has_its_own_sections_and_presets_and_english_for_the_others(another_language):
    assert section("where", "hint") == "가리키세요."
    assert section("where", "claim").startswith("ReLU cuts")
    assert section("spiral", "claim").startswith("ReLU loses")
    both = entries("where", "presets")
    assert both["five"] == Entry("다섯", "한 문장.")
    assert both["three"].name == "Three channels"
    assert next(iter(both)) == "five"


@pytest.mark.parametrize("text", ["![i](http://a.b/c.png)", "[a](http://a.b)", "a*b*_c_`d`", "$x$ :smile: <b>", "plain, 1.5 %"])
def test_literal_escapes_each_mark_and_nothing_else(text):
    escaped = literal(text)
    assert re.sub(r"\\(.)", r"\1", escaped).replace("\N{WORD JOINER}", "") == text
    assert not re.search(r"(?<!\\)[*_`\[\]<>$:!]", escaped)


@pytest.mark.parametrize(
    "text", ["www.a.b", "see https://a.b", "HTTP://a", "a@b.c", ":smile:", ":material/home:", "a->b", "a--b", "<= ~="]
)
def test_literal_parts_what_streamlit_turns_into_links_signs_and_arrows(text):
    shown = re.sub(r"\\(.)", r"\1", literal(text))
    turned = r"(?i)(?<![^\s(])www\.|(?<![^\s(])https?:|\w@|:[\w/-]+:|->|<-|--|<=|>=|~="
    assert re.search(turned, text)
    assert not re.search(turned, shown)


def test_a_word_from_outside_is_shown_in_one_short_line():
    assert brief("a\n  b") == "a b"
    assert brief("w" * 40) == "w" * 40
    assert brief("w" * 140_000) == "w" * 39 + "…"
