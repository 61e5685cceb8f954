"""The command line of the experiments, and the promises of its runner."""

import dataclasses
import json
import math
import re

import pandas as pd
import pytest

import experiments.layer.spiral
from experiments.__main__ import main
from experiments.runner.experiment import claim, find_experiments
from experiments.runner.parameters import set_values
from manifold import Registry
from manifold.plots import FORMATS

NAMES = list(find_experiments())
TIMED = {"decoding_speed", "memory_split", "forward_speed", "swiss_roll", "isomap_scale", "sweep_speed"}  # whose rows are times
UNDRAWN = {name for name, load in find_experiments().items() if load().DRAWS == 1}


def run(folder, *words):
    assert main(["run", *words, "--out", str(folder)]) == 0
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}


def without_run_record(files):
    return {name: content for name, content in files.items() if not name.endswith("run.json")}


SMALLER = {
    "isomap_scale": ("--set", "sizes=200,400", "--set", "compared=200,400"),
    "digits_map": ("--set", "n_points=100"),
    "neighbours": ("--set", "n_points=300"),
    "swiss_roll": ("--set", "n_points=300"),
}
"""Sizes of those that take longest: what they write does not depend on them."""


@pytest.mark.parametrize("name", NAMES)
def test_every_experiment_writes_what_the_readme_says_and_the_same_bytes_for_the_same_seed(name, tmp_path):
    words = (name, "--draws", "2", "--quick", *SMALLER.get(name, ()))
    files = run(tmp_path / "first", *words)
    assert set(files) == {f"{name}/{file}" for file in (*(f"figure.{kind}" for kind in FORMATS), "rows.parquet", "run.json")}
    record = json.loads(files[f"{name}/run.json"])
    assert list(record) == ["name", "claim", "seed", "parameters", "versions", "wall_seconds", "headline"]
    draws = 1 if name in UNDRAWN else 2
    assert record["parameters"]["draws"] == draws
    assert all(math.isfinite(value) for value in record["headline"].values())
    rows = pd.read_parquet(tmp_path / "first" / name / "rows.parquet")
    assert sorted(rows["draw"].unique()) == list(range(draws))
    if name in TIMED:
        return
    again, other = (without_run_record(run(tmp_path / seed, *words, "--format", "svg", "--seed", seed)) for seed in "01")
    assert {file: files[file] for file in again} == again  # other formats: tests/plots
    same = [content == other[file] for file, content in again.items()]
    assert all(same) if name in UNDRAWN else not any(same)


def test_workers_change_nothing(tmp_path):
    words = ("spiral", "--draws", "60", "--quick", "--format", "svg")
    alone, shared = run(tmp_path / "1", *words), run(tmp_path / "2", *words, "--workers", "2")
    assert without_run_record(alone) == without_run_record(shared)


def test_a_draw_does_not_depend_on_how_many_are_made(tmp_path):
    run(tmp_path / "few", "spiral", "--draws", "3", "--quick", "--format", "svg")
    run(tmp_path / "many", "spiral", "--draws", "30", "--quick", "--format", "svg")
    few, many = (pd.read_parquet(tmp_path / folder / "spiral" / "rows.parquet") for folder in ("few", "many"))
    pd.testing.assert_frame_equal(few, many[many["draw"] < 3].reset_index(drop=True))


def test_set_changes_a_parameter_and_is_recorded(tmp_path):
    words = ["--set", "widths=3", "--set", "dataset=star,noise=0.01", "--set", "scale=2", "--set", "shown=1"]
    files = run(tmp_path, "spiral", "--draws", "2", "--format", "svg", *words)
    parameters = json.loads(files["spiral/run.json"])["parameters"]
    assert parameters["widths"] == [3]
    assert parameters["dataset"] == "star,noise=0.01"
    assert (parameters["scale"], parameters["shown"]) == (2, 1)


def test_points_of_a_file_can_be_shown(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("x,y\n0,0\n1,2\n3,1\n2,5\n")
    files = run(tmp_path / "out", "spiral", "--draws", "2", "--format", "svg", "--set", f"dataset={path}")
    assert b"<svg" in files["spiral/figure.svg"]


def test_all_runs_every_experiment(tmp_path, capsys, monkeypatch):
    few, every = Registry("experiment"), find_experiments()  # each of the others runs in a test of its own
    for name in ("block_costs", "misprint", "spiral"):
        few.add(name, every[name])
    monkeypatch.setattr("experiments.runner.command.find_experiments", lambda: few)
    run(tmp_path, "all", "--draws", "2", "--quick", "--format", "png")
    assert {path.name for path in tmp_path.iterdir()} == set(few)
    assert "[3/3]" in capsys.readouterr().err


@pytest.mark.parametrize("name", NAMES)
def test_show_tells_claim_parameters_and_defaults_as_set_takes_them(name, capsys):
    """Every parameter has a meaning, and its default is what `--set` makes of what is printed."""
    assert main(["show", name]) == 0
    printed = capsys.readouterr().out
    experiment = find_experiments()[name]()
    assert f"{name}\n    {claim(experiment)}\n" in printed
    told = re.findall(r"^--set '(.*)'\n    (.+)$", printed, re.MULTILINE)
    assert [text.partition("=")[0] for text, _ in told] == [field.name for field in dataclasses.fields(experiment.Parameters)]
    assert set_values(experiment.Parameters(), [text for text, _ in told]) == experiment.Parameters()


def test_list_names_every_experiment_with_its_claim(capsys):
    assert main(["list"]) == 0
    printed = capsys.readouterr().out
    for name, load in find_experiments().items():
        assert f"{name}\n    {claim(load())}" in printed


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["spirale"], "unknown experiment 'spirale'. Did you mean 'spiral'?"),
        (["spiral", "--format", "jpg"], "--format takes svg, pdf, png, got jpg"),
        (["spiral", "--draws", "0"], "--draws must be >= 1, got 0"),
        (["spiral", "--workers", "0"], "--workers must be >= 1, got 0"),
        (["spiral", "--workers", "2", "--scheduler", "tcp://127.0.0.1:9"], "leave one of them out"),
        (["spiral", "--scheduler", "hello"], "no Dask scheduler answers at 'hello'; start one with `dask scheduler`"),
        (["spiral", "--seed", "-1"], "--seed must be >= 0, got -1"),
        (["spiral", "--set", "width=3"], "unknown parameter 'width'. Did you mean 'widths'?"),
        (["spiral", "--set", "widths"], "--set takes KEY=VALUE, got 'widths'; for example"),
        (["spiral", "--set", "widths=two"], "'two'"),
        (["spiral", "--set", "widths=1"], "width must be >= 2"),
        (["spiral", "--set", "widths=2.5"], "width must be an integer, got 2.5"),
        (["spiral", "--set", "scale=big"], "'big'"),
        (["spiral", "--set", "scale=-1"], "scale must be finite and > 0, got -1"),
        (["spiral", "--set", "activation=rleu"], "Did you mean 'relu'?"),
        (["spiral", "--set", "dataset=spiral,turn=3"], "dataset 'spiral' has no option 'turn'; it has turns, start, noise"),
        (["spiral", "--set", "dataset=nowhere.csv"], "nowhere.csv"),
    ],
)
def test_a_wrong_word_gives_one_sentence_and_writes_no_file(words, sentence, tmp_path, capsys):
    assert main(["run", *words, "--quick", "--out", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert "Traceback" not in printed.err
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_folder_that_cannot_be_made_is_named(tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    assert main(["run", "spiral", "--quick", "--out", str(tmp_path / "taken")]) == 2
    assert "taken" in capsys.readouterr().err


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch, capsys):
    before = run(tmp_path, "spiral", "--draws", "2", "--quick", "--format", "svg")

    def full_disk(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    assert main(["run", "spiral", "--draws", "2", "--quick", "--format", "svg", "--seed", "1", "--out", str(tmp_path)]) == 2
    assert (
        f"error: {tmp_path / 'spiral' / 'parts'}: No space left on device; what stood there before" in capsys.readouterr().err
    )
    assert {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.*")} == before


def _interrupt():
    raise KeyboardInterrupt


def _interrupt_in_numpy():
    """NumPy may raise an error of its own where Ctrl-C comes in the middle of its work."""
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt as stop:
        raise TypeError("cannot compare") from stop


@pytest.mark.parametrize("happen", [_interrupt, _interrupt_in_numpy])
def test_ctrl_c_says_how_to_go_on_and_the_same_command_does(happen, tmp_path, monkeypatch, capsys):
    words = ("spiral", "--draws", "60", "--quick", "--format", "svg")
    measure, calls = experiments.layer.spiral.measure, []

    def stop_in_the_second_block(*arguments, **parameters):
        calls.append(arguments)
        if len(calls) == 2:
            happen()
        return measure(*arguments, **parameters)

    monkeypatch.setattr("experiments.layer.spiral.measure", stop_in_the_second_block)
    assert main(["run", *words, "--out", str(tmp_path / "1")]) == 130
    assert capsys.readouterr().err == "\nstopped; the parts that are whole are kept, and the same command goes on from there\n"
    files = run(tmp_path / "1", *words)
    assert "goes on after 25 of 60 draws" in capsys.readouterr().err
    assert without_run_record(files) == without_run_record(run(tmp_path / "2", *words))


def test_a_run_on_a_file_that_has_changed_does_not_go_on(tmp_path, monkeypatch, capsys):
    points = tmp_path / "points.csv"
    points.write_text("0,1\n1,0\n1,2\n")
    words = ["run", "spiral", "--draws", "30", "--quick", "--set", f"dataset={points}", "--out", str(tmp_path / "out")]
    monkeypatch.setattr("experiments.layer.spiral.headline", lambda *rows, **parameters: _interrupt())
    assert main(words) == 130
    points.write_text("0,1\n1,0\n1,3\n")
    assert main(words) == 2
    assert "holds parts of another run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("draws", "shown", "measured"),
    [("1", "5", [5]), ("3", "5", [5, 6, 7]), ("3", "2", [0, 1, 2]), ("3", "median", [0, 1, 2])],
)
def test_the_draw_that_the_figure_shows_is_among_those_that_are_measured(tmp_path, draws, shown, measured):
    run(tmp_path, "collapse_map", "--draws", draws, "--set", f"shown={shown}", "--set", "widths=4", "--format", "svg")
    assert sorted(pd.read_parquet(tmp_path / "collapse_map" / "rows.parquet")["draw"]) == measured
