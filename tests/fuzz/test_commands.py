"""300 command lines: each ends in files, or in one sentence and nothing; never in a traceback."""

import json
import re

import pytest

from experiments.__main__ import main
from experiments.runner.experiment import find_experiments
from manifold import random_stream

SEED, SMALL, FULL = 12, 12, 300

QUICK = ("spiral", "parameter_arithmetic", "dense_growth", "block_costs", "channels", "collapse_map", "misprint", "dimension")
"""Experiments that are done in a second with two draws; the others are asked for with a word that is wrong."""

SMALLER = {"n_points": "20", "widths": "3,8", "bound_dims": "2", "depths": "2,4", "dims": "2", "dimensions": "2"}
WORDS = (
    *(
        "",
        " ",
        "0",
        "-1",
        "1",
        "2",
        "3",
        "2.5",
        "1e3",
        "1e999",
        "-1e-9",
        "NaN",
        "Infinity",
        "true",
        "null",
        "9" * 5000,
        "2,3",
        "2,2",
    ),
    *(
        "[]",
        "[2]",
        "[[2]]",
        "{}",
        '"a"',
        "[" * 5000,
        ",",
        ",,",
        "relu",
        "gaussian",
        "spiral",
        "spiral,noise=0.1",
        "spiral,noise=x",
    ),
    *(
        "nowhere.csv",
        "/",
        ".",
        "~",
        "é",
        "日本",
        "\udc80",
        "a=b",
        "--help",
        "-",
        "median",
        "pca",
        "1_0",
        "٣",
        "x" * 5000,
        "%s",
        "{0}",
        "\n",
    ),
)
SEPARATE = ("--seed", "--draws", "--workers", "--scheduler", "--format")


def chosen(dice, options):
    return options[int(dice.integers(len(options)))]


def words_of(dice, out):
    """A command line with one or two wrong words, most of the time."""
    names = list(find_experiments())
    name = chosen(dice, QUICK if dice.random() < 0.5 else names)
    fields = list(find_experiments()[name]().Parameters.__dataclass_fields__)
    words = ["run", name, "--out", str(out), "--quick", "--draws", "2", "--format", "svg"]
    for key in fields:
        words += ["--set", f"{key}={SMALLER[key]}"] if key in SMALLER else []
    heavy = name not in QUICK
    for turn in range(int(dice.integers(0 if not heavy else 1, 3))):
        match int(dice.integers(6 if not (heavy and turn == 0) else 3)):
            case 0:
                words += ["--set", f"no such parameter={chosen(dice, WORDS)}"]
            case 1:
                words += ["--set", chosen(dice, WORDS)]
            case 2:
                words += [
                    chosen(dice, ("--sed", "--draws=x", "--workers=1000000", "--format=jpg", "nose", "--set", "--seed=-1"))
                ]
            case 3 | 4:
                words += ["--set", f"{chosen(dice, fields)}={chosen(dice, WORDS)}"]
            case 5:
                words += [f"{chosen(dice, SEPARATE)}={chosen(dice, WORDS)}"]
    return words


@pytest.mark.filterwarnings("ignore")
def test_a_command_line_ends_in_files_or_one_sentence(cases, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("manifold.runs.cluster._PATIENCE", 0.2)
    lines = cases(SMALL, FULL)
    for number in lines.numbers:
        out = tmp_path / str(number)
        words = words_of(random_stream(SEED, number), out)
        told = " ".join(word if len(word) < 60 else f"{word[:57]}..." for word in words)
        with lines.judge(words[1], f"{told}, case {number}"):
            code = ended(words)
            printed = capsys.readouterr().err
            files = [path for path in out.rglob("*") if path.is_file()]
            if code == 0:
                assert {path.name for path in files} >= {"figure.svg", "rows.parquet", "run.json"} or "--format" in told
                json.loads(next(path for path in files if path.name == "run.json").read_text())
            else:
                assert code == 2, f"ends with {code}"
                assert not files, f"leaves {files[0].name}"
                assert not re.search(r"^\S+: \d+/\d+ draws", printed, re.MULTILINE), "measures first"
                said = [line for line in printed.splitlines() if "error: " in line]
                assert len(said) == 1, f"says {printed[-300:]!r}"
                assert len(said[0]) < 500, f"echoes {len(said[0])} characters"
    lines.finish()


def ended(words):
    try:
        return main(words)
    except SystemExit as end:  # of argparse
        return end.code
