"""Differences: the right side minus the left, with sign and in words; and panels of both, one of which may stay."""

import math

import numpy as np
import pytest

from manifold.text import LANGUAGE, say
from manifold.ui.beside.numbers import QUANTITIES, tell_gap
from manifold.ui.beside.pictures import Side, side_by_side


@pytest.mark.parametrize(
    ("what", "left", "right", "told"),
    [
        ("lost", 0.37, 0.183, "−18.7 percentage points: less is lost"),
        ("lost", 0.0, 0.164, "+16.4 percentage points: more is lost"),
        ("lost", 0.25, 0.25, "no difference"),
        ("lost", 0.0, 0.0004, "less than 0.1 percentage points apart"),
        ("error", 0.31, 0.62, "+0.31: a larger error"),
        ("error", 1e-9, 1e-20, "less than 0.001 apart"),
        ("macs", 320_000, 225_920, "−94,080: less work"),
        ("read", 0.87, -0.11, "−0.98: less can be read"),
        ("dimension", 2.9, 42.0, "+39.1: more dimensions"),
        ("ahead", 0.152, -0.008, "−16.0 percentage points: the first arm gains less"),
        ("dimension", math.nan, 2.0, "not known"),
        ("dimension", 2.0, math.inf, "not known"),
    ],
)
def test_a_difference_has_its_sign_its_unit_and_its_words(what, left, right, told):
    assert tell_gap(what, left, right) == told


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("what", QUANTITIES)
def test_every_quantity_can_be_less_or_more(what, language):
    token = LANGUAGE.set(language)
    less, more = (tell_gap(what, *pair) for pair in ((3.0, 1.0), (1.0, 3.0)))
    LANGUAGE.reset(token)
    assert (less[0], more[0]) == ("−", "+")
    assert less[1:] != more[1:]
    assert less.partition(":")[0][1:] == more.partition(":")[0][1:]


def page_data(widths, *, regions=False):
    """What a page with two panels passes to `planes`."""
    panels = [{"title": title, "captions": ["a"], "regions": regions} for title in ("one", "two")]
    shared = {
        "colors": {"light": [str(len(widths))]},
        "layer": {"low": len(widths)},
        "follow": {},
        "messages": [],
        "numbers": [1],
    }
    return {"widths": widths, "panels": panels, **shared}


@pytest.mark.parametrize(("held", "expected"), [(None, [0, 1, 2]), (1, [1, 1, 1])])
def test_the_difference_is_taken_at_the_steps_that_both_sides_show(held, expected):
    one, two = np.array([0.5, 0.25, 0.125]), np.array([0.1, 0.2, 0.4])
    sides = Side("left", page_data([2, 3, 4]), 1, held), Side("right", page_data([2, 3, 4]), 1)
    data = side_by_side(*sides, [("Lost", "lost", one, two)], width=3)
    (number,) = data["numbers"]
    assert number["label"] == say("compare.minus", label="Lost")
    assert number["values"] == [tell_gap("lost", one[k], two[step]) for step, k in enumerate(expected)]
    assert [panel.get("step") for panel in data["panels"]] == [held, None]


def test_a_side_with_fewer_steps_stays_at_its_last():
    one, two = np.array([0.5, 0.25]), np.array([0.1, 0.2, 0.4])
    sides = Side("left", page_data([2, 3]), 0), Side("right", page_data([2, 3, 4]), 0)
    (number,) = side_by_side(*sides, [("Lost", "lost", one, two)], width=3)["numbers"]
    assert number["values"][2] == tell_gap("lost", 0.25, 0.4)


def test_each_panel_has_its_own_heading_colours_and_layer():
    sides = Side("left", page_data([2], regions=True), [0, 1]), Side("right", page_data([2, 3], regions=True), [0, 1])
    data = side_by_side(*sides, [], width=2)
    assert [panel["title"] for panel in data["panels"]] == ["left\none", "left\ntwo", "right\none", "right\ntwo"]
    assert [panel["colors"]["light"] for panel in data["panels"]] == [["1"], ["1"], ["2"], ["2"]]
    assert [panel["layer"]["low"] for panel in data["panels"]] == [1, 1, 2, 2]
    assert not {"layer", "follow", "messages"} & set(data)
    assert data["widths"] == [2, 3]
