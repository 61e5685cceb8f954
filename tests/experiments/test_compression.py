"""Smaller networks: the runs that are kept, one of their cells trained anew, and what is made of the rows."""

import json
import platform
import re
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.networks import best_of_forty, netadapt, platform_search
from experiments.runner.drawing import draw_kept
from experiments.runner.machine import machine
from experiments.runner.record import read_folder, read_kept
from experiments.training._pairs import draw_split
from manifold import random_stream
from manifold.nets.compression.architecture import read_architecture
from manifold.nets.compression.recipes import measure_recipes, recipe_grid
from manifold.nets.compression.results import FOLDER, kept_runs, read_results
from manifold.nets.compression.search import Aim, Bench
from manifold.plots import STYLES, Page
from tests.experiments.boxes import faults

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
PAGES = {"column": Page(width=3.35), "slide": STYLES["slide"]}


def same_as(made):
    """Whether this is the machine and the versions that made a run, so that its numbers come again to the last picture."""
    versions = {**made["versions"], "python": platform.python_version()}
    now = all(versions[name] == version(name) for name in ("torch", "numpy", "scikit-learn") if name in versions)
    return now and made["versions"]["python"] == versions["python"] and made["machine"]["processor"] == machine()["processor"]


@pytest.fixture(scope="module", params=kept_runs())
def kept(request):
    return read_kept(read_folder(FOLDER / request.param), FOLDER / request.param)


def test_kept_runs_are_small_and_name_no_place_of_the_machine_that_made_them():
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) < 2_000_000
    for name in kept_runs():
        assert not re.search(r'"(/|[A-Z]:\\)|/(home|root|tmp|work|Users)/', (FOLDER / name / "run.json").read_text())
    with pytest.raises(KeyError, match=r"unknown kept run 'netadept'. Did you mean 'netadapt'\?"):
        read_results("netadept")


def test_the_headline_and_the_claim_that_are_kept_are_those_of_the_rows_and_the_code(kept):
    rows, made = read_results(kept.name)
    numbers = kept.experiment.headline(rows, kept.parameters)
    assert made["headline"] == pytest.approx(json.loads(json.dumps(numbers)), rel=1e-9, nan_ok=True)
    assert made["claim"] == " ".join(kept.experiment.__doc__.split("\n\n")[0].split())


@pytest.mark.parametrize(
    "experiment", [netadapt, best_of_forty, platform_search], ids=["netadapt", "best_of_forty", "platform_search"]
)
def test_readme_says_what_the_kept_runs_say(request, experiment):
    name = request.node.callspec.id
    lines = re.findall(rf"^\| `{name}` \|.*\| (\S+) \| \[(\S+), (\S+)\] \| (\d+) \| ([a-z ]+) \|$", README, re.MULTILINE)
    table = experiment.table(read_results(name).rows, experiment.Parameters()).iloc[:, -5:]
    said = {(*(f"{each:+.1f}" for each in ends), str(n), verdict) for *ends, n, verdict in table.itertuples(index=False)}
    assert lines
    assert set(lines) <= said


@pytest.mark.parametrize("page", PAGES)
def test_the_figure_of_a_kept_run_is_legible(kept, page):
    assert not faults(draw_kept(kept, PAGES[page]), page=PAGES[page])


def test_a_path_of_the_kept_run_begins_where_a_training_anew_ends():
    """To the last picture on the same processor and versions; else another draw of the law: within those, and as far again."""
    rows, made = read_results("netadapt")
    parameters = netadapt.Parameters()
    begun = netadapt.Made(draw_split("digits", made["seed"], 0), 0, made["seed"], parameters)
    first = netadapt.first_widths(parameters)
    row = begun.row("path", begun.anew(first, parameters.steps), budget=1.0, path_step=0, narrowed="")
    kept = rows[rows["path_step"] == 0].set_index("draw")["accuracy"]
    spread = 0.0 if same_as(made) else kept.max() - kept.min()
    low, high = (kept[0], kept[0]) if same_as(made) else (kept.min() - spread, kept.max() + spread)
    assert low <= row["accuracy"] <= high
    assert row["macs"] == rows["macs"].max()


def test_paths_narrow_one_layer_a_step_and_arms_of_a_budget_cost_no_more_than_the_uniform_one():
    rows = read_results("netadapt").rows
    for _, part in rows[rows["arm"] == "path"].groupby("draw"):
        widths = np.array([[int(width) for width in word.split("-")] for word in part["widths"]])
        assert (np.diff(widths, axis=0) <= 0).all()
        assert ((np.diff(widths, axis=0) < -1).sum(axis=1) <= 1).all()  # a block as wide as what enters loses a channel more
        assert (np.diff(part["macs"]) < 0).all()
    costs = rows[rows["arm"] != "path"].pivot_table(index=["draw", "budget"], columns="arm", values="macs")
    assert (costs["adapted"] == costs["adapted_anew"]).all()
    assert (costs["uniform"] == costs["uniform_anew"]).all()
    assert (costs["adapted"] <= costs["uniform"]).all()
    assert (costs["adapted"] > 0.9 * costs["uniform"]).all()


def test_shares_left_are_means_over_draws_of_which_the_shorter_stays_where_it_ended():
    path = [(0, 0, "8-4"), (0, 1, "4-4"), (1, 0, "8-4"), (1, 1, "8-2"), (1, 2, "2-2")]
    rows = pd.DataFrame([{"arm": "path", "draw": draw, "path_step": step, "widths": word} for draw, step, word in path])
    np.testing.assert_allclose(netadapt.shares_left(rows), [[1.0, 0.75, 0.375], [1.0, 0.75, 0.75]])


def test_a_point_of_the_kept_sweep_trained_anew_is_what_is_kept():
    """To the last picture on the same processor and versions; else another draw of the law: within those, and as far again."""
    rows, made = read_results("best_of_forty")
    parameters = best_of_forty.Parameters()
    (cell,) = recipe_grid(rate=0.04, decay=0.1, width=8)
    asked = {"steps": parameters.steps, "batch": parameters.batch, "dataset": parameters.dataset}
    (row,) = measure_recipes([cell], [0], seed=made["seed"], **asked).itertuples()
    kept = rows.query("rate == 0.04 and decay == 0.1 and width == 8").set_index("draw")["accuracy"]
    spread = 0.0 if same_as(made) else kept.max() - kept.min()
    low, high = (kept[0], kept[0]) if same_as(made) else (kept.min() - spread, kept.max() + spread)
    assert low <= row.accuracy <= high


def scored(scores, test=None):
    """Rows of a grid whose settings (draws, settings) score so on validation, and so on the test part."""
    cells = recipe_grid(rate=[0.01 * (1 + place) for place in range(scores.shape[1])])
    test = scores if test is None else test
    return pd.DataFrame(
        [
            {"rate": cell.rate, "decay": cell.decay, "width": cell.width, "draw": draw, "validation_accuracy": a, "accuracy": b}
            for draw, (ones, others) in enumerate(zip(scores, test, strict=True))
            for cell, a, b in zip(cells, ones, others, strict=True)
        ]
    )


def test_of_forty_settings_that_are_all_alike_the_winner_promises_what_the_largest_of_forty_normals_has_too_much():
    """2.161 standard deviations (Teichroew 1956), within 4 standard errors; a score that did not choose promises nothing."""
    scores, test = random_stream(0).normal(size=(2, 300, 40))
    rows = scored(scores, test)
    found = best_of_forty.curse(rows, "validation_accuracy")
    assert abs(found.mean - 2.161) < 4.0 * (found.high - found.low) / (2.0 * 1.968)
    fair = best_of_forty.curse(rows, "accuracy")
    assert fair.low < 0.0 < fair.high


def test_a_winner_is_the_best_of_its_draw_and_its_reruns_are_the_other_draws():
    rows = scored(np.array([[0.1, 0.5], [0.9, 0.4], [0.2, 0.6]]))
    first, second, _ = best_of_forty.winners(rows, "validation_accuracy")
    assert (first.setting.rate, first.promised, first.reruns) == (0.02, 0.5, (0.4, 0.6))
    assert (second.setting.rate, second.promised, second.rerun) == (0.01, 0.9, pytest.approx(0.15))


def test_settings_that_are_clearly_worse_are_not_as_good():
    noise = 0.01 * random_stream(0).normal(size=(9, 4))
    assert best_of_forty.as_good(scored(noise + np.array([0.9, 0.9, 0.5, 0.5]))) == 2


def test_a_network_of_the_kept_searches_trained_anew_is_what_is_kept():
    """To the last picture on the same processor and versions; else within all that were tried. MACs are the same anywhere."""
    rows, made = read_results("platform_search")
    asked = platform_search.Parameters()
    bench = Bench(asked.dataset, seed=made["seed"], steps=asked.steps, batch=asked.batch, rate=asked.rate)
    row = rows[rows["search"] == "evolution"].iloc[-1]
    trial = bench.judge(read_architecture(row["network"]), Aim(1.0, 0.0))
    assert trial.macs == row["macs"]
    for name in ("validation_accuracy", "accuracy"):
        low, high = (row[name], row[name]) if same_as(made) else (rows[name].min(), rows[name].max())
        assert low <= getattr(trial, name) <= high


def test_the_kept_searches_are_five_of_each_kind_of_two_hundred_and_their_rewards_follow_from_their_rows():
    rows = read_results("platform_search").rows
    assert rows[rows["search"] != "hand"].groupby(["search", "draw"]).size().to_list() == [200] * 10
    target = rows[rows["network"] == "k3e6nr-k3e6nr-k3e6nr"]["milliseconds"].iloc[0]
    reward = rows["validation_accuracy"] * (rows["milliseconds"] / target) ** -0.15
    np.testing.assert_allclose(rows["reward"], reward)
    begun = [rows.query(f"search == '{name}' and trial < 20")["network"].to_list() for name in ("random", "evolution")]
    assert begun[0] == begun[1]
    assert rows["milliseconds_whole"].notna().sum() >= 50


def searched(draw, search, trial, network, **scores):
    """A row of the searches."""
    usual = {
        "macs": 1,
        "milliseconds": 1.0,
        "reward": 0.5,
        "validation_accuracy": 0.5,
        "accuracy": 0.5,
        "rerun_accuracy": np.nan,
    }
    return {"draw": draw, "search": search, "trial": trial, "network": network, **usual, **scores}


SEARCHED = pd.DataFrame(
    [
        searched(0, "random", 0, "a", reward=0.4, milliseconds=1.0),
        searched(0, "random", 1, "b", reward=0.6, validation_accuracy=0.6, rerun_accuracy=0.5, milliseconds=1.0),
        searched(0, "evolution", 0, "a", reward=0.4),
        searched(0, "evolution", 1, "c", reward=0.9, validation_accuracy=0.6, rerun_accuracy=0.4, milliseconds=2.0),
        searched(0, "evolution", 2, "a", reward=0.4),
        searched(0, "hand", 0, "d", reward=0.5, validation_accuracy=0.5, rerun_accuracy=0.45, milliseconds=0.5),
        searched(0, "hand", 1, "e", reward=0.3, validation_accuracy=0.5, rerun_accuracy=0.9, milliseconds=0.7),
    ]
)


def test_what_is_said_of_searches_is_what_their_rows_say():
    """Two draws alike: means are those of the one, and intervals have no width."""
    rows = pd.concat([SEARCHED, SEARCHED.assign(draw=1)], ignore_index=True)
    assert platform_search.best_so_far(rows, "evolution").tolist() == [[0.4, 0.9, 0.9]] * 2
    assert platform_search.advantage(rows) == pytest.approx((0.3, 0.3, 0.3, 2))
    assert platform_search.over_hand(rows) == pytest.approx((0.4, 0.4, 0.4, 2))
    assert platform_search.held(rows) == pytest.approx((0.6 - 0.45, 0.15, 0.15, 2))  # 0.9 x 0.4 / 0.6, and 0.5 x 0.45 / 0.5
    assert platform_search.held(rows, hindsight=True) == pytest.approx((0.6 - 0.54, 0.06, 0.06, 2))  # 0.3 x 0.9 / 0.5
    assert platform_search.promise(rows)[0] == pytest.approx(0.15)  # of 0.1 and 0.2, two searches each
    assert platform_search.on_front(rows) == 1  # e is as accurate as d and slower; b is slower and more accurate


def test_the_rank_correlation_of_latency_is_that_of_scipy_and_its_interval_holds_it_95_times_in_100():
    from scipy.stats import spearmanr

    rng, true, within = random_stream(5), 0.8, 0
    for _ in range(400):
        x, y = rng.multivariate_normal([0.0, 0.0], [[1.0, true], [true, 1.0]], 60).T
        rows = pd.DataFrame({"milliseconds_whole": x, "macs": y, "network": "k3e3nr"})
        found = platform_search.latency_correlation(rows, "milliseconds_whole", "macs")
        assert found.mean == pytest.approx(spearmanr(x, y).statistic)
        within += found.low <= 6.0 / np.pi * np.arcsin(true / 2.0) <= found.high
    assert abs(within / 400 - 0.95) < 4.0 * np.sqrt(0.95 * 0.05 / 400)
