"""What the command line does: list the experiments, or run some of them and write what they find."""

from __future__ import annotations

import argparse
import functools
import json
import platform
import shutil
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from manifold import Registry
from manifold.plots import FORMATS, figure_bytes
from manifold.runs import Execution, ProgressLine, remove_unfinished, replace_files, run_blocks

from .experiment import Experiment, claim, code_digest, draw_blocks, file_digests, find_experiments, measure_draws

PARTS = "parts"
"""Folder, inside an experiment's, of what an unfinished run has measured."""

PACKAGES = ("numpy", "matplotlib", "pandas", "pyarrow")


class UsageError(ValueError):
    """A wrong word on the command line; its message is all the user sees."""


def run_command(arguments: Sequence[str] | None) -> None:
    """Do what the words of the command line say."""
    options = _parser().parse_args(arguments)
    options.command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m experiments", description="Measure a claim and draw its figure.")
    commands = parser.add_subparsers(required=True, metavar="list|run")
    listing = commands.add_parser("list", help="name every experiment and its claim")
    listing.set_defaults(command=_list)
    run = commands.add_parser("run", help="measure, and write figure, rows and headline numbers")
    run.set_defaults(command=_run)
    run.add_argument("names", nargs="+", metavar="NAME", help="experiments to run, or all")
    run.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for DIR/NAME/figure.*, rows.parquet, run.json"
    )
    run.add_argument("--seed", type=int, default=0, help="every random number follows from it (default 0)")
    run.add_argument("--draws", type=int, help="independent draws of T (default: the experiment's own)")
    run.add_argument("--quick", action="store_true", help="fewer draws and points: finishes in seconds")
    run.add_argument(
        "--format", default=",".join(FORMATS), help=f"figure formats, comma-separated (default {','.join(FORMATS)})"
    )
    run.add_argument("--workers", type=int, default=1, help="processes to share the draws among (default 1)")
    run.add_argument("--scheduler", metavar="ADDRESS", help="Dask scheduler, as tcp://HOST:PORT, whose workers measure instead")
    run.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a parameter of the experiment")
    return parser


def _list(options: argparse.Namespace) -> None:
    for name, load in find_experiments().items():
        print(f"{name}\n    {claim(load())}")


def _run(options: argparse.Namespace) -> None:
    available = find_experiments()
    names = list(available) if options.names == ["all"] else options.names
    experiments = {name: available[name]() for name in names}
    formats = options.format.split(",")
    if unknown := set(formats) - set(FORMATS):
        raise UsageError(f"--format takes {', '.join(FORMATS)}, got {', '.join(sorted(unknown))}")
    if options.workers < 1:
        raise UsageError(f"--workers must be >= 1, got {options.workers}")
    if options.seed < 0:
        raise UsageError(f"--seed must be >= 0, got {options.seed}")
    for place, (name, experiment) in enumerate(experiments.items(), 1):
        parameters, draws = _settings(experiment, options)
        label = f"[{place}/{len(experiments)}] {name}" if len(experiments) > 1 else name
        _run_one(name, experiment, parameters, draws, formats, options, label)


def _settings(experiment: Experiment, options: argparse.Namespace) -> tuple[dict[str, Any], int]:
    """The parameters and the number of draws: the experiment's own, then `--quick`, then what is given by hand."""
    parameters, draws = dict(experiment.PARAMETERS), experiment.DRAWS
    if options.quick:
        quick = dict(experiment.QUICK)
        draws = quick.pop("draws", draws)
        parameters |= quick
    keys: Registry[Any] = Registry("parameter")
    for key, default in experiment.PARAMETERS.items():
        keys.add(key, default)
    for text in options.set:
        key, separator, value = text.partition("=")
        if not separator:
            raise UsageError(
                f"--set takes KEY=VALUE, got {text!r}; for example --set {next(iter(keys))}={keys[next(iter(keys))]}"
            )
        parameters[key] = _parse_value(value, like=keys[key])
    draws = draws if options.draws is None else options.draws
    if draws < 1:
        raise UsageError(f"--draws must be >= 1, got {draws}")
    return parameters, draws if experiment.DRAWS > 1 else 1


def _parse_value(text: str, *, like: Any) -> Any:
    """`text` as JSON, or as itself; numbers or words with commas where the default is a list of them."""
    try:
        value = json.loads(f"[{text}]") if isinstance(like, list) and not text.startswith("[") else json.loads(text)
    except json.JSONDecodeError:
        words = isinstance(like, list) and like and isinstance(like[0], str)
        value = text.split(",") if words else text
    if isinstance(like, list | int | float) and not isinstance(value, type(like) | int):
        raise UsageError(f"a value like {json.dumps(like)} is needed, got {text!r}")
    return value


def _run_one(
    name: str,
    experiment: Experiment,
    parameters: dict[str, Any],
    draws: int,
    formats: Sequence[str],
    options: argparse.Namespace,
    label: str,
) -> None:
    """Measure, keeping what is done, then write everything."""
    folder, began, started = options.out / name, time.time(), time.perf_counter()
    rows = run_blocks(
        functools.partial(measure_draws, name, seed=options.seed, parameters=parameters),
        draw_blocks(draws, size=getattr(experiment, "BLOCK", 25)),
        identity={
            "experiment": name,
            "code": code_digest(experiment),
            "seed": options.seed,
            "parameters": parameters,
            "files": file_digests(parameters),
        },
        execution=Execution(options.workers, options.scheduler, folder / PARTS, ProgressLine(label)),
    )
    figure = experiment.figure(rows, seed=options.seed, **parameters)
    files = {f"figure.{kind}": figure_bytes(figure, kind) for kind in formats}
    files["rows.parquet"] = rows.to_parquet(index=False)
    seconds = time.perf_counter() - started
    record = {
        "name": name,
        "claim": claim(experiment),
        "seed": options.seed,
        "parameters": {"draws": draws, **parameters},
        "versions": {"python": platform.python_version(), **{package: version(package) for package in PACKAGES}},
        "wall_seconds": round(seconds, 3),
        "headline": experiment.headline(rows, **parameters),
    }
    files["run.json"] = json.dumps(record, indent=2, ensure_ascii=False).encode()
    replace_files({folder / file: content for file, content in files.items()})
    shutil.rmtree(folder / PARTS)
    remove_unfinished(folder, began)
    print(f"{label}: {seconds:.1f} s, {folder}")
