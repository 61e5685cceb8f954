"""Figures take every word from the texts: in a language whose sentences are marked, no word on them is without a mark."""

import re
from dataclasses import asdict

import numpy as np
import pytest
import torch
from babel.messages.pofile import read_po, write_po
from matplotlib.text import Text

from experiments.runner.drawn import pack, unpack
from experiments.runner.experiment import claim, find_experiments
from manifold import EMBEDDINGS, make_cloud, random_stream, recover, sweep
from manifold.learning import LIFTS, separate, two_classes
from manifold.nets import BLOCKS, InvertedResidual, formula_cost, probe, record, recover_kind
from manifold.plots import (
    Box,
    chart_colors,
    figure_block,
    figure_costs,
    figure_curves,
    figure_lift,
    figure_maps,
    figure_planes,
    figure_probe,
    figure_readings,
    figure_recoveries,
    find_boxes,
)
from manifold.sweeps import width_curves
from manifold.text import LANGUAGE, catalogue, named
from tests.experiments.boxes import figure_of

MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
WORD = re.compile(r"[^\W\d_]{2,}")


@pytest.fixture
def marked_language(tmp_path, monkeypatch):
    """English, each sentence in brackets."""
    texts = read_po((catalogue.TEXTS / "en" / "messages.po").read_text(encoding="utf-8").splitlines(), locale="en")
    for message in texts:
        if message.id:
            whole = message.pluralizable
            message.string = tuple(f"⟦{form}⟧" for form in message.string) if whole else f"⟦{message.string}⟧"
    texts.add("experiment.spiral.claim", "⟦A claim⟧")
    (tmp_path / "de").mkdir()
    with (tmp_path / "de" / "messages.po").open("wb") as file:
        write_po(file, texts)
    (tmp_path / "en").symlink_to(catalogue.TEXTS / "en")
    monkeypatch.setattr(catalogue, "TEXTS", tmp_path)
    catalogue._translations.cache_clear()
    token = LANGUAGE.set("de")
    yield
    LANGUAGE.reset(token)
    catalogue._translations.cache_clear()


def unmarked(figure):
    """Texts of a figure with a word outside of all brackets; formulas are no words."""
    found = set()
    for text in figure.findobj(Text):
        rest = re.sub(r"\$[^$]*\$", "", text.get_text())
        while MARKED.search(rest):  # a slot may hold a sentence
            rest = MARKED.sub("", rest)
        found |= {text.get_text()} if WORD.search(rest) else set()
    return found


def plane_figures():
    cloud = make_cloud("spiral", 60, rng=random_stream(0))
    colors = chart_colors(cloud)
    for decoder in ("inverse", "doubled", "affine", "active-rows", "posterior"):
        recoveries = [recover(5.0 * cloud.points, width=n, decoder=decoder, rng=random_stream(1)) for n in (2, 3)]
        yield figure_recoveries(recoveries, colors, symbol="T⁺")
    yield figure_planes(recoveries)
    yield figure_planes([recover(cloud.points, width=3, activation="tanh", rng=random_stream(1))])
    yield figure_readings(dict.fromkeys(("gaussian", "padded-gaussian"), recoveries), colors)
    curves = width_curves(sweep(width=[2, 9], n_points=20, activation="linear", metrics=["nmse", "lost"], draws=3))
    known = np.array([0.5, 0.1])
    yield figure_curves(curves, activation="relu", title="", decoder="inverse", losses=known, errors=known)
    labels = two_classes(cloud)
    yield figure_lift(cloud.points, labels, None, cloud.points, separate(cloud.points, labels), name="")
    roll = make_cloud("swiss roll", 60, rng=random_stream(0))
    for titles in ([""], ["1", "2"]):
        yield figure_maps(roll.points, "black", dict.fromkeys(titles, roll.chart), dict.fromkeys(titles, ""))


def block_figures():
    points = make_cloud("spiral", 60, rng=random_stream(0))
    layer = EMBEDDINGS["gaussian"](4, 2, rng=random_stream(0))
    for kind in BLOCKS.values():
        place, signal = next(iter(recover_kind(kind, 4, 4, points.points, layer, rng=random_stream(0)).items()))
        readings = {place: signal.read("exact")}
        yield figure_block(find_boxes(record(kind(4, 4, 2), (4, 28, 28))), {}, readings, chart_colors(points))
    yield figure_costs({named(BLOCKS, name): formula_cost(kind(8, 8), (8, 8, 8)) for name, kind in BLOCKS.items()})
    yield figure_probe(probe(InvertedResidual(4, 4).eval(), [torch.ones(2, 4, 5, 5)]))


@pytest.mark.parametrize("figures", [plane_figures, block_figures])
def test_every_word_of_a_figure_comes_from_the_texts(figures, marked_language):
    for figure in figures():
        assert unmarked(figure) == set()


@pytest.mark.parametrize(
    "name",
    [
        *("activations", "antithetic", "channels", "collapse_map", "dimension", "injective", "input_scale", "length"),
        *("misprint", "noise", "rank", "width", "dense_growth", "expansion", "parameter_arithmetic", "memory_split"),
    ],
)
def test_every_word_of_the_figure_of_an_experiment_comes_from_the_texts(name, marked_language):
    """Of those that take no second."""
    experiment = find_experiments()[name]()
    parameters = experiment.Parameters(**{key: value for key, value in experiment.QUICK.items() if key != "draws"})
    rows = experiment.measure(range(2), seed=0, parameters=parameters)
    assert unmarked(figure_of(experiment, rows, parameters)) == set()


def test_a_claim_follows_the_language_where_it_has_the_text(marked_language):
    spiral, noise = (find_experiments()[name]() for name in ("spiral", "noise"))
    assert claim(spiral) == "⟦A claim⟧"
    assert claim(noise) == noise.__doc__.splitlines()[0]


def test_a_diagram_that_was_kept_in_one_language_is_drawn_in_another(marked_language):
    token = LANGUAGE.set("en")
    boxes = find_boxes(record(InvertedResidual(4, 4), (4, 8, 8)))
    english, kept = [box.lines for box in boxes], unpack(pack({"boxes": [asdict(box) for box in boxes]}))
    LANGUAGE.reset(token)
    assert english[1] == ["3×3", "depthwise", "BN, ReLU6"]
    assert Box(**kept["boxes"][1]).lines == ["3×3", "⟦depthwise⟧", "⟦⟦BN⟧, ⟦ReLU6⟧⟧"]


@pytest.mark.parametrize("name", LIFTS)
def test_every_lift_has_title_and_idea(name, marked_language):
    assert all(MARKED.fullmatch(named(LIFTS, name, part)) for part in ("title", "idea"))


@pytest.mark.parametrize("name", BLOCKS)
def test_every_block_has_title_source_and_idea(name, marked_language):
    assert all(MARKED.fullmatch(named(BLOCKS, name, part)) for part in ("title", "source", "idea"))
