"""What an experiment is, and how one is found by name."""

from __future__ import annotations

import functools
import hashlib
import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import Registry
from manifold.text import named

_ROOT = Path(__file__).parents[1]
PACKAGE = __name__.removesuffix(".runner.experiment")  # experiments in a clone, manifold.experiments where it is installed

COMMAND = f"python -m {PACKAGE}" if PACKAGE == "experiments" else "manifold-figures"


class Experiment(Protocol):
    """What a file in one of the rooms defines; its docstring states the claim in its first line, source and output below.

    `Parameters` is a frozen dataclass of what `--set` may change, with the defaults, `QUICK` what `--quick` changes among them,
    `draws` included, `COLUMNS` what the rows may have, each explained by the text column.NAME.
    `measure` returns one row per cell and draw, for any part of the draws; the rest gets the rows of all
    draws. `DRAWS` of 1 says that nothing is drawn at random; `--draws` then changes nothing. `BLOCK`, if it is there, is the
    number of draws to measure at a time instead of 25; `check`, if it is there, raises ValueError, before anything is measured,
    for parameters that do not go together. `drawn`, if it is there, computes what the figure shows that the rows do not hold;
    `figure` draws, on a page as `figure_*` of `manifold.plots` do, and never measures, so that `redraw` need not. Some have an
    interactive figure, too: `played` computes what it shows, which is `drawn["played"]` and holds the number of the draw,
    "draw"; `interactive` makes of it what the browser draws, see `manifold.planes.panels`, and `notes`, if it is there, of
    what is drawn the sentences below it.
    """

    __name__: str
    __doc__: str
    __file__: str
    DRAWS: int
    Parameters: type[Any]
    QUICK: Mapping[str, Any]
    COLUMNS: Sequence[str]
    measure: Callable[..., DataFrame]  # (draws: Sequence[int], *, seed, parameters)
    headline: Callable[..., dict[str, float]]  # (rows, parameters)
    figure: Callable[..., Figure]  # (rows, drawn, *, parameters, page); drawn(rows, *, seed, parameters) -> Drawn
    played: Callable[..., Mapping[str, Any]]  # (rows, *, seed, parameters)
    interactive: Callable[..., Mapping[str, Any]]  # (rows, drawn, *, parameters)


def has_interactive(experiment: Any) -> bool:
    """Whether it has an interactive figure."""
    return hasattr(experiment, "interactive")


def find_experiments() -> Registry[Callable[[], Experiment]]:
    """All experiments of all rooms by name, each loaded when called."""
    rooms = [package.name for package in pkgutil.iter_modules([str(_ROOT)]) if package.ispkg and package.name != "runner"]
    modules = [(module.name, room) for room in rooms for module in pkgutil.iter_modules([str(_ROOT / room)])]
    experiments: Registry[Callable[[], Experiment]] = Registry("experiment")
    for name, room in sorted(modules):
        if not name.startswith("_"):
            experiments.add(name, functools.partial(_load, room, name))
    return experiments


def _load(room: str, name: str) -> Experiment:
    return cast("Experiment", importlib.import_module(f"{PACKAGE}.{room}.{name}"))


def claim(experiment: Experiment) -> str:
    """The text experiment.NAME.claim, which a language may have; else the first paragraph of the docstring, on one line."""
    name = experiment.__name__.rpartition(".")[2]
    said = named(find_experiments(), name, "claim")
    return " ".join(experiment.__doc__.split("\n\n")[0].split()) if said == name else said


def code_digest(experiment: Experiment) -> str:
    """Of the experiment's file and of what experiments share, on which its rows depend."""
    shared = [*_ROOT.glob("*/_*.py"), *_ROOT.glob("runner/*.py")]
    files = [Path(experiment.__file__), *sorted(set(shared))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
