"""The class: a question with buttons, one bet a visitor, then the bars; whatever comes too late or unbidden changes nothing."""

import pytest

from manifold.text import say
from manifold.ui.lecture.steps import STEPS
from tests.ui.lecture.test_lecturer import marked

STEP = STEPS["two-channels"]


@pytest.fixture
def lecture(store):
    """A lecture at its third question."""
    store.open("bcdfgh")
    store.move("bcdfgh", 2)
    return store


@pytest.fixture
def join(visit):
    return lambda code="bcdfgh", **query: visit("start", join=code, **query)


def said(app):
    return [element.value for element in app.markdown]


def test_a_bet_is_made_changed_and_closed(lecture, join):
    app = join()
    assert STEP.question() in marked(app)
    assert [button.label[-3:] for button in app.button] == ["25%", "50%", "75%", "00%"]
    app.button[0].click().run()
    app.button[2].click().run()
    assert lecture.counts("bcdfgh", 2) == [0, 0, 1, 0, 0, 0]
    assert say("lecture.yours", letter="C") in said(app)
    late = join()
    lecture.reveal("bcdfgh", 2, 2)
    late.button[0].click().run()  # which its page still showed
    assert lecture.counts("bcdfgh", 2) == [0, 0, 1, 0, 0, 0]
    app.run()
    assert not app.button
    assert marked(app).count('class="lecture-right"') == 1
    assert say("lecture.was-yours", letter="C") in said(app)
    assert app.get("link_button")[0].proto.url == "spiral?n=2"


def test_visitors_are_counted_each_and_a_late_one_sees_where_the_lecture_is(lecture, join):
    for place in (0, 1, 1):
        join().button[place].click().run()
    assert lecture.counts("bcdfgh", 2) == [1, 2, 0, 0, 0, 0]
    lecture.move("bcdfgh", 3)
    assert STEPS["three-channels"].question() in marked(join())


def test_before_the_first_question_the_class_waits(store, join):
    store.open("bcdfgh")
    assert say("lecture.wait") in marked(join())


@pytest.mark.parametrize("code", ["nobody", "", "'; DROP TABLE bets; --", "<b>x</b>" * 9])
def test_an_unknown_code_is_said_and_another_can_be_given(lecture, join, code):
    app = join(code)
    assert len(app.warning) == 1
    app.text_input[0].set_value("BCDFGH").run()
    assert STEP.question() in marked(app)
    assert sum(lecture.counts("bcdfgh", 2)) == 0


def test_the_class_hears_its_own_language(lecture, join):
    assert "채널" in marked(join(lang="ko"))


def test_a_file_that_is_none_is_said(store, join):
    store.path.write_text("no base, but some text" * 100)
    assert len(join().warning) == 1
