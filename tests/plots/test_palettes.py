"""Colours, marks and dashes: told apart by colour-blind readers and on grey paper, and one meaning each."""

import itertools

import pytest
from coloraide import Color

from manifold import ACTIVATIONS, DATASETS, DECODERS, EMBEDDINGS, Activation
from manifold.layer.decoders import Decoder
from manifold.plots import (
    CLASS_COLORS,
    DIMENSIONS,
    GROUP_COLORS,
    LOST_COLOR,
    PAIRED_LAWS,
    QUANTITIES,
    RIVALS,
    SHAPES,
    SHORT,
    STACKS,
    STRAIGHT,
    VERDICTS,
    WAY,
    Look,
    activation_look,
    decoder_look,
    dimension_look,
    law_look,
    shape_look,
    stack_look,
)
from manifold.registry import Registry


def registered(registry):
    return [Look(color, mark) for color, mark in registry.looks]


LINES = {
    "activations": registered(ACTIVATIONS),
    "decoders": registered(DECODERS),
    "laws": [*registered(EMBEDDINGS), *PAIRED_LAWS.values()],
    "dimensions": list(DIMENSIONS.values()),
    "stacks": list(STACKS.values()),
    "shapes": list(SHAPES),
    "rivals": list(RIVALS.values()),
    "quantities": list(QUANTITIES),
    "verdicts": list(VERDICTS.values()),
}
DOTS = {"classes": [Look(color) for color in CLASS_COLORS], "groups": [Look(color) for color in GROUP_COLORS]}
PALETTES = LINES | DOTS
WAYS = [WAY, STRAIGHT, SHORT]

VISIONS = ("normal", "deutan", "protan")
FAR, NEAR = 12.0, 8.0  # CIEDE2000 that tells two colours apart by themselves, and with another mark or dash
GREY = 4.0  # of lightness L*: ten greys between those that vanish on white and on black leave no more
BACKGROUNDS = ("#ffffff", "#0e1117")  # of a page, light and dark


def seen(color, vision):
    return Color(color) if vision == "normal" else Color(color).filter(vision)


def difference(a, b, vision="normal"):
    return seen(a, vision).delta_e(seen(b, vision), method="2000")


def lightness(color):
    return Color(color).convert("lab-d65")["lightness"]


def shape(look):
    return look.marker, look.dash


every_palette = pytest.mark.parametrize("looks", PALETTES.values(), ids=list(PALETTES))


@pytest.mark.parametrize("vision", VISIONS)
@every_palette
def test_looks_of_a_palette_are_told_apart(looks, vision):
    for a, b in itertools.combinations(looks, 2):
        assert difference(a.color, b.color, vision) >= (FAR if shape(a) == shape(b) else NEAR), (a, b)


@every_palette
def test_on_grey_paper_lightness_tells_apart_what_marks_and_dashes_do_not(looks):
    for a, b in itertools.combinations(looks, 2):
        assert shape(a) != shape(b) or abs(lightness(a.color) - lightness(b.color)) >= GREY, (a, b)


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("looks", LINES.values(), ids=list(LINES))
def test_lines_stand_out_on_light_and_dark_pages(looks, background):
    assert min(Color(look.color).contrast(background) for look in looks) >= 3.0


def test_no_colour_means_two_things():
    colors = [look.color for looks in PALETTES.values() for look in looks] + [*WAYS, LOST_COLOR]
    assert len(set(colors)) == len(colors)


MEETINGS = {
    "a decoder's error beside an activation's loss": (list(ACTIVATIONS.values()), list(DECODERS.values()), 8.0),
    "shapes and their classes": (SHAPES, DOTS["classes"], 12.0),
    "groups under a way": (DOTS["groups"], [Look(color) for color in WAYS], 8.0),
    "activations and lost points": (list(ACTIVATIONS.values()), [Look(LOST_COLOR)], 12.0),
    "decoders and lost points": (list(DECODERS.values()), [Look(LOST_COLOR)], 12.0),
}


@pytest.mark.parametrize(("some", "others", "least"), MEETINGS.values(), ids=list(MEETINGS))
def test_palettes_that_meet_in_one_picture_are_told_apart(some, others, least):
    assert min(difference(a.color, b.color) for a in some for b in others) >= least


@pytest.mark.parametrize(
    ("registry", "look_of", "entry"),
    [(ACTIVATIONS, activation_look, Activation(abs)), (DECODERS, decoder_look, Decoder(lambda seen: seen.points))],
    ids=["activations", "decoders"],
)
def test_an_added_entry_gets_the_next_free_look_or_brings_its_own(registry, look_of, entry, monkeypatch):
    monkeypatch.setattr(registry, "_entries", dict(registry))
    monkeypatch.setattr(registry, "_added", {})
    before = {(look_of(name).color, look_of(name).marker) for name in registry}
    registry.add("added", entry)
    registry.add("own", type(entry)(entry.__class__, color="#123456", mark="1"))
    free = [look for look in registry.looks if look not in before]
    assert (look_of("added").color, look_of("added").marker) == free[0]
    assert look_of("own") == Look("#123456", "1")


def test_a_look_that_an_entry_has_brought_is_not_free():
    registry = Registry("activation", Activation, looks=[("#111111", "o"), ("#222222", "s")])
    registry.add("own", Activation(abs, color="#222222", mark="*"))
    assert registry.add("added", Activation(abs)).color == "#111111"


def test_looks_come_again_when_all_are_taken():
    registry = Registry("activation", Activation, looks=[("#111111", "o"), ("#222222", "s")])
    colors = [registry.add(name, Activation(abs)).color for name in "abcd"]
    assert colors == ["#111111", "#222222", "#111111", "#222222"]


def test_a_dimension_looks_the_same_whatever_is_drawn_beside_it():
    assert dimension_look(4) == DIMENSIONS[4]
    few = [dimension_look(dim) for dim in range(1, 13)]
    assert len(set(few)) == len(few)
    with pytest.raises(ValueError, match="dim must be >= 1, got 0"):
        dimension_look(0)


def test_a_shape_has_one_look_with_all_its_options():
    assert shape_look("two rings,noise=0.1") == shape_look("two rings")
    assert len({shape_look(name) for name in DATASETS}) == len(DATASETS)
    assert shape_look("points.csv") not in {shape_look(name) for name in DATASETS}


def test_names_are_looked_up():
    assert law_look("opposite") == PAIRED_LAWS["opposite"]
    assert law_look("gaussian").color == EMBEDDINGS["gaussian"].color
    with pytest.raises(ValueError, match=r"unknown stack 'dens'. Did you mean 'dense'?"):
        stack_look("dens")


def test_a_look_draws_a_line_or_marks_alone():
    look = Look("#123456", "s", "--")
    assert look.line == {"color": "#123456", "marker": "s", "linestyle": "--"}
    assert look.marks == {"color": "#123456", "marker": "s", "linestyle": ""}
