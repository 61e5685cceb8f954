"""The language of a session, and pages in Korean, on which no word of ours is left in English."""

import json
import re

import pytest
from google.protobuf.json_format import MessageToDict
from streamlit.testing.v1.element_tree import Block

from manifold.text import LANGUAGE, say
from manifold.ui.navigation import NAMES
from tests.text.test_languages import catalogue, forms

KOREAN = catalogue("ko")
LABELS = {
    form
    for name, message in catalogue("en").items()
    for form in forms(message)
    if "{" not in form and (name not in KOREAN or form not in forms(KOREAN[name])) and re.search("[A-Z ]", form)
}
"""Of more than one word, or with a capital: data of charts has words such as "all"."""
SENTENCE = re.compile(r"(?:[A-Za-z]+,? ){3,}[a-z]{2,}")


def texts(node):
    """Every text of the elements below a node: code, drawings and scripts are none."""
    proto = getattr(node, "proto", None)
    if isinstance(node, Block):
        yield from leaves(MessageToDict(proto)) if proto is not None else ()
        for child in node.children.values():
            yield from texts(child)
    elif node.type == "bidi_component":
        yield from leaves(proto.json)
    elif node.type not in ("code", "imgs"):
        yield from leaves(MessageToDict(proto))


def leaves(value):
    """The texts in a message; one that holds JSON, as charts do, is taken apart."""
    if isinstance(value, str) and value.startswith('{"'):
        value = json.loads(value)
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from leaves(part)
    elif isinstance(value, str):
        yield value


@pytest.fixture
def browser_in(monkeypatch):
    """Function: the visitor's browser has this language."""
    import streamlit as st

    return lambda tag: monkeypatch.setattr(type(st.context), "locale", property(lambda context: tag))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_in_korean_has_no_sentence_and_no_label_in_english(visit, name):
    app = visit(name, lang="ko")
    said = list(texts(app._tree))
    assert any("가" <= letter <= "힣" for letter in "".join(said))
    assert set(said) & LABELS == set()
    assert [text[:80] for text in said if SENTENCE.search(text.replace(" et al.", ""))] == []


def test_the_language_is_that_of_the_address_else_of_the_browser_else_english(visit, browser_in):
    title = {"ko": KOREAN["start.title"].string, "en": say("start.title")}
    assert visit("start").title[0].value == title["en"]
    browser_in("ko-KR")
    korean = visit("start")
    assert korean.title[0].value == title["ko"]
    assert not korean.query_params
    assert visit("start", lang="en").title[0].value == title["en"]
    browser_in("fr")
    assert visit("start", lang="ko-KR").title[0].value == title["ko"]
    assert LANGUAGE.get() == "en"  # of this test, whatever visitors speak


def test_a_language_once_chosen_stays_in_the_address_and_in_links(visit):
    app = visit("spiral", lang="ko", n="9")
    assert dict(app.query_params) == {"n": "9", "lang": "ko"}
    app.query_params.clear()  # as the menu leaves it
    token = LANGUAGE.set("ko")  # of AppTest, which asks once more what options are called
    app.run()
    LANGUAGE.reset(token)
    assert app.title[0].value == KOREAN["page.spiral"].string
    assert all("lang=ko" in link.proto.query_string for link in visit("start", lang="ko").page_link)


def test_an_unknown_language_is_said_and_english_shown(visit, browser_in):
    browser_in("ko")
    app = visit("start", lang="tlh")
    (warning,) = app.warning
    assert warning.value.replace("\\", "") == say("link.language", text="tlh", known="en, ko")
    assert app.title[0].value == say("start.title")
