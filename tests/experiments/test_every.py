"""Every experiment: what a run writes, the same bytes for the same seed, and its figure on every page, not measured again."""

import dataclasses
import html
import json
import math
import re

import numpy as np
import pandas as pd
import pytest

import manifold.layer.recovery
from experiments.__main__ import main
from experiments.runner.drawing import draw_interactive, draw_kept
from experiments.runner.experiment import claim, find_experiments, has_interactive
from experiments.runner.order import measure_draws
from experiments.runner.record import read_folder, read_kept
from manifold.plots import FORMATS, STYLES, Page
from tests.experiments.boxes import faults
from tests.experiments.written import run, without_run_record

NAMES = list(find_experiments())
TIMED = {  # whose rows are times
    *("decoding_speed", "memory_split", "forward_speed", "swiss_roll", "isomap_scale", "sweep_speed", "probe_cost"),
    *("training_speed", "activations_trained", "attention_gate", "dense_training", "early_exits", "stochastic_depth"),
    "platform_search",
}
UNDRAWN = {name for name, load in find_experiments().items() if load().DRAWS == 1}
RANDOM = {"object_manifolds"}  # one draw, as each takes minutes
INTERACTIVE = {name for name, load in find_experiments().items() if has_interactive(load())}
PAGES = {
    "column": Page(width=3.35),
    "text": Page(width=5.5),
    "paper": STYLES["paper"],
    "slide": STYLES["slide"],  # and dark, which is the same in other colours
}
SMALLER = {
    "isomap_scale": ("--set", "sizes=200,400", "--set", "compared=200,400"),
    "digits_map": ("--set", "n_points=100", "--set", "methods=pca"),  # t-SNE has a stream of its own: tests/learning
    "active_count": ("--set", "crops=2", "--set", "size=64", "--set", "kept=20"),
    "bottleneck_ablation": ("--set", "crops=2", "--set", "fitted=4", "--set", "blocks=2,3"),
    "dead_channels": ("--set", "shown=2", "--set", "size=32"),
    "dimension_by_layer": (*("--set", "positions=40", "--set", "views=20"), *("--set", "size=32", "--set", "weights=trained")),
    "expansion": ("--set", "widths=2,16", "--set", "expansions=1,6,10"),
    "length": ("--set", "depth=5"),
    "linear_bottleneck": ("--set", "datasets=digits"),
    "neighbours": ("--set", "n_points=300", "--set", "neighbours=3,8,40"),
    "positive_channels": ("--set", "crops=2", "--set", "size=64", "--set", "weights=trained"),
    "pruned": ("--set", "depth=2"),
    "quantised": ("--set", "size=32", "--set", "bits=4"),
    "quantised_digits": ("--set", "depth=2", "--set", "bits=4"),
    "swiss_roll": ("--set", "n_points=300"),
    "topology": ("--set", "n_points=60", "--set", "depth=2", "--set", "epochs=150"),
    "trace": ("--set", "count=20", "--set", "size=32", "--set", "weights=trained"),
}
"""Sizes of those that take longest: what they write does not depend on them."""

RECORDED = [
    *("form", "name", "claim", "command", "seed", "quick", "parameters", "project", "versions", "machine", "wall_seconds"),
    *("wall_seconds_before", "headline", "kept"),
]
COLUMN = re.compile(r"[a-z][a-z0-9_]*")
ELSEWHERE = {"dim", "d", "n", "points", "law", "units", "neighbours", "right", "error", "value", "result", "memory", "time"}
"""Names that a column had which has another one elsewhere, or no quantity of its own."""
STATISTICS = "mean|median|least|largest|total|count|ratio|exponent|expected|bound|limit|first|last|verdict|z"
KEYS = {"dimension", "width"}  # also where no row has them: of what a formula gives


def wrong_columns(rows):
    return [column for column in rows if not COLUMN.fullmatch(column) or column in ELSEWHERE]


def wrong_keys(headline, rows):
    """Keys that are not STATISTIC_QUANTITY[_WHAT] with any number of _COLUMN=VALUE behind."""
    behind = "|".join(sorted({*rows, *KEYS}, key=len, reverse=True))
    grammar = re.compile(rf"({STATISTICS})_[a-z0-9_]+?(_({behind})=.+?)*")
    return [key for key in headline if not grammar.fullmatch(key)]


def test_names_that_do_not_follow_the_grammar_are_seen():
    rows = pd.DataFrame(columns=["n_points", "width", "draw", "decoder-share", "dim", "lost"])
    assert wrong_columns(rows) == ["decoder-share", "dim"]
    right = ["median_lost_width=3", "largest_z", "ratio_seconds_theirs_over_ours_n_points=100", "mean_lost_width=3_lost=a b_c"]
    wrong = ["lost_width=3", "median_lost_n=3", "median_width=3", "worst_error", "units_for_half_two rings", "mean_lost: x"]
    assert wrong_keys([*right, *wrong], rows) == wrong


@pytest.fixture(scope="module", params=NAMES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def words(name):
    """A small run, as the command line has it."""
    return (name, "--draws", "2", "--quick", "--dpi", "50", *SMALLER.get(name, ()))


@pytest.fixture(scope="module")
def folder(name, words, tmp_path_factory):
    """Where a run has written all that it can."""
    out = tmp_path_factory.mktemp(name)
    run(out, *words, "--format", ",".join([*FORMATS, *["html"][: name in INTERACTIVE]]))
    return out / name


@pytest.fixture
def unmeasured(name, monkeypatch):
    """Nothing can be drawn at random, decoded or measured."""

    def forbidden(*args, **kwargs):
        raise AssertionError("measured while drawing")

    for place, function in ((np.random, "default_rng"), (np.random, "Generator"), (manifold.layer.recovery, "observe")):
        monkeypatch.setattr(place, function, forbidden)
    for function in ("measure", "played"):
        monkeypatch.setattr(find_experiments()[name](), function, forbidden, raising=False)


def test_a_run_writes_what_the_readme_says(name, folder):
    always = [*(f"figure.{kind}" for kind in FORMATS), "rows.parquet", "run.json", "caption.txt", "caption.tex"]
    sometimes = {"drawn.npz", "table.csv", "table.tex"}
    figures = {"figure.html"} if name in INTERACTIVE else set()
    assert {path.name for path in folder.iterdir()} - sometimes == {*always, *figures}
    record = json.loads((folder / "run.json").read_bytes())
    assert list(record) == RECORDED
    draws = 1 if name in UNDRAWN else 2
    assert record["parameters"]["draws"] == draws
    assert all(math.isfinite(value) for value in record["headline"].values())
    rows = pd.read_parquet(folder / "rows.parquet")
    assert sorted(rows["draw"].unique()) == list(range(draws))
    assert wrong_columns(rows) == []
    assert set(rows.columns) <= set(find_experiments()[name]().COLUMNS)
    assert wrong_keys(record["headline"], rows) == []


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_rows(name, words, folder, tmp_path):
    if name in TIMED:
        pytest.skip("its rows are times")
    files = {f"{name}/{path.name}": path.read_bytes() for path in folder.iterdir()}
    again = without_run_record(run(tmp_path / "0", *words, "--format", "svg,html" if name in INTERACTIVE else "svg"))
    assert {file: files[file] for file in again} == again  # other formats: tests/plots
    kept = read_kept(read_folder(folder), folder)
    other = measure_draws(name, [0], seed=1, parameters=dataclasses.asdict(kept.parameters))
    first = kept.rows[kept.rows["draw"] == 0].reset_index(drop=True)
    assert other.equals(first) == (name in UNDRAWN and name not in RANDOM)


def test_a_dark_page_is_a_slide_in_other_colours():
    assert dataclasses.replace(STYLES["slide"], dark=True) == STYLES["dark"]


@pytest.mark.parametrize("page", PAGES)
def test_words_are_whole_legible_and_apart_and_nothing_is_drawn_at_random_or_decoded(folder, unmeasured, page):
    figure = draw_kept(read_kept(read_folder(folder), folder), PAGES[page])
    assert figure.get_size_inches()[0] == PAGES[page].width
    assert not faults(figure, page=PAGES[page])


def test_an_interactive_figure_is_small_says_its_claim_and_is_drawn_again_without_measuring(name, folder, unmeasured, tmp_path):
    if name not in INTERACTIVE:
        pytest.skip("it has none")
    document = (folder / "figure.html").read_bytes()
    assert len(document) < 1_000_000
    assert claim(find_experiments()[name]()) in html.unescape(document.decode())
    assert main(["redraw", str(folder), "--format", "html", "--out", str(tmp_path)]) == 0
    assert (tmp_path / name / "figure.html").read_bytes() == document
    kept = read_kept(read_folder(folder), folder)
    with pytest.raises(ValueError, match="has kept nothing for an interactive figure; run it again"):
        draw_interactive(dataclasses.replace(kept, drawn={}))
