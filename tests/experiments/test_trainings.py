"""Trainings: the runs that are kept, one of their cells trained anew, and what is made of pairs of arms."""

import json
import platform
import re
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import spearmanr

from experiments.runner.drawing import draw_kept
from experiments.runner.machine import machine
from experiments.runner.order import measure_order, usual_order
from experiments.runner.record import read_folder, read_kept
from experiments.training import linear_bottleneck, shortcuts, what_explains_the_gap
from experiments.training._bottlenecks import arm_cost, begin_arm, make_arm
from experiments.training._pairs import Difference, draw_split, final_scores
from experiments.training._rank_correlation import jackknife, rank_correlation
from manifold import random_stream
from manifold.nets.training.family import MATCHED
from manifold.nets.training.results import FOLDER, kept_runs, read_results
from manifold.plots import STYLES, Page
from manifold.runs import Execution
from tests.experiments.boxes import faults

README = (Path(__file__).parents[2] / "README.md").read_text()
PAGES = {"column": Page(width=3.35), "slide": STYLES["slide"]}


@pytest.fixture(scope="module", params=kept_runs())
def kept(request):
    return read_kept(read_folder(FOLDER / request.param), FOLDER / request.param)


def test_kept_runs_are_small_and_name_no_place_of_the_machine_that_made_them():
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts]
    runs = [path for path in files if path.parent != FOLDER]
    assert sum(path.stat().st_size for path in runs) < 300_000
    assert sum(path.stat().st_size for path in files) < 1_000_000  # with networks and pairs that pages show
    for name in kept_runs():
        assert not re.search(r'"(/|[A-Z]:\\)|/(home|root|tmp|work|Users)/', (FOLDER / name / "run.json").read_text())
    with pytest.raises(KeyError, match=r"unknown kept run 'shortcut'. Did you mean 'shortcuts'\?"):
        read_results("shortcut")


def test_the_headline_that_is_kept_is_that_of_the_rows(kept):
    rows, made = read_results(kept.name)
    numbers = kept.experiment.headline(rows, kept.parameters)
    assert made["headline"] == pytest.approx(json.loads(json.dumps(numbers)), rel=1e-9, nan_ok=True)


@pytest.mark.parametrize("page", PAGES)
def test_the_figure_of_a_kept_run_is_legible(kept, page):
    assert not faults(draw_kept(kept, PAGES[page]), page=PAGES[page])


def test_readme_says_what_the_kept_runs_say(kept):
    """Each line of the table of trainings: mean, interval, seeds, verdict are of a row of the run's table, or its footnote."""
    pattern = rf"^\| `{kept.name}` \|.*\| (\S+) \| \[(\S+), (\S+)\] \| (\d+) \| ([a-z ]+) \|$"
    lines = re.findall(pattern, README, re.MULTILINE)
    table = kept.experiment.table(kept.rows, kept.parameters)
    digits = len(lines[0][0].partition(".")[2])
    values = [*table.iloc[:, -5:].itertuples(index=False)]
    if kept.name == "linear_bottleneck":
        footnotes = [linear_bottleneck.weakened(kept.rows, dataset) for dataset in kept.parameters.datasets]
        values += [(*(100.0 * end for end in each[:3]), each.pairs, each.verdict) for each in footnotes]
    said = {(*(f"{value:+.{digits}f}" for value in ends), str(pairs), verdict) for *ends, pairs, verdict in values}
    assert set(lines) <= said


def test_a_cell_trained_anew_is_what_is_kept():
    """To the last picture on the same processor and versions; else another draw of the law: within its 20, and as far again."""
    rows, made = read_results("linear_bottleneck")
    parameters = linear_bottleneck.Parameters()
    split = draw_split("digits", made["seed"], 0)
    network = make_arm(split, parameters, width=2, activation="relu6", shortcut="none")
    scores = final_scores(begin_arm(network, split, parameters, seed=made["seed"], draw=0))
    cell = rows.query("dataset == 'digits' and width == 2 and activation == 'relu6' and shortcut == 'none'")
    kept = cell.set_index("draw")["accuracy"]
    same = made["machine"]["processor"] == machine()["processor"] and made["versions"]["python"] == platform.python_version()
    if same and all(made["versions"][name] == version(name) for name in ("torch", "numpy", "scikit-learn")):
        assert scores["accuracy"] == kept[0]
    else:
        spread = kept.max() - kept.min()
        assert kept.min() - spread <= scores["accuracy"] <= kept.max() + spread
    assert arm_cost(network, split) == cell[["parameters", "macs"]].iloc[0].to_dict()


def test_rows_of_a_training_are_the_same_whoever_measures_them():
    """Each of two processes a draw, or one process both."""
    parameters = linear_bottleneck.Parameters(datasets=["digits"], widths=[2], depth=2, steps=3)
    order = replace(usual_order("linear_bottleneck", linear_bottleneck, quick=True), draws=2, parameters=parameters)
    alone, shared = (measure_order(order, Execution(workers)) for workers in (1, 2))
    pd.testing.assert_frame_equal(alone, shared, check_exact=True)
    assert alone["accuracy"].nunique() > 1


def test_the_gaps_that_are_explained_are_those_of_the_run_about_the_gap():
    """Two experiments train the same arms: same seed, draws, steps; what is read on the way changes nothing."""
    gaps = linear_bottleneck.gains(read_results("linear_bottleneck").rows).query("dataset == 'digits'")
    explained = read_results("what_explains_the_gap").rows
    both = explained.merge(gaps, on=["shortcut", "width", "draw"])
    assert len(both) == len(explained)
    assert (both["gap"] == both["gain"]).all()


def test_arms_of_shortcuts_cost_the_same():
    costs = read_results("shortcuts").rows.groupby("shortcut")[["parameters", "macs"]].first()
    assert ((costs.max() / costs.min()) <= 1.0 + MATCHED).all()


@pytest.mark.parametrize(
    ("lows", "end"), [([0.1, 0.02, -0.004, -0.01], 4.0), ([0.1, -0.01, 0.02, 0.0], 8.0), ([0.1, 0.1, 0.1, 0.1], np.nan)]
)
def test_a_gap_ends_where_no_wider_bottleneck_shows_one(lows, end):
    part = {width: Difference(low + 0.01, low, low + 0.02, 20) for width, low in zip([2, 3, 4, 8], lows, strict=True)}
    assert linear_bottleneck.gap_ends(part) == pytest.approx(end, nan_ok=True)


def test_rank_correlation_is_scipys_over_all_and_within_cells():
    x, y = random_stream(0).normal(size=(2, 5, 9)).round(1)
    assert rank_correlation(x, y, within=False) == pytest.approx(spearmanr(x.ravel(), y.ravel())[0])
    each = [spearmanr(*pair)[0] for pair in zip(x, y, strict=True)]
    assert rank_correlation(x, y, within=True) == pytest.approx(np.mean(each))


def test_intervals_of_rank_correlations_hold_the_truth():
    """Of independent numbers, 0: in 95 per cent of 200 times, but for 4 standard errors of that, and .02 for the jackknife."""
    draws = random_stream(0).normal(size=(200, 2, 8, 10))
    ends = np.array([jackknife(x, y, within=True)[1:3] for x, y in draws])
    inside = ((ends[:, 0] < 0.0) & (ends[:, 1] > 0.0)).mean()
    assert abs(inside - 0.95) < 4.0 * np.sqrt(0.95 * 0.05 / 200) + 0.02


@pytest.mark.parametrize("shortcut", ["bottleneck", "none"])
def test_what_is_read_at_a_bottleneck_is_what_the_network_hands_on(shortcut):
    """All positions, in an order of its own; the branch is what stands there before the shortcut."""
    split = draw_split("digits", 0, 0)
    parameters = replace(what_explains_the_gap.Parameters(), depth=3)
    network = make_arm(split, parameters, width=3, activation="relu6", shortcut=shortcut).eval()
    images = split.validation.images[:5]
    clouds = what_explains_the_gap.read(network, images, 10_000, rng=random_stream(0))
    with torch.no_grad():
        outputs = network.bottlenecks(images)
    for cloud, output in zip(clouds, outputs, strict=True):
        rows = output.movedim(1, -1).reshape(-1, 3).double().numpy()
        assert sorted(map(tuple, cloud.output)) == sorted(map(tuple, rows))
        assert cloud.branch.min() >= 0.0
    added = (clouds[2].output - clouds[2].branch) if shortcut == "bottleneck" else np.zeros(1)
    assert (added != 0.0).any() == (shortcut == "bottleneck")


def test_too_few_are_active_where_fewer_than_the_linear_bottleneck_has_dimensions():
    """A plane in three channels: a position needs two channels between 0 and 6, and one at 0 or 6 is not."""
    plane = np.zeros((400, 3))
    plane[:, :2] = random_stream(0).random((400, 2))
    acted = np.array([[1.0, 2.0, 0.0], [1.0, 0.0, 0.0], [1.0, 6.0, 0.0], [0.0, 0.0, 0.0]])
    linear, relu6 = (what_explains_the_gap.Cloud(each, each) for each in (plane, acted))
    read = what_explains_the_gap.compare([linear], [relu6])
    assert read["too_few"] == 0.75
    assert read["zeros"] == pytest.approx(7 / 12)


def test_sandglasses_that_cannot_cost_the_same_are_told_before_anything_is_trained():
    with pytest.raises(ValueError, match="no inner width comes within 2% of"):
        shortcuts.check(replace(shortcuts.Parameters(), depth=4, narrow=10))
