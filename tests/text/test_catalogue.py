"""The look-up of sentences: slots, plurals, names of registry entries, errors, and a language that lacks some of them."""

import re
from types import SimpleNamespace

import pytest

from manifold import Registry
from manifold.text import LANGUAGE, explain, named, say

KINDS = Registry("kind of thing")
KINDS.add("own", SimpleNamespace(title="Its own title", idea=None))
KINDS.add("bare", len)


class ToldError(ValueError):
    """As errors of the library are: an English sentence with slots, and what fills them."""

    def __init__(self, sentence, **parts):
        super().__init__(sentence.format(**parts))
        self.sentence, self.parts = sentence, parts


def test_slots_are_filled_by_name_and_in_the_form_that_the_sentence_asks_for():
    assert say("panel.error", error="0.38") == "NMSE 0.38"
    assert "12,345 rows" in say("upload.sampled", file="a.csv", total=12345, count=2)


@pytest.mark.parametrize(("count", "noun"), [(0, "points"), (1, "point"), (2, "points"), (500, "points")])
def test_the_count_chooses_between_one_and_many(count, noun):
    assert say("panel.points", count=count).startswith(f"{count} {noun},")


def test_text_in_a_slot_is_not_read_as_a_sentence():
    assert say("panel.error", error="{count} {error.__class__}") == "NMSE {count} {error.__class__}"


def test_an_id_that_no_language_has_is_one_clear_error():
    with pytest.raises(LookupError, match=r"no text has the id 'panel.eror'; add it to en/messages.po"):
        say("panel.eror")


def test_a_slot_without_a_value_is_one_clear_error():
    with pytest.raises(ValueError, match=r"the text 'panel.error-and-lost' needs a value for its slot 'lost', got error"):
        say("panel.error-and-lost", error="0.1")
    with pytest.raises(ValueError, match="needs a value for its slot 'error', got none"):
        say("panel.error")


def test_an_entry_is_named_by_the_texts_by_itself_or_by_its_name():
    activations = Registry("activation")
    activations.add("relu", SimpleNamespace(title="another"))
    assert named(activations, "relu") == "ReLU"
    assert named(KINDS, "own") == "Its own title"
    assert named(KINDS, "own", "idea") == "own"
    assert named(KINDS, "bare") == "bare"
    with pytest.raises(KeyError, match=r"unknown kind of thing 'onw'. Did you mean 'own'\?"):
        named(KINDS, "onw")


def test_an_error_says_what_it_says_unless_it_brings_its_parts(another_language):
    assert explain(ValueError("no {slot} here")) == "no {slot} here"
    assert explain(ToldError("no less than {least} points", least=3)) == "점 3개 이상"
    assert explain(ToldError("no more than {most} points", most=4)) == "no more than 4 points"


def test_what_a_language_lacks_is_said_in_english(another_language):
    assert say("page.why") == "왜"
    assert (say("panel.points", count=1), say("panel.points", count=5)) == ("점 1개", "점 5개")
    assert say("page.notice") == "What to notice"  # its translation is empty
    assert say("panel.play") == "Play"
    assert say("channels.measured.none", count=1).startswith("In 1 draw ")
    with pytest.raises(LookupError, match="no text has the id"):
        say("panel.eror")


def test_the_language_is_that_of_the_context():
    assert LANGUAGE.get() == "en"
    assert re.match("[A-Z]", say("page.why"))
