"""What the command line does: list the experiments, show one, or run some of them and write what they measure."""

from __future__ import annotations

import argparse
import importlib
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from manifold.plots import FORMATS
from manifold.runs import Execution, ProgressLine, remove_unfinished, replace_files

from .experiment import PACKAGE, Experiment, claim, find_experiments
from .order import Order, measure_order, result_files
from .parameters import meanings, set_values

PARTS = "parts"
"""Folder, inside an experiment's, of what an unfinished run has measured."""


class UsageError(ValueError):
    """A wrong word on the command line; its message is all the user sees."""


def run_command(arguments: Sequence[str] | None) -> None:
    """Do what the words of the command line say."""
    options = _parser().parse_args(arguments)
    options.command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {PACKAGE}", description="Measure a claim and draw its figure.")
    commands = parser.add_subparsers(required=True, metavar="list|show|run")
    listing = commands.add_parser("list", help="name every experiment and its claim")
    listing.set_defaults(command=_list)
    show = commands.add_parser("show", help="tell an experiment's claim and parameters")
    show.set_defaults(command=_show)
    show.add_argument("name", metavar="NAME")
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
    run.add_argument("--import", dest="modules", action="append", default=[], metavar="MODULE", help="module that adds entries")
    run.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a parameter that `show` names")
    return parser


def _list(options: argparse.Namespace) -> None:
    for name, load in find_experiments().items():
        print(f"{name}\n    {claim(load())}")


def _show(options: argparse.Namespace) -> None:
    """The claim, and every parameter with its default and meaning, as `--set` takes it."""
    experiment = find_experiments()[options.name]()
    print(f"{options.name}\n    {claim(experiment)}\n\n--draws {experiment.DRAWS}\n    independent draws")
    defaults = asdict(experiment.Parameters())
    for key, meaning in meanings(experiment.Parameters()).items():
        value = ",".join(map(str, defaults[key])) if isinstance(defaults[key], list) else defaults[key]
        print(f"--set '{key}={value}'\n    {meaning}")
    if experiment.QUICK:
        print(f"--quick\n    {', '.join(f'{key}={value}' for key, value in experiment.QUICK.items())}")


def _run(options: argparse.Namespace) -> None:
    for module in options.modules:
        _import_entries(module)
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
        label = f"[{place}/{len(experiments)}] {name}" if len(experiments) > 1 else name
        _run_one(_order(name, experiment, options), formats, options, label)


def _import_entries(module: str) -> None:
    """Import a module of the user's that adds entries to registries, from the folder of the command too."""
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise UsageError(
            f"--import takes the name of a module that can be imported from here, got {module} ({error})"
        ) from None


def _order(name: str, experiment: Experiment, options: argparse.Namespace) -> Order:
    """The experiment's own parameters and draws, then those of `--quick`, then what is given by hand."""
    quick = dict(experiment.QUICK) if options.quick else {}
    draws = quick.pop("draws", experiment.DRAWS) if options.draws is None else options.draws
    if draws < 1:
        raise UsageError(f"--draws must be >= 1, got {draws}")
    quick.pop("draws", None)
    parameters = set_values(experiment.Parameters(**quick), options.set)
    return Order(name, experiment, options.seed, draws if experiment.DRAWS > 1 else 1, parameters)


def _run_one(order: Order, formats: Sequence[str], options: argparse.Namespace, label: str) -> None:
    """Measure, keeping what is done, then write everything."""
    folder, began, started = options.out / order.name, time.time(), time.perf_counter()
    rows = measure_order(order, Execution(options.workers, options.scheduler, folder / PARTS, ProgressLine(label)))
    files = result_files(order, rows, formats, started)
    replace_files({folder / file: content for file, content in files.items()})
    shutil.rmtree(folder / PARTS)
    remove_unfinished(folder, began)
    print(f"{label}: {time.perf_counter() - started:.1f} s, {folder}")
