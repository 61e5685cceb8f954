"""Steps: words and numbers hold together, and what is right is decided by what is computed, here and now."""

import re
from dataclasses import replace

import numpy as np
import pytest

from manifold import theory
from manifold.text import LANGUAGE, languages, section
from manifold.ui.lecture.findings import Finding
from manifold.ui.lecture.settings import read_state
from manifold.ui.lecture.steps import LETTERS, STEPS
from manifold.ui.lecture.store import MOST_CHOICES
from tests.text.test_languages import slots

PARTS = ("question", "claim", "number", "note")
RIGHT = {
    "coordinates": "5",
    "linear": "At none",
    "two-channels": "75%",
    "three-channels": "50%",
    "looks-wrong": "0%",
    "active": "2",
    "readings": "S⁻¹",
    "six-times": "Far fewer still",
    "twice": "More",
    "folding": "8",
    "ends": "A third",
    "trained": "In a trained one alone",
    "training": "20",
    "short-circuits": "It folds up",
    "exits": "9",
}
"""What a lecturer expects. The test fails if what is computed says otherwise, or if choices are put in another order."""


@pytest.fixture(scope="module")
def found():
    """What every step gives."""
    return {name: step.found() for name, step in STEPS.items()}


def test_there_are_fifteen_steps_and_letters_for_all_choices():
    assert list(STEPS) == list(RIGHT)
    assert all(name == step.name for name, step in STEPS.items())
    assert len(LETTERS) == MOST_CHOICES


@pytest.mark.parametrize("name", STEPS)
def test_what_is_right_is_the_choice_nearest_to_what_is_computed(name, found):
    step = STEPS[name]
    assert step.options()[step.right(found[name])] == RIGHT[name]
    turned = replace(step, choices=step.choices[::-1])
    assert turned.right(found[name]) == len(step.choices) - 1 - step.right(found[name])


@pytest.mark.parametrize("name", STEPS)
def test_a_bet_is_won_clearly(name, found):
    """The right choice is at least three times as near as the next one."""
    apart = sorted(0.0 if c == found[name].value else abs(c - found[name].value) for c in STEPS[name].choices)
    assert 3.0 * apart[0] < apart[1]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", STEPS)
def test_words_take_their_numbers_from_what_is_computed(name, language, found):
    step, marked = STEPS[name], Finding(0.0, {slot: f"<{slot}>" for slot in found[name].words})
    token = LANGUAGE.set(language)
    try:
        told = {part: section("lecture", f"{name}-{part}") for part in PARTS}
        assert slots(told["question"]) == set()  # nothing is given away
        for text, part in ((step.claim(marked), "claim"), (step.note(marked), "note"), (step.number(marked)[0], "number")):
            assert set(re.findall("<(.*?)>", text)) == slots(told[part]) - {None}
        assert step.number(found[name])[1] == found[name].words["number"]
        assert len(step.options()) == len(step.choices)
        english = step.claim(found[name])
    finally:
        LANGUAGE.reset(token)
    assert not re.search("[{}]", english)


def test_every_claim_but_those_of_kind_says_a_number(found):
    silent = {name for name in STEPS if not slots(section("lecture", f"{name}-claim"))}
    assert silent == set()


@pytest.mark.parametrize("name", STEPS)
def test_every_state_is_one_of_its_page(name):
    assert read_state(STEPS[name].page, STEPS[name].state)


def test_numbers_agree_with_other_routes(found):
    rng = np.random.default_rng(0)
    active = (rng.standard_normal((20_000, 3, 2)) @ np.array([1.0, 0.0]) > 0.0).sum(axis=1)
    assert found["three-channels"].value == pytest.approx((active < 2).mean(), abs=0.015)
    binomial = theory.collapsed_fraction(96, 16)
    assert found["six-times"].value == pytest.approx(np.log10(binomial))
    assert found["coordinates"].value == int(STEPS["coordinates"].state["n"])
