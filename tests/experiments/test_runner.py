"""The command line of the experiments, and the promises of its runner."""

import contextlib
import dataclasses
import html
import json
import os
import re
import shlex
import shutil

import pandas as pd
import pytest

import experiments.layer.spiral
from experiments.__main__ import main
from experiments.layer._played import seen_as
from experiments.runner.cost import expected_seconds, measure_cost
from experiments.runner.experiment import claim, find_experiments
from experiments.runner.order import usual_order
from experiments.runner.parameters import draw_or_median, parameter, set_values
from manifold import Registry
from manifold.planes.recoveries import Curves
from manifold.runs import hold
from tests.experiments.written import run, without_run_record

NAMES = list(find_experiments())


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


def test_the_command_in_an_interactive_figure_makes_it_again(tmp_path):
    settings = ("--set", 'datasets=["two rings,noise=0.01"]', "--set", "units=2,5")
    document = run(tmp_path, "lift", "--draws", "2", "--seed", "4", *settings, "--format", "html")["lift/figure.html"]
    command = re.search("<code>(.*?)</code>", document.decode())[1]
    told = shlex.split(html.unescape(re.sub("<[^>]*>", "", command)))
    assert told[:3] == ["python", "-m", "experiments"]
    assert main([*told[3:], "--out", str(tmp_path / "again"), "--format", "html"]) == 0
    assert (tmp_path / "again" / "lift" / "figure.html").read_bytes() == document


def test_all_takes_the_interactive_format_where_there_is_one(tmp_path, monkeypatch):
    few, every = Registry("experiment"), find_experiments()
    for name in ("misprint", "spiral"):
        few.add(name, every[name])
    monkeypatch.setattr("experiments.runner.command.find_experiments", lambda: few)
    files = run(tmp_path, "all", "--draws", "2", "--quick", "--format", "png,html")
    figures = {name for name in files if "figure" in name}
    assert figures == {"misprint/figure.png", "spiral/figure.png", "spiral/figure.html"}


def test_all_runs_every_experiment(tmp_path, capsys, monkeypatch):
    few, every = Registry("experiment"), find_experiments()  # each of the others runs in a test of its own
    for name in ("block_costs", "misprint", "spiral"):
        few.add(name, every[name])
    monkeypatch.setattr("experiments.runner.command.find_experiments", lambda: few)
    run(tmp_path, "all", "--draws", "2", "--quick", "--format", "png")
    assert {path.name for path in tmp_path.iterdir()} == set(few)
    said = capsys.readouterr().err.splitlines()
    assert [(line[:5], " for all" in line) for line in said] == [("[1/3]", True), ("[2/3]", True), ("[3/3]", False)]


def test_what_runs_will_take_follows_their_draws(monkeypatch):
    """And what is not known counts as the mean of the others."""
    monkeypatch.setattr("experiments.runner.cost.known_costs", lambda: {"spiral": {"full": 60.0, "quick": 3.0}})
    few = usual_order("spiral", find_experiments()["spiral"](), quick=True)
    orders = [dataclasses.replace(few, draws=2 * few.draws), usual_order("noise", find_experiments()["noise"](), quick=True)]
    assert expected_seconds(orders) == [6.0, 6.0]


def test_a_cost_counts_every_block_of_draws(monkeypatch):
    monkeypatch.setattr("experiments.runner.cost._core_seconds", iter((0.0, 2.0, 5.0)).__next__)
    few = usual_order("spiral", find_experiments()["spiral"](), quick=True)
    assert measure_cost(dataclasses.replace(few, draws=100)) == 2.0 * 100 / 25 + 3.0


@pytest.mark.parametrize("name", NAMES)
def test_show_tells_claim_parameters_and_defaults_as_set_takes_them(name, capsys):
    """Every parameter has a meaning, and its default is what `--set` makes of what is printed."""
    assert main(["show", name]) == 0
    printed = capsys.readouterr().out
    experiment = find_experiments()[name]()
    assert f"{name}\n    {claim(experiment)}\n" in printed
    assert re.search(r"^cost\n    .+\n", printed, re.MULTILINE)
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
        (["spiral", "--format", "jpg"], "unknown format 'jpg'. Did you mean 'png'? Choose one of: svg, pdf, png, html."),
        (["spiral", "--format", ""], "unknown format ''. Choose one of: svg, pdf, png, html."),
        (["misprint", "--format", "svg,html"], "--format html: misprint has no interactive figure; those that have one are"),
        (["spiral", "--draws", "0"], "--draws must be >= 1, got 0"),
        (["spiral", "--draws", "many"], "--draws must be a whole number, got many"),
        (["spiral", "--draws", str(10**12)], f"--draws must be <= 10000000, got {10**12}"),
        (["spiral", "--workers", str(10**6)], "workers must be <= "),
        (["spiral", "--workers", "9" * 5000], "--workers must be a whole number, got 999"),
        (["spiral", "--workers", "0"], "--workers must be >= 1, got 0"),
        (["spiral", "--workers", "2", "--scheduler", "tcp://127.0.0.1:9"], "leave one of them out"),
        (["spiral", "--scheduler", "hello"], "no Dask scheduler answers at 'hello'; start one with `dask scheduler`"),
        (["spiral", "--seed", "-1"], "--seed must be >= 0, got -1"),
        (["spiral", "--set", "width=3"], "unknown parameter 'width'. Did you mean 'widths'?"),
        (["spiral", "--set", "widths"], "--set takes KEY=VALUE, got 'widths'; for example"),
        (["spiral", "--set", "widths=two"], "'two'"),
        (["spiral", "--set", "widths=1"], "widths must be >= 2"),
        (["spiral", "--set", "widths=2.5"], "widths must be an integer, got 2.5"),
        (["spiral", "--set", "widths=true"], "widths must be a value like [2, 3, 5, 8, 15, 30], got 'true'"),
        (["spiral", "--set", "widths=" + "[" * 100_000], "widths must be a value like"),
        (["spiral", "--set", "widths=2,2"], "widths must name every value once, got 2 twice"),
        (["spiral", "--set", "widths=[]"], "widths must name at least one value, got none"),
        (["spiral", "--set", "n_points=" + "9" * 5000], "n_points must be a value like 500, got '999"),
        (["spiral", "--set", f"n_points={10**12}"], "n_points must be <= 1000000"),
        (["spiral", "--set", "scale=big"], "'big'"),
        (["spiral", "--set", "scale=NaN"], "scale must be finite"),
        (["spiral", "--set", "shown=first"], "shown must be the number of a draw, or median, got 'first'"),
        (["spiral", "--set", "dataset=swiss roll", "--set", "widths=3"], "dataset must lie in the plane"),
        (["digits_map", "--set", "methods=pca,isomp"], "unknown method 'isomp'. Did you mean 'isomap'?"),
        (["digits_map", "--set", "n_neighbors=200"], "n_neighbors must be less than the number of points, 200, got 200"),
        (["dense_growth", "--set", "depths=3"], "depths must be even"),
        (["misprint", "--set", "dims=40"], "widths must have one of at least d = 40"),
        (["swiss_roll", "--set", "color=true"], "color is a column of a file, and dataset 'swiss roll' is none"),
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
    assert re.search(
        rf"error: {tmp_path / 'spiral' / 'parts'}/\w+: No space left on device; what stood there", capsys.readouterr().err
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


def stop(*rows, **parameters):
    """As by Ctrl-C, when all draws are measured."""
    raise KeyboardInterrupt


def test_a_run_on_a_file_that_has_changed_begins_anew(tmp_path, monkeypatch, capsys):
    points, out = tmp_path / "points.csv", tmp_path / "out"
    points.write_text("0,1\n1,0\n1,2\n")
    words = ["spiral", "--draws", "30", "--quick", "--set", f"dataset={points}", "--format", "svg"]
    with monkeypatch.context() as patch:
        patch.setattr("experiments.layer.spiral.headline", stop)
        assert main(["run", *words, "--out", str(out)]) == 130
    points.write_text("0,1\n1,0\n1,3\n")
    files = run(out, *words)
    assert "goes on after" not in capsys.readouterr().err
    assert without_run_record(files) == without_run_record(run(tmp_path / "other", *words)) | parts_in(files)


def parts_in(files):
    return {name: content for name, content in files.items() if "/parts/" in name}


def test_a_run_that_was_stopped_or_has_failed_blocks_no_other_and_goes_on_itself(tmp_path, monkeypatch, capsys):
    words, other = (("spiral", "--draws", "30", "--quick", "--format", "svg", "--seed", seed) for seed in "01")
    for happens in (stop, lambda *rows, **parameters: 1 / 0):
        with monkeypatch.context() as patch:
            patch.setattr("experiments.layer.spiral.headline", happens)
            with contextlib.suppress(ZeroDivisionError):
                main(["run", *words, "--out", str(tmp_path)])
        assert parts_in(run(tmp_path, *other))
        capsys.readouterr()
    assert not parts_in(run(tmp_path, *words))
    assert "goes on after 30 of 30 draws" in capsys.readouterr().err
    assert {path.name for path in (tmp_path / "spiral").iterdir()} == {
        *("figure.svg", "drawn.npz", "rows.parquet", "run.json", "caption.txt", "caption.tex")
    }


def test_figures_of_an_earlier_run_that_are_not_drawn_again_go(tmp_path):
    words = ("parameter_arithmetic", "--format")
    run(tmp_path, *words, "svg,png,pdf")
    (tmp_path / "parameter_arithmetic" / "figure.txt").write_text("a user's own")
    assert {name.partition("/")[2] for name in run(tmp_path, *words, "png")} == {
        *("figure.png", "figure.txt", "rows.parquet", "run.json", "caption.txt", "caption.tex", "table.csv", "table.tex"),
    }


def test_all_is_checked_before_anything_is_measured(tmp_path, monkeypatch, capsys):
    """What only the last experiment refuses; a folder that only it has no place for; a wrong option."""
    monkeypatch.setattr("experiments.layer.spiral.measure", lambda *arguments, **parameters: pytest.fail("it measures"))
    wide = "widths=2,1000,2000"  # which `expansion` does not take
    (tmp_path / "noise").write_text("a file")
    for words, sentence in [
        (["spiral", "expansion", "--set", wide], "widths must be <= 1000, got 2000"),
        (["spiral", "noise"], f"{tmp_path / 'noise'}: is a file, and no folder; choose another --out"),
        (["spiral", "noise", "--workers", "2", "--scheduler", "tcp://127.0.0.1:9"], "leave one of them out"),
        (["spiral", "nose"], "unknown experiment 'nose'. Did you mean 'noise'?"),
    ]:
        assert main(["run", *words, "--quick", "--out", str(tmp_path)]) == 2
        assert sentence in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["noise"]


def test_a_second_run_in_the_same_folder_says_who_is_there(tmp_path, capsys):
    with hold(tmp_path / "spiral"):
        assert main(["run", "spiral", "--quick", "--out", str(tmp_path)]) == 2
    assert f"{tmp_path / 'spiral'} is in use by another run, process {os.getpid()} on" in capsys.readouterr().err
    assert not (tmp_path / "spiral").exists()


def test_too_little_memory_is_one_sentence(tmp_path, monkeypatch, capsys):
    def measure(*arguments, **parameters):
        raise MemoryError("Unable to allocate 7 TiB")

    monkeypatch.setattr("experiments.layer.spiral.measure", measure)
    assert main(["run", "spiral", "--quick", "--out", str(tmp_path)]) == 2
    assert "error: there is not enough memory; take fewer points" in capsys.readouterr().err


_Parameters = dataclasses.make_dataclass(
    "_Parameters",
    [
        ("color", str, parameter("", "a text")),
        ("methods", list, parameter(["pca"], "texts")),
        ("scale", float, parameter(1.0, "a number")),
        ("widths", list, parameter([2], "whole numbers")),
        ("shown", object, parameter("median", "a draw", check=draw_or_median)),
    ],
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((f"color={word}", word) for word in ("true", "null", "1e3", "[1, 2]", '"x"', "", "a=b", " ")),
        ("methods=true,1,null", ["true", "1", "null"]),
        ('methods=["a,b", "c"]', ["a,b", "c"]),
        ("scale=2", 2),
        ("scale=1e-3", 0.001),
        ("widths=3,4", [3, 4]),
        ("widths=[3]", [3]),
        ("shown=7", 7),
        ("shown=median", "median"),
    ],
)
def test_a_value_is_what_its_default_is(text, value):
    chosen = getattr(set_values(_Parameters(), [text]), text.partition("=")[0])
    assert chosen == value
    assert type(chosen) is type(value)


@pytest.mark.parametrize(
    "text", ["scale=true", "scale=[1]", "scale=", "methods=[1]", "widths=2,[3]", "widths=", "shown=-1", "shown=²"]
)
def test_a_value_of_another_kind_is_refused(text):
    with pytest.raises((ValueError, TypeError), match=f"^{text.partition('=')[0]} must"):
        set_values(_Parameters(), [text])


@pytest.mark.parametrize(
    ("draws", "shown", "measured"),
    [("1", "5", [5]), ("3", "5", [5, 6, 7]), ("3", "2", [0, 1, 2]), ("3", "median", [0, 1, 2])],
)
def test_the_draw_that_the_figure_shows_is_among_those_that_are_measured(tmp_path, draws, shown, measured):
    run(tmp_path, "collapse_map", "--draws", draws, "--set", f"shown={shown}", "--set", "widths=4", "--format", "svg")
    assert sorted(pd.read_parquet(tmp_path / "collapse_map" / "rows.parquet")["draw"]) == measured


def test_redraw_gives_the_bytes_of_the_run_and_another_look_the_same_rows(tmp_path, monkeypatch):
    words = ("input_scale", "--draws", "3", "--quick", "--format", "svg,png")
    first, narrow = run(tmp_path / "1", *words), run(tmp_path / "2", *words, "--width", "85mm", "--font-size", "9")
    monkeypatch.setattr("experiments.layer.input_scale.measure", lambda *arguments, **parameters: pytest.fail("it measures"))
    monkeypatch.setattr("experiments.layer.input_scale.drawn", lambda *arguments, **parameters: pytest.fail("it measures"))
    folder = tmp_path / "1" / "input_scale"
    assert main(["redraw", str(folder), "--format", "png", "--width", "85mm", "--font-size", "9"]) == 0
    assert (folder / "figure.png").read_bytes() == narrow["input_scale/figure.png"] != first["input_scale/figure.png"]
    assert main(["redraw", str(folder), "--format", "svg"]) == 0
    assert (folder / "figure.svg").read_bytes() == first["input_scale/figure.svg"]
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert main(["redraw", str(folder), "--format", "svg", "--out", str(tmp_path / "3")]) == 0
    assert (tmp_path / "3" / "input_scale" / "figure.svg").read_bytes() == files["figure.svg"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


@pytest.fixture(scope="module")
def table_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    run(folder, "parameter_arithmetic", "--format", "svg")
    return folder / "parameter_arithmetic"


def test_a_draw_that_another_version_has_kept_is_not_shown_as_this_one_s():
    seen = {field.name: [0.0] for field in dataclasses.fields(Curves)}
    assert seen_as(Curves, seen).lost is seen["lost"]
    for other in (seen | {"more": 0}, {name: seen[name] for name in seen if name != "lost"}):
        with pytest.raises(ValueError, match="another version has kept"):
            seen_as(Curves, other)


def damage(name, change):
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


DAMAGES = {
    "run.json: No such": lambda folder: (folder / "run.json").unlink(),
    "is not what a run writes": damage("run.json", lambda content: content[:-9]),
    "run.json is not what": damage("run.json", lambda content: b"[" * 100_000),
    "of form 99, and this version reads form 2; run it again": damage(
        "run.json", lambda content: content.replace(b'"form": 2', b'"form": 99')
    ),
    "rows.parquet is not what this run has written; run parameter_arithmetic again": damage(
        "rows.parquet", lambda content: content[:-1] + b"x"
    ),
    "unknown experiment 'parameter'": damage(
        "run.json", lambda content: content.replace(b'"name": "parameter_arithmetic"', b'"name": "parameter"')
    ),
}


@pytest.mark.parametrize("sentence", DAMAGES)
def test_what_is_no_run_is_not_drawn_again(table_run, tmp_path, capsys, sentence):
    folder = shutil.copytree(table_run, tmp_path / "copy")
    DAMAGES[sentence](folder)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert main(["redraw", str(folder)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert sentence.replace("run.json: No such", "is not the folder of a run") in error
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--style", "papr"], "unknown style 'papr'. Did you mean 'paper'?"),
        (["--width", "3.35"], "--width must be a length such as 3.35in, 85mm, 8.5cm or 240pt, got 3.35"),
        (["--width", "3furlong"], "--width must be a length"),
        (["--width", "1.5in"], "width must be finite and >= 2 and < 40, got 1.5"),
        (["--height=-3in"], "--height must be a length"),
        (["--font", "Helvetica Nowhere"], "or the name of an installed font"),
        (["--font-size", "big"], "--font-size must be a number such as 8, got big"),
        (["--font-size", "99"], "font_size must be finite and >= 4 and < 60, got 99"),
        (["--dpi", "1e9"], "--dpi must be from 10 to 2400, got 1e9"),
        (["--format", "tiff"], "unknown format 'tiff'"),
        (["--lang", "xx"], "unknown language 'xx'"),
    ],
)
def test_a_look_that_cannot_be_is_one_sentence_and_nothing_is_overwritten(table_run, capsys, words, sentence):
    before = {path.name: path.read_bytes() for path in table_run.iterdir()}
    assert main(["redraw", str(table_run), *words]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert {path.name: path.read_bytes() for path in table_run.iterdir()} == before
