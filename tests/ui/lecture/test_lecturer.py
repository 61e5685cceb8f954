"""The lecturer's screen: the question alone, then the page with claim, number and bets; every link of it leads somewhere."""

import json
import sqlite3

import pytest

from manifold.text import say, section
from manifold.ui import navigation
from manifold.ui.lecture.lecturer import _moved, _read, code_of
from manifold.ui.lecture.steps import STEPS
from manifold.ui.lecture.store import LOBBY

HOST = "lecturers-key"


def marked(app):
    """All that stands on a page as HTML of ours."""
    return "\n".join(element.proto.body for element in app.get("html"))


def bar(app):
    """What the bar is told."""
    return next(data for each in app.get("bidi_component") if "count" in (data := json.loads(each.proto.json)))


@pytest.fixture
def lead(store, visit):
    """Function: the lecture of `HOST` at a page and a place."""
    return lambda page, place, **state: visit(page, lecture=place, host=HOST, **state)


def test_the_question_stands_alone_and_gives_nothing_away(lead, store):
    app = lead("spiral", "3")
    step = STEPS["two-channels"]
    assert step.question() in marked(app)
    assert step.claim(step.found()) not in marked(app)
    assert not app.metric
    assert not app.slider
    assert not app.sidebar.selectbox  # the page did not run
    assert (store.look(code_of(HOST)).place, store.look(code_of(HOST)).shown) == (2, False)


def test_the_picture_comes_with_claim_number_and_bets(lead, store):
    lead("spiral", "3")
    assert store.bet(code_of(HOST), 2, "ann", 2)
    app = lead("spiral", "3-shown", n="2")
    assert "Two channels lose 75% of the points." in marked(app)
    assert ("75%", say("lecture.bar.next")) == (app.metric[0].value, bar(app)["words"]["next"])
    assert marked(app).count('class="lecture-right"') == 1
    assert "width: 100%" in marked(app)
    assert app.sidebar.selectbox  # the real page below
    assert section("spiral", "claim").split()[0] in "\n".join(each.value for each in app.markdown)
    assert app.query_params["lecture"] == "3-shown"  # the page leaves it in its address
    seen = store.look(code_of(HOST))
    assert (seen.shown, seen.correct) == (True, 2)
    assert not store.bet(code_of(HOST), 2, "bob", 2)


def test_a_picture_at_another_page_leads_to_its_own(lead):
    app = lead("where", "3-shown")
    assert app.query_params["n"] == "2"
    assert "Two channels lose" in marked(app)


def test_a_slider_that_the_lecturer_has_moved_stays_when_the_page_is_loaded_anew(lead):
    assert lead("spiral", "3-shown", n="7").session_state["spiral"]["n"] == 7


def test_an_address_that_says_nothing_begins_the_lecture_and_makes_a_key(store, visit):
    app = visit("start", lecture="abc")
    assert [title.value for title in app.title] == [say("lecture.title")]
    key = app.query_params["host"]
    assert store.look(code_of(key)).place == LOBBY
    assert len(code_of(key)) == 6
    assert code_of(key) != code_of(HOST)


@pytest.mark.parametrize(
    ("text", "place", "shown"),
    [("1", 0, False), ("15-shown", 14, True), ("999", 14, False), ("0", LOBBY, False), ("0-shown", LOBBY, False)]
    + [(text, LOBBY, False) for text in ("", "-1", "١", "99999", "1-show", "shown")],
)
def test_any_place_in_an_address_is_read(text, place, shown):
    assert _read(text, 15) == (place, shown)


def test_presses_go_through_question_and_picture_and_back():
    here, walked = (LOBBY, False), []
    for move in ("next", "next", "next", "back", "back", "back", "back", "next", "home"):
        here = _moved(move, *here)
        walked.append(here)
    assert walked == [
        *((0, False), (0, True), (1, False), (0, True), (0, False), (LOBBY, False), (LOBBY, False), (0, False)),
        (LOBBY, False),
    ]


def test_the_lecture_goes_on_where_bets_cannot_be_kept(store, visit):
    store.path.write_text("no base, but some text" * 100)
    app = visit("spiral", lecture="3-shown", host=HOST, n="2")
    assert str(store.path.name) in app.warning[0].value.replace("\\", "")
    assert "Two channels lose 75%" in marked(app)
    with pytest.raises(sqlite3.Error, match="not a database"):
        store.look(code_of(HOST))


def test_a_file_of_ones_own_is_the_lecture_from_then_on_and_a_broken_one_is_said(lead, store):
    app = lead("start", "0")
    app.session_state["lecture:own"] = True
    app.run()
    app.file_uploader[0].upload("mine.toml", b'[[step]]\nstep = "acti"').run()
    assert "active" in app.error[0].value
    assert store.look(code_of(HOST)).file == ""
    text = '[[step]]\npage = "where"\nclaim = "A <b>claim</b>"\nquestion = "Q?"\nchoices = ["*yes*", "no"]\nright = 1\n'
    app.file_uploader[0].upload("mine.toml", text.encode()).run()
    assert app.success[0].value == say("lecture.taken", count=1)
    app = lead("where", "1-shown")
    assert "A &lt;b&gt;claim&lt;/b&gt;" in marked(app)
    assert bar(app)["count"] == 1
    assert bar(app)["last"]


def test_a_page_without_a_lecture_asks_nothing_of_it(visit, monkeypatch):
    monkeypatch.setattr(navigation, "lectured", None)
    visit("where")
