"""What the command line does: list the experiments, show one, or run some of them and write what they measure."""

from __future__ import annotations

import argparse
import contextlib
import errno
import importlib
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from manifold.checks import check_count
from manifold.plots import FORMATS
from manifold.runs import MOST_DRAWS, Execution, ProgressLine, duration, hold, remove_unfinished, replace_files, run_digest
from manifold.text import say

from .cost import expected_seconds, known_costs
from .drawing import figure_files
from .experiment import COMMAND, Experiment, claim, find_experiments, has_interactive
from .look import INTERACTIVE, Look, add_look, read_look
from .machine import Stopwatch
from .order import Order, kept_files, measure_order, usual_order
from .parameters import meanings, set_values
from .record import Kept, Spent, read_folder, read_kept, run_record

PARTS = "parts"
"""Folder, inside an experiment's, of what unfinished runs have measured, each in one of its own."""


class UsageError(ValueError):
    """A wrong word on the command line; its message is all the user sees."""


def run_command(arguments: Sequence[str] | None) -> None:
    """Do what the words of the command line say."""
    options = _parser().parse_args(arguments)
    options.command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=COMMAND, description="Measure a claim and draw its figure.")
    commands = parser.add_subparsers(required=True, metavar="list|show|run|redraw")
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
    run.add_argument("--seed", default="0", help="every random number follows from it (default 0)")
    run.add_argument("--draws", help="independent draws of T (default: the experiment's own)")
    run.add_argument("--quick", action="store_true", help="fewer draws and points: finishes in seconds")
    run.add_argument("--workers", default="1", help="processes to share the draws among (default 1)")
    run.add_argument("--scheduler", metavar="ADDRESS", help="Dask scheduler, as tcp://HOST:PORT, whose workers measure instead")
    run.add_argument("--import", dest="modules", action="append", default=[], metavar="MODULE", help="module that adds entries")
    run.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a parameter that `show` names")
    add_look(run)
    redraw = commands.add_parser("redraw", help="draw the figure of a run again, in another look, without measuring")
    redraw.set_defaults(command=_redraw)
    redraw.add_argument("folders", nargs="+", type=Path, metavar="DIR/NAME", help="folder of a run, which holds its run.json")
    redraw.add_argument("--out", type=Path, metavar="DIR", help="draw into DIR/NAME instead of the folder of the run")
    add_look(redraw)
    return parser


def _list(options: argparse.Namespace) -> None:
    for name, load in find_experiments().items():
        print(f"{name}\n    {claim(load())}")


def _show(options: argparse.Namespace) -> None:
    """The claim, every parameter as `--set` takes it, with default, meaning and range, and the columns of the rows."""
    experiment = find_experiments()[options.name]()
    draws = "independent draws" if experiment.DRAWS > 1 else "nothing is drawn at random; more draws change nothing"
    print(f"{options.name}\n    {claim(experiment)}\n\n--draws {experiment.DRAWS}\n    {draws}")
    defaults = asdict(experiment.Parameters())
    for key, meaning in meanings(experiment.Parameters()).items():
        value = ",".join(map(str, defaults[key])) if isinstance(defaults[key], list) else defaults[key]
        print(f"--set '{key}={value}'\n    {meaning}")
    if experiment.QUICK:
        print(f"--quick\n    {', '.join(f'{key}={value}' for key, value in experiment.QUICK.items())}")
    print(f"\ncost\n    {_cost(options.name)}\n\nrows.parquet")
    for column in experiment.COLUMNS:
        print(f"    {column}: {_meaning(column)}")


def _cost(name: str) -> str:
    """How long its runs take."""
    known = known_costs().get(name)
    if known is None:
        return "not measured yet; a run tells the time that is left"
    full, quick = duration(float(known["full"])), duration(float(known["quick"]))
    return f"{full} of one core, {quick} with --quick, on {known['processor']}"


def _meaning(column: str) -> str:
    """What the texts say of a column; of one that an experiment of your own has, nothing."""
    with contextlib.suppress(LookupError):
        return say(f"column.{column}")
    return ""


def _run(options: argparse.Namespace) -> None:
    """Check all that was said, then measure one experiment after the other."""
    for module in options.modules:
        _import_entries(module)
    look, orders = read_look(options), _orders(options)
    if "all" not in options.names:
        _check_interactive(look, {order.name: order.experiment for order in orders})
    execution = Execution(_whole(options.workers, "--workers", least=1), options.scheduler)
    _check_folders([options.out / order.name for order in orders])
    costs, started = expected_seconds(orders), time.perf_counter()
    for place, order in enumerate(orders):
        label = f"[{place + 1}/{len(orders)}] {order.name}" if len(orders) > 1 else order.name
        pace = (time.perf_counter() - started) / sum(costs[:place]) if place else 1.0
        with hold(options.out / order.name), ProgressLine(label, then=pace * sum(costs[place + 1 :])) as line:
            _run_one(order, look, execution, options.out / order.name, line)


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


def _orders(options: argparse.Namespace) -> list[Order]:
    """What is asked of every experiment, each checked."""
    available = find_experiments()
    names = list(available) if "all" in options.names else list(dict.fromkeys(options.names))
    seed = _whole(options.seed, "--seed", least=0)
    draws = None if options.draws is None else _whole(options.draws, "--draws", least=1, most=MOST_DRAWS)
    experiments = {name: available[name]() for name in names}
    orders = [_order(name, experiment, options, seed, draws) for name, experiment in experiments.items()]
    for order in orders:
        order.check()
    return orders


def _order(name: str, experiment: Experiment, options: argparse.Namespace, seed: int, draws: int | None) -> Order:
    """The experiment's own parameters and draws, then those of `--quick`, then what is given by hand."""
    usual = usual_order(name, experiment, options.quick)
    draws = draws if draws and experiment.DRAWS > 1 else usual.draws
    return replace(usual, seed=seed, draws=draws, parameters=set_values(usual.parameters, options.set))


def _whole(text: str, name: str, *, least: int, most: int | None = None) -> int:
    """A whole number."""
    try:
        number = int(text)
    except ValueError:  # also of thousands of digits
        raise UsageError(f"{name} must be a whole number, got {_short(text)}") from None
    return check_count(number, name, minimum=least, maximum=most)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _check_interactive(look: Look, experiments: Mapping[str, Experiment]) -> None:
    """UsageError if an interactive figure is asked of an experiment that has none."""
    lacking = [name for name, experiment in experiments.items() if not has_interactive(experiment)]
    if INTERACTIVE in look.formats and lacking:
        known = ", ".join(name for name, load in find_experiments().items() if has_interactive(load()))
        raise UsageError(f"--format {INTERACTIVE}: {lacking[0]} has no interactive figure; those that have one are {known}")


def _check_folders(folders: Sequence[Path]) -> None:
    """OSError if there can be no such folder; it is made when it is needed."""
    for folder in folders:
        nearest = next(path for path in (folder, *folder.parents) if path.exists())
        if not nearest.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "is a file, and no folder; choose another --out", str(nearest))
        if not os.access(nearest, os.W_OK):
            raise PermissionError(errno.EACCES, "cannot be written; choose another --out", str(nearest))


def _run_one(order: Order, look: Look, execution: Execution, folder: Path, line: ProgressLine) -> None:
    """Measure, keeping what is done, then write everything; what a run of another order has kept is left for it."""
    began, started = time.time(), time.perf_counter()
    parts = folder / PARTS / run_digest(order.identity())[:16]
    clock = Stopwatch(parts, line)
    rows = measure_order(order, replace(execution, folder=parts, progress=clock))
    files = kept_files(order, rows)
    files["run.json"] = run_record(order, rows, files, Spent(time.perf_counter() - started, clock.before))
    _write(folder, files)
    _draw(folder, read_kept(files, folder), look)
    shutil.rmtree(parts)
    with contextlib.suppress(OSError):  # not empty
        parts.parent.rmdir()
    remove_unfinished(folder, began)
    print(f"{line.label}: {time.perf_counter() - started:.1f} s, {folder}")


def _redraw(options: argparse.Namespace) -> None:
    """Check all folders, then draw one figure after the other."""
    look = read_look(options)
    runs = {folder: read_kept(read_folder(folder), folder) for folder in options.folders}
    _check_interactive(look, {kept.name: kept.experiment for kept in runs.values()})
    drawn = {folder: options.out / kept.name if options.out else folder for folder, kept in runs.items()}
    _check_folders(list(drawn.values()))
    for folder, kept in runs.items():
        with hold(drawn[folder]):
            _draw(drawn[folder], kept, look)
        print(f"{kept.name}: {', '.join(f'figure.{kind}' for kind in look.formats)} in {drawn[folder]}")


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """What a run keeps; figures of an earlier one, which shows other rows, go."""
    for kind in (*FORMATS, INTERACTIVE):
        (folder / f"figure.{kind}").unlink(missing_ok=True)
    replace_files({folder / file: content for file, content in files.items()})


def _draw(folder: Path, kept: Kept, look: Look) -> None:
    replace_files({folder / file: content for file, content in figure_files(kept, look).items()})
